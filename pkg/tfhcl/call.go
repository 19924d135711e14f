package tfhcl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	cf "github.com/zclconf/go-cty/cty/function"
)

// function is one of Terraform's functions. Its arguments carry marks and may be unknown.
type function func(c *call) (cty.Value, *hcl.Diagnostic)

// call is a call of a function while it runs.
type call struct {
	e    *evaluator
	s    *scope
	name string
	at   hcl.Range
	args []cty.Value
	x    *hclsyntax.FunctionCallExpr
}

func (e *evaluator) call(s *scope, x *hclsyntax.FunctionCallExpr) (cty.Value, *hcl.Diagnostic) {
	name := strings.TrimPrefix(x.Name, "core::")
	c := &call{e: e, s: s, name: name, at: x.Range(), x: x}
	switch name {
	case "try":
		return c.try()
	case "can":
		return c.can()
	}
	spread, f := c.evaluate(s)
	if f != nil {
		return cty.DynamicVal, f
	}
	fn := e.funcs[name]
	switch {
	case fn == nil && strings.Contains(name, "::"):
		e.warn(x.NameRange, "Provider function", fmt.Sprintf("The function %s is part of a provider, which is not run. Its result is treated as unknown.", name))
		return c.unknown(cty.DynamicPseudoType), nil
	case fn == nil:
		e.warn(x.NameRange, "Unknown function", fmt.Sprintf("There is no function %s; its result is treated as unknown.", name))
		return c.unknown(cty.DynamicPseudoType), nil
	case spread:
		return c.unknown(cty.DynamicPseudoType), nil
	}
	work := 0
	for _, a := range c.args {
		if shallow[name] {
			break
		}
		if work += size(a, maxValues-work); work > maxValues {
			e.refuse(x.NameRange, "Value is too large", fmt.Sprintf("The function %s is given more than %d elements; its result is treated as unknown.", name, maxValues))
			return c.unknown(cty.DynamicPseudoType), nil
		}
	}
	if !e.step(work) {
		return c.unknown(cty.DynamicPseudoType), nil
	}
	if !total[name] && slices.ContainsFunc(c.args, func(a cty.Value) bool { return isOpen(a) || !a.IsKnown() || !shallow[name] && !e.settled(a) }) {
		e.unsure++
	}
	v, f := fn(c)
	if f != nil {
		return v, c.discreet(f)
	}
	if c.tells(v) {
		v = secret(v)
	}
	if !shallow[name] {
		e.step(size(v, maxValues))
	}
	return located(v, c.at), nil
}

// settled says that nothing in the value is unknown, lazy values aside.
func (e *evaluator) settled(v cty.Value) bool {
	raw, _ := v.Unmark()
	switch {
	case !raw.IsKnown():
		return false
	case isString(raw):
		return !unknown.HasHole(raw.AsString())
	case raw.IsNull() || !raw.CanIterateElements():
		return true
	}
	for it := raw.ElementIterator(); it.Next(); {
		if _, el := it.Element(); !e.settled(el) {
			return false
		}
	}
	return true
}

// evaluate computes the arguments; true means that the last one is to be spread but is not known.
func (c *call) evaluate(s *scope) (bool, *hcl.Diagnostic) {
	for i, a := range c.x.Args {
		v, f := c.e.eval(s, a)
		if f != nil {
			return false, f
		}
		if !c.x.ExpandFinal || i < len(c.x.Args)-1 {
			c.args = append(c.args, located(v, a.Range()))
			continue
		}
		raw, _ := v.Unmark()
		switch {
		case !raw.IsKnown():
			c.args = append(c.args, v)
			return true, nil
		case raw.IsNull() || !isSequence(raw.Type()):
			return false, fault(a.Range(), "Invalid expansion of an argument", "Only a list can be spread over arguments.")
		}
		for _, el := range elements(v) {
			c.args = append(c.args, el.value)
		}
	}
	return false, nil
}

// unknown is a result that only apply tells.
func (c *call) unknown(ty cty.Type) cty.Value {
	v := c.e.derived(ty, c.name, c.args...)
	if _, m := unknown.Unmark(v); len(m.Refs) == 0 {
		v = v.Mark(unknown.Ref{Symbol: unknown.Symbol{Ref: c.e.source(c.at)}})
	}
	return v
}

func (c *call) fault(detail string) (cty.Value, *hcl.Diagnostic) {
	return cty.DynamicVal, fault(c.at, "Error in function call", fmt.Sprintf("The call of %s fails: %s", c.name, detail))
}

// tooLarge is the result of a call that Terraform could make, and that keyproof does not: it is unknown, and no fault, so
// that try does not pass over it.
func (c *call) tooLarge(ty cty.Type, summary, detail string) (cty.Value, *hcl.Diagnostic) {
	c.e.refuse(c.at, summary, detail+" It is treated as unknown.")
	c.e.unsure++
	return c.unknown(ty), nil
}

func (c *call) wrongCount() (cty.Value, *hcl.Diagnostic) {
	return c.fault("the number of arguments is wrong.")
}

// try is the first argument that evaluates without a fault. One that reads something which may not be there may still
// turn out either way.
func (c *call) try() (cty.Value, *hcl.Diagnostic) {
	for i, a := range c.x.Args {
		before := c.e.unsure
		c.e.quiet++
		v, f := c.e.eval(c.s, a)
		c.e.quiet--
		if f != nil {
			continue
		}
		if i == len(c.x.Args)-1 || c.e.unsure == before {
			return v, nil
		}
		c.e.unsure = before // the arguments that follow stand in for it
		ch := choice{key: fmt.Sprint(a.Range(), c.s.inst.address()) + c.e.conditionKey(v) + "\x00try", condition: "can(" + c.e.source(a.Range()) + ")", waits: refNames(c.e.derived(cty.Bool, "can", v))}
		switch c.e.decide(ch) {
		case yes:
			return v, nil
		case undecided:
			return c.e.derived(cty.DynamicPseudoType, "try", v), nil
		}
	}
	return c.fault("no argument can be evaluated.")
}

func (c *call) can() (cty.Value, *hcl.Diagnostic) {
	if len(c.x.Args) != 1 {
		return c.wrongCount()
	}
	before := c.e.unsure
	c.e.quiet++
	v, f := c.e.eval(c.s, c.x.Args[0])
	c.e.quiet--
	if f == nil && c.e.unsure > before {
		c.e.unsure = before
		return c.e.derived(cty.Bool, "can", v), nil
	}
	return located(cty.BoolVal(f == nil), c.at), nil
}

// shallow are the functions that do not look at all of their arguments, so that a large one costs nothing.
var shallow = map[string]bool{"lookup": true, "element": true, "coalesce": true, "one": true, "index": true, "ephemeralasnull": true, "file": true}

// total are the functions that do not fail, whatever the unknown parts of their arguments turn out to be.
var total = map[string]bool{
	"abspath": true, "alltrue": true, "anytrue": true, "base64encode": true, "base64gzip": true, "base64sha256": true, "base64sha512": true,
	"basename": true, "chomp": true, "chunklist": true, "compact": true, "concat": true, "contains": true, "dirname": true, "distinct": true,
	"endswith": true, "ephemeralasnull": true, "flatten": true, "format": true, "formatlist": true, "indent": true, "issensitive": true,
	"join": true, "jsonencode": true, "keys": true, "length": true, "list": true, "lower": true, "md5": true, "merge": true, "nonsensitive": true,
	"replace": true, "reverse": true, "sensitive": true, "setintersection": true, "setproduct": true, "setsubtract": true, "setunion": true,
	"sha1": true, "sha256": true, "sha512": true, "sort": true, "split": true, "startswith": true, "strcontains": true, "strrev": true,
	"title": true, "tolist": true, "tomap": true, "toset": true, "tostring": true, "transpose": true, "trim": true, "trimprefix": true,
	"trimspace": true, "trimsuffix": true, "upper": true, "urlencode": true, "values": true, "yamlencode": true,
}

// guarded runs a function that would take tokens for text. Texts with tokens become unknown before it sees them.
func guarded(fn cf.Function) function {
	return func(c *call) (cty.Value, *hcl.Diagnostic) {
		args := make([]cty.Value, len(c.args))
		sensitive := false
		refs := map[unknown.Symbol]bool{}
		for i, a := range c.args {
			if isOpen(a) {
				return c.unknown(cty.DynamicPseudoType), nil
			}
			sensitive = c.e.gather(refs, a) || sensitive
			args[i] = c.e.plain(a)
			if p := parameter(fn, i); p != nil {
				arg, err := convert.Convert(args[i], p.Type)
				if err != nil {
					return c.fault(sentence(err))
				}
				args[i] = arg
			}
		}
		v, err := fn.Call(args)
		if err != nil {
			return c.fault(sentence(err))
		}
		if !v.IsKnown() || !withoutTokens(v).RawEquals(v) {
			return c.unknown(v.Type()), nil // no argument had a token, so what looks like one is none
		}
		if sensitive {
			v = secret(v)
		}
		return relocated(v, c.at), nil
	}
}

// parameter is parameter i of a function, nil if it has none.
func parameter(fn cf.Function, i int) *cf.Parameter {
	if ps := fn.Params(); i < len(ps) {
		return &ps[i]
	}
	return fn.VarParam()
}

// structural runs a function that moves values around without looking into them. Elements keep their marks.
func structural(fn cf.Function) function {
	return func(c *call) (cty.Value, *hcl.Diagnostic) {
		for _, a := range c.args {
			if isOpen(a) {
				return c.unknown(cty.DynamicPseudoType), nil
			}
		}
		v, err := fn.Call(c.args)
		if err != nil {
			return c.fault(sentence(err))
		}
		if raw, _ := v.Unmark(); !raw.IsKnown() {
			return c.unknown(raw.Type()), nil
		}
		return relocated(v, c.at), nil
	}
}

// plain is the value without marks; texts with tokens and lazy values are unknown.
func (e *evaluator) plain(v cty.Value) cty.Value {
	raw, _ := e.force(v, cty.DynamicPseudoType).UnmarkDeep()
	return withoutTokens(raw)
}

func withoutTokens(raw cty.Value) cty.Value {
	out, err := cty.Transform(raw, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if v.Type() == lazyType {
			return cty.DynamicVal, nil
		}
		if isString(v) && unknown.HasHole(v.AsString()) {
			return cty.UnknownVal(cty.String), nil
		}
		return v, nil
	})
	if err != nil {
		return cty.DynamicVal
	}
	return out
}

// impure is a function whose result is different each time.
func impure(ty cty.Type) function {
	return func(c *call) (cty.Value, *hcl.Diagnostic) {
		c.e.random++
		return unknownOf(ty, unknown.Symbol{Ref: c.e.source(c.at), Variant: c.e.random}), nil
	}
}

// str is argument i as a known string with its spans. The last result is false if it is unknown.
func (c *call) str(i int) (string, []unknown.Span, bool, *hcl.Diagnostic) {
	if i >= len(c.args) {
		_, f := c.wrongCount()
		return "", nil, false, f
	}
	v, err := convertTo(c.args[i], cty.String)
	if err != nil {
		_, f := c.fault(sentence(err))
		return "", nil, false, f
	}
	raw, _ := v.Unmark()
	if !raw.IsKnown() {
		return "", nil, false, nil
	}
	if raw.IsNull() {
		_, f := c.fault("an argument is null.")
		return "", nil, false, f
	}
	s, spans, _ := text(v)
	return s, spans, true, nil
}

// discreet is a fault of the call that does not quote a sensitive argument.
func (c *call) discreet(f *hcl.Diagnostic) *hcl.Diagnostic {
	if !c.secretArgs() {
		return f
	}
	out := *f
	out.Detail = fmt.Sprintf("The call of %s fails; an argument is sensitive, so what is wrong with it is not shown.", c.name)
	out.Extra = unknown.HiddenSource{}
	return &out
}

// tells says whether the result has yet to be marked, because it tells something of a sensitive argument.
func (c *call) tells(v cty.Value) bool {
	switch {
	case picking[c.name]:
		return slices.ContainsFunc(c.args[min(1, len(c.args)):], isSecret) && !isSecret(v)
	case carrying[c.name]:
		return false
	}
	return !holdsSecret(v) && c.secretArgs()
}

// picking are the functions that take a part of the first argument, which carries its marks, by what the others say.
var picking = map[string]bool{"chunklist": true, "element": true, "lookup": true, "slice": true}

// carrying are the functions whose results carry the marks of what is put into them, or tell nothing of it. The results of
// all others are sensitive where an argument is, as in Terraform.
var carrying = map[string]bool{
	"coalesce": true, "coalescelist": true, "compact": true, "concat": true, "distinct": true, "flatten": true, "format": true, "formatlist": true,
	"issensitive": true, "join": true, "jsondecode": true, "jsonencode": true, "keys": true, "length": true, "list": true, "merge": true,
	"nonsensitive": true, "one": true, "reverse": true, "templatefile": true, "templatestring": true, "tolist": true, "tomap": true, "toset": true,
	"values": true, "zipmap": true,
}

// holdsSecret says whether the value or a part of it is sensitive.
func holdsSecret(v cty.Value) bool {
	raw, _ := v.Unmark()
	if isSecret(v) || !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return isSecret(v)
	}
	for it := raw.ElementIterator(); it.Next(); {
		if _, el := it.Element(); holdsSecret(el) {
			return true
		}
	}
	return false
}

// secretArgs says whether an argument is sensitive in any part.
func (c *call) secretArgs() bool {
	refs := map[unknown.Symbol]bool{}
	out := false
	for _, a := range c.args {
		out = c.e.gather(refs, a) || out
	}
	return out
}
