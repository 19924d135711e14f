package extract

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Grant is what an aws_kms_grant gives. Texts are unknown where they have holes, and empty where there is none.
type Grant struct {
	Key      unknown.Text
	Grantee  unknown.Text
	Retiring unknown.Text
	// Operations are those that are known; MoreOperations says that there may be others.
	Operations     []string
	MoreOperations bool
	// SecretOperations says that the operations must not be printed.
	SecretOperations bool
	// Constrained says that constraints narrow it: an encryption context.
	Constrained bool
}

// More says whether the grant gives something that the other one did not: another grantee, another operation, or
// the same without its constraints. What is not known counts as more.
func (g *Grant) More(than *Grant) bool {
	return unknown.HasHole(g.Grantee.S) || g.Grantee.S != than.Grantee.S || g.MoreOperations ||
		slices.ContainsFunc(g.Operations, func(o string) bool { return !slices.Contains(than.Operations, o) }) ||
		than.Constrained && !g.Constrained
}

// grant reads a whole aws_kms_grant.
func grant(x *extractor, r row, res *tf.Resource) []*Policy {
	g, from := x.grantOf(res, res.After, true)
	p := &Policy{Resource: res, Address: res.Address, Attribute: r.attribute, Kind: r.kind, From: from, Grant: g}
	if v, ok := unknown.Lookup(res.After, r.attribute); ok {
		p.Sensitive = unknown.IsSensitive(v)
	}
	for _, u := range g.Grantee.Holes {
		if u.Kind == unknown.AnyText {
			p.DependsOn = append(p.DependsOn, u.Refs()...)
		}
	}
	if res.Before != cty.NilVal {
		p.GrantBefore, _ = x.grantOf(res, res.Before, false)
	}
	return []*Policy{p}
}

// grantOf reads one side of a grant; after apply the configuration and the sources help.
func (x *extractor) grantOf(res *tf.Resource, object cty.Value, after bool) (*Grant, From) {
	text := func(name string) (unknown.Text, From) { return x.plainText(res, object, name, after) }
	g := &Grant{}
	var from From
	g.Grantee, from = text("grantee_principal")
	g.Key, _ = text("key_id")
	g.Retiring, _ = text("retiring_principal")
	g.Operations, g.MoreOperations = stringSet(object, "operations")
	if v, ok := unknown.Lookup(object, "operations"); ok {
		g.SecretOperations = unknown.IsSensitive(v)
	}
	if v, ok := unknown.Lookup(object, "constraints"); ok {
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
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
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
// that it refers to.
func (x *extractor) plainText(res *tf.Resource, object cty.Value, name string, after bool) (unknown.Text, From) {
	v, ok := unknown.Lookup(object, name)
	if !ok || v.IsKnown() && v.IsNull() {
		return unknown.Text{}, ""
	}
	if t, ok := knownText(v); ok {
		if after && res.Source != nil && res.Source.Attrs[name] != nil {
			t, _ = withPlace(t, res.Source.Attrs[name])
		}
		return t, FromPlan
	}
	if !after {
		return unknown.Text{S: unknown.Hole(0), Holes: []unknown.Symbol{{Ref: res.Address + "." + name}}}, ""
	}
	sensitive := unknown.IsSensitive(v)
	if res.Source != nil && res.Source.Attrs[name] != nil && len(res.Source.Attrs[name].Texts) == 1 {
		return secretText(res.Source.Attrs[name].Texts[0], sensitive), FromSource
	}
	u := unknown.Symbol{Ref: res.Address + "." + name, Sensitive: sensitive}
	from := From("")
	_, m := unknown.Unmark(v)
	if len(m.Refs) > 0 {
		u = unknown.Join(m.Refs)
	} else if res.Config != nil {
		if targets := x.index.targets(res.Config.Attrs[name], x.index.placeOf(res)); len(targets) > 0 {
			u, from = joinTargets(targets, res.Provider), FromPlan
		}
	}
	u.Sensitive = u.Sensitive || sensitive
	return unknown.Text{S: unknown.Hole(0), Holes: []unknown.Symbol{u}}, from
}

// joinTargets is the unknown that depends on all targets; a single one counts as the attribute itself.
func joinTargets(targets []target, provider string) unknown.Symbol {
	var symbols []unknown.Symbol
	for _, t := range targets {
		if t.text != "" {
			symbols = append(symbols, t.unknown(provider, len(targets) == 1))
		}
	}
	return unknown.Join(symbols)
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
