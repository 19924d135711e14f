package tfhcl

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Join evaluates the sources with what the plan knows and sets Source on the plan's resources of wanted types. It says
// whether the sources are those of the plan. Where they are not, an error says why and no Source is set. Sources that are
// edited (see tfsource.Options) are not compared.
//
// The sources are read as the tool that made the plan reads them.
func (c *Config) Join(ctx context.Context, plan *tf.Plan) (bool, hcl.Diagnostics) {
	if c.other != nil && !plan.OpenTofu() {
		return c.other.Join(ctx, plan)
	}
	var wanted []*tf.Resource
	for _, res := range plan.Resources {
		if c.opts.Want(res.Mode, res.Type) {
			wanted = append(wanted, res)
		}
	}
	var wrong []string
	values := tfeval.NewPlanValues(plan)
	for _, j := range c.joinShares(ctx, values, wanted) {
		wrong = append(wrong, j.wrong...)
		c.src.Absorb(j.e.Sources)
	}
	if len(wrong) == 0 || c.opts.Edited != nil {
		c.providers(ctx, plan, values)
		return true, c.src.Take()
	}
	for _, res := range plan.Resources {
		res.Source = nil
	}
	more := ""
	if n := len(wrong) - 1; n > 0 {
		more = fmt.Sprintf(" There are %d more differences.", n)
	}
	diags := c.src.Take()
	return false, append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "The sources are not those of the plan",
		Detail: fmt.Sprintf("%s%s The sources in %s are not used. Check out the commit that the plan was made from, or plan again.", wrong[0], more, c.src.Name(c.src.Root.Dir))})
}

// providers puts what the sources say of provider configurations in place of what the plan tells of their expressions.
func (c *Config) providers(ctx context.Context, plan *tf.Plan, values *tfeval.PlanValues) {
	e := tfeval.New(ctx, c.src, tfeval.Options{Budget: c.opts.Budget, Plan: values})
	for name, p := range e.ProviderConfigs() {
		if of := plan.Providers[name]; of != nil {
			of.Config = p.Config
		}
	}
}

// The resources of a large plan are joined in shares, on all cores. How many there are does not depend on the machine,
// so that what comes out does not either.
const (
	shares    = 4
	leastWork = 256
)

// joinShares joins the resources, and returns who did in the order of the resources.
func (c *Config) joinShares(ctx context.Context, plan *tfeval.PlanValues, wanted []*tf.Resource) []*joiner {
	n := 1
	if len(wanted) >= leastWork {
		n = shares
	}
	out := make([]*joiner, n)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				e := tfeval.New(ctx, c.src.Fork(), tfeval.Options{Budget: c.opts.Budget, WantText: c.opts.WantText, Plan: plan})
				j := &joiner{edited: c.opts.Edited != nil, e: e, same: map[sameBlock]bool{}}
				j.resources(wanted[len(wanted)*i/n : len(wanted)*(i+1)/n])
				e.Forget()
				out[i] = j
			}
		})
	}
	group.Wait()
	return out
}

type joiner struct {
	e     *tfeval.Evaluator
	wrong []string // how the sources differ from the plan
	// edited says that the sources are not those of the plan, and need not be.
	edited bool
	// same are the blocks whose arguments were compared and are the same: all instances share them.
	same map[sameBlock]bool
}

type sameBlock struct {
	planned *tf.Config
	written *tfsource.Resource
}

func (j *joiner) resources(list []*tf.Resource) {
	for _, res := range list {
		j.e.Begin()
		if j.e.Step(1) {
			j.resource(res)
		}
	}
}

func (j *joiner) differs(format string, args ...any) {
	j.wrong = append(j.wrong, fmt.Sprintf(format, args...))
}

func (j *joiner) resource(res *tf.Resource) {
	addr, err := tf.ParseAddress(res.Address)
	if err != nil {
		return
	}
	inst, why := j.e.Locate(addr)
	if inst == nil {
		if why != "" {
			j.differs("%s", why)
		}
		return
	}
	decl := inst.Module.Resources[addr.ConfigKey()]
	if decl == nil {
		if !inst.Module.Broken {
			j.differs("The plan has %s, which the sources do not declare.", res.Address)
		}
		return
	}
	if !j.edited && !j.sameArguments(res, decl) {
		return
	}
	ri := j.e.InstanceOf(inst, decl, addr.Key)
	if ri == nil {
		j.differs("The plan has %s, and the count or for_each of the sources makes no such instance.", res.Address)
		return
	}
	src := j.e.SourceOf(ri, res)
	j.align(res, src)
	if j.edited || j.sameValues(res, decl, src) {
		res.Source = src
	}
}

// sameArguments compares what the plan's configuration tells of a resource with the sources: which arguments are
// written, and what they refer to.
func (j *joiner) sameArguments(res *tf.Resource, decl *tfsource.Resource) bool {
	if res.Config == nil || j.same[sameBlock{res.Config, decl}] {
		return true
	}
	for _, name := range slices.Sorted(maps.Keys(res.Config.Attrs)) {
		a := decl.Body.Attributes[name]
		if a == nil {
			if tfeval.MetaArguments[name] || hasBlock(decl.Body, name) {
				continue
			}
			j.differs("The plan was made of a %s with the argument %s, which the sources do not write.", res.Address, name)
			return false
		}
		want, got := subjects(res.Config.Attrs[name].References), subjects(tfeval.ConfigExpr(a.Expr).References)
		if !slices.Equal(want, got) {
			j.differs("In the plan the argument %s of %s refers to %s, in the sources to %s.", name, res.Address, listed(want), listed(got))
			return false
		}
	}
	for _, a := range tfsource.SortedAttributes(decl.Body) {
		if _, ok := res.Config.Attrs[a.Name]; !ok && !tfeval.MetaArguments[a.Name] && len(res.Config.Attrs) > 0 && res.Config.Blocks[a.Name] == nil {
			j.differs("The sources write the argument %s of %s, which the plan was made without.", a.Name, res.Address)
			return false
		}
	}
	j.same[sameBlock{res.Config, decl}] = true
	return true
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

// sameValues compares documents that the plan knows with what the sources make of them, and keeps the outcome that
// agrees with the plan.
func (j *joiner) sameValues(res *tf.Resource, decl *tfsource.Resource, src *tf.Source) bool {
	for _, path := range slices.Sorted(maps.Keys(src.Attrs)) {
		attr := src.Attrs[path]
		planned, ok := lookupPath(res.After, path)
		if !ok || len(attr.Texts) == 0 || !strings.HasPrefix(strings.TrimSpace(planned), "{") {
			continue
		}
		i := slices.IndexFunc(attr.Texts, func(t unknown.Text) bool { return len(t.Holes) == 0 && tfeval.SameDocument(t.S, planned) })
		if i >= 0 {
			t := attr.Texts[i]
			t.Assuming, t.DependsOn = "", nil
			attr.Texts, attr.MayBeNull = []unknown.Text{t}, false
			continue
		}
		unsure := attr.MayBeNull || slices.ContainsFunc(attr.Texts, func(t unknown.Text) bool { return len(t.Holes) > 0 })
		if decl.IgnoresChanges(path) {
			// The object keeps the text that it has, whatever the sources say.
			attr.Texts = nil
			continue
		}
		if !unsure {
			j.differs("The sources make another text of the argument %s of %s than the plan has.", path, res.Address)
			return false
		}
	}
	return true
}

// lookupPath returns a string that the plan knows, by a path such as inline_policy[0].policy.
func lookupPath(object cty.Value, path string) (string, bool) {
	name, rest, nested := strings.Cut(path, "[")
	if !nested {
		return unknown.String(object, path)
	}
	list, ok := unknown.Get(object, name)
	index, inner, ok2 := strings.Cut(rest, "].")
	if !ok || !ok2 || !list.CanIterateElements() {
		return "", false
	}
	for i, el := range value.Elements(list) {
		if fmt.Sprint(i) == index {
			return lookupPath(el.Value, inner)
		}
	}
	return "", false
}

// align numbers the blocks of a set like the plan does, by their names: the sources list them in another order.
func (j *joiner) align(res *tf.Resource, src *tf.Source) {
	planned, ok := unknown.Get(res.After, "inline_policy")
	if !ok || !planned.CanIterateElements() {
		return
	}
	number := map[string]int{}
	for i, el := range value.Elements(planned) {
		if name, ok := unknown.String(el.Value, "name"); ok {
			number[name] = i
		}
	}
	moved := map[string]*tf.SourceAttr{}
	for path, attr := range src.Attrs {
		index, rest, ok := cutIndex(path, "inline_policy[")
		if !ok {
			continue
		}
		name := src.Attrs["inline_policy["+index+"].name"]
		if name == nil || len(name.Texts) != 1 {
			return
		}
		n, ok := number[name.Texts[0].S]
		if !ok {
			return
		}
		moved[fmt.Sprintf("inline_policy[%d].%s", n, rest)] = attr
	}
	for path := range src.Attrs {
		if strings.HasPrefix(path, "inline_policy[") {
			delete(src.Attrs, path)
		}
	}
	for path, attr := range moved {
		src.Attrs[path] = attr
	}
}

func cutIndex(path, prefix string) (index, rest string, ok bool) {
	tail, ok := strings.CutPrefix(path, prefix)
	if !ok {
		return "", "", false
	}
	return strings.Cut(tail, "].")
}
