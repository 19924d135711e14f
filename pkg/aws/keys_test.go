package aws

import "testing"

// Condition keys name the actions that have them as the table of actions does.
func TestActionsOfKeys(t *testing.T) {
	exists := map[string]bool{}
	for _, a := range KeyActions {
		exists[a.Name] = true
	}
	for _, a := range TrustActions {
		exists[a.Name] = true
	}
	known := 0
	for _, k := range Keys {
		for _, a := range k.Actions {
			known++
			if !exists[a] {
				t.Errorf("%s is for the action %s, which there is not", k.Name, a)
			}
		}
	}
	if known == 0 {
		t.Error("no key names an action")
	}
}

func TestARN(t *testing.T) {
	for text, account := range map[string]string{
		"arn:aws:iam::111122223333:role/a:b":      "111122223333",
		"arn:aws-cn:kms:cn-north-1:111122223333:": "111122223333",
		"arn:aws:s3:::bucket":                     "",
		"arn:aws:iam::aws:policy/ReadOnlyAccess":  "",
		"arn:aws:iam::1111*:root":                 "",
		"arn:aws:iam::11112222333":                "",
		"urn:aws:iam::111122223333:root":          "",
		"111122223333":                            "",
	} {
		a, ok := ParseARN(text)
		if ok && a.String() != text {
			t.Errorf("%q is taken apart and becomes %q", text, a.String())
		}
		if got := AccountOf(text); got != account {
			t.Errorf("the account of %q is %q, want %q", text, got, account)
		}
	}
}
