package tfplan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// stream reads JSON token by token. It knows where it is, and keeps to the limits.
type stream struct {
	dec    *jsontext.Decoder
	limits Limits
	// memory is an estimate of what the values read so far take.
	memory *int64
	// within is the place of the whole stream in a larger document, from the byte at which it starts there.
	within jsontext.Pointer
	from   int64
	// names are those of the objects that are open, each read once; common holds the names that were met before.
	names  []string
	common map[string]string
}

// newStream reads from r. A single string or value that is read in one piece is limited as limits say.
func newStream(r io.Reader, limits Limits) *stream {
	s := &stream{limits: limits, memory: new(int64), common: map[string]string{}}
	// The decoder fills its buffer in steps of 4 KB unless it has met a larger value; one such value makes the steps larger.
	s.dec = jsontext.NewDecoder(strings.NewReader(`"`+strings.Repeat(" ", 48<<10)+`"`), jsontext.AllowDuplicateNames(true))
	_ = s.dec.SkipValue()
	s.dec.Reset(&limitedValues{r: r, dec: s.dec, limit: int64(limits.String)}, jsontext.AllowDuplicateNames(true))
	return s
}

// sub reads a value that was kept as text, as a part of s at that place.
func (s *stream) sub(kept keptText) *stream {
	sub := *s
	sub.dec = jsontext.NewDecoder(bytes.NewBuffer(kept.text), jsontext.AllowDuplicateNames(true))
	sub.within, sub.from = kept.at, kept.from
	sub.names = nil
	return &sub
}

// keptText is a value that is read later, with its place.
type keptText struct {
	text jsontext.Value
	at   jsontext.Pointer
	from int64
}

// keepText reads a value as text.
func (s *stream) keepText() (keptText, error) {
	v, err := s.dec.ReadValue()
	if err != nil {
		return keptText{}, err
	}
	return keptText{v.Clone(), s.here(), s.offset() - int64(len(v))}, nil
}

// limitedValues fails when the decoder asks for more although a single value already takes up the limit.
type limitedValues struct {
	r         io.Reader
	dec       *jsontext.Decoder
	delivered int64
	limit     int64
}

func (l *limitedValues) Read(p []byte) (int, error) {
	if l.delivered-l.dec.InputOffset() > l.limit {
		return 0, &limitError{fmt.Sprintf("a single value is larger than the limit of %s", megabytes(l.limit)), "string"}
	}
	n, err := l.r.Read(p)
	l.delivered += int64(n)
	return n, err
}

// here is the place of what was read last, and offset the byte after it.
func (s *stream) here() jsontext.Pointer { return s.within + s.dec.StackPointer() }
func (s *stream) offset() int64          { return s.from + s.dec.InputOffset() }

// wrong is the error for a value that is not what it must be.
func (s *stream) wrong(format string, args ...any) error {
	return &contentError{at: s.here(), offset: s.offset(), problem: fmt.Sprintf(format, args...)}
}

// want reads past the value and says what should stand there, unless the JSON itself is broken.
func (s *stream) want(what string) error {
	kind := s.dec.PeekKind()
	unread := s.dec.UnreadBuffer()
	start := s.offset() + int64(len(unread)-len(bytes.TrimLeft(unread, " \t\r\n,:")))
	if err := s.dec.SkipValue(); err != nil {
		return err
	}
	return &contentError{at: s.here(), offset: start, problem: fmt.Sprintf("must be %s, but is %s", what, kindName(kind))}
}

// keep counts memory that stays in use.
func (s *stream) keep(bytes int) error {
	*s.memory += int64(bytes)
	if *s.memory > s.limits.Memory {
		return &limitError{fmt.Sprintf("what must be kept of it takes more memory than the limit of %s", megabytes(s.limits.Memory)), "memory"}
	}
	return nil
}

// kept counts memory, unless there is an error already.
func (s *stream) kept(err error, bytes int) error {
	if err != nil {
		return err
	}
	return s.keep(bytes)
}

// maxMembers bounds how many names of one object are remembered to find a repeated one.
const maxMembers = 100_000

// object calls member for each member of the object that follows; member must read the value. It reads null as an
// object without members, and refuses a name that comes twice.
func (s *stream) object(member func(name string) error) error {
	if there, err := s.open('{', "an object"); !there {
		return err
	}
	first := len(s.names)
	defer func() { s.names = s.names[:first] }()
	var many map[string]bool
	for s.dec.PeekKind() == '"' {
		name, err := s.name()
		if err != nil {
			return err
		}
		known := s.names[first:]
		switch {
		case many != nil && many[name], many == nil && slices.Contains(known, name):
			return s.wrong("is there twice")
		case len(known) == maxMembers:
			return &limitError{problem: fmt.Sprintf("an object has more than %d members", maxMembers)}
		case many == nil && len(known) == 64:
			many = map[string]bool{}
			for _, n := range known {
				many[n] = true
			}
		}
		if many != nil {
			many[name] = true
		}
		s.names = append(s.names, name)
		if err := member(name); err != nil {
			return err
		}
	}
	return s.end()
}

// open reads the bracket that a value begins with. It is false for null, which it reads, and where there is an error.
func (s *stream) open(bracket jsontext.Kind, what string) (bool, error) {
	switch s.dec.PeekKind() {
	case 'n':
		return false, s.skip()
	case bracket:
		_, err := s.dec.ReadToken()
		return err == nil, err
	}
	return false, s.want(what)
}

// array calls element for each element of the array that follows; element must read it. It reads null as an empty array.
func (s *stream) array(element func(i int) error) error {
	if there, err := s.open('[', "an array"); !there {
		return err
	}
	for i := 0; s.more(); i++ {
		if err := element(i); err != nil {
			return err
		}
	}
	return s.end()
}

// more says whether another element follows. Broken JSON counts as one, so that reading it gives the error.
func (s *stream) more() bool {
	k := s.dec.PeekKind()
	return k != ']' && k != '}' && k != jsontext.KindInvalid
}

// end reads the closing bracket, or gives the error that stands before it.
func (s *stream) end() error {
	_, err := s.dec.ReadToken()
	return err
}

func (s *stream) skip() error { return s.dec.SkipValue() }

// name reads the name of a member. Equal names share their memory.
func (s *stream) name() (string, error) {
	raw, err := s.dec.ReadValue()
	if err != nil {
		return "", err
	}
	if text := raw[1 : len(raw)-1]; bytes.IndexByte(text, '\\') < 0 {
		return s.shared(text), nil
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	return s.shared(text), err
}

func (s *stream) shared(text []byte) string {
	if known, ok := s.common[string(text)]; ok {
		return known
	}
	name := string(text)
	if len(name) <= 64 && len(s.common) < 4096 {
		s.common[name] = name
	}
	return name
}

// str reads a string, and null as the empty one.
func (s *stream) str() (string, error) {
	switch s.dec.PeekKind() {
	case 'n':
		return "", s.skip()
	case '"':
		t, err := s.dec.ReadToken()
		if err != nil {
			return "", err
		}
		return t.String(), nil
	}
	return "", s.want("a string")
}

// sharedStr reads a string of which there are few different ones.
func (s *stream) sharedStr() (string, error) {
	if s.dec.PeekKind() != '"' {
		return s.str()
	}
	return s.name()
}

// boolean reads true or false, and null as false.
func (s *stream) boolean() (bool, error) {
	switch s.dec.PeekKind() {
	case 'n':
		return false, s.skip()
	case 't', 'f':
		t, err := s.dec.ReadToken()
		if err != nil {
			return false, err
		}
		return t.Bool(), nil
	}
	return false, s.want("true or false")
}

// strings reads an array of strings.
func (s *stream) strings() ([]string, error) {
	var out []string
	err := s.array(func(int) error {
		text, err := s.sharedStr()
		out = append(out, text)
		return err
	})
	return out, err
}

// atEnd checks that nothing follows the document.
func (s *stream) atEnd() error {
	_, err := s.dec.ReadToken()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil:
		return errSeveral
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return errTrailing
	}
	return err
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "true or false"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '[':
		return "an array"
	case '{':
		return "an object"
	}
	return "nothing"
}

func megabytes(n int64) string {
	if n >= 10<<20 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}
