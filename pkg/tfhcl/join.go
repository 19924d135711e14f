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
	var wrong []difference
	if plan.Root != nil && c.opts.Edited == nil {
		f := fits{}
		f.module(plan.Root, c.src.Root)
		wrong = f.wrong
	}
	values := tfeval.NewPlanValues(plan)
	for _, j := range c.joinShares(ctx, values, wanted, plan.RefreshOnly) {
		wrong = append(wrong, j.wrong...)
		c.src.Absorb(j.e.Sources)
	}
	if len(wrong) == 0 && !plan.Incomplete && !plan.Errored && !plan.RefreshOnly && plan.Deferred == 0 && plan.Root != nil && c.opts.Edited == nil {
		wrong = c.missing(ctx, plan, values)
	}
	if len(wrong) == 0 || c.opts.Edited != nil {
		c.providers(ctx, plan, values)
		return true, c.src.Take()
	}
	for _, res := range plan.Resources {
		res.Source = nil
	}
	return false, append(c.src.Take(), c.misfit(wrong))
}

// mostDifferences is how many differences a message lists.
const mostDifferences = 5

// misfit says how the sources differ from the plan, where that can be seen best.
func (c *Config) misfit(wrong []difference) *hcl.Diagnostic {
	var text []string
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "The sources are not those of the plan"}
	for i, w := range wrong {
		if d.Subject == nil && w.at.Filename != "" {
			d.Subject = c.src.Place(w.at).Ptr()
		}
		if i < mostDifferences {
			text = append(text, w.text)
		}
	}
	if n := len(wrong) - mostDifferences; n > 0 {
		text = append(text, fmt.Sprintf("There are %d more differences.", n))
	}
	d.Detail = fmt.Sprintf("%s The sources in %s are not used. Check out the commit that the plan was made from, or plan again.", strings.Join(text, " "), c.src.Name(c.src.Root.Dir))
	return d
}

// missing are the instances of managed resources that the sources make and the plan does not have.
func (c *Config) missing(ctx context.Context, plan *tf.Plan, values *tfeval.PlanValues) []difference {
	there := map[string]bool{}
	for _, res := range plan.Resources {
		there[res.Address] = true
	}
	var wrong []difference
	e := tfeval.New(ctx, c.src.Fork(), tfeval.Options{Budget: c.opts.Budget, Plan: values})
	e.EachInstance(e.Root, func(i *tfeval.Instance) {
		for _, r := range i.Module.Order {
			if r.Mode != tf.Managed || !c.opts.Want(r.Mode, r.Type) {
				continue
			}
			e.Begin()
			for _, ri := range e.Instances(i, r).List {
				if address, known := ri.Address(); known && !there[address] {
					wrong = append(wrong, difference{fmt.Sprintf("The sources make %s, which the plan does not have.", address), r.Block.DefRange()})
				}
			}
		}
	})
	c.src.Absorb(e.Sources)
	return wrong
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
func (c *Config) joinShares(ctx context.Context, plan *tfeval.PlanValues, wanted []*tf.Resource, drifted bool) []*joiner {
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
				j := &joiner{edited: c.opts.Edited != nil, drifted: drifted, e: e}
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
	wrong []difference
	// drifted says that objects may be other than the configuration says.
	drifted bool
	// edited says that the sources are not those of the plan, and need not be.
	edited bool
}

func (j *joiner) resources(list []*tf.Resource) {
	for _, res := range list {
		j.e.Begin()
		if j.e.Step(1) {
			j.resource(res)
		}
	}
}

func (j *joiner) differs(at hcl.Range, format string, args ...any) {
	j.wrong = append(j.wrong, difference{fmt.Sprintf(format, args...), at})
}

func (j *joiner) resource(res *tf.Resource) {
	addr, err := tf.ParseAddress(res.Address)
	if err != nil {
		return
	}
	inst, why := j.e.Locate(addr)
	if inst == nil {
		if why != "" {
			j.differs(hcl.Range{}, "%s", why)
		}
		return
	}
	decl := inst.Module.Resources[addr.ConfigKey()]
	if decl == nil {
		if !inst.Module.Broken {
			j.differs(hcl.Range{}, "The plan has %s, which the sources do not declare.", res.Address)
		}
		return
	}
	ri := j.e.InstanceOf(inst, decl, addr.Key)
	if ri == nil {
		j.differs(decl.Block.DefRange(), "The plan has %s, and the count or for_each of the sources makes no such instance.", res.Address)
		return
	}
	src := j.e.SourceOf(ri, res)
	j.align(res, src)
	if !j.edited && !j.drifted {
		for _, name := range j.e.Otherwise(ri, res) {
			j.differs(decl.Body.Attributes[name].Expr.Range(), "The sources give the argument %s of %s another value than the plan has.", name, res.Address)
			return
		}
	}
	if j.edited || j.sameValues(res, decl, src) {
		res.Source = src
	}
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
		if at, left := decl.IgnoredAt(path); left || j.drifted {
			// The object keeps the text that it has, whatever the sources say.
			attr.Texts, attr.Left = nil, left
			if left {
				attr.Range = j.e.Place(at)
			}
			continue
		}
		if !unsure {
			j.differs(attr.Range, "The sources make another text of the argument %s of %s than the plan has.", path, res.Address)
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
