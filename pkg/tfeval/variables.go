package tfeval

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Variable is the value of a variable in a module instance: what the caller gives, or the default.
func (e *Evaluator) Variable(i *Instance, name string, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	decl := i.Module.Variables[name]
	if decl == nil {
		return e.undeclared(i, "var."+name, at), nil
	}
	return e.once(memoKey{inst: i, kind: "var", name: "var." + name}, at, func() (cty.Value, *hcl.Diagnostic) {
		v := e.given(i, decl)
		if raw, _ := v.Unmark(); v == cty.NilVal || raw.IsKnown() && raw.IsNull() && decl.NonNull && decl.Fallback != nil {
			v = e.fallback(i, decl)
		}
		v = e.shape(decl, v)
		if i.parent == nil && e.plan != nil {
			v = e.plan.variable(e, decl, v)
		}
		if decl.NonNull {
			v = value.NotNull(v)
		}
		return value.SecretIf(decl.Sensitive, v), nil
	})
}

// variable is the value of a root variable. What the sources say about it tells where it is written, if they agree. The
// plan has what was given, before defaults took the place of what is null or missing.
func (k *PlanValues) variable(e *Evaluator, decl *tfsource.Variable, v cty.Value) cty.Value {
	given, ok := k.plan.Variables[decl.Name]
	if !ok {
		return v
	}
	raw, marks := given.Unmark()
	if !raw.IsKnown() {
		return value.UnknownOf(decl.Type, unknown.Symbol{Ref: "var." + decl.Name}).WithMarks(marks)
	}
	if raw.IsNull() && decl.NonNull && decl.Fallback != nil {
		return e.shape(decl, e.fallback(e.Root, decl)).WithMarks(marks)
	}
	given = named(given, "var."+decl.Name)
	if c, err := e.shaped(decl, given); err == nil {
		given = c
	}
	return agree(given, v, false)
}

// given is the value that comes from outside of the module, cty.NilVal if there is none.
func (e *Evaluator) given(i *Instance, decl *tfsource.Variable) cty.Value {
	var x hclsyntax.Expression
	var s *scope
	if i.parent == nil {
		x, s = e.Values[decl.Name], &scope{inst: i, only: true}
	} else if a := i.call.Body.Attributes[decl.Name]; a != nil {
		x, s = a.Expr, i.argScope()
	}
	if x == nil {
		return cty.NilVal
	}
	if l, ok := x.(*hclsyntax.LiteralValueExpr); ok && l.Val == cty.DynamicVal { // it could not be read
		return value.UnknownOf(decl.Type, unknown.Symbol{Ref: "var." + decl.Name, Sensitive: decl.Sensitive})
	}
	if i.parent == nil {
		e.Outside = decl.Name
		defer func() { e.Outside = "" }()
	}
	v, f := e.eval(s, x)
	if f != nil {
		e.Note(f)
		return value.UnknownOf(decl.Type, unknown.Symbol{Ref: "var." + decl.Name, Sensitive: decl.Sensitive})
	}
	if i.parent == nil && strings.HasPrefix(x.Range().Filename, "<") {
		// A value of the command line has no place in a file; the variable that takes it has.
		return replaced(v, decl.Block.DefRange())
	}
	return value.Located(v, x.Range())
}

// replaced says of all parts of a value that they were written at one place.
func replaced(v cty.Value, at hcl.Range) cty.Value {
	if raw, _ := v.Unmark(); raw.IsKnown() && !raw.IsNull() && raw.CanIterateElements() {
		v = value.Remade(v, func(_ string, el cty.Value) cty.Value { return replaced(el, at) })
	}
	return value.Relocated(v, at)
}

func (e *Evaluator) fallback(i *Instance, decl *tfsource.Variable) cty.Value {
	notGiven := value.UnknownOf(decl.Type, unknown.Symbol{Ref: "var." + decl.Name, Sensitive: decl.Sensitive})
	if decl.Fallback == nil || e.noDefaults && i.parent == nil {
		return notGiven
	}
	if decl.Sensitive {
		e.Outside = decl.Name
		defer func() { e.Outside = "" }()
	}
	return e.evalOr(&scope{inst: i, only: true}, decl.Fallback, notGiven)
}

// shape gives a value the type of the variable, with the defaults of optional attributes.
func (e *Evaluator) shape(decl *tfsource.Variable, v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	if raw.IsKnown() && raw.IsNull() {
		return cty.NullVal(decl.Type).WithMarks(marks)
	}
	if decl.Type == cty.DynamicPseudoType {
		return v
	}
	out, err := e.shaped(decl, e.Force(v, decl.Type))
	if err != nil { // objects of different types have the attributes in common that are known to exist
		out, err = e.shaped(decl, e.Force(v, cty.DynamicPseudoType))
	}
	if err != nil {
		at, _ := value.Origin(v)
		if e.Quiet == 0 {
			d := value.Fault(e.Place(at), "Invalid value for a variable", fmt.Sprintf("The value of var.%s does not fit its type: %s", decl.Name, tfsource.Sentence(err)))
			if decl.Sensitive || value.HoldsSecret(v) {
				d.Detail = fmt.Sprintf("The value of var.%s does not fit its type. It is sensitive, so the reason is not shown.", decl.Name)
				d.Extra = unknown.HiddenSource{}
			}
			e.AddNote(d)
		}
		return value.UnknownOf(decl.Type, unknown.Symbol{Ref: "var." + decl.Name, Sensitive: decl.Sensitive})
	}
	at, _ := value.Origin(v)
	return e.bounded(out, at)
}

// shaped gives a value that is not null the type of the variable; attributes that it lacks have their defaults.
func (e *Evaluator) shaped(decl *tfsource.Variable, v cty.Value) (cty.Value, error) {
	v = e.Completed(v, decl.Type)
	if raw, _ := v.Unmark(); decl.Optional != nil && raw.IsKnown() && !raw.IsNull() {
		v = e.defaulted(decl, decl.Optional.Apply(v))
	}
	return value.ConvertTo(v, decl.Type)
}

// defaulted says of the texts that come from defaults of optional attributes where these are written.
func (e *Evaluator) defaulted(decl *tfsource.Variable, v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	switch {
	case value.IsString(raw) && len(marks) == 0:
		if at, ok := e.literalIn(decl.TypeRange, raw.AsString()); ok {
			return value.Located(v, at)
		}
		return value.Located(v, decl.TypeRange)
	case !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() || raw.Type().IsSetType():
		return v
	case raw.Type().IsObjectType():
		vals := map[string]cty.Value{}
		for name, el := range raw.AsValueMap() {
			vals[name] = e.defaulted(decl, el)
		}
		return value.Object(vals).WithMarks(marks)
	}
	return v
}

// literalIn is where a quoted text is written in a range, if that is one place.
func (e *Evaluator) literalIn(at hcl.Range, text string) (hcl.Range, bool) {
	src, quoted := string(e.SourceText(at)), strconv.Quote(text)
	i := strings.Index(src, quoted)
	if i < 0 || i != strings.LastIndex(src, quoted) {
		return hcl.Range{}, false
	}
	at.Start.Byte += i
	at.End.Byte = at.Start.Byte + len(quoted)
	return at, true
}
