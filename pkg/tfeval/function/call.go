// Package function has Terraform's functions. Three kinds: those that keep structure and marks, those that put strings
// together around tokens, and guarded ones, for which a token is an unknown value.
//
// It is no API: it may change in any version.
package function

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	cf "github.com/zclconf/go-cty/cty/function"
)

// function is one of Terraform's functions. Its arguments carry marks and may be unknown. What fails is kept in the call, and the
// result means nothing then.
type function func(c *call) cty.Value

// Env is what functions ask of the evaluation around them.
type Env interface {
	// Decide returns the outcome of an unknown condition.
	Decide(value.Choice) value.Outcome
	// Template evaluates a template that sees nothing but vars.
	Template(x hclsyntax.Expression, vars map[string]cty.Value) (cty.Value, *hcl.Diagnostic)
	// PlanTime is when the plan was made, "" where that is not known.
	PlanTime() string
}

// Library are Terraform's functions, with what they remember during one run.
type Library struct {
	e      *value.Run
	env    Env
	funcs  map[string]function
	texts  map[string]cty.Value // contents of files by name, so that each is in memory once
	random int                  // how many results of functions like uuid there are
}

// call is a call of a function while it runs.
type call struct {
	e    *value.Run
	lib  *Library
	name string
	at   hcl.Range
	args []cty.Value
	// failed is what Terraform would refuse the call for, nil where it would not.
	failed *hcl.Diagnostic
	// certain says that the unknown parts of the arguments decide nothing, not even whether the call fails.
	certain bool
}

// Call calls a function by its name. spread says that the last argument stands for any number of arguments.
func (l *Library) Call(name string, nameAt, at hcl.Range, args []cty.Value, spread bool) (cty.Value, *hcl.Diagnostic) {
	c := &call{e: l.e, lib: l, name: name, at: at, args: args}
	fn := l.funcs[name]
	switch {
	case fn == nil && strings.Contains(name, "::"):
		l.e.Warn(nameAt, "Provider function", fmt.Sprintf("The function %s is part of a provider, which is not run. Its result is treated as unknown.", name))
		l.e.Unsure++
		return c.unknown(cty.DynamicPseudoType), nil
	case fn == nil:
		l.e.Unsure++
		l.e.Warn(nameAt, "Unknown function", fmt.Sprintf("There is no function %s; its result is treated as unknown.", name))
		return c.unknown(cty.DynamicPseudoType), nil
	case spread:
		l.e.Unsure++
		return c.unknown(cty.DynamicPseudoType), nil
	}
	work := 0
	for _, a := range args {
		if shallow[name] {
			break
		}
		if work += value.Size(a, value.MaxValues-work); work > value.MaxValues {
			l.e.Refuse(nameAt, "Value is too large", fmt.Sprintf("The function %s is given more than %d elements; its result is treated as unknown.", name, value.MaxValues))
			return c.unread(), nil
		}
	}
	if slices.ContainsFunc(args, func(a cty.Value) bool { return a.Type().IsSetType() }) {
		work *= walks // which are put into order each time
	}
	if !l.e.Step(walks * work) {
		return c.unknown(cty.DynamicPseudoType), nil
	}
	unsure := c.mayFail()
	v := fn(c)
	if unsure && !c.certain {
		l.e.Unsure++
	}
	if c.failed != nil {
		return cty.DynamicVal, c.discreet(c.failed)
	}
	if value.TooLong(v) {
		return c.tooLarge(v.Type(), "Number is too long", "A number has more digits than keyproof writes down."), nil
	}
	v = value.SecretIf(c.tells(v), v)
	if !shallow[name] {
		l.e.Step(value.Size(v, value.MaxValues))
	}
	return value.Located(v, at), nil
}

// mayFail says whether what is not known of the arguments may make the call fail: by its value, its type, or because it is null.
func (c *call) mayFail() bool {
	switch {
	case never[c.name]:
		return false
	case whole[c.name]:
		return slices.ContainsFunc(c.args, func(a cty.Value) bool { return !value.Fits(a, cty.NilType) })
	case (c.name == "format" || c.name == "formatlist") && len(c.args) > 0:
		s, _, known := value.Text(c.args[0])
		if verbs := verb().FindAllString(s, -1); !known || unknown.HasHole(s) || slices.ContainsFunc(verbs, func(v string) bool { return v != "%s" && v != "%v" && v != "%%" }) {
			break
		}
		return slices.ContainsFunc(c.args, func(a cty.Value) bool { return !value.FitsDeep(a) || c.name == "formatlist" && value.IsOpen(a) })
	case c.name == "tostring" && len(c.args) == 1: // of null it is null
		return !c.args[0].Type().IsPrimitiveType()
	case total[c.name]:
		return slices.ContainsFunc(c.args, func(a cty.Value) bool { return !value.FitsDeep(a) })
	}
	return slices.ContainsFunc(c.args, func(a cty.Value) bool { return value.IsOpen(a) || !a.IsKnown() || !shallow[c.name] && !settled(a) })
}

// walks is about how often a function goes through its arguments.
const walks = 3

// settled says that nothing in the value is unknown, lazy values aside.
func settled(v cty.Value) bool {
	return !value.Holds(v, func(v cty.Value) bool {
		raw, _ := v.Unmark()
		return !raw.IsKnown() || value.IsString(raw) && unknown.HasHole(raw.AsString())
	})
}

// unknown is a result that only apply tells.
func (c *call) unknown(ty cty.Type) cty.Value {
	v := c.e.Derived(ty, c.name, c.args...)
	if _, m := unknown.Unmark(v); len(m.Refs) == 0 {
		v = v.Mark(unknown.Ref{Symbol: unknown.Symbol{Ref: c.e.Source(c.at)}})
	}
	if ty == cty.Bool || ty == cty.Number {
		v = value.NotNull(v)
	}
	return v
}

// unread is the result of a call whose arguments are too large to look at more than once.
func (c *call) unread() cty.Value {
	v := value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: c.e.Source(c.at)})
	return value.SecretIf(slices.ContainsFunc(c.args, value.HoldsSecret), v)
}

// fails makes the call fail, unless it has failed before.
func (c *call) fails(f *hcl.Diagnostic) cty.Value {
	c.failed = cmp.Or(c.failed, f)
	return cty.DynamicVal
}

func (c *call) fault(detail string) cty.Value {
	return c.fails(value.Fault(c.at, "Error in function call", fmt.Sprintf("The call of %s fails: %s", c.name, detail)))
}

// put appends a value to a text.
func (c *call) put(b *value.Builder, v cty.Value) { c.fails(b.Value(v, value.FirstRange(v, c.at))) }

// tooLarge is the result of a call that Terraform could make, and that keyproof does not: it is unknown, and no fault, so
// that try does not pass over it.
func (c *call) tooLarge(ty cty.Type, summary, detail string) cty.Value {
	c.e.Refuse(c.at, summary, detail+" It is treated as unknown.")
	c.e.Unsure++
	return c.unknown(ty)
}

func (c *call) wrongCount() cty.Value { return c.fault("the number of arguments is wrong.") }

// taking is a function of so many arguments.
func taking(n int, fn function) function {
	return func(c *call) cty.Value {
		if len(c.args) != n {
			return c.wrongCount()
		}
		return fn(c)
	}
}

// shallow are the functions that do not look at all of their arguments, so that a large one costs nothing.
var shallow = map[string]bool{"lookup": true, "element": true, "coalesce": true, "one": true, "index": true, "file": true}

// never are the functions that do not fail, whatever their arguments are; whole those that fail by no part of an argument that is a
// collection; total those that fail by no value of the right types that is not null.
var (
	never = map[string]bool{"issensitive": true, "jsonencode": true, "list": true, "nonsensitive": true, "sensitive": true}
	whole = map[string]bool{"concat": true, "contains": true, "flatten": true, "keys": true, "length": true, "merge": true, "reverse": true, "values": true}
	total = map[string]bool{
		"abspath": true, "base64encode": true, "base64gzip": true, "base64sha256": true, "base64sha512": true, "basename": true, "chomp": true,
		"compact": true, "dirname": true, "distinct": true, "endswith": true, "join": true, "lower": true, "md5": true, "replace": true,
		"setintersection": true, "setproduct": true, "setsubtract": true, "setunion": true, "sha1": true, "sha256": true, "sha512": true, "sort": true,
		"split": true, "startswith": true, "strcontains": true, "strrev": true, "title": true, "tolist": true, "tomap": true, "toset": true,
		"tostring": true, "trim": true, "trimprefix": true, "trimspace": true, "trimsuffix": true, "upper": true, "urlencode": true, "yamlencode": true,
	}
)

// guarded runs a function that would take tokens for text. Texts with tokens become unknown before it sees them.
func guarded(fn cf.Function) function {
	return func(c *call) cty.Value {
		args := make([]cty.Value, len(c.args))
		sensitive := false
		refs := map[unknown.Symbol]bool{}
		for i, a := range c.args {
			if value.IsOpen(a) {
				return c.unknown(cty.DynamicPseudoType)
			}
			sensitive = c.e.Gather(refs, a) || sensitive
			args[i] = c.e.Plain(a)
			if p := parameter(fn, i); p != nil {
				arg, err := convert.Convert(args[i], p.Type)
				if err != nil {
					return c.fault(tfsource.Sentence(err))
				}
				args[i] = arg
			}
		}
		v, err := fn.Call(args)
		if err != nil {
			return c.fault(tfsource.Sentence(err))
		}
		if !v.IsKnown() || !value.WithoutTokens(v).RawEquals(v) {
			return c.unknown(v.Type()) // no argument had a token, so what looks like one is none
		}
		v = value.SecretIf(sensitive, v)
		return value.Relocated(v, c.at)
	}
}

// parameter is parameter i of a function, nil if it has none.
func parameter(fn cf.Function, i int) *cf.Parameter {
	if ps := fn.Params(); i < len(ps) {
		return &ps[i]
	}
	return fn.VarParam()
}

// impure is a function whose result is different each time.
func impure(c *call) cty.Value {
	c.lib.random++
	return value.UnknownOf(cty.String, unknown.Symbol{Ref: c.e.Source(c.at), Variant: c.lib.random})
}

// str is argument i as a known string with its spans. The last result is false if it is unknown, or the call fails.
func (c *call) str(i int) (string, []unknown.Span, bool) {
	v, err := value.ConvertTo(c.args[i], cty.String)
	if err != nil {
		c.fault(tfsource.Sentence(err))
		return "", nil, false
	}
	raw, _ := v.Unmark()
	switch {
	case !raw.IsKnown():
		s, ok := c.e.Spell(v)
		return s, nil, ok
	case raw.IsNull():
		c.fault("an argument is null.")
	}
	return value.Text(v)
}

// literal is argument i as a text of which all is known, false where it is not.
func (c *call) literal(i int) (string, bool) {
	s, _, known := c.str(i)
	return s, known && !unknown.HasHole(s)
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
		return slices.ContainsFunc(c.args[min(1, len(c.args)):], value.IsSecret) && !value.IsSecret(v)
	case carrying[c.name]:
		return false
	}
	return !value.HoldsSecret(v) && c.secretArgs()
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

// secretArgs says whether an argument is sensitive in any part.
func (c *call) secretArgs() bool { return slices.ContainsFunc(c.args, value.HoldsSecret) }

// number is argument i as a whole number, false if it is not known or none.
func (c *call) number(i int) (int, bool) {
	raw, _ := c.args[i].Unmark()
	n, err := convert.Convert(raw, cty.Number)
	if err != nil || !n.IsKnown() || n.IsNull() {
		return 0, false
	}
	v, _ := n.AsBigFloat().Int64()
	return int(v), true
}
