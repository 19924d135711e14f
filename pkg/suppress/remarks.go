package suppress

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
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

// jsonRemarks returns the comments of a file in JSON syntax: strings in a "//" member, or in a list there. Of a malformed
// file it returns those of the objects that are whole.
func jsonRemarks(src []byte, name string) []remark {
	r := jsonReader{src: src, name: name, d: jsonDecoder(src), at: hcl.InitialPos}
	_, _ = r.value(-1) // what is wrong with the file is for its reader to say
	return r.out
}

func jsonDecoder(src []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewReader(src), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

type jsonReader struct {
	src  []byte
	name string
	d    *jsontext.Decoder
	out  []remark
	at   hcl.Pos
}

// value reads one value, whose member's name begins at from, negative where there is none. It returns where an object
// begins.
func (r *jsonReader) value(from int) (open int, err error) {
	switch r.d.PeekKind() {
	case '{':
		return r.object(from)
	case '[':
		return -1, r.array(from)
	}
	_, err = r.d.ReadValue()
	return -1, err
}

func (r *jsonReader) object(from int) (open int, err error) {
	if _, err := r.d.ReadToken(); err != nil {
		return -1, err
	}
	open = int(r.d.InputOffset()) - 1
	if from < 0 {
		from = open
	}
	var own []remark
	for r.d.PeekKind() != '}' {
		name, err := r.d.ReadValue()
		if err != nil {
			return open, err
		}
		at := int(r.d.InputOffset()) - len(name)
		if string(name) != `"//"` {
			if _, err := r.value(at); err != nil {
				return open, err
			}
			continue
		}
		texts, err := r.d.ReadValue()
		if err != nil {
			return open, err
		}
		own = append(own, r.remarks(texts)...)
	}
	_, err = r.d.ReadToken()
	for _, o := range own {
		o.reach = reach{json: true, from: from, open: open, end: int(r.d.InputOffset())}
		r.out = append(r.out, o)
	}
	return open, err
}

// array reads a list. Where it holds one object alone, the name of the member stands for that object.
func (r *jsonReader) array(from int) error {
	if _, err := r.d.ReadToken(); err != nil {
		return err
	}
	before, open, items := len(r.out), -1, 0
	for ; r.d.PeekKind() != ']'; items++ {
		var err error
		if open, err = r.value(-1); err != nil {
			return err
		}
	}
	if items == 1 && from >= 0 {
		for i := before; i < len(r.out); i++ {
			if r.out[i].reach.open == open {
				r.out[i].reach.from = from
			}
		}
	}
	_, err := r.d.ReadToken()
	return err
}

// remarks returns the strings of the value that was read last, a string or a list.
func (r *jsonReader) remarks(value jsontext.Value) []remark {
	if k := value.Kind(); k != '"' && k != '[' || !bytes.Contains(value, []byte(prefix)) {
		return nil
	}
	base := int(r.d.InputOffset()) - len(value)
	d := jsonDecoder(value)
	var out []remark
	for {
		if d.PeekKind() != '"' {
			if _, err := d.ReadToken(); err != nil {
				return out
			}
			continue
		}
		raw, err := d.ReadValue()
		if err != nil {
			return out
		}
		text, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			return out
		}
		end := base + int(d.InputOffset())
		place := hcl.Range{Filename: r.name, Start: r.pos(end - len(raw)), End: r.pos(end)}
		out = append(out, remark{text: string(text), place: place, split: bytes.ContainsRune(text, '\n')})
	}
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
