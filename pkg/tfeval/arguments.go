package tfeval

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// SourceOf says where the sources write a resource instance and what its strings may be; planned is what a plan has of
// it, nil without a plan.
func (e *Evaluator) SourceOf(r *resourceInstance, planned *tf.Resource) *tf.Source {
	out := &tf.Source{Block: e.Place(r.res.Block.DefRange()), Body: e.Place(tfsource.BlockRange(r.res.Block)),
		Remote: r.inst.Module.Remote, Attrs: map[string]*tf.SourceAttr{}}
	for i := r.inst; i.parent != nil; i = i.parent {
		out.Calls = append([]hcl.Range{e.Place(i.call.Block.DefRange())}, out.Calls...)
	}
	e.exists = e.existence(r)
	defer func() { e.exists = nil }()
	told := e.told(out.Attrs, r.res, planned)
	e.bodyAttrs(out.Attrs, r.res.Type, "", r.scope(), r.res.Body, told)
	for path, a := range out.Attrs {
		a.Ignored = r.leftToOthers(path)
	}
	for _, a := range tfsource.SortedAttributes(r.res.Body) {
		if e.wantText != nil && e.wantText(r.res.Type, a.Name) {
			e.nestedAttrs(out.Attrs, a.Name, r.scope(), a.Expr)
		}
	}
	return out
}

// nestedAttrs collects the arguments of a list of objects that is written out: policies[0].policy_document.
func (e *Evaluator) nestedAttrs(into map[string]*tf.SourceAttr, name string, s *scope, x hclsyntax.Expression) {
	list, ok := x.(*hclsyntax.TupleConsExpr)
	if !ok {
		return
	}
	for i, el := range list.Exprs {
		object, ok := el.(*hclsyntax.ObjectConsExpr)
		if !ok {
			continue
		}
		for _, item := range object.Items {
			key := hcl.ExprAsKeyword(item.KeyExpr)
			if key == "" {
				continue
			}
			if attr := e.sourceAttr(s, item.ValueExpr, true); attr != nil {
				into[fmt.Sprintf("%s[%d].%s", name, i, key)] = attr
			}
		}
	}
}

// told puts the ranges of the arguments whose values a plan tells well enough into the map, and returns their names.
func (e *Evaluator) told(into map[string]*tf.SourceAttr, res *tfsource.Resource, planned *tf.Resource) map[string]bool {
	if planned == nil || planned.After == cty.NilVal {
		return nil
	}
	names := map[string]bool{}
	for name, a := range res.Body.Attributes {
		v, ok := unknown.Lookup(planned.After, name)
		if !ok || e.wantText == nil || e.wantText(res.Type, name) || !v.IsWhollyKnown() {
			continue
		}
		names[name] = true
		if raw, _ := v.Unmark(); !raw.IsNull() && !MetaArguments[name] {
			into[name] = &tf.SourceAttr{Range: e.Place(a.Expr.Range())}
		}
	}
	return names
}

// bodyAttrs collects the arguments of a body, but for those that are told already, and of the blocks in it.
func (e *Evaluator) bodyAttrs(into map[string]*tf.SourceAttr, typ, prefix string, s *scope, body *hclsyntax.Body, told map[string]bool) {
	for _, a := range tfsource.SortedAttributes(body) {
		if prefix == "" && (MetaArguments[a.Name] || told[a.Name]) {
			continue
		}
		if attr := e.sourceAttr(s, a.Expr, prefix != "" || e.wantText == nil || e.wantText(typ, a.Name)); attr != nil {
			into[prefix+a.Name] = attr
		}
	}
	types, groups := blockGroups(body)
	for _, t := range types {
		if prefix == "" && MetaArguments[t] {
			continue
		}
		n := 0
		for _, b := range groups[t] {
			scopes, inner, open := e.blockScopes(s, b)
			for _, bs := range scopes {
				if !e.Step(1) {
					return
				}
				path := fmt.Sprintf("%s%s[%d].", prefix, t, n)
				e.bodyAttrs(into, typ, path, bs, inner, nil)
				for _, a := range tfsource.SortedAttributes(inner) {
					if attr := into[path+a.Name]; attr != nil {
						attr.Perhaps = open
					}
				}
				n++
			}
		}
	}
}

// sourceAttr evaluates one argument in every world; nil if it is null in all of them. wanted says that its text decides
// something.
func (e *Evaluator) sourceAttr(s *scope, x hclsyntax.Expression, wanted bool) *tf.SourceAttr {
	e.Begin()
	out := &tf.SourceAttr{Range: e.Place(x.Range())}
	defer e.remember(s, x)
	var fault *hcl.Diagnostic
	results, ok := worlds(e, func() cty.Value {
		v, f := e.eval(s, x)
		if f != nil {
			fault = f
			e.Note(f)
			v = value.UnknownOf(cty.DynamicPseudoType, e.failing(x, f))
		}
		if wanted && e.plan == nil {
			v = e.managedPolicy(v)
		}
		return value.Located(v, x.Range())
	})
	if !ok {
		return e.coarse(out, s, x, wanted)
	}
	out.Refused = results[0].faulty
	if fault != nil && len(results) > 1 && results[0].faulty {
		e.Note(fault) // whatever the outcomes are
	}
	var texts []worldText
	nulls := 0
	for _, r := range results {
		raw, _ := r.value.Unmark()
		switch {
		case raw.IsKnown() && raw.IsNull():
			nulls++
			out.MayBeNull = true
		case raw.Type() == cty.String || !raw.IsKnown() && raw.Type() == cty.DynamicPseudoType:
			texts = append(texts, worldText{e.finalText(r.value, x.Range()), r.when})
		}
	}
	if nulls == len(results) {
		return nil
	}
	if len(texts)+nulls < len(results) {
		if v := results[0].value; len(results) == 1 && v.IsKnown() {
			out.Literal, out.Elements = e.literalAt(v), e.elementTexts(v, x)
		} else if !v.IsKnown() {
			out.Unknown = e.waits(v, x)
		}
		return out // not a string
	}
	texts = joined(texts, func(t *worldText) *[]assumed { return &t.when }, func(a, b worldText) bool {
		return a.text.S == b.text.S && reflect.DeepEqual(a.text.Holes, b.text.Holes)
	})
	if len(texts) > e.Limits.Choices {
		return e.coarse(out, s, x, wanted)
	}
	if len(texts) == 1 && nulls == 0 && wholeUnknown(texts[0].text) {
		out.Unknown = e.waits(results[0].value, x)
		return out
	}
	for _, t := range texts {
		t.text.Assuming, t.text.DependsOn = e.describe(t.when, x.Range())
		out.Texts = append(out.Texts, t.text)
	}
	return out
}

// elementTexts are the texts of a list of strings, nil for other values and where their number is not known.
func (e *Evaluator) elementTexts(v cty.Value, x hclsyntax.Expression) []unknown.Text {
	raw, _ := v.Unmark()
	if !value.IsSequence(raw.Type()) || raw.IsNull() || value.IsOpen(v) {
		return nil
	}
	var out []unknown.Text
	for _, el := range value.Elements(v) {
		if text, _ := el.Value.Unmark(); text.Type() != cty.String || text.IsKnown() && text.IsNull() {
			return nil
		}
		out = append(out, e.finalText(el.Value, x.Range()))
	}
	return out
}

// literalAt is where a known number or bool is written, the zero range where it is made of several or is sensitive.
func (e *Evaluator) literalAt(v cty.Value) hcl.Range {
	raw, m := unknown.Unmark(v)
	if value.IsSecret(v) || !raw.IsKnown() || !raw.Type().IsPrimitiveType() || len(m.Origins) != 1 {
		return hcl.Range{}
	}
	return e.Place(m.Origins[0])
}

// remember notes that the evaluation of an argument was given up, so that it is not tried again.
func (e *Evaluator) remember(s *scope, x hclsyntax.Expression) {
	if e.Ended() {
		e.gaveUp[memoKey{inst: s.inst, name: x.Range().String()}] = true
	}
}

// coarse is an argument that has more outcomes than are told apart: what depends on a condition is not known.
func (e *Evaluator) coarse(out *tf.SourceAttr, s *scope, x hclsyntax.Expression, wanted bool) *tf.SourceAttr {
	e.Begin()
	v, f := e.eval(s, x)
	if f != nil {
		v = value.UnknownOf(cty.DynamicPseudoType, e.failing(x, f))
	}
	if raw, _ := v.Unmark(); value.IsString(raw) {
		out.Texts = []unknown.Text{e.finalText(v, x.Range())}
		return out
	}
	if wanted {
		e.Warn(x.Range(), "Too many outcomes", fmt.Sprintf("The value depends on more unknown conditions than the %d outcomes that keyproof tells apart; it is treated as unknown. --limit outcomes=VALUE allows more.", e.Limits.Choices))
	}
	out.Unknown = e.waits(v, x)
	return out
}

type worldText struct {
	text unknown.Text
	when []assumed
}

// wholeUnknown says that nothing is known of a text, not even its kind.
func wholeUnknown(t unknown.Text) bool {
	return len(t.Holes) == 1 && t.S == unknown.Hole(0) && t.Holes[0].Kind == unknown.AnyText
}

// waits is what an unknown value depends on.
func (e *Evaluator) waits(v cty.Value, x hclsyntax.Expression) []unknown.Symbol {
	_, m := unknown.Unmark(v)
	list := slices.Clone(m.Refs)
	if len(list) == 0 {
		refs := map[unknown.Symbol]bool{}
		e.Gather(refs, v)
		list = value.SortedUnknowns(refs)
	}
	if len(list) == 0 {
		list = []unknown.Symbol{{Ref: e.Source(x.Range())}}
	}
	return e.allOutwards(list, x.Range())
}

// finalText is a string value as it leaves this package.
func (e *Evaluator) finalText(v cty.Value, at hcl.Range) unknown.Text {
	raw, _ := v.Unmark()
	if !raw.IsKnown() {
		u := e.Unknown(v)
		if u.Ref == "" {
			u.Ref = e.Source(at)
		}
		u = e.outwards(u, at)
		token := unknown.Hole(0)
		return unknown.Text{S: token, Holes: []unknown.Symbol{u}, Spans: []unknown.Span{{End: len(token), Range: e.Place(value.FirstRange(v, at)), Sensitive: u.Sensitive}}}
	}
	s, spans, _ := value.Text(v)
	if len(spans) == 0 {
		spans = []unknown.Span{{End: len(s), Range: at, Sensitive: value.IsSecret(v)}}
	}
	out := e.Holes.Text(s, e.PlaceSpans(spans))
	out.Holes = e.allOutwards(out.Holes, at)
	return out
}
