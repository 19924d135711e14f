// Package yamltext tells where the parts of a YAML document are written.
//
// It is no API: it may change in any version.
package yamltext

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Doc is a document, and its text.
type Doc struct {
	// Root is its outermost value, nil for an empty document.
	Root *yaml.Node

	text  string
	lines []int // where each line starts
}

// Read reads a text; of several documents the first one.
func Read(text string) (*Doc, error) {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		return nil, err
	}
	d := &Doc{text: text, lines: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	if len(n.Content) == 1 {
		d.Root = n.Content[0]
	}
	return d, nil
}

// Start is the byte at which a node begins: for a block of members or elements where the first name or dash stands.
func (d *Doc) Start(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(d.lines) {
		return 0
	}
	at := d.lines[n.Line-1]
	for range n.Column - 1 {
		_, size := utf8.DecodeRuneInString(d.text[at:])
		at += size
	}
	return min(at, len(d.text))
}

// End is the byte behind a node. It is false for texts over several lines, whose end their indentation tells.
func (d *Doc) End(n *yaml.Node) (int, bool) {
	at := d.properties(d.Start(n))
	switch {
	case n.Kind == yaml.AliasNode:
		return at + len("*") + len(n.Value), true
	case n.Kind == yaml.ScalarNode:
		return d.scalarEnd(n, at)
	case n.Style&yaml.FlowStyle != 0:
		return d.bracketEnd(at)
	case len(n.Content) == 0:
		return at, true
	}
	return d.End(n.Content[len(n.Content)-1])
}

// properties is where the value begins of which a tag or an anchor stands in front.
func (d *Doc) properties(at int) int {
	for at < len(d.text) && (d.text[at] == '!' || d.text[at] == '&') {
		n := strings.IndexAny(d.text[at:], " \t\r\n")
		if n < 0 {
			return len(d.text)
		}
		at += n
		at += len(d.text[at:]) - len(strings.TrimLeft(d.text[at:], " \t"))
	}
	return at
}

func (d *Doc) scalarEnd(n *yaml.Node, at int) (int, bool) {
	rest := d.text[at:]
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return 0, false
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		end := quotedEnd(rest)
		return at + end, end > 0
	case strings.HasPrefix(rest, n.Value) && !strings.Contains(n.Value, "\n"):
		return at + len(n.Value), true
	}
	return 0, false
}

// quotedEnd is the length of the quoted text that a text begins with, 0 where it begins with none.
func quotedEnd(s string) int {
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] == '"', s[i] == '\'' && s[0] == '\'' && strings.HasPrefix(s[i+1:], "'"):
			i++
		case s[i] == s[0]:
			return i + 1
		}
	}
	return 0
}

// bracketEnd is the byte behind the bracket that closes the one at a byte.
func (d *Doc) bracketEnd(at int) (int, bool) {
	depth := 0
	for i := at; i < len(d.text); i++ {
		switch c := d.text[i]; c {
		case '"', '\'':
			if strings.IndexByte(" \t\r\n,[{:", d.text[i-min(i, 1)]) >= 0 { // not one inside of a plain text
				i += max(quotedEnd(d.text[i:])-1, 0)
			}
		case '#':
			if strings.IndexByte(" \t\r\n", d.text[i-min(i, 1)]) >= 0 {
				i += max(strings.IndexByte(d.text[i:], '\n'), 0)
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, true
			}
		}
	}
	return 0, false
}
