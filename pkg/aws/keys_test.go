package aws

import (
	"os"
	"slices"
	"strings"
	"testing"
)

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

// The tables hold what AWS's service authorization reference lists. Its claims of identity providers are in issuers.go.
func TestReference(t *testing.T) {
	src, err := os.ReadFile("testdata/reference.txt")
	if err != nil {
		t.Fatal(err)
	}
	actions := map[string]bool{}
	for _, a := range KeyActions {
		actions[a.Name] = true
	}
	listed := 0
	for line := range strings.Lines(string(src)) {
		part := strings.Fields(line)
		switch {
		case len(part) < 2 || part[0] == "#":
		case part[0] == "action":
			listed++
			if !actions[part[1]] {
				t.Errorf("there is no action %s", part[1])
			}
		case strings.HasPrefix(part[1], "kms:") || strings.HasPrefix(part[1], "aws:") || strings.HasPrefix(part[1], "sts:"):
			compareKey(t, part[1], part[2], part[3:])
		}
	}
	if listed != len(KeyActions) {
		t.Errorf("the reference lists %d actions, the table has %d", listed, len(KeyActions))
	}
}

// notInTables are keys of actions that no policy of a key or role is asked about.
var notInTables = []string{"sts:AWSServiceName", "sts:IdentityTokenAudience", "sts:SigningAlgorithm", "sts:TaskPolicyArn"}

func compareKey(t *testing.T, name, kind string, actions []string) {
	t.Helper()
	name = strings.NewReplacer("${TagKey}", "team", "${EncryptionContextKey}", "app", "${ContextKey}", "x").Replace(name)
	info, exists := Describe(strings.ToLower(name))
	if slices.Contains(notInTables, name) {
		return
	}
	if !exists {
		t.Errorf("there is no key %s", name)
		return
	}
	multi := strings.HasPrefix(kind, "ArrayOf")
	want := map[string]Type{"Bool": Boolean, "Numeric": Number, "Date": Date, "ARN": ARNs}[strings.TrimPrefix(kind, "ArrayOf")]
	principal := strings.HasSuffix(name, "Principal") // of type String there, and the values are ARNs
	if info.Multi != multi || !multi && info.Type != want && !principal {
		t.Errorf("%s is %s, and not as the table has it: %+v", name, kind, info)
	}
	if len(actions) == 0 || info.Tells == Constant {
		return
	}
	has := slices.Sorted(slices.Values(info.Actions))
	if !slices.Equal(has, actions) {
		t.Errorf("%s is in requests for %v, and the table has %v", name, actions, has)
	}
}
