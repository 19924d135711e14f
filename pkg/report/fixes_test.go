package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/keyproof/keyproof/pkg/finding"
)

// A proposal is of use only if it can be read: no line of it is cut where it changes something.
func TestTextFix(t *testing.T) {
	long := `      { Sid = "Legacy", Effect = "Allow", Principal = { AWS = principal }, Action = "kms:Decrypt", Resource = "*"`
	for name, c := range map[string]struct{ diff, want string }{
		"indentation that all have": {"--- a/main.tf\n+++ b/main.tf\n@@ -1,2 +1,2 @@\n context\n-          StringEqualsIfExists = {}\n+          StringEquals = {}\n", "" +
			"    main.tf\n" +
			"    - StringEqualsIfExists = {}\n" +
			"    + StringEquals = {}\n"},
		"a long line that another replaces": {"+++ b/main.tf\n-" + long + " }\n+" + long + ", Condition = { StringEquals = { \"aws:PrincipalAccount\" = local.account } } }\n", "" +
			"    main.tf\n" +
			"    - … \"kms:Decrypt\", Resource = \"*\" }\n" +
			"    + … \"kms:Decrypt\", Resource = \"*\", Condition = { StringEquals = {\n" +
			"    +   \"aws:PrincipalAccount\" = local.account } } }\n"},
		"a long word": {"+++ b/p.json\n+" + strings.Repeat("x", 100) + "\n", "" +
			"    p.json\n" +
			"    + " + strings.Repeat("x", 72) + "\n" +
			"    +   " + strings.Repeat("x", 28) + "\n"},
		"nothing to edit in the sources": {"", "" +
			"  The whole policy with it:\n" +
			"    keyproof fix 'my plan.json' --policy 'aws_kms_key.k[\"a\"]'\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &finding.Report{Inputs: []finding.Input{{Path: "my plan.json"}}}
			w := &textWriter{view: newView(r), opts: Options{Width: 80}}
			w.fix(&finding.Finding{Address: `aws_kms_key.k["a"]`, Fixes: []finding.Fix{{Title: "T", Diff: c.diff, Policy: "{}"}}})
			if diff := cmp.Diff("  Proved fix: T\n"+c.want, w.b.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
