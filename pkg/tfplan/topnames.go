package tfplan

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// topNames are what tells one JSON document from another: the names at its top, and a little of what is below them.
type topNames struct {
	// start is the bracket that the document starts with.
	start jsontext.Kind
	names map[string]bool
	// outputs says that all members are objects of sensitive, type and value.
	outputs bool
	// ended says that the whole document was seen, broken that it is no JSON (and not merely cut off).
	ended, broken bool
}

// maxTopNames is how many names are remembered.
const maxTopNames = 256

func newTopNames(start jsontext.Kind) *topNames {
	return &topNames{start: start, names: map[string]bool{}, outputs: true}
}

func (s *topNames) add(name string) {
	if len(s.names) < maxTopNames {
		s.names[name] = true
	}
}

// scanHead collects the names in the first bytes of a document, as far as they go.
func scanHead(head []byte) *topNames {
	return scanned(jsontext.NewDecoder(bytes.NewReader(head), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)))
}

// scanned collects the names of the document that follows.
func scanned(dec *jsontext.Decoder) *topNames {
	s := newTopNames(dec.PeekKind())
	err := s.scan(dec)
	s.ended = err == nil
	s.broken = err != nil && !errors.Is(err, io.ErrUnexpectedEOF)
	return s
}

func (s *topNames) scan(dec *jsontext.Decoder) error {
	if s.start != '{' {
		return dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		s.add(name.String())
		s.outputs = s.outputs && isOutput(dec)
		if dec.StackDepth() == 1 {
			err = dec.SkipValue()
		}
		for err == nil && dec.StackDepth() > 1 {
			_, err = dec.ReadToken()
		}
		if err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// isOutput reads into a value as far as it takes to say whether it is an output of terraform output -json. Where it does
// not read the whole value, it stops inside of it.
func isOutput(dec *jsontext.Decoder) bool {
	if dec.PeekKind() != '{' {
		return false
	}
	if _, err := dec.ReadToken(); err != nil {
		return false
	}
	var names []string
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return false
		}
		names = append(names, name.String())
		if !slices.Contains([]string{"sensitive", "type", "value"}, names[len(names)-1]) {
			return false
		}
		if dec.SkipValue() != nil {
			return len(names) == 3
		}
	}
	return len(names) == 3
}
