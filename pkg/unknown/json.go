package unknown

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// JSONKind is the kind of a JSON value.
type JSONKind int

// The kinds.
const (
	JSONNull JSONKind = iota
	JSONTrue
	JSONFalse
	JSONNumber
	JSONString
	JSONArray
	JSONObject
	JSONHole // a token that stands for a whole value
)

// JSON is a JSON value with the bytes that it was written in.
type JSON struct {
	Kind       JSONKind
	Start, End int          // the bytes that it was written in
	Text       string       // of a string, decoded; of a number, as written; of a hole, the token
	Offsets    []int        // of a string: where each byte of text, and its end, was written
	Items      []*JSON      // of an array
	Members    []JSONMember // of an object, in their order
}

// JSONMember is a member of an object.
type JSONMember struct {
	Key        string // decoded
	Start, End int    // of the key with its quotes
	Offsets    []int  // where each byte of the key, and its end, was written
	Value      *JSON
}

// JSONError says where and why a text is no JSON.
type JSONError struct {
	At   int    // the byte
	What string // why, without a capital and a full stop
}

const maxJSONDepth = 500

type jsonScanner struct {
	src   []byte
	at    int
	depth int
	err   *JSONError
}

// ParseJSON parses one JSON value. Tokens of unknown values may stand where a value may stand.
func ParseJSON(src []byte) (*JSON, *JSONError) {
	s := &jsonScanner{src: src}
	n := s.value()
	s.space()
	if s.err == nil && s.at < len(src) {
		s.fail("there is text after the value")
	}
	return n, s.err
}

func (s *jsonScanner) fail(what string) *JSON {
	if s.err == nil {
		s.err = &JSONError{At: s.at, What: what}
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

func (s *jsonScanner) value() *JSON {
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
		return &JSON{Kind: JSONString, Start: start, End: s.at, Text: text, Offsets: offsets}
	case c == '-' || c >= '0' && c <= '9':
		for s.at < len(s.src) && strings.IndexByte("+-.eE0123456789", s.src[s.at]) >= 0 {
			s.at++
		}
		text := string(s.src[start:s.at])
		if _, err := strconv.ParseFloat(text, 64); err != nil && !strings.Contains(err.Error(), "range") {
			return s.fail("a number is malformed")
		}
		return &JSON{Kind: JSONNumber, Start: start, End: s.at, Text: text}
	}
	for word, kind := range map[string]JSONKind{"true": JSONTrue, "false": JSONFalse, "null": JSONNull} {
		if strings.HasPrefix(string(s.src[s.at:min(s.at+len(word), len(s.src))]), word) {
			s.at += len(word)
			return &JSON{Kind: kind, Start: start, End: s.at}
		}
	}
	if token := leadingToken(s.src[s.at:]); token != "" {
		s.at += len(token)
		return &JSON{Kind: JSONHole, Start: start, End: s.at, Text: token}
	}
	return s.fail("a value is missing")
}

// leadingToken is the token that the text starts with, "" if there is none.
func leadingToken(src []byte) string {
	text := string(src[:min(len(src), 32)])
	if !HasHole(text) {
		return ""
	}
	parts := Parts(text)
	if len(parts) == 0 || parts[0].Hole < 0 {
		return ""
	}
	return Hole(parts[0].Hole)
}

func (s *jsonScanner) object() *JSON {
	n := &JSON{Kind: JSONObject, Start: s.at}
	for s.at++; ; s.at++ {
		s.space()
		if s.peek() == '}' && len(n.Members) == 0 {
			break
		}
		if s.peek() != '"' {
			return s.fail("a quoted name is missing")
		}
		m := JSONMember{Start: s.at}
		m.Key, m.Offsets = s.str()
		m.End = s.at
		s.space()
		if s.err != nil || s.peek() != ':' {
			return s.fail("a colon is missing")
		}
		s.at++
		if m.Value = s.value(); s.err != nil {
			return nil
		}
		n.Members = append(n.Members, m)
		s.space()
		if s.peek() == '}' {
			break
		}
		if s.peek() != ',' {
			return s.fail("a comma or a closing brace is missing")
		}
	}
	s.at++
	n.End = s.at
	return n
}

func (s *jsonScanner) array() *JSON {
	n := &JSON{Kind: JSONArray, Start: s.at}
	for s.at++; ; s.at++ {
		s.space()
		if s.peek() == ']' && len(n.Items) == 0 {
			break
		}
		item := s.value()
		if s.err != nil {
			return nil
		}
		n.Items = append(n.Items, item)
		s.space()
		if s.peek() == ']' {
			break
		}
		if s.peek() != ',' {
			return s.fail("a comma or a closing bracket is missing")
		}
	}
	s.at++
	n.End = s.at
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

func (e *JSONError) Error() string { return fmt.Sprintf("%s at byte %d", e.What, e.At) }
