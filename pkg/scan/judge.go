package scan

import (
	"context"
	"io"
	"os"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfplan"
)

// loaded is an input that was read.
type loaded struct {
	kind string // plan, state, source, policy
	plan *tf.Plan
}

// judge reads one input and runs the rules over it.
func (r *run) judge(ctx context.Context, in input) {
	number := len(r.result.Report.Inputs)
	r.result.Report.Inputs = append(r.result.Report.Inputs, finding.Input{Path: r.shownPath(in.path), Kind: "plan"})
	entry := &r.result.Report.Inputs[number]
	l := r.load(ctx, in)
	if l == nil {
		r.result.Incomplete = true
		return
	}
	entry.Kind, entry.TerraformVersion = l.kind, l.plan.TerraformVersion
	r.completeness(in, l.plan)
	set, diags := extract.Policies(l.plan)
	r.problem(diags)
	account := check.OwnAccount(r.given(), l.plan, set)
	entry.Account = account
	var organizations []string
	for _, o := range set.Organizations {
		organizations = append(organizations, o.ID)
	}
	minimum := r.config.MinDeletionWindowDays
	if minimum == 0 {
		minimum = 30
	}
	out, diags := check.Run(ctx, check.Input{
		Number: number, Plan: l.plan, Set: set, Sources: l.kind == "source", Subject: r.subject(account, organizations),
		MinDeletionWindow: minimum, Locate: r.locate,
	}, r.rules)
	r.problem(r.ruleFiles(diags))
	report := r.result.Report
	report.Policies = append(report.Policies, out.Policies...)
	report.Findings = append(report.Findings, out.Findings...)
	for _, p := range out.Paths {
		p.Input = number
		report.Paths = append(report.Paths, p)
	}
	r.places = append(r.places, out.Places...)
}

func (r *run) load(ctx context.Context, in input) *loaded {
	if in.sources {
		return r.loadSources(ctx, in.path)
	}
	file, closeFile, ok := r.open(in.path)
	if !ok {
		return nil
	}
	defer closeFile()
	sources, explicit := r.planSources(ctx)
	opts := tfplan.Options{Name: in.path}
	if sources != nil {
		opts.Addresses = sources.References()
	}
	input, diags := tfplan.Detect(&interruptible{ctx, file}, opts)
	if diags.HasErrors() {
		r.problem(diags)
		return nil
	}
	if input.Kind == tfplan.Policy {
		return r.loadPolicy(in, input)
	}
	plan, diags := input.Plan()
	r.problem(diags)
	if plan == nil || diags.HasErrors() {
		return nil
	}
	if sources != nil {
		r.join(ctx, sources, plan, explicit)
	}
	return &loaded{kind: string(input.Kind), plan: plan}
}

func (r *run) open(path string) (io.Reader, func(), bool) {
	if path == "-" {
		if r.Stdin == nil {
			return os.Stdin, func() {}, true
		}
		return r.Stdin, func() {}, true
	}
	f, err := os.Open(path)
	if err != nil {
		r.errorf("Cannot be read", "%s: %s.", path, reason(err))
		return nil, nil, false
	}
	return f, func() { _ = f.Close() }, true
}

// loadSources judges sources alone.
func (r *run) loadSources(ctx context.Context, dir string) *loaded {
	c, diags := tfhcl.Load(ctx, r.sourceOptions(dir))
	r.problem(diags)
	if c == nil {
		return nil
	}
	plan, diags := c.Plan(ctx)
	r.problem(diags)
	r.keep(c)
	return &loaded{kind: "source", plan: plan}
}

// loadPolicy reads a bare policy document.
func (r *run) loadPolicy(in input, text io.Reader) *loaded {
	if r.Kind == "" {
		r.errorf("Which kind of policy is this?", "%s is a policy document. Say what it governs with --kind key, --kind trust or --kind identity.", in.path)
		return nil
	}
	const most = 1 << 20
	src, err := io.ReadAll(io.LimitReader(text, most+1))
	if err != nil || len(src) > most {
		r.errorf("Cannot be read", "%s: the policy document is longer than a policy can be.", in.path)
		return nil
	}
	typ, attribute := "aws_kms_key", "policy"
	switch r.Kind {
	case "trust":
		typ, attribute = "aws_iam_role", "assume_role_policy"
	case "identity":
		typ = "aws_iam_policy"
	}
	start := hcl.Pos{Line: 1, Column: 1}
	whole := hcl.Range{Filename: in.path, Start: start, End: start}
	doc := tf.Known(string(src))
	doc.Spans = []tf.Span{{End: len(src), Range: whole, Linear: true}}
	values := map[string]cty.Value{attribute: cty.StringVal(string(src))}
	if typ == "aws_kms_key" {
		// Of the key itself nothing is known, so nothing is said about it.
		for _, name := range []string{"enable_key_rotation", "deletion_window_in_days", "bypass_policy_lockout_safety_check"} {
			values[name] = map[string]cty.Value{"enable_key_rotation": cty.True, "deletion_window_in_days": cty.NumberIntVal(30), "bypass_policy_lockout_safety_check": cty.False}[name]
		}
	}
	res := &tf.Resource{Address: in.path, Mode: tf.Managed, Type: typ, Name: in.path, After: cty.ObjectVal(values),
		Source: &tf.Source{Block: whole, Body: whole, Attrs: map[string]*tf.SourceAttr{attribute: {Range: whole, Texts: []tf.Text{doc}}}}}
	r.files[in.path] = src
	return &loaded{kind: "policy", plan: &tf.Plan{Resources: []*tf.Resource{res}}}
}

// completeness says what the plan leaves out. What was not planned was not judged.
func (r *run) completeness(in input, plan *tf.Plan) {
	at := r.shownPath(in.path)
	if plan.Errored {
		r.result.Incomplete = true
		r.errorf("Planning had failed", "%s was made by a plan that failed, so resources are missing from it. What is there was judged. Mend the error that terraform plan reports, and plan again.", at)
	}
	if plan.Deferred > 0 {
		r.result.Incomplete = true
		r.errorf("Changes were put off", "%s puts off %d changes to a later plan, which cannot be judged now.", at, plan.Deferred)
	}
	if plan.Incomplete && !plan.Errored && plan.Deferred == 0 {
		r.warnf("The plan is not complete", "%s covers only a part of the configuration, as with -target. Only that part was judged.", at)
	}
}

// shownPath is how the report names an input.
func (r *run) shownPath(path string) string {
	if path == "-" {
		return path
	}
	return r.name(path)
}
