package evaluate_test

import (
	"fmt"

	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

func ExampleDecide() {
	doc := iam.Parse(unknown.Known(`{
	  "Version": "2012-10-17",
	  "Statement": [
	    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
	    {"Effect": "Deny", "Principal": "*", "Action": "kms:ScheduleKeyDeletion", "Resource": "*",
	     "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}
	  ]
	}`))
	for _, action := range []string{"kms:Decrypt", "kms:ScheduleKeyDeletion"} {
		fmt.Println(action, evaluate.Decide(doc, &evaluate.Request{
			Principal: "arn:aws:iam::111122223333:role/operator",
			Action:    action,
			Resource:  "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
			Context:   map[string]evaluate.Values{"aws:PrincipalAccount": evaluate.One("111122223333")},
		}))
	}
	// Output:
	// kms:Decrypt Allowed
	// kms:ScheduleKeyDeletion ExplicitlyDenied
}
