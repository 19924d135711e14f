package value

import (
	"encoding/json"
	"sync"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// JSON appends a value as JSON. hidden says that a collection around it is sensitive. False means giving up.
func (b *Builder) JSON(v cty.Value, at hcl.Range, hidden bool) bool {
	if !b.e.Step(1) || b.TooLong() {
		return false
	}
	raw, _ := v.Unmark()
	at = FirstRange(v, at)
	hidden = hidden || v.HasMark(unknown.Sensitive)
	start, index := b.s.Len(), len(b.spans)
	b.spans = append(b.spans, unknown.Span{Start: start, Range: at, Sensitive: hidden})
	ok := true
	switch ty := raw.Type(); {
	case ty == LazyType || !raw.IsKnown():
		u := b.e.Unknown(v)
		if ty == LazyType {
			if l := lazyOf(raw); l != nil {
				u.Ref = l.Ref()
			}
		}
		b.spans[index].Sensitive = hidden || u.Sensitive
		token := b.e.Holes.Add(u)
		if ty == cty.String {
			token = `"` + token + `"`
		}
		b.Raw(token)
	case raw.IsNull():
		b.Raw("null")
	case ty == cty.String:
		b.jsonString(v, hidden)
	case ty == cty.Number:
		b.Raw(raw.AsBigFloat().Text('f', -1))
	case ty == cty.Bool:
		b.Raw(map[bool]string{true: "true", false: "false"}[raw.True()])
	case IsSequence(ty):
		b.Raw("[")
		for i, el := range Elements(v) {
			if i > 0 {
				b.Raw(",")
			}
			ok = ok && b.JSON(b.e.Untoken(el.Value), at, hidden)
		}
		b.Raw("]")
	case raw.CanIterateElements():
		b.Raw("{")
		for i, el := range Elements(v) {
			if i > 0 {
				b.Raw(",")
			}
			b.Raw(quoteJSON(el.Key.AsString()))
			b.Raw(":")
			ok = ok && b.JSON(b.e.Untoken(el.Value), at, hidden)
		}
		b.Raw("}")
	default:
		return false
	}
	if index < len(b.spans) && b.spans[index].Start == start { // of very many, Spanned keeps the first
		b.spans[index].End = b.s.Len()
	}
	return ok
}

// jsonString appends a string with the spans of its parts where no byte of it is escaped.
func (b *Builder) jsonString(v cty.Value, hidden bool) {
	s, spans, _ := Text(v)
	quoted := quoteJSON(s)
	index := len(b.spans) - 1
	if hidden || v.HasMark(Partly) && len(spans) == 0 {
		b.spans[index].Sensitive = true
		spans = nil
	}
	if len(quoted) == len(s)+2 {
		b.Raw(`"`)
		b.Spanned(s, spans)
		b.Raw(`"`)
		return
	}
	b.Raw(`"`)
	b.Spanned(escapedSpans(s, quoted[1:len(quoted)-1], spans))
	b.Raw(`"`)
}

// escapedSpans moves spans of a text to its escaped form. Spans that hold an escape no longer map byte by byte.
func escapedSpans(s, escaped string, spans []unknown.Span) (string, []unknown.Span) {
	at := make([]int, len(s)+1)
	n := 0
	for i, r := range s {
		at[i] = n
		w := escapedWidth(r)
		for k := i + 1; k < i+len(string(r)) && k <= len(s); k++ {
			at[k] = n
		}
		n += w
	}
	at[len(s)] = n
	if n != len(escaped) {
		return escaped, nil
	}
	out := make([]unknown.Span, 0, len(spans))
	for _, sp := range spans {
		before := sp.End - sp.Start
		sp.Start, sp.End = at[sp.Start], at[sp.End]
		sp.Linear = sp.Linear && sp.End-sp.Start == before
		out = append(out, sp)
	}
	return escaped, out
}

// escapedWidth is how many bytes a character takes inside of a JSON text.
func escapedWidth(r rune) int {
	if r < utf8.RuneSelf {
		return asciiWidths()[r]
	}
	return len(quoteJSON(string(r))) - 2
}

var asciiWidths = sync.OnceValue(func() []int {
	out := make([]int, utf8.RuneSelf)
	for r := range out {
		out[r] = len(quoteJSON(string(rune(r)))) - 2
	}
	return out
})

func quoteJSON(s string) string {
	out, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(out)
}
