package extract

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// grant reads a whole aws_kms_grant.
func grant(x *extractor, r row, res *tf.Resource) []*Policy {
	p := &Policy{Resource: res, Address: res.Address, Attribute: r.attribute, Kind: r.kind}
	p.Grant, p.From = x.grantOf(res, res.After, &p.Assumed)
	if v, ok := unknown.Lookup(res.After, r.attribute); ok {
		p.Sensitive = unknown.IsSensitive(v)
	}
	p.DependsOn = p.Grant.dependsOn()
	if len(p.Assumed) > 0 {
		p.Sure = &Sure{}
		p.Sure.Grant, p.Sure.From = x.sure.grantOf(res, res.After, &[]string{})
		p.Sure.DependsOn = p.Sure.Grant.dependsOn()
	}
	if res.Before != cty.NilVal {
		p.GrantBefore, _ = x.grantOf(res, res.Before, nil)
	}
	return []*Policy{p}
}

// grantOf reads one side of a grant; after apply, where assumed is not nil, the configuration and the sources help.
func (x *extractor) grantOf(res *tf.Resource, object cty.Value, assumed *[]string) (*Grant, From) {
	text := func(name string) (unknown.Text, From) { return x.plainText(res, object, name, assumed) }
	g := &Grant{}
	var from From
	g.Grantee, from = text("grantee_principal")
	if assumed != nil {
		assumed = &[]string{} // only the grantee is decided on
	}
	g.Key, _ = text("key_id")
	g.Operations, g.MoreOperations = stringSet(object, "operations")
	if v, ok := unknown.Lookup(object, "operations"); ok {
		g.SecretOperations = unknown.IsSensitive(v)
	}
	if v, ok := unknown.Lookup(object, "constraints"); ok {
		g.secretConstraints = unknown.IsSensitive(v)
		v, _ = v.Unmark()
		g.Constrained = v.IsKnown() && !v.IsNull() && v.CanIterateElements() && v.LengthInt() > 0
	}
	return g, from
}

// stringSet is the known elements of a set of strings, and whether there may be others.
func stringSet(object cty.Value, name string) ([]string, bool) {
	v, ok := unknown.Lookup(object, name)
	if !ok {
		return nil, false
	}
	v, _ = v.UnmarkDeep()
	if !v.IsKnown() {
		return nil, true
	}
	if v.IsNull() || !v.CanIterateElements() {
		return nil, false
	}
	var out []string
	more := false
	for _, e := range v.AsValueSlice() {
		switch {
		case !e.IsKnown():
			more = true
		case e.Type() == cty.String && !e.IsNull():
			out = append(out, e.AsString())
		}
	}
	return out, more
}

// plainText is a string argument that is no document: known, as the sources write it, or a token for the one attribute
// that it refers to. Assumed takes down what rests on references; it is nil for what was there before the plan.
func (x *extractor) plainText(res *tf.Resource, object cty.Value, name string, assumed *[]string) (unknown.Text, From) {
	v, ok := unknown.Lookup(object, name)
	if !ok || v.IsKnown() && v.IsNull() {
		return unknown.Text{}, ""
	}
	var src *tf.SourceAttr
	if assumed != nil && res.Source != nil {
		src = res.Source.Attrs[name]
	}
	if t, ok := knownText(v); ok {
		if src != nil {
			t, _ = withPlace(t, src)
		}
		return t, FromPlan
	}
	sensitive := unknown.IsSensitive(v)
	tells := res.Source.Tells()
	if src != nil && len(src.Texts) == 1 && tells {
		return secretText(src.Texts[0], sensitive), FromSource
	}
	u, from := unknown.Symbol{Ref: res.Address + "." + name}, From("")
	_, m := unknown.Unmark(v)
	switch {
	case assumed == nil:
	case len(m.Refs) > 0:
		u = unknown.Join(m.Refs)
	case src != nil && len(src.Unknown) > 0 && tells:
		u = unknown.Join(src.Unknown) // what decides it: it is not that value
		u.Kind, u.Of = unknown.AnyText, ""
	case res.Config != nil && !tells:
		u, from = x.referredSymbol(res, name, u, assumed)
	}
	u.Sensitive = u.Sensitive || sensitive
	return unknown.Text{S: unknown.Hole(0), Holes: []unknown.Symbol{u}}, from
}

// referredSymbol is the unknown of an argument by what it refers to: the attribute itself where there is one, which is an
// assumption, or any text that depends on them.
func (x *extractor) referredSymbol(res *tf.Resource, name string, u unknown.Symbol, assumed *[]string) (unknown.Symbol, From) {
	targets := x.index.targets(res.Config.Attrs[name], x.index.placeOf(res))
	var symbols []unknown.Symbol
	for _, t := range targets {
		if t.text != "" {
			symbols = append(symbols, t.unknown(len(targets) == 1))
		}
	}
	switch {
	case len(symbols) == 0:
		return u, ""
	case len(symbols) > 1 || symbols[0].Kind == unknown.AnyText || x.assume(name, targets[0], assumed):
		return unknown.Join(symbols), FromPlan
	}
	out := symbols[0]
	out.Kind, out.Of = unknown.AnyText, ""
	return out, ""
}

// withPlace says where a known string is written.
func withPlace(t unknown.Text, src *tf.SourceAttr) (unknown.Text, bool) {
	for _, s := range src.Texts {
		if s.S == t.S {
			return s, true
		}
	}
	t.Spans = append(t.Spans, unknown.Span{End: len(t.S), Range: src.Range, Sensitive: t.SensitiveAt(0, len(t.S))})
	return t, false
}
