package tfplan

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// What [Look] says of files besides the kinds that can be read.
const (
	// Broken is what was meant to be a plan or state, and cannot be read as one: Plan (the method) says why.
	Broken Kind = "broken"
	// Unreadable is neither JSON nor a binary plan: text, nothing at all, or JSON that is cut off before it says what it is.
	Unreadable Kind = "unreadable"
)

// Look says by its content what a file is that nobody named: Plan, State, Binary or Policy for what can be read, Broken,
// Unreadable, or Other for JSON and archives that are something else. It reads no more than it takes to tell.
func Look(r io.Reader, limits Limits) Kind {
	text, err := text(r, limits.withDefaults())
	if err != nil {
		return Unreadable
	}
	head, err := text.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return Unreadable
	}
	body := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case isZip(head) && holdsPlan(head):
		return Binary
	case isZip(head):
		return Other
	case len(body) > 0 && body[0] == '[' && bytes.Contains(body, []byte(`"format_version"`)):
		return Broken
	case len(body) == 0 || body[0] != '{' && body[0] != '[':
		return Unreadable
	}
	names, whole := scanHead(body), len(head) < headSize
	kind, told := names.look()
	if !told && !whole && !names.broken {
		kind, _ = scanned(jsontext.NewDecoder(text, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))).look()
	}
	return kind
}

// look is what the names say of a file, and whether further ones cannot change that.
func (s *topNames) look() (k Kind, told bool) {
	kind, wrong := s.classify()
	shown := s.names["format_version"]
	switch {
	case (wrong != nil || kind == Policy) && s.any([]string{"resource_changes", "planned_values"}):
		return Broken, true
	case slices.Contains([]*wrongInput{wrongLog, wrongRedacted, wrongCloudPlan, wrongEncrypted, wrongNothingShown}, wrong):
		return Broken, true
	case wrong == wrongNotJSON:
		return Unreadable, true
	case kind == State, kind == Plan && (shown || s.any([]string{"resource_changes", "planned_values", "prior_state"})):
		return kind, true
	case wrong != nil, kind == Policy:
		return kind, kind == Policy || wrong != wrongUnknownJSON
	case s.ended:
		return Other, true
	case shown:
		return Broken, false // cut off
	}
	return Unreadable, false
}
