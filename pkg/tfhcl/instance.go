package tfhcl

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// instance is one instance of a module.
type instance struct {
	module *module
	parent *instance // nil for the root module
	call   *moduleCall
	key    cty.Value // NilVal without count and for_each, unknown where the keys are
	each   cty.Value // each.value
}

// address is the address of the module instance, "" for the root module.
func (i *instance) address() string {
	if i.parent == nil {
		return ""
	}
	return joinAddress(i.parent.address(), "module."+i.call.name+keyText(i.key))
}

func joinAddress(module, rest string) string {
	if module == "" {
		return rest
	}
	return module + "." + rest
}

// keyText is the instance key as addresses write it, [*] where it is not known.
func keyText(k cty.Value) string {
	if k == cty.NilVal {
		return ""
	}
	return strings.TrimPrefix(tf.Address{Mode: tf.Managed, Key: k}.String(), ".")
}

// scope is where the expressions of the module instance are evaluated.
func (i *instance) scope() *scope { return &scope{inst: i} }

// keyScope is the scope of a block with count or for_each, for one of its keys.
func keyScope(outer *scope, key, each cty.Value) *scope {
	if key == cty.NilVal {
		return outer
	}
	vars := map[string]cty.Value{}
	if each == cty.NilVal {
		vars["count"] = cty.ObjectVal(map[string]cty.Value{"index": key})
	} else {
		vars["each"] = cty.ObjectVal(map[string]cty.Value{"key": key, "value": each})
	}
	return outer.with(vars)
}

// expansion are the instances that count or for_each make.
type expansion struct {
	single bool
	number bool // by count
	set    bool // by a for_each over a set: each.value is the key
	items  []item
	open   bool // the keys are not known: there is one item that stands for all
}

type item struct{ key, each cty.Value }

// expand evaluates count and for_each of a block.
func (e *evaluator) expand(s *scope, body *hclsyntax.Body, name string) expansion {
	switch {
	case body.Attributes["count"] != nil:
		return e.expandCount(s, body.Attributes["count"].Expr, name)
	case body.Attributes["for_each"] != nil:
		return e.expandEach(s, body.Attributes["for_each"].Expr, name)
	}
	return expansion{single: true, items: []item{{cty.NilVal, cty.NilVal}}}
}

// planned replaces an expansion that is not known by the instances that a plan shows.
func (e *evaluator) planned(exp expansion, base string) expansion {
	keys := e.plan.instanceKeys(base)
	if !exp.open || len(keys) == 0 {
		return exp
	}
	out := expansion{number: exp.number}
	for _, k := range keys {
		each := cty.NilVal
		if !exp.number {
			if each = exp.items[0].each; exp.set {
				each = k
			}
		}
		out.items = append(out.items, item{k, each})
	}
	return out
}

// maxInstances is more than one block has in practice.
const maxInstances = 20_000

func (e *evaluator) expandCount(s *scope, x hclsyntax.Expression, name string) expansion {
	openCount := expansion{number: true, open: true, items: []item{{unknownOf(cty.Number, unknown.Symbol{Ref: name + " count.index"}), cty.NilVal}}}
	v, f := e.eval(s, x)
	if f != nil {
		e.note(f)
		return openCount
	}
	if isSecret(v) {
		e.warn(x.Range(), "Sensitive value for count", "Terraform refuses a sensitive value for count, because the addresses of the instances would tell it; the instances are unknown.")
		return openCount
	}
	raw, _ := v.Unmark()
	n, err := convert.Convert(raw, cty.Number)
	if err != nil || !n.IsKnown() || n.IsNull() {
		return openCount
	}
	count, _ := n.AsBigFloat().Int64()
	if count > maxInstances {
		e.refuse(x.Range(), "Too many instances", fmt.Sprintf("%s has %d instances; they are looked at as one.", name, count))
		return openCount
	}
	out := expansion{number: true}
	for i := range count {
		out.items = append(out.items, item{cty.NumberIntVal(i), cty.NilVal})
	}
	return out
}

func (e *evaluator) expandEach(s *scope, x hclsyntax.Expression, name string) expansion {
	v, f := e.eval(s, x)
	open := func(each cty.Value) expansion {
		key := unknownOf(cty.String, unknown.Symbol{Ref: name + " each.key"})
		set := each == cty.NilVal
		if set {
			each = key
		}
		return expansion{open: true, set: set, items: []item{{key, each}}}
	}
	if f != nil {
		e.note(f)
		return open(unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: name + " each.value"}))
	}
	raw, m := unknown.Unmark(v)
	if raw.IsKnown() && !raw.IsNull() && raw.Type() == lazyType {
		v = e.force(v, cty.DynamicPseudoType)
		raw, m = unknown.Unmark(v)
	}
	switch {
	case m.Sensitive || isSequence(raw.Type()) && isSecret(v) || secretKeys(raw):
		e.warn(x.Range(), "Sensitive value for for_each", "Terraform refuses a sensitive value for for_each, because the addresses of the instances would tell it; the instances are unknown.")
		return open(unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: name + " each.value", Sensitive: true}))
	case raw.IsKnown() && raw.IsNull():
		e.warn(x.Range(), "Null value for for_each", "The value of for_each is null; the instances are unknown.")
		return open(unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: name + " each.value"}))
	case !raw.IsKnown():
		sample := e.sample(raw, m)
		if raw.Type().IsSetType() {
			return open(cty.NilVal)
		}
		return open(sample.value)
	case raw.CanIterateElements() && raw.LengthInt() > maxInstances:
		e.refuse(x.Range(), "Too many instances", fmt.Sprintf("%s has %d instances; they are looked at as one.", name, raw.LengthInt()))
		return open(unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: name + " each.value"}))
	case !raw.CanIterateElements():
		e.warn(x.Range(), "Invalid value for for_each", "The value of for_each is no map and no set; the instances are unknown.")
		return open(unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: name + " each.value"}))
	}
	var out expansion
	set := isSequence(raw.Type())
	for _, el := range elements(v) {
		key := el.key
		if set {
			key = el.value
		}
		rawKey, _ := key.Unmark()
		if !rawKey.IsKnown() || rawKey.IsNull() || rawKey.Type() != cty.String || unknown.HasHole(rawKey.AsString()) {
			if set {
				return open(cty.NilVal)
			}
			return open(el.value)
		}
		out.items = append(out.items, item{key, el.value})
	}
	if isOpen(v) {
		if len(out.items) > 0 && !set {
			return open(out.items[0].each)
		}
		return open(cty.NilVal)
	}
	return out
}

// secretKeys says whether a key of the collection, or an element of the set, is sensitive.
func secretKeys(raw cty.Value) bool {
	if !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return false
	}
	set := isSequence(raw.Type())
	for it := raw.ElementIterator(); it.Next(); {
		if k, el := it.Element(); isSecret(k) || set && isSecret(el) {
			return true
		}
	}
	return false
}

// children returns the instances of a module call; nil if its sources are not there.
func (e *evaluator) children(i *instance, c *moduleCall) moduleInstances {
	if c.module == nil {
		return moduleInstances{}
	}
	r := e.result(memoKey{inst: i, kind: "module", name: c.name}, func() any {
		exp := e.planned(e.expand(i.scope(), c.body, "module."+c.name), joinAddress(i.address(), "module."+c.name))
		out := moduleInstances{expansion: exp, byKey: map[string]*instance{}}
		for _, it := range exp.items {
			if e.modules++; e.modules > e.opts.Limits.Modules {
				e.final = true
				e.stop("Too many module instances", fmt.Sprintf("There are more than %d module instances. What was not evaluated is treated as unknown; --limit module-instances=VALUE allows more.", e.opts.Limits.Modules))
				break
			}
			child := &instance{module: c.module, parent: i, call: c, key: it.key, each: it.each}
			out.list = append(out.list, child)
			out.byKey[keyText(it.key)] = child
		}
		return out
	})
	if m, ok := r.(moduleInstances); ok {
		return m
	}
	return moduleInstances{expansion: expansion{open: true}}
}

type moduleInstances struct {
	expansion expansion
	list      []*instance
	byKey     map[string]*instance
}

// result is once for results that are no values. Instances do not depend on the world: conditions stay undecided.
func (e *evaluator) result(key memoKey, compute func() any) any {
	if m := e.memo[key]; len(m) > 0 {
		return m[0].result
	}
	if e.active[key] {
		return nil
	}
	e.active[key] = true
	var r any
	_, pop := e.pushAlone()
	e.without(func() { r = compute() })
	pop()
	delete(e.active, key)
	e.memo[key] = []memoEntry{{result: r}}
	return r
}

// argScope is where the arguments of the module instance's call are evaluated.
func (i *instance) argScope() *scope { return keyScope(i.parent.scope(), i.key, i.each) }

// resourceInstance is one instance of a resource or data source.
type resourceInstance struct {
	e    *evaluator
	inst *instance
	res  *resource
	key  cty.Value
	each cty.Value
	box  cty.Value
}

func (r *resourceInstance) address() string {
	return joinAddress(r.inst.address(), r.res.key()+keyText(r.key))
}

// known says whether the address is that of one instance.
func (r *resourceInstance) known() bool {
	if r.key != cty.NilVal && !r.key.IsKnown() {
		return false
	}
	for i := r.inst; i != nil; i = i.parent {
		if i.key != cty.NilVal && !i.key.IsKnown() {
			return false
		}
	}
	return true
}

func (r *resourceInstance) scope() *scope { return keyScope(r.inst.scope(), r.key, r.each) }

type resourceInstances struct {
	expansion expansion
	list      []*resourceInstance
	byKey     map[string]*resourceInstance
}

// instances returns the instances of a resource in a module instance.
func (e *evaluator) instances(i *instance, r *resource) resourceInstances {
	v := e.result(memoKey{inst: i, kind: "resource", name: r.key()}, func() any {
		exp := e.planned(e.expand(i.scope(), r.body, r.key()), joinAddress(i.address(), r.key()))
		out := resourceInstances{expansion: exp, byKey: map[string]*resourceInstance{}}
		for _, it := range out.expansion.items {
			if !e.step(1) {
				break
			}
			ri := e.newResourceInstance(i, r, it.key, it.each)
			out.list = append(out.list, ri)
			out.byKey[keyText(it.key)] = ri
		}
		return out
	})
	if v == nil {
		return resourceInstances{expansion: expansion{open: true}}
	}
	return v.(resourceInstances)
}

func (e *evaluator) newResourceInstance(i *instance, r *resource, key, each cty.Value) *resourceInstance {
	ri := &resourceInstance{e: e, inst: i, res: r, key: key, each: each}
	ri.box = lazyValue(&lazyBox{ri})
	return ri
}
