package function

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// jsonEncode writes what Terraform's jsonencode writes: members sorted, no white space, <, > and & escaped. Unknown
// strings are quoted tokens; a token outside of quotes stands for a whole JSON value.
func jsonEncode(c *call) cty.Value {
	if raw, m := unknown.Unmark(c.args[0]); !raw.IsKnown() && (raw.Type() != cty.String || !value.NeverNull(m)) {
		return c.unknown(cty.String)
	}
	b := c.e.NewBuilder(c.at)
	if !b.JSON(c.args[0], c.at, false) {
		return c.unknown(cty.String)
	}
	if value.Holds(c.args[0], value.IsOpen) {
		return b.Result().Mark(value.Open)
	}
	return b.Result()
}

// jsonDecode keeps where each part of the text comes from.
func jsonDecode(c *call) cty.Value {
	s, spans, known := c.str(0)
	if !known {
		return c.unknown(cty.DynamicPseudoType)
	}
	root, err := unknown.ParseJSON(s)
	if err != nil {
		if unknown.HasHole(s) {
			return c.unknown(cty.DynamicPseudoType)
		}
		return c.fault("the text is no JSON: " + err.What + ".")
	}
	if left := value.MaxValues; !fewer(root, &left) {
		return c.tooLarge(cty.DynamicPseudoType, "Value is too large", fmt.Sprintf("The function jsondecode is given more than %d values.", value.MaxValues))
	}
	d := &jsonDecoder{e: c.e, text: unknown.Text{S: s, Spans: spans}, at: c.at}
	v := d.value(root)
	if raw, _ := c.args[0].Unmark(); raw.IsKnown() && c.args[0].HasMark(unknown.Sensitive) {
		v = value.Secret(v)
	}
	return v
}

// fewer says whether a JSON text holds no more values than are left.
func fewer(n *unknown.JSON, left *int) bool {
	*left--
	for i := 0; *left >= 0 && i < len(n.Items); i++ {
		fewer(n.Items[i], left)
	}
	for i := 0; *left >= 0 && i < len(n.Members); i++ {
		fewer(n.Members[i].Value, left)
	}
	return *left >= 0
}

type jsonDecoder struct {
	e    *value.Run
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
	if sp.End < end && end-1 > start { // written with escapes, in several pieces
		if last := d.rangeOf(end-1, end); last.Filename == sp.Range.Filename && last.End.Byte > sp.Range.End.Byte {
			sp.Range.End = last.End
		}
	}
	return sp.Range
}

func (d *jsonDecoder) value(n *unknown.JSON) cty.Value {
	at := d.rangeOf(n.Start, n.End)
	v := cty.NullVal(cty.DynamicPseudoType)
	switch n.Kind {
	case unknown.JSONString:
		return d.str(n, at)
	case unknown.JSONHole:
		u, _ := d.e.Holes.Get(unknown.Parts(n.Text)[0].Hole)
		u.Kind = unknown.AnyText
		v = value.UnknownOf(cty.DynamicPseudoType, u)
	case unknown.JSONNumber:
		if p, err := cty.ParseNumberVal(n.Text); err == nil {
			v = p
		}
	case unknown.JSONTrue:
		v = cty.True
	case unknown.JSONFalse:
		v = cty.False
	case unknown.JSONArray:
		vals := make([]cty.Value, len(n.Items))
		for i, item := range n.Items {
			vals[i] = d.value(item)
		}
		v = value.Sequence(vals, false)
	case unknown.JSONObject:
		vals := map[string]cty.Value{}
		named := false // by something sensitive
		for _, m := range n.Members {
			vals[m.Key], named = d.value(m.Value), named || d.text.SensitiveAt(m.Start, m.End)
		}
		if v = value.Object(vals); named {
			v = value.Secret(v)
		}
	}
	v = value.SecretIf(d.text.SensitiveAt(n.Start, n.End) && (n.Kind != unknown.JSONArray && n.Kind != unknown.JSONObject), v)
	return v.Mark(unknown.Origin{Range: at})
}

// str is a string of the document. Its content maps to the source where it has no escapes.
func (d *jsonDecoder) str(n *unknown.JSON, at hcl.Range) cty.Value {
	secretText := d.text.SensitiveAt(n.Start, n.End)
	if unknown.HasHole(n.Text) && !unknown.HasHole(d.text.S[n.Start:min(n.End, len(d.text.S))]) {
		// An escape sequence looks like a token.
		return value.UnknownOf(cty.String, unknown.Symbol{Ref: d.e.Source(at), Sensitive: secretText}).Mark(unknown.Origin{Range: at})
	}
	spans := []unknown.Span{{End: len(n.Text), Range: at, Sensitive: secretText}}
	if !secretText && n.End-n.Start == len(n.Text)+2 && !strings.Contains(n.Text, "\\") {
		spans = append(spans, cut(d.text.Spans, n.Start+1, n.End-1)...)
		// Spans of more than this string say less than its own range.
		kept := spans[:1]
		for _, sp := range spans[1:] {
			if sp.Linear || sp.Start > 0 || sp.End < len(n.Text) {
				kept = append(kept, sp)
			}
		}
		spans = kept
	}
	return d.e.Untoken(value.BuiltString(n.Text, spans))
}
