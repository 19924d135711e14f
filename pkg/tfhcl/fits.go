package tfhcl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

// difference says how sources differ from a plan, and where; the zero range is nowhere.
type difference struct {
	text string
	at   hcl.Range
}

// fits compares what the configuration of a plan tells with the sources: which resources, module calls and arguments there
// are, constants, and what expressions refer to.
type fits struct {
	// address is that of the module.
	address string
	wrong   []difference
}

func (f *fits) differs(at hcl.Range, format string, args ...any) {
	f.wrong = append(f.wrong, difference{fmt.Sprintf(format, args...), at})
}

// name is how messages call something in the module.
func (f *fits) name(key string) string { return tf.Joined(f.address, key) }

func (f *fits) module(planned *tf.ModuleConfig, written *tfsource.Module) {
	if written.Broken {
		return // what is missing may be in what could not be read
	}
	f.resources(planned, written)
	for _, name := range slices.Sorted(maps.Keys(planned.Calls)) {
		call, there := planned.Calls[name], written.Calls[name]
		if there == nil {
			f.differs(hcl.Range{}, "The plan has the module %s, which the sources do not call.", f.name("module."+name))
			continue
		}
		f.call(name, call, there)
	}
	for _, name := range slices.Sorted(maps.Keys(written.Calls)) {
		if planned.Calls[name] == nil {
			f.differs(written.Calls[name].Block.DefRange(), "The sources call the module %s, which the plan was made without.", f.name("module."+name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(planned.Variables)) {
		if f.address == "" {
			break // of the root module the plan tells the values
		}
		def, v := planned.Variables[name], written.Variables[name]
		if def == cty.NilVal || v == nil || v.Fallback == nil {
			continue
		}
		if now, diags := v.Fallback.Value(nil); !diags.HasErrors() && isPrimitive(now) && !sameConstant(constantOf(def), now) {
			f.differs(v.Fallback.Range(), "The default of var.%s is another one in the plan.", name)
		}
	}
}

func (f *fits) resources(planned *tf.ModuleConfig, written *tfsource.Module) {
	for _, key := range slices.Sorted(maps.Keys(planned.Resources)) {
		if decl := written.Resources[key]; decl != nil {
			f.resource(key, planned.Resources[key], decl)
		} else if !strings.HasPrefix(key, "data.") { // data sources may be in check blocks
			f.differs(hcl.Range{}, "The plan was made of %s, which the sources do not declare.", f.name(key))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(planned.Others)) {
		if managed := !strings.HasPrefix(key, "data.") && !strings.HasPrefix(key, "ephemeral."); managed && written.Resources[key] == nil {
			f.differs(hcl.Range{}, "The plan was made of %s, which the sources do not declare.", f.name(key))
		}
	}
	for _, decl := range written.Order {
		_, other := planned.Others[decl.Key()]
		if planned.Resources[decl.Key()] == nil && !other {
			f.differs(decl.Block.DefRange(), "The sources declare %s, which the plan was made without.", f.name(decl.Key()))
		}
	}
}

func (f *fits) resource(key string, planned *tf.Config, decl *tfsource.Resource) {
	f.repetition(f.name(key), planned.Count, planned.ForEach, decl.Body)
	f.body(f.name(key), planned, decl.Body)
}

func (f *fits) call(name string, planned *tf.ModuleCall, written *tfsource.ModuleCall) {
	name = f.name("module." + name)
	f.repetition(name, planned.Count, planned.ForEach, written.Body)
	source := written.Body.Attributes["source"]
	if now := tfsource.LiteralString(source); strings.HasPrefix(planned.Source, ".") && strings.HasPrefix(now, ".") && strings.Trim(now, "/") != strings.Trim(planned.Source, "/") {
		f.differs(source.Expr.Range(), "The plan took %s from %s.", name, planned.Source)
	}
	for _, arg := range slices.Sorted(maps.Keys(planned.Args)) {
		if a := written.Body.Attributes[arg]; a != nil {
			f.expression(name+"."+arg, planned.Args[arg], a.Expr)
		} else {
			f.differs(written.Block.DefRange(), "The plan gave %s the argument %s, which the sources do not write.", name, arg)
		}
	}
	if planned.Module != nil && written.Module != nil {
		inner := fits{address: name}
		inner.module(planned.Module, written.Module)
		f.wrong = append(f.wrong, inner.wrong...)
	}
}

// repetition compares count and for_each.
func (f *fits) repetition(name string, count, forEach *tf.Expr, body *hclsyntax.Body) {
	for i, arg := range []string{"count", "for_each"} {
		planned, a := []*tf.Expr{count, forEach}[i], body.Attributes[arg]
		switch {
		case planned == nil && a == nil:
		case planned == nil:
			// Of an expression of which it can tell nothing, such as toset(["a"]), the plan does not tell that it is there.
			if x := tfeval.ConfigExpr(a.Expr); x.Constant == cty.NilVal && len(x.References) == 0 {
				continue
			}
			f.differs(a.Expr.Range(), "The sources give %s a %s, which the plan was made without.", name, arg)
		case a == nil:
			f.differs(body.SrcRange, "The plan was made of a %s with %s, which the sources do not write.", name, arg)
		default:
			f.expression(name+"."+arg, *planned, a.Expr)
		}
	}
}

// body compares the arguments and nested blocks of a block.
func (f *fits) body(name string, planned *tf.Config, body *hclsyntax.Body) {
	for _, arg := range slices.Sorted(maps.Keys(planned.Attrs)) {
		a := body.Attributes[arg]
		switch {
		case a != nil:
			f.expression(name+"."+arg, planned.Attrs[arg], a.Expr)
		case !tfeval.MetaArguments[arg] && !hasBlock(body, arg):
			f.differs(body.SrcRange, "The plan was made of a %s with the argument %s, which the sources do not write.", name, arg)
		}
	}
	for _, a := range tfsource.SortedAttributes(body) {
		if _, ok := planned.Attrs[a.Name]; !ok && !tfeval.MetaArguments[a.Name] && len(planned.Attrs) > 0 && planned.Blocks[a.Name] == nil {
			f.differs(a.Expr.Range(), "The sources write the argument %s of %s, which the plan was made without.", a.Name, name)
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(planned.Blocks)) {
		f.blocks(name+"."+typ, planned.Blocks[typ], typ, body)
	}
}

// blocks compares nested blocks. The plan tells of no dynamic ones, and provisioners belong to nobody's policy.
func (f *fits) blocks(name string, planned []tf.Config, typ string, body *hclsyntax.Body) {
	if typ == "provisioner" || body.Attributes[typ] != nil {
		return
	}
	var written []*hclsyntax.Block
	for _, b := range body.Blocks {
		if b.Type == typ {
			written = append(written, b)
		}
	}
	if len(written) != len(planned) {
		f.differs(body.SrcRange, "The plan was made of %d blocks %s, the sources write %d.", len(planned), name, len(written))
		return
	}
	for i := range planned {
		f.body(fmt.Sprintf("%s[%d]", name, i), &planned[i], written[i].Body)
	}
}

// expression compares a constant with a constant, and references with references. Of sources in JSON syntax the plan has
// the text of templates.
func (f *fits) expression(name string, planned tf.Expr, x hclsyntax.Expression) {
	now := tfeval.ConfigExpr(x)
	was, is := constantOf(planned.Constant), constantOf(now.Constant)
	switch {
	case isTemplate(was):
	case was != cty.NilVal && is != cty.NilVal:
		if !sameConstant(was, is) {
			f.differs(x.Range(), "%s has another constant in the plan.", name)
		}
	case was != cty.NilVal && !was.IsNull():
		f.differs(x.Range(), "%s is a constant in the plan.", name)
	case is != cty.NilVal && !is.IsNull() && (len(planned.References) > 0 || planned.Template != ""):
		f.differs(x.Range(), "%s is no constant in the plan: it refers to %s.", name, listed(subjects(planned.References)))
	case is == cty.NilVal:
		if want, got := slices.Sorted(slices.Values(tf.Longest(planned.References))), slices.Sorted(slices.Values(tf.Longest(now.References))); !slices.Equal(want, got) {
			f.differs(x.Range(), "In the plan %s refers to %s, in the sources to %s.", name, listed(want), listed(got))
		}
	}
}

func constantOf(v cty.Value) cty.Value {
	if v == cty.NilVal {
		return v
	}
	v, _ = v.UnmarkDeep()
	return v
}

func isTemplate(v cty.Value) bool {
	return v != cty.NilVal && v.Type() == cty.String && v.IsKnown() && !v.IsNull() && (strings.Contains(v.AsString(), "${") || strings.Contains(v.AsString(), "%{"))
}

func isPrimitive(v cty.Value) bool { return v.Type().IsPrimitiveType() && v.IsKnown() && !v.IsNull() }

// sameConstant compares values by what they say: 30 is 30.0, "30" and 30 are the same argument, a tuple is a list.
func sameConstant(a, b cty.Value) bool {
	switch {
	case a.IsNull() || b.IsNull():
		return a.IsNull() == b.IsNull()
	case !a.IsKnown() || !b.IsKnown():
		return true
	case a.Type().IsPrimitiveType() && b.Type().IsPrimitiveType():
		return sameText(a, b)
	case a.Type().IsPrimitiveType() || b.Type().IsPrimitiveType() || a.LengthInt() != b.LengthInt():
		return false
	}
	isMap := func(v cty.Value) bool { return v.Type().IsObjectType() || v.Type().IsMapType() }
	if isMap(a) != isMap(b) {
		return false
	}
	if isMap(a) {
		other := b.AsValueMap()
		for name, v := range a.AsValueMap() {
			if o, ok := other[name]; !ok || !sameConstant(v, o) {
				return false
			}
		}
		return true
	}
	return slices.EqualFunc(a.AsValueSlice(), b.AsValueSlice(), sameConstant)
}

func sameText(a, b cty.Value) bool {
	if a.Type() == b.Type() {
		return a.Equals(b).True()
	}
	x, errA := convert.Convert(a, cty.String)
	y, errB := convert.Convert(b, cty.String)
	return errA == nil && errB == nil && x.AsString() == y.AsString()
}

// subjects are the things that references name, without attributes and keys, each once.
func subjects(refs []string) []string {
	var out []string
	for _, r := range refs {
		parts := strings.FieldsFunc(r, func(c rune) bool { return c == '.' || c == '[' })
		n := 2
		if len(parts) > 0 && parts[0] == "data" {
			n = 3
		}
		out = append(out, strings.Join(parts[:min(n, len(parts))], "."))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func hasBlock(body *hclsyntax.Body, name string) bool {
	return slices.ContainsFunc(body.Blocks, func(b *hclsyntax.Block) bool { return tfsource.BlockType(b) == name })
}

func listed(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
