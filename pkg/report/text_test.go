package report_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
)

func TestTextGolden(t *testing.T) {
	golden(t, "full.wide.color", write(t, "text", full(t), report.Options{Color: true, Width: 72}))
	golden(t, "full.quiet", write(t, "text", full(t), report.Options{Quiet: true}))
}

func TestDiagnosticsGolden(t *testing.T) {
	for name, r := range samples(t) {
		var b bytes.Buffer
		if err := report.WriteDiagnostics(&b, r, report.Options{Width: 80}); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".diagnostics", b.Bytes())
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestTextColor holds that colours add nothing and take nothing away.
func TestTextColor(t *testing.T) {
	for name, r := range samples(t) {
		for _, width := range []int{0, 60, 100} {
			plain := write(t, "text", r, report.Options{Width: width})
			colored := write(t, "text", r, report.Options{Width: width, Color: true})
			if bytes.Equal(plain, colored) {
				t.Errorf("%s: there are no colours", name)
			}
			if got := sgr.ReplaceAll(colored, nil); !bytes.Equal(got, plain) {
				t.Errorf("%s, width %d: without its colours the coloured text differs from the plain text", name, width)
			}
		}
	}
}

// TestTextWidth holds that no line is wider than asked, unless by one word that cannot be broken.
func TestTextWidth(t *testing.T) {
	for _, width := range []int{40, 72, 100} {
		for line := range strings.SplitSeq(string(write(t, "text", full(t), report.Options{Width: width})), "\n") {
			if n := utf8.RuneCountInString(line); n > width && len(strings.Fields(line)) > 1 && !strings.Contains(line, ": ") {
				t.Errorf("width %d: %d columns in %q", width, n, line)
			}
		}
	}
}

func TestTextUnseen(t *testing.T) {
	checkSeen(t, write(t, "text", hostile(), report.Options{}))
}

// checkSeen holds that text has no character that a terminal obeys or does not draw, besides line breaks.
func checkSeen(t *testing.T, text []byte) {
	t.Helper()
	if !utf8.Valid(text) {
		t.Errorf("not UTF-8: %q", text)
	}
	for _, r := range string(text) {
		if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
			t.Errorf("%U is passed on", r)
		}
	}
}

// TestTextHeadings holds that a report has as many headings as it has groups, whatever names the input holds.
func TestTextHeadings(t *testing.T) {
	text := string(write(t, "text", hostile(), report.Options{}))
	if n := len(regexp.MustCompile(`(?m)^Critical: `).FindAllString(text, -1)); n != 2 {
		t.Errorf("%d headings, want 2:\n%s", n, text)
	}
}

func TestTextSecret(t *testing.T) {
	for _, format := range report.Formats() {
		if out := write(t, format, full(t), report.Options{}); bytes.Contains(out, []byte("hunter2")) {
			t.Errorf("%s shows a sensitive value", format)
		}
	}
}

func TestSentence(t *testing.T) {
	context := func(kv ...string) map[string]any {
		m := map[string]any{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	for _, tt := range []struct {
		w    *finding.Witness
		want string
	}{
		{nil, ""},
		{&finding.Witness{Principal: stranger, Action: "kms:Decrypt", Resource: "*"}, "For example, " + stranger + " may call kms:Decrypt."},
		{
			&finding.Witness{Principal: stranger, Action: "kms:Sign", Resource: "arn:aws:kms:eu-west-1:1:key/k", Context: context("aws:PrincipalAccount", "999999999999", "aws:SourceVpce", "vpce-1")},
			"For example, " + stranger + " may call kms:Sign on arn:aws:kms:eu-west-1:1:key/k, through the VPC endpoint vpce-1.",
		},
		{
			&finding.Witness{Principal: "s3.amazonaws.com", Action: "kms:Decrypt", Context: context("aws:SourceAccount", "999999999999", "aws:PrincipalIsAWSService", "true", "aws:PrincipalServiceName", "s3.amazonaws.com")},
			"For example, the AWS service s3.amazonaws.com may call kms:Decrypt, for a resource of account 999999999999.",
		},
		{
			&finding.Witness{Principal: "accounts.google.com", Action: "sts:AssumeRoleWithWebIdentity", Context: context("accounts.google.com:sub", "1", "accounts.google.com:aud", "2")},
			`For example, a token of accounts.google.com may call sts:AssumeRoleWithWebIdentity, with accounts.google.com:aud = "2" and accounts.google.com:sub = "1".`,
		},
		{
			&finding.Witness{Principal: "arn:aws:iam::111122223333:oidc-provider/gitlab.com", Action: "sts:AssumeRoleWithWebIdentity", Context: context("gitlab.com:sub", "x")},
			`For example, a token of gitlab.com may call sts:AssumeRoleWithWebIdentity, with gitlab.com:sub = "x".`,
		},
		{
			&finding.Witness{Principal: stranger, Action: "kms:Decrypt", Context: context("AWS:PrincipalAccount", "111122223333")},
			"For example, " + stranger + ` may call kms:Decrypt, with AWS:PrincipalAccount = "111122223333".`,
		},
		{
			&finding.Witness{Principal: "a\nb", Action: "x", Context: map[string]any{"k": []any{"1", "2"}, "e": []string{}}},
			`For example, a\nb may call x, with e = an empty list and k = "1", "2".`,
		},
		{&finding.Witness{Principal: "*", Action: "kms:Decrypt"}, "For example, a principal whose ARN is not known yet may call kms:Decrypt."},
	} {
		if got := report.Sentence(tt.w); got != tt.want {
			t.Errorf("Sentence(%v)\n got %s\nwant %s", tt.w, got, tt.want)
		}
	}
}

// TestAccessFits holds that the rows of who break between words.
func TestAccessFits(t *testing.T) {
	r := &finding.Report{Access: []finding.Access{{Key: "aws_kms_key.k", Class: "data", Actions: []string{"kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom"},
		Who: finding.Who{Kind: "account", Name: "111122223333"}, Via: "account", Certainty: finding.Possible, DependsOn: []string{"aws_iam_role.app.arn"}}}}
	var b strings.Builder
	if err := report.WriteAccess(&b, "text", r, report.Options{Width: 60}); err != nil {
		t.Fatal(err)
	}
	want := `aws_kms_key.k
    data     account 111122223333
             whoever its IAM policies allow possible:
             depends on aws_iam_role.app.arn
             Decrypt, GenerateDataKeyWithoutPlaintext,
             ReEncryptFrom

1 key, 1 caller, 1 row.
`
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
}

// TestMarked holds that a rule's text has no marks on a terminal.
func TestMarked(t *testing.T) {
	var b strings.Builder
	page := "# a-rule\n\nUse `x` and **y**, see [z](https://example.org/z).\n\n- one item that is too long for a line\n- two\n\n```hcl\na = 1\n```\n"
	if err := report.WriteMarked(&b, page, report.Options{Width: 30}); err != nil {
		t.Fatal(err)
	}
	want := "a-rule\n\nUse x and y, see z\n(https://example.org/z).\n\n- one item that is too long\n  for a line\n- two\n\n    a = 1\n"
	if b.String() != want {
		t.Errorf("%q", b.String())
	}
}
