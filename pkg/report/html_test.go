package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/keyproof/keyproof/pkg/report"
)

// htmlAttributes are the attributes that the page has, and what may stand in them where that matters.
var htmlAttributes = map[string]*regexp.Regexp{
	"href": regexp.MustCompile(`^(#findings|https?://[!#-;=?-~]+)$`),
	"id":   regexp.MustCompile(`^[a-z0-9-]+$`), "class": regexp.MustCompile(`^[a-z -]*$`),
	"d": regexp.MustCompile(`^[MCHLz0-9 -]+$`), "marker-end": regexp.MustCompile(`^url\(#arrow-(open|named|unknown)\)$`),
	"lang": nil, "charset": nil, "http-equiv": nil, "content": nil, "name": nil, "rel": nil, "role": nil, "tabindex": nil, "type": nil,
	"value": nil, "checked": nil, "disabled": nil, "hidden": nil, "autocomplete": nil, "spellcheck": nil, "placeholder": nil, "scope": nil,
	"aria-label": nil, "aria-labelledby": nil, "aria-live": nil, "aria-hidden": nil, "data-severity": nil, "data-status": nil, "data-name": nil, "data-text": nil,
	"xmlns": nil, "width": nil, "height": nil, "viewBox": nil, "refX": nil, "refY": nil, "markerWidth": nil, "markerHeight": nil,
	"markerUnits": nil, "orient": nil, "x": nil, "y": nil, "rx": nil,
}

var htmlElements = strings.Fields(`html head meta title style body a header div p h1 h2 h3 h4 main section span code pre mark form
	fieldset legend label input b button article ul ol li details summary table thead tbody tr th td br small footer script strong
	svg defs marker path g rect text`)

// checkHTML holds that a page has the report's own elements and attributes only, one style and one script, and that the
// browser is told to run just these.
func checkHTML(t *testing.T, text []byte) {
	t.Helper()
	checkSeen(t, text)
	if bytes.Contains(text, []byte("ZgotmplZ")) {
		t.Error("a value was refused by the template")
	}
	doc, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, e := range htmlElements {
		known[e] = true
	}
	var policy string
	inline := map[string]string{}
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode {
			t.Errorf("comment %q", n.Data)
		}
		if n.Type != html.ElementNode {
			continue
		}
		if !known[n.Data] {
			t.Errorf("element <%s>", n.Data)
		}
		if n.Data == "script" || n.Data == "style" {
			if inline[n.Data] != "" {
				t.Errorf("a second <%s>", n.Data)
			}
			inline[n.Data] = n.FirstChild.Data
		}
		for _, a := range n.Attr {
			want, ok := htmlAttributes[a.Key]
			if !ok || want != nil && !want.MatchString(a.Val) {
				t.Errorf("attribute %s=%q of <%s>", a.Key, a.Val, n.Data)
			}
			if a.Key == "href" && a.Val != "#findings" && !inside(n, "details") {
				t.Errorf("a link to %s outside of a rule's text", a.Val)
			}
			if a.Key == "content" && strings.HasPrefix(a.Val, "default-src 'none'") {
				policy = a.Val
			}
			if a.Key == "id" {
				if ids[a.Val] {
					t.Errorf("id %s stands twice", a.Val)
				}
				ids[a.Val] = true
			}
		}
	}
	for name, code := range inline {
		sum := sha256.Sum256([]byte(code))
		if want := name + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("the policy %q does not name %s", policy, want)
		}
	}
	if len(inline) != 2 {
		t.Errorf("%d inline parts", len(inline))
	}
}

func inside(n *html.Node, element string) bool {
	for p := range n.Ancestors() {
		if p.Data == element {
			return true
		}
	}
	return false
}

func TestHTMLElements(t *testing.T) {
	for name, r := range samples(t) {
		t.Run(name, func(t *testing.T) { checkHTML(t, write(t, "html", r, report.Options{})) })
	}
}

func TestHTMLRuleText(t *testing.T) {
	text := string(write(t, "html", full(t), report.Options{}))
	for _, part := range []string{
		"With a principal of <code>*</code> and no condition that names an account, <strong>every</strong> AWS account",
		"<ul><li>data encrypted with the key is readable</li><li>grants may outlive the policy</li></ul>",
		"<pre>Principal = { AWS = &#34;arn:aws:iam::111122223333:role/app&#34; }</pre>",
		`<a href="https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html" rel="noreferrer">`,
		"<li>CIS AWS 3.8</li>",
		`Principal = { AWS = <mark>var.readers</mark> }`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is not in the page", part)
		}
	}
}
