package access_test

import (
	"fmt"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

func ExampleAnalyze() {
	// The condition looks like one on the caller's organization, but an account that is in none has no such key.
	doc := iam.Parse(unknown.Known(`{
	  "Version": "2012-10-17",
	  "Statement": [{
	    "Sid": "Organization",
	    "Effect": "Allow",
	    "Principal": {"AWS": "*"},
	    "Action": "kms:Decrypt",
	    "Resource": "*",
	    "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
	  }]
	}`))
	r := access.Analyze(doc, access.Subject{Kind: iam.Key, Account: "111122223333"})
	fmt.Println("verdict:", r.Verdict)
	fmt.Println("public:", r.Public)
	fmt.Println("witness:", r.Witness.Principal, "calls", r.Witness.Action)
	// Output:
	// verdict: public
	// public: yes
	// witness: arn:aws:iam::999999999999:role/stranger calls kms:Decrypt
}

// What is not known before apply stays in the text as a hole, and the result names what decides it.
func ExampleAnalyze_unknown() {
	text := unknown.Text{
		S:     `{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "` + unknown.Hole(0) + `"}, "Action": "kms:Decrypt", "Resource": "*"}]}`,
		Holes: []unknown.Symbol{{Ref: "var.reader"}},
	}
	r := access.Analyze(iam.Parse(text), access.Subject{Kind: iam.Key})
	fmt.Println(r.Public, r.DependsOn)

	// The ARN of a role of the same plan is not known either, but it is no stranger's.
	text.Holes = []unknown.Symbol{{Ref: "aws_iam_role.reader.arn", Kind: unknown.RoleARN, Of: "aws_iam_role.reader"}}
	r = access.Analyze(iam.Parse(text), access.Subject{Kind: iam.Key})
	fmt.Println(r.Public, r.Verdict)
	// Output:
	// unknown [var.reader]
	// no internal
}

func ExampleWidened() {
	policy := func(action string) *iam.Document {
		return iam.Parse(unknown.Known(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
			"Principal": {"AWS": "*"}, "Action": ` + action + `, "Resource": "*"}]}`))
	}
	before := policy(`"kms:DescribeKey"`)
	subject := access.Subject{Kind: iam.Key, Account: "111122223333"}

	w, _ := access.Widened(policy(`["kms:DescribeKey", "kms:Decrypt"]`), before, subject, access.Strangers)
	fmt.Println("new for strangers:", w.Action)

	w, exact := access.Widened(policy(`"kms:Describe*"`), before, subject, access.Strangers)
	fmt.Println("written otherwise:", w, exact)
	// Output:
	// new for strangers: kms:Decrypt
	// written otherwise: <nil> true
}
