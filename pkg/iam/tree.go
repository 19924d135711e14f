package iam

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// node is a JSON value with its place. Members keep their order and their repetitions.
type node struct {
	kind       jsontext.Kind // '{' '[' '"' '0' 't' 'n', or 'h' for a bare hole
	start, end int
	text       string // strings, numbers and booleans; the token of a hole
	members    []member
	elems      []node
}

type member struct {
	name String
	val  node
}

// repeats says whether a name is repeated in any object of the value. Members that are null count as not there.
func (n *node) repeats() bool {
	seen := make(map[string]bool, len(n.members))
	for i := range n.members {
		m := &n.members[i]
		if m.val.kind == 'n' {
			continue
		}
		if seen[m.name.S] || m.val.repeats() {
			return true
		}
		seen[m.name.S] = true
	}
	return slices.ContainsFunc(n.elems, func(e node) bool { return e.repeats() })
}

// reading is the value with only the first, or the last, of the members that share a name.
func (n *node) reading(last bool) node {
	out := *n
	out.members, out.elems = nil, nil
	at := make(map[string]int, len(n.members))
	for _, m := range n.members {
		if m.val.kind == 'n' {
			continue
		}
		m.val = m.val.reading(last)
		i, repeated := at[m.name.S]
		switch {
		case !repeated:
			at[m.name.S] = len(out.members)
			out.members = append(out.members, m)
		case last:
			out.members[i] = m
		}
	}
	for i := range n.elems {
		out.elems = append(out.elems, n.elems[i].reading(last))
	}
	return out
}

// maxDepth bounds the nesting of a document. The grammar needs six levels.
const maxDepth = 64

// parseTree reads one JSON value. Tokens outside of strings are read as bare holes.
func parseTree(s string) (node, error) {
	src, bare := quoteBareHoles(s)
	dec := jsontext.NewDecoder(strings.NewReader(src), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	r := treeReader{dec: dec, src: src, bare: bare}
	n, err := r.value(0)
	if err != nil {
		return node{}, err
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return node{}, fmt.Errorf("there is more text after the JSON value, at byte %d", n.end)
	}
	return n, nil
}

type treeReader struct {
	dec  *jsontext.Decoder
	src  string
	bare bool
	// members and elems are those of what is being read, the outermost first: each node gets a copy of the right size.
	members []member
	elems   []node
}

// start finds where the next token begins: the decoder only tells where the last one ended.
func (r *treeReader) start() int {
	i := int(r.dec.InputOffset())
	for i < len(r.src) && strings.IndexByte(" \t\r\n,:", r.src[i]) >= 0 {
		i++
	}
	return i
}

func (r *treeReader) value(depth int) (node, error) {
	if depth > maxDepth {
		return node{}, fmt.Errorf("it is nested more than %d levels deep", maxDepth)
	}
	n := node{start: r.start()}
	tok, err := r.dec.ReadToken()
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return n, err
	}
	n.kind = tok.Kind()
	switch n.kind {
	case '{':
		err = r.object(&n, depth)
	case '[':
		err = r.array(&n, depth)
	case 'n':
	default:
		n.text = r.text(tok, n.start)
		if n.kind == 'f' {
			n.kind = 't'
		}
	}
	n.end = int(r.dec.InputOffset())
	if n.kind == '"' && r.bare && strings.HasPrefix(n.text, holeOpen) && !strings.Contains(n.text, holeClose) {
		n.kind, n.text = 'h', n.text+holeClose
	}
	return n, err
}

// text is what a token says: a part of the source where it stands there as it is, so that it takes no memory of its own.
func (r *treeReader) text(tok jsontext.Token, start int) string {
	if tok.Kind() == '"' {
		if raw := r.src[start+1 : r.dec.InputOffset()-1]; strings.IndexByte(raw, '\\') < 0 && utf8.ValidString(raw) {
			return raw
		}
	}
	return tok.String()
}

func (r *treeReader) object(n *node, depth int) error {
	outer := len(r.members)
	for r.dec.PeekKind() != '}' {
		start := r.start()
		tok, err := r.dec.ReadToken()
		if err != nil {
			return err
		}
		name := String{S: r.text(tok, start), Start: start, End: int(r.dec.InputOffset()), Set: true, Quoted: true}
		val, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		r.members = append(r.members, member{name, val})
	}
	n.members = slices.Clone(r.members[outer:])
	r.members = r.members[:outer]
	_, err := r.dec.ReadToken()
	return err
}

func (r *treeReader) array(n *node, depth int) error {
	outer := len(r.elems)
	for r.dec.PeekKind() != ']' {
		val, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		r.elems = append(r.elems, val)
	}
	n.elems = slices.Clone(r.elems[outer:])
	r.elems = r.elems[:outer]
	_, err := r.dec.ReadToken()
	return err
}

// The tokens of unknown.Hole are 3 bytes, digits, 3 bytes. A bare one is rewritten in place to a string of the same length:
// a quote, the 3 bytes, the digits, a quote, a space.
var (
	holeOpen  = unknown.Hole(0)[:3]
	holeClose = unknown.Hole(0)[4:]
)

// quoteBareHoles makes strings of the tokens outside of strings, at the same offsets.
func quoteBareHoles(s string) (string, bool) {
	if !unknown.HasHole(s) {
		return s, false
	}
	out := []byte(s)
	inString, found := false, false
	for i := 0; i < len(s); i++ {
		switch {
		case inString && s[i] == '\\':
			i++
		case s[i] == '"':
			inString = !inString
		case !inString && strings.HasPrefix(s[i:], holeOpen):
			end := strings.Index(s[i:], holeClose)
			if end < 0 {
				return string(out), found
			}
			digits := s[i+len(holeOpen) : i+end]
			copy(out[i:], `"`+holeOpen+digits+`" `)
			found = true
			i += end + len(holeClose) - 1
		}
	}
	return string(out), found
}
