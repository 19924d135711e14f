package tfeval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// madeOf are the instances of a block: of a resource, or of a module call.
type madeOf[T any] struct {
	expansion expansion
	List      []T
	byKey     map[string]T
}

// instancesOf are the instances of a block in a module instance; one is the one with a key, false where there may be no more. Of one that
// needs itself nothing is known.
func instancesOf[T any](e *Evaluator, i *Instance, kind, name string, body *hclsyntax.Body, one func(it item) (T, bool)) madeOf[T] {
	r := e.result(memoKey{inst: i, kind: kind, name: name}, func() any {
		exp := e.planned(e.expand(i.scope(), body, name), tf.Joined(i.address(), name))
		out := madeOf[T]{expansion: exp, byKey: map[string]T{}}
		for _, it := range exp.items {
			made, ok := one(it)
			if !ok {
				break
			}
			out.List = append(out.List, made)
			out.byKey[keyText(it.key)] = made
		}
		return out
	})
	if made, ok := r.(madeOf[T]); ok {
		return made
	}
	return madeOf[T]{expansion: expansion{open: true}}
}

// children returns the instances of a module call; nil if its sources are not there.
func (e *Evaluator) children(i *Instance, c *tfsource.ModuleCall) madeOf[*Instance] {
	if c.Module == nil {
		return madeOf[*Instance]{}
	}
	return instancesOf(e, i, "module", "module."+c.Name, c.Body, func(it item) (*Instance, bool) {
		if e.modules++; e.modules > e.Limits.Modules {
			e.GiveUp("Too many module instances", fmt.Sprintf("There are more than %d module instances. What was not evaluated is treated as unknown; --limit module-instances=VALUE allows more.", e.Limits.Modules))
			return nil, false
		}
		return &Instance{Module: c.Module, parent: i, call: c, key: it.key, each: it.each}, true
	})
}

// resourceInstance is one instance of a resource or data source.
type resourceInstance struct {
	e    *Evaluator
	inst *Instance
	res  *tfsource.Resource
	key  cty.Value
	each cty.Value
	box  cty.Value
	// index tells apart instances whose keys are not known, see [unknown.Symbol.Index].
	index string
	// inCase tells apart instances that have the same key in different cases, and not the same each.value.
	inCase string
}

func (r *resourceInstance) address() string {
	return tf.Joined(r.inst.address(), r.res.Key()+keyText(r.key))
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

// At is the instance with that key.
func (r *resourceInstance) At(key cty.Value) (cty.Value, bool) {
	there := value.OfSameKeys(r.key, key)
	index := indexOf(r.key, key)
	key, each, other := otherKey(r.key, r.each, key)
	if !other && index == "" {
		return r.box, there
	}
	out := r.e.newResourceInstance(r.inst, r.res, key, each)
	out.index = index
	return out.box, there
}

// indexOf is the index of an instance with that key among those that one stands for, "" where its address tells it apart, or where
// it is the one that stands for all.
func indexOf(stands, key cty.Value) string {
	raw, _ := key.Unmark()
	switch {
	case stands == cty.NilVal || stands.IsKnown() || value.Signature(stands) == value.Signature(key):
		return ""
	case raw.IsKnown() && raw.Type() == cty.Number && raw.RawEquals(cty.Zero):
		return unknown.FirstIndex
	case !raw.IsKnown() && len(value.RefNames(key)) == 0:
		return unknown.SomeIndex
	case !raw.IsKnown() || value.IsString(raw) && unknown.HasHole(raw.AsString()):
		return fmt.Sprintf("%x", value.Signature(key))
	}
	return ""
}

// instance is what tells the instance apart from others of the same address.
func (r *resourceInstance) instance() string {
	out := r.index
	for i := r.inst; i != nil; i = i.parent {
		if i.index != "" && out == "" {
			out = i.index
		} else if i.index != "" {
			out += " " + i.index
		}
	}
	return out
}

// Key is the key of the instance.
func (r *resourceInstance) Key() cty.Value { return r.key }

// otherKey is the key and each.value of the instance with that key, of one whose key is not known; false if it is that one.
func otherKey(stands, each, key cty.Value) (cty.Value, cty.Value, bool) {
	raw, _ := key.Unmark()
	switch {
	case stands == cty.NilVal || stands.IsKnown():
		return stands, each, false
	case each == cty.NilVal:
		n, err := convert.Convert(raw, cty.Number)
		if err != nil || !n.IsKnown() || n.RawEquals(cty.Zero) {
			return stands, each, false
		}
		return n, each, true
	case value.IsString(raw):
		if unknown.HasHole(raw.AsString()) {
			return stands, each, false
		}
		if value.Same(stands, each) == value.Yes || sameSymbols(stands, each) {
			each = key
		}
		return raw, each, true
	}
	return stands, each, false
}

// sameSymbols says whether two unknown values are one.
func sameSymbols(a, b cty.Value) bool {
	return !a.IsKnown() && !b.IsKnown() && value.Signature(a) == value.Signature(b)
}

func (r *resourceInstance) scope() *scope { return keyScope(r.inst.scope(), r.key, r.each) }

// Instances returns the instances of a resource in a module instance.
func (e *Evaluator) Instances(i *Instance, r *tfsource.Resource) madeOf[*resourceInstance] {
	return instancesOf(e, i, "resource", r.Key(), r.Body, func(it item) (*resourceInstance, bool) {
		return e.newResourceInstance(i, r, it.key, it.each), e.Step(1)
	})
}

func (e *Evaluator) newResourceInstance(i *Instance, r *tfsource.Resource, key, each cty.Value) *resourceInstance {
	ri := &resourceInstance{e: e, inst: i, res: r, key: key, each: each}
	ri.box = value.LazyValue(&value.LazyBox{Lazy: ri})
	return ri
}

// existence is what holds wherever there is the instance.
func (e *Evaluator) existence(r *resourceInstance) []assumed {
	out := slices.Clone(e.Instances(r.inst, r.res).expansion.given)
	for i := r.inst; i.parent != nil; i = i.parent {
		out = append(out, e.children(i.parent, i.call).expansion.given...)
	}
	return out
}

// EachInstance visits the module instances, callers before what they call.
func (e *Evaluator) EachInstance(i *Instance, visit func(*Instance)) {
	e.Begin()
	if !e.Step(1) {
		return
	}
	visit(i)
	for _, name := range slices.Sorted(maps.Keys(i.Module.Calls)) {
		for _, child := range e.children(i, i.Module.Calls[name]).List {
			e.EachInstance(child, visit)
		}
	}
}
