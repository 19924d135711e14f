package tfhcl

import (
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// jsonEncode writes what Terraform's jsonencode writes: members sorted, no white space, <, > and & escaped. Unknown
// strings are quoted tokens; a token outside of quotes stands for a whole JSON value.
func jsonEncode(c *call) (cty.Value, *hcl.Diagnostic) {
	if len(c.args) != 1 {
		return c.wrongCount()
	}
	raw, m := unknown.Unmark(c.args[0])
	if !raw.IsKnown() {
		return unknownOf(cty.String, m.Refs...).WithMarks(secrecy(c)), nil
	}
	b := c.e.newBuilder(c.at)
	if !b.json(c.args[0], c.at, false) {
		return c.unknown(cty.String), nil
	}
	return b.result(), nil
}

// json appends a value as JSON. hidden says that a collection around it is sensitive. False means giving up.
func (b *builder) json(v cty.Value, at hcl.Range, hidden bool) bool {
	if !b.e.step(1) || b.tooLong() {
		return false
	}
	raw, _ := v.Unmark()
	at = firstRange(v, at)
	hidden = hidden || v.HasMark(unknown.Sensitive)
	start, index := b.s.Len(), len(b.spans)
	b.spans = append(b.spans, unknown.Span{Start: start, Range: at, Sensitive: hidden})
	ok := true
	switch ty := raw.Type(); {
	case ty == lazyType || !raw.IsKnown():
		u := b.e.unknown(v)
		if ty == lazyType {
			if l := lazyOf(raw); l != nil {
				u.Ref = l.ref()
			}
		}
		b.spans[index].Sensitive = hidden || u.Sensitive
		token := b.e.holes.Add(u)
		if ty == cty.String {
			token = `"` + token + `"`
		}
		b.raw(token)
	case raw.IsNull():
		b.raw("null")
	case ty == cty.String:
		b.jsonString(v, hidden)
	case ty == cty.Number:
		b.raw(raw.AsBigFloat().Text('f', -1))
	case ty == cty.Bool:
		b.raw(map[bool]string{true: "true", false: "false"}[raw.True()])
	case isSequence(ty):
		b.raw("[")
		for i, el := range elements(v) {
			if i > 0 {
				b.raw(",")
			}
			ok = ok && b.json(b.e.untoken(el.value), at, hidden)
		}
		b.raw("]")
	case raw.CanIterateElements():
		b.raw("{")
		for i, el := range elements(v) {
			if i > 0 {
				b.raw(",")
			}
			b.raw(quoteJSON(el.key.AsString()))
			b.raw(":")
			ok = ok && b.json(b.e.untoken(el.value), at, hidden)
		}
		b.raw("}")
	default:
		return false
	}
	b.spans[index].End = b.s.Len()
	return ok
}

// jsonString appends a string with the spans of its parts where no byte of it is escaped.
func (b *builder) jsonString(v cty.Value, hidden bool) {
	s, spans, _ := text(v)
	quoted := quoteJSON(s)
	index := len(b.spans) - 1
	if hidden || v.HasMark(partly) && len(spans) == 0 {
		b.spans[index].Sensitive = true
		spans = nil
	}
	if len(quoted) == len(s)+2 {
		b.raw(`"`)
		b.spanned(s, spans)
		b.raw(`"`)
		return
	}
	b.raw(`"`)
	b.spanned(escapedSpans(s, quoted[1:len(quoted)-1], spans))
	b.raw(`"`)
}

// escapedSpans moves spans of a text to its escaped form. Spans that hold an escape no longer map byte by byte.
func escapedSpans(s, escaped string, spans []unknown.Span) (string, []unknown.Span) {
	at := make([]int, len(s)+1)
	n := 0
	for i, r := range s {
		at[i] = n
		w := len(quoteJSON(string(r))) - 2
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

func quoteJSON(s string) string {
	out, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(out)
}

// jsonDecode keeps where each part of the text comes from.
func jsonDecode(c *call) (cty.Value, *hcl.Diagnostic) {
	s, spans, known, f := c.str(0)
	if f != nil {
		return cty.DynamicVal, f
	}
	if !known {
		return c.unknown(cty.DynamicPseudoType), nil
	}
	root, err := scanJSON([]byte(s))
	if err != nil {
		if unknown.HasHole(s) {
			return c.unknown(cty.DynamicPseudoType), nil
		}
		return c.fault("the text is no JSON: " + err.what + ".")
	}
	d := &jsonDecoder{e: c.e, text: unknown.Text{S: s, Spans: spans}, at: c.at}
	v := d.value(root)
	if raw, _ := c.args[0].Unmark(); raw.IsKnown() && c.args[0].HasMark(unknown.Sensitive) {
		v = secret(v)
	}
	return v, nil
}

type jsonDecoder struct {
	e    *evaluator
	text unknown.Text
	at   hcl.Range
}

// rangeOf is where a part of the text was written.
func (d *jsonDecoder) rangeOf(start, end int) hcl.Range {
	best := -1
	for i, sp := range d.text.Spans {
		if sp.Start <= start && start < sp.End && (best < 0 || sp.End-sp.Start <= d.text.Spans[best].End-d.text.Spans[best].Start) {
			best = i
		}
	}
	if best < 0 {
		return d.at
	}
	sp := d.text.Spans[best]
	if sp.Linear {
		sp.Range.Start.Byte += start - sp.Start
		sp.Range.End.Byte = sp.Range.Start.Byte + min(end, sp.End) - start
	}
	return sp.Range
}

func (d *jsonDecoder) value(n *jsonNode) cty.Value {
	at := d.rangeOf(n.start, n.end)
	v := cty.NullVal(cty.DynamicPseudoType)
	switch n.kind {
	case jsonString:
		return d.str(n, at)
	case jsonHole:
		u, _ := d.e.holes.Get(unknown.Parts(n.text)[0].Hole)
		u.Kind = unknown.AnyText
		v = unknownOf(cty.DynamicPseudoType, u)
	case jsonNumber:
		if p, err := cty.ParseNumberVal(n.text); err == nil {
			v = p
		}
	case jsonTrue:
		v = cty.True
	case jsonFalse:
		v = cty.False
	case jsonArray:
		vals := make([]cty.Value, len(n.items))
		for i, item := range n.items {
			vals[i] = d.value(item)
		}
		v = sequence(vals, false)
	case jsonObject:
		vals := map[string]cty.Value{}
		named := false // by something sensitive
		for _, m := range n.members {
			vals[m.key], named = d.value(m.value), named || d.text.SensitiveAt(m.start, m.end)
		}
		if v = object(vals); named {
			v = secret(v)
		}
	}
	if d.text.SensitiveAt(n.start, n.end) && (n.kind != jsonArray && n.kind != jsonObject) {
		v = secret(v)
	}
	return v.Mark(unknown.Origin{Range: at})
}

// str is a string of the document. Its content maps to the source where it has no escapes.
func (d *jsonDecoder) str(n *jsonNode, at hcl.Range) cty.Value {
	secretText := d.text.SensitiveAt(n.start, n.end)
	if unknown.HasHole(n.text) && !unknown.HasHole(d.text.S[n.start:n.end]) {
		// An escape sequence looks like a token.
		return unknownOf(cty.String, unknown.Symbol{Ref: d.e.source(at), Sensitive: secretText}).Mark(unknown.Origin{Range: at})
	}
	spans := []unknown.Span{{End: len(n.text), Range: at, Sensitive: secretText}}
	if !secretText && n.end-n.start == len(n.text)+2 && !strings.Contains(n.text, "\\") {
		spans = append(spans, cut(d.text.Spans, n.start+1, n.end-1)...)
		// Spans of more than this string say less than its own range.
		kept := spans[:1]
		for _, sp := range spans[1:] {
			if sp.Linear || sp.Start > 0 || sp.End < len(n.text) {
				kept = append(kept, sp)
			}
		}
		spans = kept
	}
	return d.e.untoken(builtString(n.text, spans))
}
