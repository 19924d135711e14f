package report

import (
	"regexp"
	"strings"
	"sync"
)

// block is a part of a rule's text: a paragraph, a list or code.
type block struct {
	Kind  string // p, ul, pre
	Items [][]span
	Code  string
}

// span is a part of a line of a rule's text.
type span struct {
	Kind string // text, code, strong, link
	Text string
	Link string
}

var (
	listItem = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s{0,3}(?:[-*+]|\d{1,2}[.)])\s+(.*)$`) })
	heading  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^#{1,6}\s+(.*)$`) })
	inline   = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile("`([^`]+)`" + `|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^()\s]+)\)`)
	})
)

// richText reads the Markdown that rules are described in: paragraphs, lists, fenced code, and code, strong text and
// links in lines. Everything else is text as it stands; nothing of it is HTML.
func richText(s string) []block {
	var out []block
	var open *block // the paragraph or list that the next line continues
	add := func(kind string) *block {
		out = append(out, block{Kind: kind})
		return &out[len(out)-1]
	}
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		text := strings.TrimSpace(line)
		if fence := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz"); len(fence) >= 3 && strings.Trim(fence, "`") == "" {
			var code []string
			for i++; i < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[i]), fence); i++ {
				code = append(code, visible(strings.ReplaceAll(lines[i], "\t", "    ")))
			}
			add("pre").Code = strings.Join(code, "\n")
			open = nil
			continue
		}
		item := listItem().FindStringSubmatch(line)
		switch {
		case text == "":
			open = nil
		case item != nil:
			if open == nil || open.Kind != "ul" {
				open = add("ul")
			}
			open.Items = append(open.Items, spans(item[1]))
		case heading().MatchString(text):
			add("p").Items = [][]span{{{Kind: "strong", Text: visible(heading().FindStringSubmatch(text)[1])}}}
			open = nil
		case open == nil:
			open = add("p")
			open.Items = append(open.Items, spans(text))
		default:
			last := len(open.Items) - 1
			open.Items[last] = append(append(open.Items[last], span{Kind: "text", Text: " "}), spans(text)...)
		}
	}
	return out
}

func spans(s string) []span {
	var out []span
	text := func(s string) {
		if s != "" {
			out = append(out, span{Kind: "text", Text: visible(s)})
		}
	}
	at := 0
	for _, m := range inline().FindAllStringSubmatchIndex(s, -1) {
		text(s[at:m[0]])
		at = m[1]
		switch {
		case m[2] >= 0:
			out = append(out, span{Kind: "code", Text: visible(s[m[2]:m[3]])})
		case m[4] >= 0:
			out = append(out, span{Kind: "strong", Text: visible(s[m[4]:m[5]])})
		case webAddress(s[m[8]:m[9]]):
			out = append(out, span{Kind: "link", Text: visible(s[m[6]:m[7]]), Link: s[m[8]:m[9]]})
		default:
			text(s[m[0]:m[1]])
		}
	}
	text(s[at:])
	return out
}

// proseSpans are the words and names of a sentence.
func proseSpans(s, name string) []span {
	var out []span
	for _, seg := range segments(s, name) {
		kind := "text"
		if seg.code {
			kind = "code"
		}
		out = append(out, span{Kind: kind, Text: seg.text})
	}
	return out
}
