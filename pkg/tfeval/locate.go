package tfeval

import (
	"fmt"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Locate finds the module instance of an address. Without one, why says how the sources differ; it is "" where they are
// not there.
func (e *Evaluator) Locate(addr tf.Address) (at *Instance, why string) {
	at = e.Root
	for _, step := range addr.Modules {
		call := at.Module.Calls[step.Name]
		if call == nil {
			if at.Module.Broken {
				return nil, ""
			}
			return nil, fmt.Sprintf("The plan has the module %s, which the sources do not call.", tf.Joined(at.address(), "module."+step.Name))
		}
		if call.Module == nil {
			return nil, ""
		}
		set := e.children(at, call)
		child := set.byKey[keyText(step.Key)]
		switch {
		case child != nil:
			at = child
		case set.expansion.open:
			key := memoKey{inst: at, kind: "planned module", name: step.Name, key: keyText(step.Key)}
			parent := at
			at, _ = e.result(key, func() any {
				return &Instance{Module: call.Module, parent: parent, call: call, key: step.Key, each: unknownEach(set.expansion, "module."+step.Name)}
			}).(*Instance)
		default:
			return nil, fmt.Sprintf("The plan has %s, and the count or for_each of the sources makes no such instance.", addr.Module())
		}
	}
	return at, ""
}

// unknownEach is each.value of an instance of which only the plan tells.
func unknownEach(exp expansion, name string) cty.Value {
	if exp.number {
		return cty.NilVal
	}
	return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: name + " each.value"})
}

// InstanceOf is the instance of a resource with that key, nil if count or for_each make none.
func (e *Evaluator) InstanceOf(inst *Instance, decl *tfsource.Resource, key cty.Value) *resourceInstance {
	set := e.Instances(inst, decl)
	if ri := set.byKey[keyText(key)]; ri != nil {
		return ri
	}
	if set.expansion.open && key != cty.NilVal {
		return e.newResourceInstance(inst, decl, key, unknownEach(set.expansion, decl.Key()))
	}
	return nil
}

// instanceAt is the resource instance with that address, nil where there is none or not one alone.
func (e *Evaluator) instanceAt(address string) *resourceInstance {
	a, err := tf.ParseAddress(address)
	if err != nil {
		return nil
	}
	i := e.Root
	for _, step := range a.Modules {
		c := i.Module.Calls[step.Name]
		if c == nil {
			return nil
		}
		if i = e.children(i, c).byKey[keyText(step.Key)]; i == nil {
			return nil
		}
	}
	res := i.Module.Resources[a.ConfigKey()]
	if res == nil {
		return nil
	}
	return e.Instances(i, res).byKey[keyText(a.Key)]
}
