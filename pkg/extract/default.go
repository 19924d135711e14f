package extract

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// DefaultKeyPolicy is [aws.DefaultKeyPolicy] for the account that owns key: the one in its ARN, else the own account, which
// may be unknown.
func DefaultKeyPolicy(key cty.Value) *iam.Document {
	account := unknown.Hole(0)
	holes := []unknown.Symbol{{Ref: "the own account", Kind: unknown.OwnAccount}}
	if arn, ok := unknown.String(key, "arn"); ok && !unknown.IsSensitive(key) {
		if id := aws.AccountOf(arn); id != "" {
			account, holes = id, nil
		}
	}
	return iam.Parse(unknown.Text{S: aws.DefaultKeyPolicy(account), Holes: holes})
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
