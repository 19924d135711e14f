package tfhcl

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Plan evaluates the sources alone. Resources have no Action and no Before; After holds the arguments that are written
// and not null. A resource whose instances are not known is one instance with an unknown Index and ["*"] in its address.
//
// Where it matters whether Terraform or OpenTofu reads the sources, what an argument may be is what it is for either.
func (c *Config) Plan(ctx context.Context) (*tf.Plan, hcl.Diagnostics) {
	plan, diags := c.plan(ctx)
	if c.other == nil {
		return plan, diags
	}
	other, more := c.other.plan(ctx)
	bothTools(plan, other)
	return plan, append(append(diags, more...), &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Terraform and OpenTofu read different files",
		Detail: "There are .tofu files, which OpenTofu alone reads, beside .tf files. Which of the two tools is used is not known, so both readings are judged."})
}

func (c *Config) plan(ctx context.Context) (*tf.Plan, hcl.Diagnostics) {
	e := tfeval.New(ctx, c.src, tfeval.Options{Budget: c.opts.Budget, WantText: c.opts.WantText})
	defaults := c.defaults()
	e.ByDefault = len(defaults) > 0
	plan := &tf.Plan{Variables: map[string]cty.Value{}}
	for _, name := range slices.Sorted(maps.Keys(c.src.Root.Variables)) {
		e.Begin()
		v, _ := e.Variable(e.Root, name, c.src.Root.Variables[name].Block.DefRange())
		plan.Variables[name] = e.Outward(v)
	}
	plan.Providers = e.ProviderConfigs()
	e.EachInstance(e.Root, func(i *tfeval.Instance) {
		for _, r := range i.Module.Order {
			if !c.opts.Want(r.Mode, r.Type) {
				continue
			}
			e.Begin()
			for _, ri := range e.Instances(i, r).List {
				plan.Resources = append(plan.Resources, e.Describe(ri))
			}
		}
	})
	c.allTags(plan)
	if len(defaults) > 0 {
		c.assumeDefaults(ctx, plan, defaults)
	}
	return plan, c.src.Take()
}

// defaults are the variables of a module that others call that have their defaults, in place of what callers give.
func (c *Config) defaults() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(c.src.Root.Variables)) {
		if v := c.src.Root.Variables[name]; v.Fallback != nil && c.src.Values[name] == nil {
			out = append(out, name)
		}
	}
	if len(out) == 0 || !c.src.IsModule() {
		return nil
	}
	return out
}

// assumeDefaults says which arguments rest on the defaults of variables, and what they are without. What Terraform refuses without
// them, too, is noted.
func (c *Config) assumeDefaults(ctx context.Context, plan *tf.Plan, defaults []string) {
	own := c.src.Fork() // what is noted is noted already
	e := tfeval.New(ctx, own, tfeval.Options{Budget: c.opts.Budget, WantText: c.opts.WantText, NoDefaults: true})
	for _, r := range plan.Resources {
		e.Begin()
		addr, err := tf.ParseAddress(r.Address)
		if err != nil || !e.Step(1) {
			continue
		}
		inst, _ := e.Locate(addr)
		if inst == nil {
			continue
		}
		decl := inst.Module.Resources[addr.ConfigKey()]
		if decl == nil {
			continue
		}
		if ri := e.InstanceOf(inst, decl, addr.Key); ri != nil {
			c.compareDefaults(r, e.SourceOf(ri, nil), defaults)
		}
	}
	for _, d := range e.Told {
		c.src.AddNote(d)
	}
}

// compareDefaults takes over how the arguments of a resource are without defaults where that is different.
func (c *Config) compareDefaults(r *tf.Resource, without *tf.Source, defaults []string) {
	c.settingsByDefault(r.Source, without, defaults)
	for path, a := range r.Source.Attrs {
		sure := without.Attrs[path]
		if sure == nil || sameTexts(a.Texts, sure.Texts) && a.MayBeNull == sure.MayBeNull {
			continue
		}
		if a.Refused && !sure.Refused { // callers give something else than the defaults
			*a = *sure
			continue
		}
		a.Sure = sure
		for _, name := range defaults {
			if !waitsFor(sure, "var."+name) {
				continue
			}
			a.Assumed = append(a.Assumed, "var."+name+" is taken for its default, which callers of the module may change")
			a.AssumesEmpty = a.AssumesEmpty || emptyDefault(c.src.Root.Variables[name])
		}
		if a.Assumed == nil {
			a.Assumed = []string{"the variables of the module are taken for their defaults, which its callers may change"}
		}
	}
}

// settingsByDefault notes the arguments that are known, and no texts, through defaults alone.
func (c *Config) settingsByDefault(with, without *tf.Source, defaults []string) {
	for path, sure := range without.Attrs {
		a := with.Attrs[path]
		if len(sure.Unknown) == 0 || len(sure.Texts) > 0 || a != nil && len(a.Texts)+len(a.Unknown) > 0 {
			continue
		}
		var names []string
		for _, name := range defaults {
			if waitsFor(sure, "var."+name) {
				names = append(names, "var."+name)
			}
		}
		if names == nil {
			continue
		}
		if with.ByDefault == nil {
			with.ByDefault = map[string]tf.ByDefault{}
		}
		with.ByDefault[path] = tf.ByDefault{Variables: names, Empty: a == nil}
	}
}

// waitsFor says whether the argument depends on something that is not known.
func waitsFor(a *tf.SourceAttr, ref string) bool {
	is := func(u unknown.Symbol) bool {
		return slices.ContainsFunc(u.Refs(), func(r string) bool { return r == ref || strings.HasPrefix(r, ref+".") || strings.HasPrefix(r, ref+"[") })
	}
	return slices.ContainsFunc(a.Unknown, is) || slices.ContainsFunc(a.Texts, func(t unknown.Text) bool {
		return slices.ContainsFunc(t.Holes, is) || slices.Contains(t.DependsOn, ref)
	})
}

// emptyDefault says whether the default of a variable is null, or holds nothing.
func emptyDefault(v *tfsource.Variable) bool {
	is, diags := v.Fallback.Value(nil)
	return !diags.HasErrors() && unknown.IsEmpty(is)
}

// bothTools puts what Terraform makes of sources into what OpenTofu makes of them.
func bothTools(tofu, terraform *tf.Plan) {
	at := map[string]*tf.Resource{}
	for _, r := range tofu.Resources {
		at[r.Address] = r
	}
	for _, r := range terraform.Resources {
		if o := at[r.Address]; o != nil {
			bothAttributes(o, r)
		} else {
			tofu.Resources = append(tofu.Resources, r)
		}
	}
}

func bothAttributes(o, r *tf.Resource) {
	vals := o.After.AsValueMap()
	if vals == nil {
		vals = map[string]cty.Value{}
	}
	theirs := r.After.AsValueMap()
	for _, name := range slices.Sorted(maps.Keys(theirs)) {
		if v, ok := vals[name]; !ok || !v.RawEquals(theirs[name]) {
			vals[name] = value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: o.Address + "." + name})
		}
	}
	for name := range vals {
		if _, ok := theirs[name]; !ok {
			vals[name] = value.UnknownOf(vals[name].Type(), unknown.Symbol{Ref: o.Address + "." + name})
		}
	}
	o.After = cty.ObjectVal(vals)
	for _, path := range slices.Sorted(maps.Keys(r.Source.Attrs)) {
		b := r.Source.Attrs[path]
		a := o.Source.Attrs[path]
		switch {
		case a == nil:
			o.Source.Attrs[path] = b
			b.MayBeNull = true
		case len(a.Texts) == 0 || len(b.Texts) == 0:
			if len(a.Texts)+len(b.Texts) > 0 {
				a.Texts, a.Unknown = nil, append(a.Unknown, append(b.Unknown, unknown.Symbol{Ref: o.Address + "." + path})...)
			}
		case !sameTexts(a.Texts, b.Texts):
			a.Texts = append(reading(a.Texts, "OpenTofu"), reading(b.Texts, "Terraform")...)
			a.MayBeNull = a.MayBeNull || b.MayBeNull
		}
	}
	for path, a := range o.Source.Attrs {
		if r.Source.Attrs[path] == nil {
			a.MayBeNull = true
		}
	}
}

func sameTexts(a, b []unknown.Text) bool {
	return slices.EqualFunc(a, b, func(x, y unknown.Text) bool { return x.S == y.S && slices.Equal(x.Holes, y.Holes) })
}

// reading are texts that hold where a tool reads the sources.
func reading(texts []unknown.Text, tool string) []unknown.Text {
	out := slices.Clone(texts)
	for i := range out {
		words := tool + " reads the sources"
		if out[i].Assuming != "" {
			words += " and " + out[i].Assuming
		}
		out[i].Assuming, out[i].DependsOn = words, append(slices.Clone(out[i].DependsOn), "the tool that reads the sources")
	}
	return out
}
