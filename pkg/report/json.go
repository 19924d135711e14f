package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/keyproof/keyproof/pkg/finding"
)

// writeJSON writes the report itself.
func writeJSON(w io.Writer, v *view, _ Options) error {
	r := *v.report
	r.Inputs = present(r.Inputs)
	r.Diagnostics = present(r.Diagnostics)
	r.NotJudged = present(r.NotJudged)
	r.Gate.Counted, r.Gate.Settings, r.Gate.Sources = present(r.Gate.Counted), present(r.Gate.Settings), present(r.Gate.Sources)
	r.Policies = append([]finding.Policy{}, r.Policies...)
	for i := range r.Policies {
		r.Policies[i].Witness = plainWitness(r.Policies[i].Witness)
	}
	r.Access = slices.Clone(r.Access)
	for i := range r.Access {
		a := &r.Access[i]
		a.Witness, a.Actions, a.Conditions, a.Through = plainWitness(a.Witness), present(a.Actions), present(a.Conditions), present(a.Through)
	}
	r.Findings = append([]finding.Finding{}, v.findings...)
	for i := range r.Findings {
		r.Findings[i].Witness = plainWitness(r.Findings[i].Witness)
	}
	return WriteJSON(w, &r)
}

// present makes a nil list an empty one, which is written as [] and not as null.
func present[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// WriteJSON writes a value, a report or another one, as indented JSON with a line break at the end. Characters that a terminal obeys,
// and those that cannot be seen, are written as escapes; the JSON value is the same.
func WriteJSON(w io.Writer, value any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		return err
	}
	_, err := w.Write(escapeUnseen(b.Bytes()))
	return err
}

// escapeUnseen escapes unseen characters of a JSON text. Outside of ASCII they only stand in strings.
func escapeUnseen(text []byte) []byte {
	from := 0
	var out []byte
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r >= utf8.RuneSelf && unseen(r) || r == 0x7f {
			out = append(out, text[from:i]...)
			if r >= 0x10000 {
				high, low := utf16.EncodeRune(r)
				out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
			from = i + n
		}
		i += n
	}
	if from == 0 {
		return text
	}
	return append(out, text[from:]...)
}

// plainWitness is a witness whose context has no null: an empty list is a list.
func plainWitness(w *finding.Witness) *finding.Witness {
	if w == nil {
		return nil
	}
	out := *w
	out.Context = nil
	for k, value := range w.Context {
		if out.Context == nil {
			out.Context = make(map[string]any, len(w.Context))
		}
		switch list := value.(type) {
		case []string:
			value = present(list)
		case []any:
			value = present(list)
		}
		out.Context[k] = value
	}
	return &out
}
