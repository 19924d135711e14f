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

// A key or role that has another address than before, and the same ARN, is the same one.
func TestAgainstOtherAddresses(t *testing.T) {
	row := func(key, address string) finding.Access {
		return finding.Access{Key: key, Class: "data", Actions: []string{"kms:Decrypt"}, Who: finding.Who{Kind: "role", Name: "arn:aws:iam::111122223333:role/app", Address: address},
			Certainty: finding.Certain, Witness: &finding.Witness{Resource: "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"}}
	}
	got := who.Against([]finding.Access{row("aws_kms_key.new", "module.m.aws_iam_role.app")}, []finding.Access{row("aws_kms_key.old", "aws_iam_role.app")})
	if len(got) != 1 || got[0].Change != "kept" || got[0].Key != "aws_kms_key.new" {
		t.Errorf("got %+v", got)
	}
}
