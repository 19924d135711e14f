package extract

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

const policyDocument = "aws_iam_policy_document"

// isDocument says whether the target is the text of one policy document. A reference to the whole data source is, too, where it has
// instances: that is what the plan tells of one(data.aws_iam_policy_document.x[*].json).
func (t target) isDocument() bool {
	return t.mode == tf.Data && t.typ == policyDocument && len(t.instances) == 1 &&
		(t.attr == "" && t.instances[0].Index != cty.NilVal || t.attr == "json" || t.attr == "minified_json")
}

// document is the one policy document that the targets lead to, and false where they lead to something else, or where the
// sources know the expression and say that it is not known. An optional argument that one instance of many takes from
// each.value may be null there. A document that was read while planning is not what the argument waits for.
func (x *extractor) document(arg argument, targets []target, a *answer) (unknown.Text, bool) {
	if arg.res.Source.Tells() || len(targets) != 1 || !targets[0].isDocument() || targets[0].oneOfMany && arg.optional || targets[0].known() {
		return unknown.Text{}, false
	}
	if !x.assume(arg.path, targets[0], &a.assumed) {
		return unknown.Text{}, false
	}
	d, ok := x.render(targets[0].instances[0])
	if ok {
		a.assumed = append(a.assumed, d.assumed...)
	}
	return d.text, ok
}

// render is the text of a policy document: what was read while planning, or what the arguments in the plan amount to.
func (x *extractor) render(res *tf.Resource) (*renderedDocument, bool) {
	if d, ok := x.rendered[res]; ok {
		return d, d.ok && !d.busy
	}
	d := &renderedDocument{busy: true}
	x.rendered[res] = d
	defer func() { d.busy = false }()
	if v, ok := unknown.Lookup(res.After, "json"); ok && v.IsWhollyKnown() && !v.IsNull() {
		d.text, d.ok = knownText(v)
		return d, d.ok
	}
	var holes unknown.Holes
	block := x.arguments(res, &holes, &d.assumed)
	text, diags := iam.RenderDocument(block, &holes)
	for _, diag := range diags {
		diag.Detail = res.Address + ": " + diag.Detail
		if x.sure != nil { // the other one says the same
			x.diags = append(x.diags, diag)
		}
	}
	d.text, d.ok = text, !diags.HasErrors()
	return d, d.ok
}

// arguments are the arguments of a policy document in the plan. The plan does not tell what an unknown value depends on;
// the references of the configuration do.
func (x *extractor) arguments(res *tf.Resource, holes *unknown.Holes, assumed *[]string) cty.Value {
	after, m := unknown.Unmark(res.After)
	if after == cty.NilVal || !after.IsKnown() || after.IsNull() || !after.Type().IsObjectType() {
		return withRef(cty.DynamicVal, unknown.Symbol{Ref: res.Address})
	}
	w := &annotator{extractor: x, res: res, at: x.index.placeOf(res), assumed: assumed}
	attrs := after.AsValueMap()
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		v := attrs[name]
		switch name {
		case "statement":
			attrs[name] = w.statements(v)
		case "source_policy_documents", "override_policy_documents":
			attrs[name] = x.documents(res, w, name, v, holes)
		default:
			attrs[name] = w.value(v, position{}, w.exprs(nil, name))
		}
	}
	return secretValue(cty.ObjectVal(attrs), m.Sensitive)
}

// documents puts the documents that the configuration refers to into the places of unknown elements of a list. That is
// certain where there are as many references as elements, or as unknown elements if those that are known are others.
func (x *extractor) documents(res *tf.Resource, w *annotator, name string, v cty.Value, holes *unknown.Holes) cty.Value {
	raw, m := unknown.Unmark(v)
	exprs := w.exprs(nil, name)
	if raw.IsNull() || !raw.IsKnown() || !raw.CanIterateElements() || len(exprs) != 1 {
		return w.value(v, position{}, exprs)
	}
	elems := raw.AsValueSlice()
	var fits []*referred
	if x.assumes {
		fits = x.align(elems, x.referredDocuments(x.index.targets(exprs[0], w.at)))
	}
	for i, e := range elems {
		if e.IsKnown() {
			continue
		}
		if fits != nil && fits[i] != nil {
			d := fits[i]
			elems[i] = embedded(d.text, holes)
			*w.assumed = append(*w.assumed, fmt.Sprintf("%s[%d] of %s is taken for %s, to which the list refers", name, i, res.Address, d.name))
			*w.assumed = append(*w.assumed, d.assumed...)
		} else {
			elems[i] = w.value(e, position{}, exprs)
		}
	}
	return secretValue(cty.TupleVal(elems), m.Sensitive)
}

// referred is a document that a list refers to.
type referred struct {
	*renderedDocument
	name string
}

// referredDocuments are the documents that targets lead to, in their order; nil if one of them is something else.
func (x *extractor) referredDocuments(targets []target) []*referred {
	var out []*referred
	for _, t := range targets {
		if t.mode != tf.Data || t.typ != policyDocument || len(t.instances) == 0 || t.more {
			return nil
		}
		for _, res := range t.instances {
			d, ok := x.render(res)
			if !ok {
				return nil
			}
			out = append(out, &referred{d, t.text})
		}
	}
	return out
}

// align gives each unknown element its document: by its place if there is one for each element and the known ones agree,
// else by the order of those that are left.
func (x *extractor) align(elems []cty.Value, texts []*referred) []*referred {
	known := func(e cty.Value) string { s, _ := knownString(e); return s }
	missing := 0
	byPlace := len(elems) == len(texts)
	for i, e := range elems {
		if e.IsKnown() {
			byPlace = byPlace && texts[i].text.S == known(e)
		} else {
			missing++
		}
	}
	if byPlace {
		return texts
	}
	var late []*referred
	for _, t := range texts {
		if !slices.ContainsFunc(elems, func(e cty.Value) bool { return known(e) == t.text.S }) {
			late = append(late, t)
		}
	}
	if len(late) != missing {
		return nil
	}
	out := make([]*referred, len(elems))
	for i, e := range elems {
		if !e.IsKnown() {
			out[i], late = late[0], late[1:]
		}
	}
	return out
}

// embedded is a text as a string whose tokens are numbered by holes.
func embedded(t unknown.Text, holes *unknown.Holes) cty.Value {
	var b strings.Builder
	for _, p := range unknown.Parts(t.S) {
		if p.Hole < 0 {
			b.WriteString(p.Text)
			continue
		}
		var u unknown.Symbol
		if p.Hole < len(t.Holes) {
			u = t.Holes[p.Hole]
		}
		b.WriteString(holes.Add(u))
	}
	return secretValue(cty.StringVal(b.String()), t.SensitiveAt(0, len(t.S)))
}
