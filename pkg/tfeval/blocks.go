package tfeval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// MetaArguments are arguments of every resource that are none of its attributes.
var MetaArguments = map[string]bool{"count": true, "for_each": true, "provider": true, "depends_on": true, "lifecycle": true, "provisioner": true, "connection": true}

// block evaluates the arguments and blocks of a body into one object. Null arguments are left out.
func (e *Evaluator) block(s *scope, body *hclsyntax.Body) cty.Value {
	vals := map[string]cty.Value{}
	for _, a := range tfsource.SortedAttributes(body) {
		v := e.evalOr(s, a.Expr, value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.Source(a.Expr.Range())}))
		if !value.IsNull(v) {
			vals[a.Name] = value.Located(v, a.Expr.Range())
		}
	}
	types, groups := blockGroups(body)
	for _, t := range types {
		vals[t] = e.blockList(s, groups[t])
	}
	return value.Object(vals)
}

// blockList evaluates the blocks of one type, dynamic ones included, into a sequence of objects.
func (e *Evaluator) blockList(s *scope, blocks []*hclsyntax.Block) cty.Value {
	var vals []cty.Value
	isOpen := false
	for _, b := range blocks {
		scopes, body, open := e.blockScopes(s, b)
		isOpen = isOpen || open
		if open && !e.choosing {
			// How many there are is one more thing that is not known.
			vals = append(vals, value.UnknownOf(cty.DynamicPseudoType, e.blockCount(s, b)...))
			continue
		}
		for _, bs := range scopes {
			if !e.Step(1) {
				return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.Source(b.DefRange())})
			}
			vals = append(vals, e.block(bs, body).Mark(unknown.Origin{Range: b.DefRange()}))
		}
	}
	return value.Sequence(vals, isOpen)
}

// blockCount is what decides how many blocks a dynamic block makes.
func (e *Evaluator) blockCount(s *scope, b *hclsyntax.Block) []unknown.Symbol {
	x := b.Body.Attributes["for_each"].Expr
	v, f := e.eval(s, x)
	if f != nil {
		return []unknown.Symbol{{Ref: e.Source(x.Range())}}
	}
	refs := map[unknown.Symbol]bool{}
	e.Gather(refs, e.Derived(cty.DynamicPseudoType, "blocks", v))
	if len(refs) == 0 {
		return []unknown.Symbol{{Ref: e.Source(x.Range())}}
	}
	return value.SortedUnknowns(refs)
}

// blockScopes returns the scopes in which a block is evaluated: the one around it, or one for each element of a dynamic
// block. The last result says that not all of them are known.
func (e *Evaluator) blockScopes(s *scope, b *hclsyntax.Block) ([]*scope, *hclsyntax.Body, bool) {
	if b.Type != "dynamic" || len(b.Labels) != 1 {
		return []*scope{s}, b.Body, false
	}
	var content *hclsyntax.Body
	for _, c := range b.Body.Blocks {
		if c.Type == "content" {
			content = c.Body
		}
	}
	each := b.Body.Attributes["for_each"]
	if content == nil || each == nil {
		return nil, nil, false
	}
	name := b.Labels[0]
	if a := b.Body.Attributes["iterator"]; a != nil {
		if word := hcl.ExprAsKeyword(a.Expr); word != "" {
			name = word
		} else if word := tfsource.LiteralString(a); word != "" {
			name = word
		}
	}
	items, open, secret := e.blockItems(s, each.Expr)
	var out []*scope
	for _, it := range items {
		vars := map[string]cty.Value{name: cty.ObjectVal(map[string]cty.Value{"key": e.iterated(it.Key, secret), "value": it.Value})}
		out = append(out, s.with(vars))
	}
	return out, content, open
}

// blockItems are the elements that a dynamic block iterates over; whether they are not all, and whether the collection is
// sensitive.
func (e *Evaluator) blockItems(s *scope, x hclsyntax.Expression) (items []value.Element, open, secret bool) {
	v, f := e.eval(s, x)
	if f != nil {
		e.Note(f)
		return []value.Element{e.Sample(cty.DynamicVal, unknown.Marks{Refs: []unknown.Symbol{{Ref: e.Source(x.Range())}}})}, true, false
	}
	raw, m := unknown.Unmark(v)
	switch {
	case raw.IsKnown() && raw.IsNull():
		return nil, false, false
	case raw.Type() == value.LazyType:
		return e.Forced(raw), false, m.Sensitive
	case raw.IsKnown() && raw.CanIterateElements():
		return value.Elements(v), value.IsOpen(v), m.Sensitive
	case !raw.IsKnown():
		if e.Decide(*e.anyElement(v, x)) == value.No {
			return nil, false, false
		}
	}
	return []value.Element{e.Sample(raw, m)}, true, m.Sensitive
}

// blockGroups returns the blocks of a body by type, and the types in the order of their first block.
func blockGroups(body *hclsyntax.Body) ([]string, map[string][]*hclsyntax.Block) {
	var types []string
	groups := map[string][]*hclsyntax.Block{}
	for _, b := range body.Blocks {
		t := tfsource.BlockType(b)
		if groups[t] == nil {
			types = append(types, t)
		}
		groups[t] = append(groups[t], b)
	}
	return types, groups
}

// iterated is a key as a loop or a dynamic block sees it. A collection bears the mark of its keys, which have none themselves.
func (e *Evaluator) iterated(key cty.Value, secret bool) cty.Value {
	v := e.Untoken(key)
	return value.SecretIf(secret, v)
}
