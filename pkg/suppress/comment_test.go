package suppress

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func rules() []string {
	return []string{"kms-key-public", "kms-key-rotation", "kms-key-wildcard-action"}
}

// TestComments holds what is read out of one comment, and what is wrong with it.
func TestComments(t *testing.T) {
	until := time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)
	one := []string{"kms-key-public"}
	tests := []struct {
		src  string
		want []Comment
		diag string
	}{
		{`# keyproof:ignore kms-key-public until=2027-01-31 shared with auditors`, []Comment{{Rules: one, Until: until, Reason: "shared with auditors"}}, ""},
		{`//keyproof:ignore kms-key-public shared`, []Comment{{Rules: one, Reason: "shared"}}, ""},
		{`/* keyproof:ignore kms-key-public shared */`, []Comment{{Rules: one, Reason: "shared"}}, ""},
		{"#\tkeyproof:ignore\tkms-key-public\t shared  with   both ", []Comment{{Rules: one, Reason: "shared with both"}}, ""},
		{`# keyproof:ignore kms-key-public -- shared`, []Comment{{Rules: one, Reason: "shared"}}, ""},
		{`# keyproof:ignore kms-key-public shared until=2027-01-31 with both`, []Comment{{Rules: one, Until: until, Reason: "shared with both"}}, ""},
		{`# keyproof:ignore kms-key-public,kms-key-rotation,kms-key-public both`, []Comment{{Rules: []string{"kms-key-public", "kms-key-rotation"}, Reason: "both"}}, ""},
		{`# keyproof:ignore kms-key-public, kms-key-rotation ,kms-key-wildcard-action three`, []Comment{{Rules: rules(), Reason: "three"}}, ""},
		{"a = 1 # keyproof:ignore kms-key-public shared\r\n", []Comment{{Rules: one, Reason: "shared"}}, ""},
		// Not for keyproof.
		{`a = "# keyproof:ignore kms-key-public shared"`, nil, ""},
		{"a = <<EOT\n# keyproof:ignore kms-key-public shared\nEOT\n", nil, ""},
		{`# the next line says keyproof:ignore kms-key-public shared`, nil, ""},
		{`# keyproof: see the manual`, nil, ""},
		{"/*\n * keyproof is a gate\n */", nil, ""},
		// Inside a template there is code again.
		{"a = \"${1 /* keyproof:ignore kms-key-public shared */}\"", []Comment{{Rules: one, Reason: "shared"}}, ""},
		// Mistakes.
		{`# keyproof:ignore`, nil, "error: A comment without a rule"},
		{`# keyproof:ignore until=2027-01-31`, nil, "error: A comment without a rule"},
		{`# keyproof:ignore kms-key-public`, nil, "error: A comment without a reason"},
		{`# keyproof:ignore kms-key-public until=2027-01-31 --`, nil, "error: A comment without a reason"},
		{`# keyproof:ignore kms-key-publik shared`, nil, `error: There is no rule "kms-key-publik"`},
		{`# keyproof:ignore kms-key-public until=2027-31-01 shared`, nil, "error: A comment with a malformed date"},
		{`# keyproof:ignore kms-key-public until= shared`, nil, "error: A comment with a malformed date"},
		{`# keyproof:ignore kms-key-public until=2027-01-31 until=2028-01-31 shared`, nil, "error: A comment with two dates"},
		{`# keyproof:ignored kms-key-public shared`, nil, "warning: A comment that is not understood"},
		{"/*\n * keyproof:ignore kms-key-public shared\n */", nil, "error: A comment of several lines"},
	}
	for _, tt := range tests {
		t.Run(tt.src, func(t *testing.T) {
			got, diags := Comments(map[string][]byte{"main.tf": []byte(tt.src), "notes.md": []byte(tt.src)}, rules())
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreUnexported(Comment{}), cmpopts.IgnoreFields(Comment{}, "Range")); diff != "" {
				t.Error(diff)
			}
			said := ""
			for _, d := range diags {
				said += map[bool]string{true: "error: ", false: "warning: "}[d.Severity == 1] + d.Summary
				if d.Subject == nil || d.Subject.Filename != "main.tf" {
					t.Errorf("no place: %v", d)
				}
			}
			if said != tt.diag {
				t.Errorf("said %q, not %q", said, tt.diag)
			}
		})
	}
}

// TestRanges holds that the range of each comment is the text of the comment.
func TestRanges(t *testing.T) {
	native := "é = 1 # keyproof:ignore kms-key-public a\n\n  /* keyproof:ignore kms-key-public b */ x = 2\n// keyproof:ignore kms-key-public c"
	json := "{\n \"é\": {\"//\": \"keyproof:ignore kms-key-public d\"},\n \"x\": {\"//\": [\"prose\", \"keyproof:ignore kms-key-public e\"]}}"
	comments, diags := Comments(map[string][]byte{"b.tf": []byte(native), "a.tf.json": []byte(json)}, rules())
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	var got []string
	for _, c := range comments {
		src := native
		if c.Range.Filename == "a.tf.json" {
			src = json
		}
		got = append(got, fmt.Sprintf("%s:%d:%d %s", c.Range.Filename, c.Range.Start.Line, c.Range.Start.Column, src[c.Range.Start.Byte:c.Range.End.Byte]))
	}
	want := []string{
		`a.tf.json:2:14 "keyproof:ignore kms-key-public d"`,
		`a.tf.json:3:24 "keyproof:ignore kms-key-public e"`,
		"b.tf:1:7 # keyproof:ignore kms-key-public a",
		"b.tf:3:3 /* keyproof:ignore kms-key-public b */",
		"b.tf:4:1 // keyproof:ignore kms-key-public c",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReach holds which line a comment speaks of.
func TestReach(t *testing.T) {
	const ignore = "keyproof:ignore kms-key-public x"
	for src, want := range map[string]int{
		"# " + ignore:                                   2,
		"# " + ignore + "\na = 1":                       2,
		"a = 1 # " + ignore + "\nb = 2":                 1,
		"/* " + ignore + " */ a = 1\nb = 2":             1,
		"# " + ignore + "\n# more\n// more\na = 1":      4,
		"# " + ignore + "\n/* more\nand more */\na = 1": 4,
		"# " + ignore + "\n/* more\nand more */ a = 1":  3,
		"# " + ignore + "\n/* more */ a = 1":            2,
		"# " + ignore + "\n\na = 1":                     2,
		"a = <<EOT\nx\nEOT\n# " + ignore + "\nb = 1":    5,
		"# " + ignore + "\r\n# more\r\na = 1\r\n":       3,
	} {
		comments, diags := Comments(map[string][]byte{"main.tf": []byte(src)}, rules())
		if len(comments) != 1 || len(diags) > 0 {
			t.Errorf("%q: %v, %v", src, comments, diags)
		} else if got := comments[0].reach.line; got != want {
			t.Errorf("%q: the comment speaks of line %d, not %d", src, got, want)
		}
	}
}

func TestTooManyComments(t *testing.T) {
	const one = "# keyproof:ignore kms-key-public x\n"
	comments, diags := Comments(map[string][]byte{"main.tf": []byte(strings.Repeat(one, maxComments))}, rules())
	if len(comments) != maxComments || len(diags) > 0 {
		t.Errorf("%d comments, %v", len(comments), diags)
	}
	_, diags = Comments(map[string][]byte{"main.tf": []byte(strings.Repeat(one, maxComments)), "more.tf": []byte(one)}, rules())
	if !diags.HasErrors() || diags[0].Subject.Filename != "more.tf" {
		t.Error(diags)
	}
}

func FuzzComments(f *testing.F) {
	f.Add("# keyproof:ignore kms-key-public until=2027-01-31 shared\nresource \"a\" \"b\" {\n}", false)
	f.Add("a = <<EOT\n${1 /* keyproof:ignore */}\nEOT\n/* keyproof:\n*/", false)
	f.Add(`{"//": "keyproof:ignore kms-key-public a", "x": [{"//": ["keyproof:x", 1, {"//": null}]}]}`, true)
	f.Add(`[[[{"a":{"//":"\u006beyproof:ignore kms-key-public"`, true)
	f.Fuzz(func(t *testing.T, src string, json bool) {
		name := "x.tf"
		if json {
			name = "x.tf.json"
		}
		comments, diags := Comments(map[string][]byte{name: []byte(src)}, rules())
		for _, c := range comments {
			if len(c.Rules) == 0 || c.Reason == "" {
				t.Errorf("an incomplete comment passes: %+v", c)
			}
			if text := src[c.Range.Start.Byte:c.Range.End.Byte]; !json && !strings.Contains(text, prefix+directive) {
				t.Errorf("the range of a comment is %q", text)
			}
		}
		for _, d := range diags {
			if d.Subject == nil || d.Subject.Start.Byte > d.Subject.End.Byte || d.Subject.End.Byte > len(src) {
				t.Errorf("an error with the wrong place: %v", d)
			}
		}
	})
}
