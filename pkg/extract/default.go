package extract

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// DefaultKeyPolicy is the policy that AWS gives a key which has none: the own account, by its id, may do everything.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func DefaultKeyPolicy(key cty.Value) *iam.Document {
	account := unknown.Hole(0)
	holes := []unknown.Symbol{{Ref: "the own account", Kind: unknown.OwnAccount}}
	if arn, ok := unknown.String(key, "arn"); ok && !unknown.IsSensitive(key) {
		if id := aws.AccountOf(arn); id != "" {
			account, holes = id, nil
		}
	}
	return iam.Parse(unknown.Text{
		S: `{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow",` +
			`"Principal":{"AWS":"` + account + `"},"Action":"kms:*","Resource":"*"}]}`,
		Holes: holes,
	})
}

// awsManagedPolicy is the document of a policy of AWS as far as it concerns keys and roles, nil where it does not and for
// other ARNs.
func awsManagedPolicy(arn string) *iam.Document {
	text, _ := aws.ManagedPolicy(arn)
	if text == "" {
		return nil
	}
	return iam.Parse(unknown.Known(text))
}
