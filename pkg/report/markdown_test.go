package report_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	renderer "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
)

// checkMarkdown renders text as a code host does, with HTML allowed, and holds that only the report's own elements come
// out, and that no text outside of code looks like a mention, an issue or an address. It returns the rendered text.
func checkMarkdown(t *testing.T, text []byte) string {
	t.Helper()
	checkSeen(t, text)
	if len(text) > 65536 {
		t.Errorf("%d bytes are too many for a comment", len(text))
	}
	if !bytes.HasPrefix(text, []byte(report.Marker+"\n")) {
		t.Error("the marker is not the first line")
	}
	var b bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(renderer.WithUnsafe()))
	if err := md.Convert(text, &b); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	var words strings.Builder
	var walk func(n *html.Node, code bool)
	walk = func(n *html.Node, code bool) {
		switch n.Type {
		case html.ElementNode:
			if !slices.Contains(elements, n.Data) {
				t.Errorf("element <%s> in\n%s", n.Data, text)
			}
			for _, a := range n.Attr {
				checkAttribute(t, n.Data, a)
			}
			code = code || n.Data == "code" || n.Data == "pre"
		case html.TextNode:
			words.WriteString(n.Data)
			if m := reference.FindString(n.Data); !code && m != "" {
				t.Errorf("%q outside of code in\n%s", m, text)
			}
		case html.CommentNode:
			if n.Data != " keyproof " && !(strings.HasPrefix(n.Data, " inputs: ") && !strings.ContainsAny(n.Data, "<>\n")) {
				t.Errorf("comment %q", n.Data)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, code)
		}
	}
	walk(doc, false)
	return words.String()
}

var (
	elements = []string{
		"html", "head", "body", "h3", "p", "strong", "code", "pre", "table", "thead", "tbody", "tr", "th", "td",
		"details", "summary", "b", "ul", "li", "sub", "a",
	}
	// reference is what a code host makes a link or a picture of.
	reference = regexp.MustCompile(`@\w|#\d|(?i:gh-\d)|https?://|www\.|:[a-z]+:|\$\S+\$`)
)

func checkAttribute(t *testing.T, element string, a html.Attribute) {
	t.Helper()
	ok := false
	switch a.Key {
	case "open":
		ok = element == "details" && a.Val == ""
	case "style", "align":
		ok = (element == "td" || element == "th") && strings.Contains(a.Val, "left")
	case "class":
		ok = element == "code" && strings.HasPrefix(a.Val, "language-")
	case "href":
		ok = element == "a" && (strings.HasPrefix(a.Val, "https://docs.aws.amazon.com/") || strings.HasPrefix(a.Val, "https://example.org/") || strings.HasPrefix(a.Val, "https://github.com/keyproof/keyproof/blob/main/rules/README.md#"))
	}
	if !ok {
		t.Errorf("attribute %s=%q of <%s>", a.Key, a.Val, element)
	}
}

func TestMarkdownRenders(t *testing.T) {
	for name, r := range samples(t) {
		t.Run(name, func(t *testing.T) { checkMarkdown(t, write(t, "markdown", r, report.Options{})) })
	}
	text := checkMarkdown(t, write(t, "markdown", full(t), report.Options{}))
	for _, part := range []string{
		"3 of 5 policies let strangers in", "7 findings: 4 critical, 2 high, 1 low", "against before: 4 new, 3 existing, 1 resolved",
		`12:       Principal = { AWS = var.readers }`, `module.vault["eu"].aws_kms_key.this and 1 more`,
		`For example, arn:aws:iam::999999999999:role/stranger may call kms:Decrypt, with kms:EncryptionContext:app = "billing".`,
		"infra/main.tf line 40 (sensitive)", "suppressed by comment until 2027-01-31: test key", "flowchart LR",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

// TestMarkdownShowsNames holds that hostile names come out as they are, as text.
func TestMarkdownShowsNames(t *testing.T) {
	text := checkMarkdown(t, write(t, "markdown", hostile(), report.Options{}))
	const want = "</details><img src=x onerror=alert(1)>`|@octocat #1 [a](https://evil.example) \\x1b[31m\\u202e\\n::error::x\\nCritical: x"
	if strings.Count(text, want) < 5 {
		t.Errorf("the name is not shown as it is in\n%s", text)
	}
}

func TestMarkdownOnePath(t *testing.T) {
	r := full(t)
	r.Paths = r.Paths[:1]
	if text := write(t, "markdown", r, report.Options{}); bytes.Contains(text, []byte("mermaid")) {
		t.Error("one way is drawn")
	}
}

// TestMarkdownLimit holds that a report too long for a comment is cut at a finding, and says so.
func TestMarkdownLimit(t *testing.T) {
	for _, size := range []int{10, 1000, 5000} {
		r := full(t)
		for i := range 500 {
			name := fmt.Sprintf("aws_kms_key.k%d", i)
			r.Findings = append(r.Findings, finding.Finding{
				Rule: "kms-key-public", Severity: finding.Critical, Status: finding.New, Address: name,
				Message: name + strings.Repeat(" <&|", size/4), Remedy: strings.Repeat("é", size),
			})
			r.Paths = append(r.Paths, finding.Path{Key: name, Steps: []finding.Step{{From: strings.Repeat("日", size), Label: "x", To: name}}})
			r.Diagnostics = append(r.Diagnostics, finding.Diagnostic{Severity: "warning", Summary: strings.Repeat("|", size), Detail: name})
		}
		r.Summary = finding.Summarize(r)
		text := write(t, "markdown", r, report.Options{})
		checkMarkdown(t, text)
		if !bytes.Contains(text, []byte("not shown in full here")) {
			t.Error("it does not say that it is cut")
		}
		if open, closed := bytes.Count(text, []byte("\n<details")), bytes.Count(text, []byte("\n</details>")); open != closed || open == 0 {
			t.Errorf("%d details are opened, %d closed", open, closed)
		}
	}
}
