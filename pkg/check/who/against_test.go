package who_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/finding"
)

func TestAgainst(t *testing.T) {
	row := func(key, name, address, change string, conditions []finding.Condition, actions ...string) finding.Access {
		return finding.Access{Key: key, Class: "data", Actions: actions, Who: finding.Who{Kind: "role", Name: name, Address: address}, Conditions: conditions,
			Certainty: finding.Certain, Change: change}
	}
	limit := []finding.Condition{{Operator: "StringEquals", Key: "kms:ViaService", Values: []string{"s3.eu-central-1.amazonaws.com"}}}
	then := []finding.Access{
		row("k", "arn:aws:iam::111122223333:role/app", "aws_iam_role.app", "", nil, "kms:Decrypt", "kms:Sign"),
		row("k", "arn:aws:iam::111122223333:role/gone", "aws_iam_role.gone", "kept", nil, "kms:Decrypt"),
		row("k", "arn:aws:iam::111122223333:role/past", "aws_iam_role.past", "lost", nil, "kms:Decrypt"),
		row("k", "arn:aws:iam::111122223333:role/open", "", "", nil, "kms:Decrypt"),
		row("old", "arn:aws:iam::111122223333:role/app", "aws_iam_role.app", "", nil, "kms:Decrypt"),
	}
	now := []finding.Access{
		row("k", "(aws_iam_role.app.arn)", "aws_iam_role.app", "gained", nil, "kms:Decrypt", "kms:GenerateMac"),
		row("k", "arn:aws:iam::111122223333:role/open", "", "kept", limit, "kms:Decrypt"),
		row("k", "arn:aws:iam::111122223333:role/past", "aws_iam_role.past", "lost", nil, "kms:Decrypt"),
	}
	want := map[string]string{
		"k aws_iam_role.app kms:GenerateMac":                "gained",
		"k aws_iam_role.app kms:Decrypt":                    "kept",
		"k aws_iam_role.app kms:Sign":                       "lost",
		"k arn:aws:iam::111122223333:role/open kms:Decrypt": "changed",
		"k aws_iam_role.gone kms:Decrypt":                   "lost",
		"old aws_iam_role.app kms:Decrypt":                  "lost",
	}
	got := map[string]string{}
	for _, a := range who.Against(now, then) {
		name := a.Who.Address
		if name == "" {
			name = a.Who.Name
		}
		for _, action := range a.Actions {
			got[a.Key+" "+name+" "+action] = a.Change
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
