package tfplan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// render writes a plan as text: everything that is read from it, in a fixed order.
func render(p *tf.Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "terraform %q, timestamp %q, errored %v, incomplete %v, deferred %d\n", p.TerraformVersion, p.Timestamp, p.Errored, p.Incomplete, p.Deferred)
	for _, a := range sorted(p.Accounts) {
		fmt.Fprintf(&b, "account %s from %s\n", a, p.Accounts[a])
	}
	for _, n := range sorted(p.Variables) {
		fmt.Fprintf(&b, "variable %s = %s\n", n, show(p.Variables[n]))
	}
	for _, list := range []struct {
		title     string
		resources []*tf.Resource
	}{{"resource", p.Resources}, {"read", p.Read}, {"gone", p.Gone}} {
		for _, r := range list.resources {
			renderResource(&b, list.title, r)
		}
	}
	if p.Root != nil {
		b.WriteString("\nconfiguration\n")
		renderModule(&b, "  ", p.Root)
	}
	return b.String()
}

func renderResource(b *strings.Builder, title string, r *tf.Resource) {
	fmt.Fprintf(b, "\n%s %s\n", title, r.Address)
	fmt.Fprintf(b, "  %s %s.%s", r.Mode, r.Type, r.Name)
	if r.Module != "" {
		fmt.Fprintf(b, " in %s", r.Module)
	}
	if r.Index != cty.NilVal {
		fmt.Fprintf(b, " index %s", show(r.Index))
	}
	if r.Action != "" {
		fmt.Fprintf(b, ", %s", r.Action)
	}
	if r.Previous != "" {
		fmt.Fprintf(b, ", was %s", r.Previous)
	}
	fmt.Fprintf(b, ", provider %q, configured %v\n", r.Provider, r.Config != nil)
	switch {
	case r.Before == cty.NilVal:
	case r.After != cty.NilVal && r.Before.RawEquals(r.After):
		b.WriteString("  before is after\n")
	default:
		renderObject(b, "before", r.Before)
	}
	if r.After != cty.NilVal {
		renderObject(b, "after", r.After)
	}
}

func renderObject(b *strings.Builder, title string, v cty.Value) {
	bare, marks := v.Unmark()
	if len(marks) > 0 || !bare.IsKnown() || bare.IsNull() || !bare.Type().IsObjectType() {
		fmt.Fprintf(b, "  %s = %s\n", title, show(v))
		return
	}
	for _, n := range sorted(bare.Type().AttributeTypes()) {
		fmt.Fprintf(b, "  %s %s = %s\n", title, n, show(bare.GetAttr(n)))
	}
}

func renderModule(b *strings.Builder, indent string, m *tf.ModuleConfig) {
	for _, n := range sorted(m.Variables) {
		fmt.Fprintf(b, "%svariable %s", indent, n)
		if d := m.Variables[n]; d != cty.NilVal {
			fmt.Fprintf(b, " default %s", show(d))
		}
		b.WriteByte('\n')
	}
	for _, n := range sorted(m.Outputs) {
		fmt.Fprintf(b, "%soutput %s = %s\n", indent, n, showExpr(m.Outputs[n]))
	}
	for _, n := range sorted(m.Resources) {
		fmt.Fprintf(b, "%s%s provider %q\n", indent, n, m.Resources[n].Provider)
		renderConfig(b, indent+"  ", m.Resources[n])
	}
	for _, n := range sorted(m.Calls) {
		c := m.Calls[n]
		fmt.Fprintf(b, "%smodule %s from %q\n", indent, n, c.Source)
		renderConfig(b, indent+"  ", &tf.Config{Attrs: c.Args, Count: c.Count, ForEach: c.ForEach})
		if c.Module != nil {
			renderModule(b, indent+"  ", c.Module)
		}
	}
}

func renderConfig(b *strings.Builder, indent string, c *tf.Config) {
	if c.Count != nil {
		fmt.Fprintf(b, "%scount = %s\n", indent, showExpr(*c.Count))
	}
	if c.ForEach != nil {
		fmt.Fprintf(b, "%sfor_each = %s\n", indent, showExpr(*c.ForEach))
	}
	for _, n := range sorted(c.Attrs) {
		fmt.Fprintf(b, "%s%s = %s\n", indent, n, showExpr(c.Attrs[n]))
	}
	for _, n := range sorted(c.Blocks) {
		if len(c.Blocks[n]) == 0 {
			fmt.Fprintf(b, "%s%s: no blocks\n", indent, n)
		}
		for i := range c.Blocks[n] {
			fmt.Fprintf(b, "%s%s {\n", indent, n)
			renderConfig(b, indent+"  ", &c.Blocks[n][i])
			fmt.Fprintf(b, "%s}\n", indent)
		}
	}
}

func showExpr(e tf.Expr) string {
	var parts []string
	if e.Constant != cty.NilVal {
		parts = append(parts, show(e.Constant))
	}
	if e.Template != "" {
		parts = append(parts, fmt.Sprintf("template %q", e.Template))
	}
	if len(e.References) > 0 {
		parts = append(parts, "references "+strings.Join(e.References, ", "))
	}
	if len(parts) == 0 {
		return "nothing told"
	}
	return strings.Join(parts, "; ")
}

// show writes a value; what is sensitive or unknown in front.
func show(v cty.Value) string {
	v, marks := v.Unmark()
	if _, ok := marks[unknown.Sensitive]; ok {
		return "sensitive(" + show(v) + ")"
	}
	switch t := v.Type(); {
	case !v.IsKnown():
		return "unknown"
	case v.IsNull():
		return "null"
	case t == cty.String:
		return fmt.Sprintf("%q", v.AsString())
	case t == cty.Number:
		return v.AsBigFloat().Text('g', -1)
	case t == cty.Bool:
		return fmt.Sprint(v.True())
	case t.IsObjectType():
		var parts []string
		for _, n := range sorted(t.AttributeTypes()) {
			parts = append(parts, n+": "+show(v.GetAttr(n)))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case t.IsTupleType():
		var parts []string
		for _, e := range v.AsValueSlice() {
			parts = append(parts, show(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprintf("%#v", v)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
