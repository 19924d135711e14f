package tfeval

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/zclconf/go-cty/cty"
)

// Instance is one instance of a module.
type Instance struct {
	Module *tfsource.Module
	parent *Instance // nil for the root module
	call   *tfsource.ModuleCall
	key    cty.Value // NilVal without count and for_each, unknown where the keys are
	each   cty.Value // each.value
	index  string    // of one whose key is not known, see [unknown.Symbol.Index]
}

// address is the address of the module instance, "" for the root module.
func (i *Instance) address() string {
	if i.parent == nil {
		return ""
	}
	return tf.Joined(i.parent.address(), "module."+i.call.Name+keyText(i.key))
}

// keyText is the instance key as addresses write it, [*] where it is not known.
func keyText(k cty.Value) string {
	if k == cty.NilVal {
		return ""
	}
	return strings.TrimPrefix(tf.Address{Mode: tf.Managed, Key: k}.String(), ".")
}

// scope is where an expression is evaluated: a module instance, and names that are bound around it.
type scope struct {
	inst   *Instance
	parent *scope
	vars   map[string]cty.Value
	splat  map[*hclsyntax.AnonSymbolExpr]cty.Value
	only   bool // a template file sees nothing but vars
}

func (s *scope) with(vars map[string]cty.Value) *scope {
	return &scope{inst: s.inst, parent: s, vars: vars}
}

func (s *scope) bound(name string) (cty.Value, bool) {
	for at := s; at != nil; at = at.parent {
		if v, ok := at.vars[name]; ok {
			return v, true
		}
		if at.only {
			break
		}
	}
	return cty.NilVal, false
}

func (s *scope) sealed() bool {
	for at := s; at != nil; at = at.parent {
		if at.only {
			return true
		}
	}
	return false
}

// scope is where the expressions of the module instance are evaluated.
func (i *Instance) scope() *scope { return &scope{inst: i} }

// argScope is where the arguments of the module instance's call are evaluated.
func (i *Instance) argScope() *scope { return keyScope(i.parent.scope(), i.key, i.each) }

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
