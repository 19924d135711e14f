package scan

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/fix"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// trial runs the rules on an input but for what is edited.
func (r *judging) trial(ctx context.Context, t fix.Trial) (*fix.Outcome, bool) {
	switch {
	case t.Files != nil:
		j, ok := r.edited(ctx, t.Files, t.Arguments)
		if !ok {
			return nil, false
		}
		return j.outcome(), ctx.Err() == nil
	case t.Only != nil:
		return r.alone(ctx, *t.Only, t.Documents[*t.Only])
	}
	restore := r.swap(t)
	out, diags := check.Run(ctx, r.again.base.Input, r.rules)
	restore()
	return outcomeOf(&out, errorsIn(diags)), ctx.Err() == nil
}

func (r *judging) outcome() *fix.Outcome { return outcomeOf(&r.out, errorsIn(r.diags)) }

func errorsIn(diags hcl.Diagnostics) int {
	n := 0
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			n++
		}
	}
	return n
}

func outcomeOf(out *check.Output, errors int) *fix.Outcome {
	o := &fix.Outcome{Findings: out.Findings, Policies: out.Policies, Documents: map[fix.Place][]*iam.Document{}, Subjects: map[fix.Place]access.Subject{}, Errors: errors}
	for _, a := range out.About {
		at := fix.Place{Address: a.Policy.Address, Attribute: a.Policy.Attribute}
		o.Documents[at], o.Subjects[at] = a.Docs, a.Subject
	}
	return o
}

// alone runs the rules on one policy by itself.
func (r *judging) alone(ctx context.Context, at fix.Place, text unknown.Text) (*fix.Outcome, bool) {
	set := *r.again.base.Set
	set.Policies, set.Keys = nil, nil
	for _, p := range r.again.base.Set.Policies {
		if p.Address != at.Address || p.Attribute != at.Attribute {
			continue
		}
		one := *p
		one.Docs = []*iam.Document{iam.Parse(text)}
		one.Sure, one.Assumed = nil, nil // another text, which the steps of an edit do not know; the whole run asks for it
		set.Policies = append(set.Policies, &one)
	}
	if len(set.Policies) != 1 {
		return nil, false
	}
	in := r.again.base.Input
	in.Set = &set
	out, diags := check.Run(ctx, in, r.rules)
	return outcomeOf(&out, errorsIn(diags)), ctx.Err() == nil
}

// swap puts edited documents and values in place, and returns what takes them out again.
func (r *judging) swap(t fix.Trial) (restore func()) {
	var undo []func()
	for _, p := range r.again.base.Set.Policies {
		if text, ok := t.Documents[fix.Place{Address: p.Address, Attribute: p.Attribute}]; ok {
			old := p.Docs
			p.Docs = []*iam.Document{iam.Parse(text)}
			undo = append(undo, func() { p.Docs = old })
		}
	}
	for _, res := range r.again.base.Plan.Resources {
		for at, v := range t.Values {
			if at.Address == res.Address {
				old := res.After
				res.After = withAttribute(old, at.Attribute, v)
				undo = append(undo, func() { res.After = old })
			}
		}
	}
	return func() {
		for _, f := range undo {
			f()
		}
	}
}

// withAttribute is an object with another value of one attribute.
func withAttribute(object cty.Value, name string, v cty.Value) cty.Value {
	raw, marks := object.Unmark()
	attrs := map[string]cty.Value{}
	if raw.IsKnown() && !raw.IsNull() && raw.Type().IsObjectType() {
		maps.Copy(attrs, raw.AsValueMap())
	}
	attrs[name] = v
	return cty.ObjectVal(attrs).WithMarks(marks)
}

// withPath is an object with another value at a path such as inline_policy[0].policy.
func withPath(object cty.Value, path string, v cty.Value) cty.Value {
	name, rest, nested := strings.Cut(path, "[")
	if !nested {
		return withAttribute(object, path, v)
	}
	index, inner, ok := strings.Cut(rest, "].")
	list, known := unknown.Lookup(object, name)
	raw, marks := list.Unmark()
	n, err := strconv.Atoi(index)
	if !ok || !known || err != nil || !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() || n >= raw.LengthInt() {
		return object
	}
	elems := raw.AsValueSlice()
	elems[n] = withPath(elems[n], inner, v)
	return withAttribute(object, name, cty.TupleVal(elems).WithMarks(marks))
}

// edited judges the input as it would be with other files; arguments says that others than policies are edited.
func (r *judging) edited(ctx context.Context, files map[string][]byte, arguments bool) (*judging, bool) {
	j := &judging{run: r.run, in: r.in, number: r.number, files: maps.Clone(r.files), entry: r.entry, moved: r.moved, memory: r.memory}
	l, ok := r.editedPlan(ctx, files, j, arguments)
	if !ok {
		return nil, false
	}
	j.ask(l)
	out, diags := check.Run(ctx, j.again.base.Input, r.rules)
	j.problem(diags)
	j.out = out
	return j, true
}

func (r *judging) editedPlan(ctx context.Context, files map[string][]byte, j *judging, arguments bool) (*loaded, bool) {
	if r.again.sources == nil {
		text, ok := files[r.in.path]
		if !ok || len(r.again.base.Set.Policies) != 1 {
			return nil, false
		}
		j.files[r.in.path] = text
		return &loaded{kind: r.entry.Kind, plan: r.again.base.Plan, set: r.withText(text)}, true
	}
	c, diags := r.again.sources.Edited(ctx, files)
	j.problem(diags)
	if c == nil {
		return nil, false
	}
	if r.entry.Kind == "source" {
		plan, diags := c.Plan(ctx)
		j.problem(diags)
		j.keep(c)
		return &loaded{kind: r.entry.Kind, plan: plan}, true
	}
	plan, ok := r.joinEdited(ctx, c, arguments)
	j.keep(c)
	return &loaded{kind: r.entry.Kind, plan: plan}, ok
}

// withText is the set of a bare policy document with another text.
func (r *judging) withText(text []byte) *extract.Set {
	doc := unknown.Known(string(text))
	old := r.again.base.Set.Policies[0]
	one := *old
	at, _ := old.Range()
	at.End = at.Start
	doc.Spans = []unknown.Span{{End: len(text), Range: at, Linear: true}}
	one.Docs = []*iam.Document{iam.Parse(doc)}
	set := *r.again.base.Set
	set.Policies = []*extract.Policy{&one}
	return &set
}

// joinEdited is the plan as it would be with the edited sources: where they say something else than the sources that are
// there, the plan does not know any more, and the sources tell.
func (r *judging) joinEdited(ctx context.Context, c *tfhcl.Config, arguments bool) (*tf.Plan, bool) {
	if r.again.unedited == nil {
		before, _ := r.again.sources.Edited(ctx, map[string][]byte{})
		if before == nil {
			return nil, false
		}
		r.again.unedited = copyOf(r.again.plan)
		before.Join(ctx, r.again.unedited)
	}
	// Sources that give places and no values tell no more through an edit than the edit itself.
	doubted := r.Untrusted && r.joined.From == "found"
	plan := copyOf(r.again.plan)
	c.Join(ctx, plan)
	var after, before map[string]*tf.Resource
	if arguments {
		is, _ := c.Plan(ctx)
		was, _ := r.again.sources.Plan(ctx)
		after, before = byAddress(is), byAddress(was)
	}
	gone := map[*tf.Resource]bool{}
	for i, res := range plan.Resources {
		old := r.again.unedited.Resources[i]
		if gone[res] = res.Source == nil && old.Source != nil; res.Source == nil || old.Source == nil {
			continue
		}
		edited := map[string]bool{}
		for name, attr := range res.Source.Attrs {
			if was := old.Source.Attrs[name]; len(attr.Texts) > 0 && (was == nil || !sameTexts(was, attr)) {
				res.After = withPath(res.After, name, cty.UnknownVal(cty.String))
				edited[name] = true
			}
		}
		if doubted {
			placesBut(res.Source, edited)
		}
		for _, name := range fix.Arguments {
			if !arguments {
				break
			}
			was, is := written(before, res.Address, name), written(after, res.Address, name)
			if is.IsWhollyKnown() && !was.RawEquals(is) {
				res.After = withAttribute(res.After, name, is)
			}
		}
	}
	plan.Resources = slices.DeleteFunc(plan.Resources, func(res *tf.Resource) bool { return gone[res] })
	return plan, ctx.Err() == nil
}

// copyOf is a plan to join with other sources: of what is computed from them it knows nothing.
func copyOf(plan *tf.Plan) *tf.Plan {
	out := *plan
	out.Read = slices.DeleteFunc(slices.Clone(plan.Read), func(r *tf.Resource) bool { return r.Type == "aws_iam_policy_document" })
	out.Resources = make([]*tf.Resource, len(plan.Resources))
	for i, res := range plan.Resources {
		own := *res
		own.Source = nil
		out.Resources[i] = &own
	}
	return &out
}

func byAddress(plan *tf.Plan) map[string]*tf.Resource {
	out := map[string]*tf.Resource{}
	if plan != nil {
		for _, res := range plan.Resources {
			out[res.Address] = res
		}
	}
	return out
}

// written is what the sources alone say of an argument.
func written(by map[string]*tf.Resource, address, name string) cty.Value {
	res := by[address]
	if res == nil {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	v, ok := unknown.Lookup(res.After, name)
	if !ok {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	v, _ = v.UnmarkDeep()
	return v
}

func sameTexts(a, b *tf.SourceAttr) bool {
	return slices.EqualFunc(a.Texts, b.Texts, func(x, y unknown.Text) bool { return x.S == y.S })
}
