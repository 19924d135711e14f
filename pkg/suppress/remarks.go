package suppress

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// hclRemarks returns the comments of a file in HCL's native syntax. They are tokens, so that a text that looks like a
// comment in a string or a heredoc is none. What is wrong with the file otherwise is for its reader to say.
func hclRemarks(src []byte, name string) []remark {
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	code := map[int]bool{}
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenNewline, hclsyntax.TokenEOF, hclsyntax.TokenComment:
		default:
			code[t.Range.Start.Line] = true
			if t.Range.End.Column > 1 {
				code[t.Range.End.Line] = true
			}
		}
	}
	var out []remark
	covers := map[int]int{} // what a line that is only a comment speaks of, past the comments that follow
	for _, t := range slices.Backward(tokens) {
		line := t.Range.Start.Line
		if t.Type != hclsyntax.TokenComment {
			continue
		}
		target := line
		if !code[line] {
			if target = t.Range.End.Line; t.Range.End.Column == 1 {
				target-- // the token holds the end of its line
			}
			if !code[target] {
				target++
			}
			if next, ok := covers[target]; ok {
				target = next
			}
			covers[line] = target
		}
		if bytes.Contains(t.Bytes, []byte(prefix)) {
			r := newRemark(t)
			r.reach.line = target
			out = append(out, r)
		}
	}
	slices.Reverse(out)
	return out
}

func newRemark(t hclsyntax.Token) remark {
	text := strings.TrimRight(string(t.Bytes), "\r\n")
	place := t.Range
	place.End = hcl.Pos{Line: place.Start.Line, Column: place.Start.Column + utf8.RuneCountInString(text), Byte: place.Start.Byte + len(text)}
	split := strings.Contains(text, "\n")
	if split {
		place.End = t.Range.End
	}
	switch {
	case strings.HasPrefix(text, "/*"):
		text = strings.TrimSuffix(text[2:], "*/")
	case strings.HasPrefix(text, "//"):
		text = text[2:]
	default:
		text = strings.TrimPrefix(text, "#")
	}
	return remark{text: text, place: place, split: split, reach: reach{at: place.Start.Byte}}
}

// jsonRemarks returns the comments of a file in JSON syntax: strings in a "//" member, or in a list there. What is wrong
// with a malformed file is for its reader to say.
func jsonRemarks(src []byte, name string) []remark {
	root, err := unknown.ParseJSON(string(src))
	if err != nil {
		return nil
	}
	r := jsonReader{src: src, name: name, at: hcl.InitialPos}
	r.value(root, root.Start)
	return r.out
}

type jsonReader struct {
	src  []byte
	name string
	out  []remark
	at   hcl.Pos
}

// value reads a value; from is where the name of its member begins. Where a list holds one object alone, the name stands
// for that object.
func (r *jsonReader) value(n *unknown.JSON, from int) {
	var own []remark
	for _, m := range n.Members {
		if m.Key == "//" {
			own = append(own, r.remarks(m.Value)...)
		} else {
			r.value(m.Value, m.Start)
		}
	}
	for _, o := range own {
		o.reach = reach{json: true, from: from, open: n.Start, end: n.End}
		r.out = append(r.out, o)
	}
	for _, item := range n.Items {
		at := item.Start
		if len(n.Items) == 1 && item.Kind == unknown.JSONObject {
			at = from
		}
		r.value(item, at)
	}
}

// remarks returns the strings of a value, a string or a list.
func (r *jsonReader) remarks(n *unknown.JSON) []remark {
	var out []remark
	for _, item := range n.Items {
		out = append(out, r.remarks(item)...)
	}
	if n.Kind == unknown.JSONString {
		place := hcl.Range{Filename: r.name, Start: r.pos(n.Start), End: r.pos(n.End)}
		out = append(out, remark{text: n.Text, place: place, split: strings.Contains(n.Text, "\n")})
	}
	return out
}

// pos returns the position of a byte. Bytes are asked for from front to back.
func (r *jsonReader) pos(at int) hcl.Pos {
	passed := r.src[r.at.Byte:at]
	if lines := bytes.Count(passed, []byte("\n")); lines > 0 {
		r.at.Line, r.at.Column = r.at.Line+lines, 1
		passed = passed[bytes.LastIndexByte(passed, '\n')+1:]
	}
	r.at.Column, r.at.Byte = r.at.Column+utf8.RuneCount(passed), at
	return r.at
}
