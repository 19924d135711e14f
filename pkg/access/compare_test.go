package access_test

import (
	"testing"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// TestWidenedKnowsValuesByName holds that an unknown value is the same one in both documents, whatever its number there is.
func TestWidenedKnowsValuesByName(t *testing.T) {
	role := unknown.Symbol{Ref: "data.aws_iam_roles.app.arns", Kind: unknown.RoleARN}
	account := unknown.Symbol{Ref: "local.account_id"}
	policy := func(condition, principal string, holes ...unknown.Symbol) *iam.Document {
		text := unknown.Text{Holes: holes, S: `{"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "kms:Decrypt", "Resource": "*"` + condition + `},
			{"Effect": "Allow", "Principal": {"AWS": "` + principal + `"}, "Action": "kms:Decrypt", "Resource": "*"}]}`}
		return iam.Parse(text)
	}
	before := policy("", unknown.Hole(0), role)
	after := policy(`, "Condition": {"StringEquals": {"aws:SourceAccount": "`+unknown.Hole(0)+`"}}`, unknown.Hole(1), account, role)
	other := policy("", unknown.Hole(0), unknown.Symbol{Ref: "data.aws_iam_roles.other.arns", Kind: unknown.RoleARN})
	subject := access.Subject{Kind: iam.Key}
	for _, who := range []access.Audience{access.Strangers, access.Services, access.Others, access.Own, access.Direct} {
		if w, exact := access.Widened(after, before, subject, who); w != nil || !exact {
			t.Errorf("%s: %v is let in by an edit that only narrows", who, w)
		}
	}
	if w, _ := access.Widened(other, before, subject, access.Own); w == nil {
		t.Error("another role is not told from the first one")
	}
}

// TestWidenedComparesValuesOfTheCaller holds that a request is found which two values of the caller decide that have to be the same.
func TestWidenedComparesValuesOfTheCaller(t *testing.T) {
	policy := func(principal, variable string) *iam.Document {
		return iam.Parse(unknown.Known(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "` + principal + `"}, "Action": "kms:Decrypt", "Resource": "*",
			"Condition": {"StringEquals": {"aws:PrincipalAccount": "${` + variable + `}"}}}}`))
	}
	subject := access.Subject{Kind: iam.Key, Account: "111122223333"}
	for _, variable := range []string{"aws:PrincipalTag/account", "aws:PrincipalTag/account, '111122223333'"} {
		everybody, own := policy("*", variable), policy("arn:aws:iam::111122223333:root", variable)
		for _, who := range []access.Audience{access.Strangers, access.Direct} {
			if w, _ := access.Widened(everybody, own, subject, who); w == nil {
				t.Errorf("%s: nobody is let in by a star", who)
			}
		}
		if w, exact := access.Widened(own, everybody, subject, access.Own); w != nil || !exact {
			t.Errorf("%v is let in by what a star lets in", w)
		}
	}
}
