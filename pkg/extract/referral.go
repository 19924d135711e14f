package extract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

func managed(types ...string) func(*tf.Resource) bool {
	return func(r *tf.Resource) bool { return r.Mode == tf.Managed && slices.Contains(types, r.Type) }
}

var (
	keyTarget    = &targetType{is: isKey, names: []string{"arn", "key_id", "id"}}
	aliasTarget  = &targetType{is: managed("aws_kms_alias"), names: []string{"name", "arn", "id", "target_key_id", "target_key_arn"}}
	policyTarget = &targetType{is: managed("aws_iam_policy"), names: []string{"arn", "id"}, named: true}
	roleTarget   = &targetType{is: managed("aws_iam_role"), names: []string{"name", "id", "arn"}, named: true}
	userTarget   = &targetType{is: managed("aws_iam_user"), names: []string{"name", "id", "arn"}, named: true}
	groupTarget  = &targetType{is: managed("aws_iam_group"), names: []string{"name", "id", "arn"}, named: true}
)

// referral is which resources an argument names.
type referral struct {
	// found are the resources that it may name.
	found []*tf.Resource
	// others says that it may name none of them.
	others bool
	// text is how the argument names it: the value, or the references that decide it.
	text string
	// late are the texts of which one is the name, with values that are not known; none where nothing more is known of it.
	late []unknown.Text
	// assumed says in words what is taken for what, because the configuration refers to it.
	assumed []string
}

// one is the resource that is named, nil where it may be several or none.
func (r referral) one() *tf.Resource {
	if len(r.found) != 1 || r.others {
		return nil
	}
	return r.found[0]
}

// refs are the references that decide what is named.
func (r referral) refs() []string {
	if r.text == "" {
		return nil
	}
	return strings.Split(r.text, ", ")
}

func (r *referral) add(res *tf.Resource) {
	if !slices.Contains(r.found, res) {
		r.found = append(r.found, res)
	}
}

// referred finds the resources that an argument names: by its value, else by what an unknown value is known to be an
// attribute of, else by the references of the configuration.
func (l *linker) referred(res *tf.Resource, name string, t *targetType) referral {
	v, ok := unknown.Lookup(res.After, name)
	if !ok {
		return referral{}
	}
	return l.referredBy(res, v, name, t)
}

// referredBy is referred for a value that is an element of the argument, and has those texts.
func (l *linker) referredBy(res *tf.Resource, v cty.Value, name string, t *targetType, texts ...unknown.Text) referral {
	raw, m := unknown.Unmark(v)
	var out referral
	switch {
	case raw.IsKnown() && (raw.IsNull() || raw.Type() != cty.String):
		return out
	case raw.IsKnown():
		if out.text = raw.AsString(); m.Sensitive {
			out.text = "(sensitive)"
		}
		out.found = l.nearest(l.find(t, raw.AsString()), res)
		if len(out.found) == 0 {
			if to, own := l.named(unknown.Known(raw.AsString()), t); to != nil {
				out.found, out.others = append(out.found, to), !own
			}
		}
		if len(out.found) > 0 || res.Source.Tells() && res.Source.Attrs[name] != nil && len(res.Source.Attrs[name].Texts) > 0 {
			return out
		}
	}
	told, refs := l.bySources(&out, res, name, m.Refs, t, texts)
	if !told {
		refs = append(refs, l.byReferences(&out, res, name, t)...)
	}
	if out.text == "" {
		slices.Sort(refs)
		out.text = strings.Join(slices.Compact(refs), ", ")
	}
	return out
}

// nearest are those of several resources of one name that belong to the same provider configuration: the same name in
// another account or region is another resource.
func (l *linker) nearest(found []*tf.Resource, res *tf.Resource) []*tf.Resource {
	if len(found) < 2 {
		return found
	}
	near := slices.DeleteFunc(slices.Clone(found), func(f *tf.Resource) bool { return f.Provider != res.Provider })
	if len(near) > 0 {
		return near
	}
	return found
}

// bySources finds what the sources, or the marks of an unknown value, name. The first result is false where they do not
// tell, the second are the references that decide.
func (l *linker) bySources(r *referral, res *tf.Resource, name string, marks []unknown.Symbol, t *targetType, texts []unknown.Text) (told bool, refs []string) {
	symbols := slices.Clone(marks)
	if res.Source.Tells() && res.Source.Attrs[name] != nil && len(texts) == 0 {
		texts = res.Source.Attrs[name].Texts
		symbols = append(symbols, res.Source.Attrs[name].Unknown...)
	}
	for _, text := range texts {
		for _, u := range text.Holes {
			refs = append(refs, u.Refs()...)
		}
		if to, sure := l.named(text, t); to == nil {
			r.others, r.late = true, append(r.late, text)
		} else {
			r.add(to)
			r.others = r.others || !sure
		}
	}
	if len(texts) > 0 {
		return true, refs
	}
	for _, u := range symbols {
		refs = append(refs, u.Refs()...)
		if to := l.object(u.Of); to != nil && t.is(to) {
			r.add(to)
			r.others = r.others || len(symbols) > 1 || !t.isNamedBy(to, u)
		}
	}
	return len(r.found) > 0, refs
}

// object is the resource at an address, or the one that stands for all instances where that of the address is one of them.
func (l *linker) object(address string) *tf.Resource {
	if to := l.address[address]; to != nil || address == "" || !strings.HasSuffix(address, "]") {
		return to
	}
	a, err := tf.ParseAddress(address)
	if err != nil {
		return nil
	}
	a.Key = cty.DynamicVal
	return l.address[a.String()]
}

// named is the resource that a text names, and whether it surely does: the text is an attribute that names it, or an ARN
// with such a name or id at its end.
func (l *linker) named(text unknown.Text, t *targetType) (to *tf.Resource, sure bool) {
	if !unknown.HasHole(text.S) {
		if found := l.find(t, text.S); len(found) == 1 {
			return found[0], true
		}
		return l.byName(text, t)
	}
	if found := l.calledSo(t, text, false); len(found) == 1 {
		return found[0], true
	}
	for _, u := range text.Holes {
		if of := l.object(u.Of); of != nil && t.is(of) {
			to = of
		}
	}
	if to == nil {
		return l.byName(text, t)
	}
	parts := unknown.Parts(text.S)
	last := parts[len(parts)-1].Hole
	if last < 0 || last >= len(text.Holes) || l.object(text.Holes[last].Of) != to || !t.isNamedBy(to, text.Holes[last]) {
		return to, false
	}
	before := strings.TrimSuffix(text.S, unknown.Hole(last))
	return to, before == "" || strings.HasPrefix(text.S, "arn:") && strings.HasSuffix(before, "/")
}

// byName is the resource that an ARN has the path and name of, and whether it surely is that one. Only policies of the own
// account can be attached, so their ARN does not have to tell the account.
func (l *linker) byName(text unknown.Text, t *targetType) (to *tf.Resource, sure bool) {
	arn, ok := aws.ParseARN(text.S)
	_, path, named := strings.Cut(arn.Resource, "/")
	if !ok || !named || !t.named {
		return nil, false
	}
	text.S = "/" + path
	found := l.calledSo(t, text, true)
	if len(found) == 0 {
		return nil, false
	}
	return found[0], len(found) == 1 && t == policyTarget
}

// calledSo are the resources of a type with a name, or with a path and name: the same values that are not known in the same places
// are the same name.
func (l *linker) calledSo(t *targetType, name unknown.Text, withPath bool) []*tf.Resource {
	if !t.named {
		return nil
	}
	of := pathsOf{t, withPath}
	if l.byPath[of] == nil {
		l.byPath[of] = map[string][]*tf.Resource{}
		for _, res := range l.plan.Resources {
			if t.is(res) {
				text := res.Text("name")
				if path := res.Text("path"); withPath && path.S != "" {
					text = path.Then(text)
				} else if withPath {
					text.S = "/" + text.S
				}
				l.byPath[of][spelled(text)] = append(l.byPath[of][spelled(text)], res)
			}
		}
	}
	return l.byPath[of][spelled(name)]
}

// spelled is a text with what its unknown values are: equal ones are the same text.
func spelled(t unknown.Text) string {
	var b strings.Builder
	for _, p := range unknown.Parts(t.S) {
		b.WriteString(p.Text)
		if p.Hole >= 0 && p.Hole < len(t.Holes) {
			fmt.Fprintf(&b, "\x00%#v\x00", t.Holes[p.Hole])
		}
	}
	return b.String()
}

// isNamedBy says whether a value is an attribute by which others name a resource of the type.
func (t *targetType) isNamedBy(to *tf.Resource, u unknown.Symbol) bool {
	attr := u.Ref[strings.LastIndexByte(u.Ref, '.')+1:]
	if strings.Contains(u.Of, " ") {
		return u.Kind != unknown.AnyText // of a template: a Ref is a name
	}
	is := func(name string) bool { return attr == to.Spelled(name) }
	return u.Variant == 0 && (slices.ContainsFunc(t.names, is) || t.named && is("name"))
}

// byReferences finds what the configuration of the plan refers to.
func (l *linker) byReferences(r *referral, res *tf.Resource, name string, t *targetType) (refs []string) {
	targets := l.configured(res, name)
	for _, to := range targets {
		refs = append(refs, to.text)
		named := len(to.instances) > 0 && t.is(to.instances[0])
		for _, i := range to.instances {
			if t.is(i) {
				r.add(i)
			}
		}
		r.others = r.others || len(targets) > 1 && to.lost()
		if !to.exact && named && !slices.Contains(r.assumed, to.text) {
			r.assumed = append(r.assumed, to.text)
		}
	}
	for i, text := range r.assumed {
		r.assumed[i] = name + " is taken for " + text + ", which it refers to"
	}
	return refs
}

// lost says whether a reference is to something of which the plan does not tell the value, and that is no resource to be named: where
// there are others besides, it may be what is named.
func (t target) lost() bool {
	if t.value != cty.NilVal || strings.HasPrefix(t.text, "var.") { // one of the root module is known
		return false
	}
	return !slices.ContainsFunc(t.instances, func(i *tf.Resource) bool {
		v, told := unknown.Lookup(i.After, t.attr)
		return i.Mode == tf.Managed || told && v.IsWhollyKnown()
	})
}

func (l *linker) configured(res *tf.Resource, name string) []target {
	if res.Config == nil || !written(res.Config, name) {
		return nil
	}
	all := l.index.targets(res.Config.Attrs[name], l.index.placeOf(res))
	return slices.DeleteFunc(all, func(t target) bool { return t.text == "" })
}

// find returns the resources of a type by one of their names.
func (l *linker) find(t *targetType, name string) []*tf.Resource {
	named, ok := l.byValue[t]
	if !ok {
		named = map[string][]*tf.Resource{}
		for _, res := range l.plan.Resources {
			if !t.is(res) {
				continue
			}
			seen := map[string]bool{}
			for _, attr := range t.names {
				if s, ok := unknown.String(res.After, attr); ok && s != "" && !seen[s] {
					seen[s] = true
					named[s] = append(named[s], res)
				}
			}
		}
		l.byValue[t] = named
	}
	return named[name]
}
