package extract

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// index finds the resources of a plan.
type index struct {
	plan *tf.Plan
	// siblings counts the instances of a resource or module call, by the address without the last key.
	siblings map[string]int
	// instances are keyed by module instance and configuration key, in the order of the plan.
	instances map[[2]string][]*tf.Resource
}

func newIndex(plan *tf.Plan) *index {
	x := &index{plan: plan, siblings: map[string]int{}, instances: map[[2]string][]*tf.Resource{}}
	modules := map[string]bool{}
	for _, list := range [][]*tf.Resource{plan.Resources, plan.Read} {
		for _, res := range list {
			if res.Spelling != nil && res.Spelling.Inside {
				continue
			}
			k := [2]string{res.Module, configKey(res)}
			x.instances[k] = append(x.instances[k], res)
			if !modules[res.Module] {
				x.countModule(res.Address, modules)
			}
		}
	}
	for k, list := range x.instances {
		x.siblings[tf.Joined(k[0], k[1])] = len(list)
	}
	return x
}

// countModule counts the module instance of a resource and those around it, once each.
func (x *index) countModule(address string, counted map[string]bool) {
	a, err := tf.ParseAddress(address)
	if err != nil {
		return
	}
	for i := range a.Modules {
		around := tf.Address{Modules: a.Modules[:i]}.Module()
		m := tf.Address{Modules: a.Modules[:i+1]}.Module()
		if !counted[m] {
			counted[m] = true
			x.siblings[tf.Joined(around, "module."+a.Modules[i].Name)]++
		}
	}
}

func configKey(res *tf.Resource) string {
	return tf.Address{Mode: res.Mode, Type: res.WrittenType(), Name: res.Name}.ConfigKey()
}

// place is where an expression of the configuration stands.
type place struct {
	module string // the address of the module instance
	config *tf.ModuleConfig
	// caller is where the module call stands, nil in the root module.
	caller *place
	call   *tf.ModuleCall
	// owner, key and forEach are those of the resource or module call that the expression belongs to.
	owner   string
	key     cty.Value
	forEach *tf.Expr
}

// placeOf is where the arguments of a resource stand, nil where the configuration does not tell.
func (x *index) placeOf(res *tf.Resource) *place {
	a, err := tf.ParseAddress(res.Address)
	if err != nil || x.plan.Root == nil {
		return nil
	}
	at := &place{config: x.plan.Root, key: cty.NilVal}
	for _, step := range a.Modules {
		if at = at.into(step.Name, step.Key); at == nil {
			return nil
		}
	}
	at.owner, at.key = configKey(res), res.Index
	if res.Config != nil {
		at.forEach = res.Config.ForEach
	}
	return at
}

// into is inside of the module that is called at p, nil if there is none.
func (p *place) into(name string, key cty.Value) *place {
	call := p.config.Calls[name]
	if call == nil || call.Module == nil {
		return nil
	}
	caller := *p
	caller.owner, caller.key, caller.forEach = "module."+name, key, call.ForEach
	a := tf.Address{Modules: []tf.ModuleStep{{Name: name, Key: key}}}
	return &place{module: tf.Joined(p.module, a.Module()), config: call.Module, caller: &caller, call: call, key: cty.NilVal}
}

// target is what a reference leads to, through variables, outputs and each.value.
type target struct {
	// text is the reference as it is written where the trail ends.
	text string
	// value is what a variable or literal holds; cty.NilVal for everything else.
	value cty.Value
	// instances are the instances of a resource that may be meant, and attr is the attribute, "" for the whole.
	// They are empty where the trail is lost.
	instances []*tf.Resource
	attr      string
	// oneOfMany says that the trail went through each.value, and that what is found there need not be this instance's.
	oneOfMany bool
	// exact says that the configuration shows the expressions on the way, and that they are nothing but references; more
	// says that one of them is more than that. References alone tell neither.
	exact, more bool
	// mode and typ are those of the resource, also where it is not part of the plan; typ is "" where its provider is not the one that
	// the type is named for.
	mode tf.Mode
	typ  string
	// provider is the provider configuration of the resource.
	provider string
}

// maxTrail bounds how far references are followed.
const maxTrail = 64

// targets are what an expression refers to, each once. Keys and counters, which are always known, are left out.
func (x *index) targets(e tf.Expr, at *place) []target {
	return x.follow(e, at, maxTrail)
}

func (x *index) follow(e tf.Expr, at *place, depth int) []target {
	if e.Constant != cty.NilVal && len(e.References) == 0 {
		return []target{{value: e.Constant, exact: true}}
	}
	var out []target
	file := slices.ContainsFunc(e.References, func(ref string) bool { return strings.HasPrefix(ref, "path.") }) // a function reads one
	for _, ref := range tf.Longest(e.References) {
		bare := e.Template != "" && isBare(e.Template, ref)
		more := !bare && e.Template != "" || occurrences(e.References, ref) > 1
		for _, t := range x.reference(ref, at, depth) {
			t.exact, t.more = t.exact && bare, t.more || more || file
			if !slices.ContainsFunc(out, t.same) {
				out = append(out, t)
			}
		}
	}
	return out
}

// isBare says whether a template of sources in JSON syntax is nothing but that reference.
func isBare(template, ref string) bool {
	inner, ok := strings.CutPrefix(template, "${")
	inner, closed := strings.CutSuffix(inner, "}")
	return ok && closed && strings.TrimSpace(inner) == ref
}

// occurrences counts how often an expression refers to something.
func occurrences(refs []string, ref string) int {
	n := 0
	for _, r := range refs {
		if r == ref {
			n++
		}
	}
	return n
}

func (t target) same(o target) bool {
	return t.text == o.text && t.attr == o.attr && slices.Equal(t.instances, o.instances) && t.value == cty.NilVal && o.value == cty.NilVal
}

func (x *index) reference(text string, at *place, depth int) []target {
	lost := []target{{text: text, value: cty.NilVal}}
	r, ok := tf.ParseReference(text)
	if !ok || at == nil || depth == 0 {
		return lost
	}
	if r.Type != "" {
		return []target{x.resource(r, text, at)}
	}
	if r.Call != nil {
		return x.output(r, lost, at, depth)
	}
	second := ""
	if len(r.Path) > 1 {
		second = r.Path[1].Name
	}
	switch r.Path[0].Name {
	case "var":
		return x.variable(second, lost, at, depth)
	case "each":
		if second == "value" && at.forEach != nil {
			return x.eachValue(r, at, depth)
		}
		return nil
	case "count", "path", "terraform":
		return nil
	}
	return lost
}

// resource finds the instances that a reference means: the one with the key, or with the key of the place itself, which
// is what each.key and count.index stand for; the plan does not tell which index is written.
func (x *index) resource(r tf.Reference, text string, at *place) target {
	t := target{text: text, value: cty.NilVal, attr: r.Attribute(), exact: true, mode: r.Mode}
	if t.attr == "" && len(r.Path) > 0 {
		t.attr = "?" // something inside of an attribute
	}
	name := ""
	if c := at.config.Resources[r.ConfigKey()]; c != nil {
		t.provider = c.Provider
		if p := x.plan.Providers[c.Provider]; p != nil {
			name = p.FullName
		}
	}
	if tf.Genuine(r.Type, name) {
		t.typ = r.Type
	}
	all := x.instances[[2]string{at.module, r.ConfigKey()}]
	key := r.Key
	if key == cty.NilVal && len(all) > 1 {
		key = at.key
	}
	if key != cty.NilVal && key.IsKnown() {
		if i := slices.IndexFunc(all, func(res *tf.Resource) bool { return sameKey(res.Index, key) }); i >= 0 {
			all = all[i : i+1]
		} else if r.Key != cty.NilVal {
			all = nil
		}
	}
	t.instances = all
	return t
}

func sameKey(a, b cty.Value) bool {
	if a == cty.NilVal || b == cty.NilVal {
		return a == b
	}
	return a.IsWhollyKnown() && b.IsWhollyKnown() && a.RawEquals(b)
}

// variable is what the caller gives, or the default. The variables of the root module have values in the plan.
func (x *index) variable(name string, lost []target, at *place, depth int) []target {
	value := func(v cty.Value) []target { return []target{{text: lost[0].text, value: v, exact: true}} }
	if at.caller == nil {
		if v, ok := x.plan.Variables[name]; ok {
			return value(v)
		}
		return lost
	}
	if arg, ok := at.call.Args[name]; ok {
		if found := x.follow(arg, at.caller, depth-1); len(found) > 0 {
			return found
		}
		return lost
	}
	if v, ok := at.config.Variables[name]; ok && v != cty.NilVal {
		return value(v)
	}
	return lost
}

// output follows the output of a module. Without a key it is that of the instance with the key of the place.
func (x *index) output(r tf.Reference, lost []target, at *place, depth int) []target {
	if len(r.Path) == 0 {
		return lost
	}
	key := r.Call.Key
	if call := at.config.Calls[r.Call.Name]; key == cty.NilVal && call != nil && (call.Count != nil || call.ForEach != nil) {
		key = at.key
		if key == cty.NilVal {
			return lost
		}
	}
	inside := at.into(r.Call.Name, key)
	if inside == nil {
		return lost
	}
	out, ok := inside.config.Outputs[r.Path[0].Name]
	if !ok {
		return lost
	}
	if found := x.follow(out, inside, depth-1); len(found) > 0 {
		return found
	}
	return lost
}

// eachValue is what for_each refers to. A resource that is iterated over has the key of the instance.
func (x *index) eachValue(r tf.Reference, at *place, depth int) []target {
	outer := *at
	outer.forEach = nil
	attr := ""
	if len(r.Path) == 3 && len(r.Path[2].Keys) == 0 {
		attr = r.Path[2].Name
	}
	found := x.follow(*at.forEach, &outer, depth-1)
	for i := range found {
		t := &found[i]
		if t.attr == "" {
			t.attr = attr
		}
		t.exact = false
		narrowed := len(t.instances) == 1 && sameKey(t.instances[0].Index, at.key)
		t.oneOfMany = t.oneOfMany || x.siblings[tf.Joined(at.module, at.owner)] > 1 && !narrowed
	}
	return found
}

// known says whether all that the target leads to is known before apply.
func (t target) known() bool {
	if t.value != cty.NilVal {
		return t.value.IsWhollyKnown()
	}
	if len(t.instances) == 0 || t.attr == "?" {
		return false
	}
	for _, res := range t.instances {
		v := res.After
		if t.attr != "" {
			var ok bool
			if v, ok = unknown.Lookup(res.After, t.attr); !ok {
				return false
			}
		}
		if v == cty.NilVal || !v.IsWhollyKnown() {
			return false
		}
	}
	return true
}

// unknown is the target as what decides an unknown value. The value is the target itself only if exact.
func (t target) unknown(exact bool) unknown.Symbol {
	u := unknown.Symbol{Ref: t.text}
	if len(t.instances) == 1 {
		u.Of = t.instances[0].Address
	}
	if exact && t.typ != "" && t.attr != "" {
		u.Kind = tf.KindOf(t.mode, t.typ, t.attr)
	}
	if u.Kind.OfAccount() {
		u.Provider = t.provider
	}
	return u
}
