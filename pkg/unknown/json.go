package unknown

import (
	"encoding/json"
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
	Text       string       // of a string, decoded; of a hole, the token; of a number, a truth value and null, as written
	Items      []*JSON      // of an array
	Members    []JSONMember // of an object, in their order
	offsets    []int        // of a string with escapes: where each byte of text, and its end, was written
}

// Offset is where a byte of a string's text, or the end of it, was written.
func (n *JSON) Offset(i int) int {
	if n.offsets == nil {
		return n.Start + 1 + i
	}
	return n.offsets[i]
}

// JSONMember is a member of an object.
type JSONMember struct {
	Key        string // decoded
	Start, End int    // of the key with its quotes
	Value      *JSON
	offsets    []int
}

// Name is the key as the string that it is written as.
func (m JSONMember) Name() *JSON {
	return &JSON{Kind: JSONString, Start: m.Start, End: m.End, Text: m.Key, offsets: m.offsets}
}

// JSONError says where and why a text is no JSON.
type JSONError struct {
	At   int    // the byte
	What string // why, without a capital and a full stop
}

const maxJSONDepth = 500

type jsonScanner struct {
	src   string
	at    int
	depth int
	err   *JSONError
}

// ParseJSON parses one JSON value. Tokens of unknown values may stand where a value may stand.
func ParseJSON(src string) (*JSON, *JSONError) {
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
		return s.fail(fmt.Sprintf("it is nested more than %d levels deep", maxJSONDepth))
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
		return &JSON{Kind: JSONString, Start: start, End: s.at, Text: text, offsets: offsets}
	case c == '-' || c >= '0' && c <= '9':
		for s.at < len(s.src) && strings.IndexByte("+-.eE0123456789", s.src[s.at]) >= 0 {
			s.at++
		}
		text := s.src[start:s.at]
		if !json.Valid([]byte(text)) {
			return s.fail("a number is malformed")
		}
		return &JSON{Kind: JSONNumber, Start: start, End: s.at, Text: text}
	}
	for kind, word := range [...]string{JSONNull: "null", JSONTrue: "true", JSONFalse: "false"} {
		if strings.HasPrefix(s.src[s.at:], word) {
			s.at += len(word)
			return &JSON{Kind: JSONKind(kind), Start: start, End: s.at, Text: word}
		}
	}
	if token := leadingToken(s.src[s.at:]); token != "" {
		s.at += len(token)
		return &JSON{Kind: JSONHole, Start: start, End: s.at, Text: token}
	}
	return s.fail("a value is missing")
}

// leadingToken is the token that the text starts with, "" if there is none.
func leadingToken(src string) string {
	text := src[:min(len(src), 32)]
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
		m.Key, m.offsets = s.str()
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

// str reads a string and where each of its bytes was written; of one without escapes that is where it stands.
func (s *jsonScanner) str() (string, []int) {
	for i := s.at + 1; i < len(s.src) && s.src[i] != '\\' && s.src[i] >= 0x20; i++ {
		if s.src[i] == '"' {
			text := s.src[s.at+1 : i]
			s.at = i + 1
			return text, nil
		}
	}
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
	v, err := strconv.ParseUint(s.src[s.at:s.at+4], 16, 32)
	s.at += 4
	return rune(v), err == nil
}

func (e *JSONError) Error() string { return fmt.Sprintf("%s at byte %d", e.What, e.At) }
