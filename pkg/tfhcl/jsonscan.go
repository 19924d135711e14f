package tfhcl

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/keyproof/keyproof/pkg/unknown"
)

type jsonKind int

const (
	jsonNull jsonKind = iota
	jsonTrue
	jsonFalse
	jsonNumber
	jsonString
	jsonArray
	jsonObject
	jsonHole // a token that stands for a whole value
)

// jsonNode is a JSON value with the bytes that it was written in.
type jsonNode struct {
	kind       jsonKind
	start, end int
	text       string // of a string, decoded; of a number, as written; of a hole, the token
	offsets    []int  // of a string: where each byte of text, and its end, was written
	items      []*jsonNode
	members    []jsonMember
}

type jsonMember struct {
	key        string
	start, end int // of the key with its quotes
	offsets    []int
	value      *jsonNode
}

type jsonError struct {
	at   int
	what string
}

const maxJSONDepth = 500

type jsonScanner struct {
	src   []byte
	at    int
	depth int
	err   *jsonError
}

// scanJSON parses one JSON value. Tokens of unknown values may stand where a value may stand.
func scanJSON(src []byte) (*jsonNode, *jsonError) {
	s := &jsonScanner{src: src}
	n := s.value()
	s.space()
	if s.err == nil && s.at < len(src) {
		s.fail("there is text after the value")
	}
	return n, s.err
}

func (s *jsonScanner) fail(what string) *jsonNode {
	if s.err == nil {
		s.err = &jsonError{at: s.at, what: what}
	}
	return nil
}

func (s *jsonScanner) space() {
	for s.at < len(s.src) && strings.IndexByte(" \t\r\n", s.src[s.at]) >= 0 {
		s.at++
	}
}

func (s *jsonScanner) peek() byte {
	if s.at < len(s.src) {
		return s.src[s.at]
	}
	return 0
}

func (s *jsonScanner) value() *jsonNode {
	s.space()
	if s.depth++; s.depth > maxJSONDepth {
		return s.fail("the values are nested too deeply")
	}
	defer func() { s.depth-- }()
	start := s.at
	switch c := s.peek(); {
	case c == '{':
		return s.object()
	case c == '[':
		return s.array()
	case c == '"':
		text, offsets := s.str()
		return &jsonNode{kind: jsonString, start: start, end: s.at, text: text, offsets: offsets}
	case c == '-' || c >= '0' && c <= '9':
		for s.at < len(s.src) && strings.IndexByte("+-.eE0123456789", s.src[s.at]) >= 0 {
			s.at++
		}
		text := string(s.src[start:s.at])
		if _, err := strconv.ParseFloat(text, 64); err != nil && !strings.Contains(err.Error(), "range") {
			return s.fail("a number is malformed")
		}
		return &jsonNode{kind: jsonNumber, start: start, end: s.at, text: text}
	}
	for word, kind := range map[string]jsonKind{"true": jsonTrue, "false": jsonFalse, "null": jsonNull} {
		if strings.HasPrefix(string(s.src[s.at:min(s.at+len(word), len(s.src))]), word) {
			s.at += len(word)
			return &jsonNode{kind: kind, start: start, end: s.at}
		}
	}
	if token := leadingToken(s.src[s.at:]); token != "" {
		s.at += len(token)
		return &jsonNode{kind: jsonHole, start: start, end: s.at, text: token}
	}
	return s.fail("a value is missing")
}

// leadingToken is the token that the text starts with, "" if there is none.
func leadingToken(src []byte) string {
	text := string(src[:min(len(src), 32)])
	if !unknown.HasHole(text) {
		return ""
	}
	parts := unknown.Parts(text)
	if len(parts) == 0 || parts[0].Hole < 0 {
		return ""
	}
	return unknown.Hole(parts[0].Hole)
}

func (s *jsonScanner) object() *jsonNode {
	n := &jsonNode{kind: jsonObject, start: s.at}
	for s.at++; ; s.at++ {
		s.space()
		if s.peek() == '}' && len(n.members) == 0 {
			break
		}
		if s.peek() != '"' {
			return s.fail("a quoted name is missing")
		}
		m := jsonMember{start: s.at}
		m.key, m.offsets = s.str()
		m.end = s.at
		s.space()
		if s.err != nil || s.peek() != ':' {
			return s.fail("a colon is missing")
		}
		s.at++
		if m.value = s.value(); s.err != nil {
			return nil
		}
		n.members = append(n.members, m)
		s.space()
		if s.peek() == '}' {
			break
		}
		if s.peek() != ',' {
			return s.fail("a comma or a closing brace is missing")
		}
	}
	s.at++
	n.end = s.at
	return n
}

func (s *jsonScanner) array() *jsonNode {
	n := &jsonNode{kind: jsonArray, start: s.at}
	for s.at++; ; s.at++ {
		s.space()
		if s.peek() == ']' && len(n.items) == 0 {
			break
		}
		item := s.value()
		if s.err != nil {
			return nil
		}
		n.items = append(n.items, item)
		s.space()
		if s.peek() == ']' {
			break
		}
		if s.peek() != ',' {
			return s.fail("a comma or a closing bracket is missing")
		}
	}
	s.at++
	n.end = s.at
	return n
}

// str reads a string and where each of its bytes was written.
func (s *jsonScanner) str() (string, []int) {
	var b strings.Builder
	var offsets []int
	put := func(text string, at int) {
		for range len(text) {
			offsets = append(offsets, at)
		}
		b.WriteString(text)
	}
	for s.at++; s.at < len(s.src); {
		c := s.src[s.at]
		switch {
		case c == '"':
			offsets = append(offsets, s.at)
			s.at++
			return b.String(), offsets
		case c < 0x20:
			s.fail("a string holds a raw control character")
			return "", nil
		case c != '\\':
			offsets = append(offsets, s.at)
			b.WriteByte(c)
			s.at++
		default:
			at := s.at
			text, ok := s.escape()
			if !ok {
				s.fail("a string holds a malformed escape")
				return "", nil
			}
			put(text, at)
		}
	}
	s.fail("a string does not end")
	return "", nil
}

func (s *jsonScanner) escape() (string, bool) {
	if s.at+1 >= len(s.src) {
		return "", false
	}
	c := s.src[s.at+1]
	s.at += 2
	switch c {
	case '"', '\\', '/':
		return string(rune(c)), true
	case 'b':
		return "\b", true
	case 'f':
		return "\f", true
	case 'n':
		return "\n", true
	case 'r':
		return "\r", true
	case 't':
		return "\t", true
	case 'u':
		r, ok := s.hex()
		if ok && utf16.IsSurrogate(r) && s.at+1 < len(s.src) && s.src[s.at] == '\\' && s.src[s.at+1] == 'u' {
			before := s.at
			s.at += 2
			if low, good := s.hex(); good && utf16.DecodeRune(r, low) != utf8.RuneError {
				return string(utf16.DecodeRune(r, low)), true
			}
			s.at = before
		}
		return string(r), ok
	}
	return "", false
}

func (s *jsonScanner) hex() (rune, bool) {
	if s.at+4 > len(s.src) {
		return 0, false
	}
	v, err := strconv.ParseUint(string(s.src[s.at:s.at+4]), 16, 32)
	s.at += 4
	return rune(v), err == nil
}
