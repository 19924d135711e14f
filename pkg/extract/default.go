package extract

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// defaultKeyPolicy is [aws.DefaultKeyPolicy] for the account that owns key: the one in its ARN, else the own account, which
// may be unknown.
func defaultKeyPolicy(key cty.Value) *iam.Document {
	account := unknown.Hole(0)
	holes := []unknown.Symbol{{Ref: "the own account", Kind: unknown.OwnAccount}}
	if arn, ok := unknown.String(key, "arn"); ok && !unknown.IsSensitive(key) {
		if id := aws.AccountOf(arn); id != "" {
			account, holes = id, nil
		}
	}
	return iam.Parse(unknown.Text{S: aws.DefaultKeyPolicy(account), Holes: holes})
}

// awsManagedPolicy is the document of the policy of AWS with that ARN as far as it concerns keys and roles, nil where it
// does not and for other ARNs. What of the ARN is not known is not known in the document.
func awsManagedPolicy(arn unknown.Text) *iam.Document {
	text, _ := aws.ManagedPolicy(arn.S)
	if text == "" {
		return nil
	}
	return iam.Parse(unknown.Text{S: text, Holes: arn.Holes})
}
