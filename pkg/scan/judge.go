package scan

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfplan"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// judgeAll judges the inputs on all cores, adds what they give in the order of the inputs, and returns those before them
// and them.
func (r *run) judgeAll(ctx context.Context, inputs []input, before []*judging) []*judging {
	list := make([]*judging, len(inputs))
	onAllCores(len(inputs), func(i int) {
		if ctx.Err() == nil {
			list[i] = &judging{run: r, in: inputs[i], number: len(before) + i, files: map[string][]byte{}, memory: &check.Memory{}}
			list[i].judge(ctx)
		}
	})
	var checked []*check.Judged
	for _, j := range list {
		if j != nil && j.checked != nil {
			checked = append(checked, j.checked)
		}
	}
	check.Join(checked)
	onAllCores(len(list), func(i int) {
		if list[i] != nil {
			list[i].finish()
		}
	})
	for _, j := range list {
		if j != nil {
			r.add(j)
		}
	}
	list = append(before, list...)
	if r.keep {
		r.judged = list
	}
	return list
}

// onAllCores calls do for the numbers below n.
func onAllCores(n int, do func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
}

// add takes the outcome of one input into the report.
func (r *run) add(j *judging) {
	report := r.result.Report
	report.Inputs = append(report.Inputs, j.entry)
	report.Policies = append(report.Policies, j.out.Policies...)
	if j.entry.Account != nil {
		for i := range j.out.Findings {
			j.out.Findings[i].Account = j.entry.Account.ID
		}
	}
	report.Findings = append(report.Findings, j.out.Findings...)
	report.Paths = append(report.Paths, j.out.Paths...)
	if j.joined != nil {
		report.Gate.Sources = append(report.Gate.Sources, *j.joined)
	}
	report.NotJudged = append(report.NotJudged, j.out.NotJudged...)
	r.result.Incomplete = r.result.Incomplete || j.incomplete
	for name, src := range j.files {
		r.files[j.name(name)] = src
	}
	renamed(j.diags, j.original)
	r.problem(j.diags)
}

// judge reads the input and judges its policies.
func (r *judging) judge(ctx context.Context) {
	r.entry = finding.Input{Path: r.shownPath(r.in), Kind: "plan"}
	l := r.load(ctx, r.in)
	if l == nil {
		r.incomplete = true
		return
	}
	r.entry.Kind, r.entry.TerraformVersion = l.kind, l.plan.TerraformVersion
	r.completeness(r.in, l.plan)
	r.ask(l)
	r.entry.Account, r.entry.Accounts = r.again.base.Account, r.again.base.Owners.All()
	if r.showsAccess() || r.judgesAccess() {
		r.access = &who.Input{Input: r.again.base.Input, Path: r.entry.Path, Changes: l.kind == "plan"}
	}
	r.checked = check.Judge(ctx, r.again.base.Input, r.rules)
}

// finish runs the rules over the input, and closes what is open.
func (r *judging) finish() {
	defer func() {
		for _, c := range r.closers {
			_ = c.Close()
		}
	}()
	if r.checked == nil {
		return
	}
	out, diags := r.checked.Run()
	if r.out, r.checked = out, nil; !r.run.keep {
		r.again = again{}
	}
	files, diags := r.ruleFiles(diags)
	maps.Copy(r.files, files)
	r.problem(diags)
	for i := range r.out.Paths {
		r.out.Paths[i].Input = r.number
	}
}

func (r *judging) warnf(summary, format string, args ...any) {
	r.problem(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: summary, Detail: fmt.Sprintf(format, args...)}})
}

func (r *judging) load(ctx context.Context, in input) *loaded {
	if in.sources {
		return r.loadSources(ctx, in)
	}
	file, closeFile, ok := r.open(in.path)
	if !ok {
		return nil
	}
	defer closeFile()
	sources := r.planSources(ctx)
	opts := tfplan.Options{Name: in.path, Types: extract.Types(), Limits: r.bounds.plan}
	if len(sources) > 0 {
		opts.Addresses = referenced(sources)
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
	r.join(ctx, sources, plan)
	return &loaded{kind: string(input.Kind), plan: plan}
}

func (r *judging) open(path string) (io.Reader, func(), bool) {
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
func (r *judging) loadSources(ctx context.Context, in input) *loaded {
	opts := r.sourceOptions(in.path)
	if in.values != "" {
		opts.Given = append(opts.Given, tfsource.Value{File: in.values})
	}
	c, diags := tfhcl.Load(ctx, opts)
	r.problem(r.unread(diags))
	if c == nil {
		return nil
	}
	plan, diags := c.Plan(ctx)
	r.problem(r.unreadFiles(diags))
	r.keep(c)
	return &loaded{kind: "source", plan: plan}
}

// loadPolicy reads a bare policy document.
func (r *judging) loadPolicy(in input, text io.Reader) *loaded {
	if r.Kind == "" {
		r.errorf("Which kind of policy is this?", "%s is a policy document. Say what it governs with --kind key, --kind trust or --kind identity.", in.called())
		return nil
	}
	const most = 1 << 20
	src, err := io.ReadAll(io.LimitReader(text, most+1))
	if err != nil || len(src) > most {
		r.errorf("Cannot be read", "%s: the policy document is longer than a policy can be.", in.called())
		return nil
	}
	whole := hcl.Range{Filename: in.called(), Start: hcl.InitialPos, End: hcl.InitialPos}
	doc := unknown.Known(string(src))
	doc.Spans = []unknown.Span{{End: len(src), Range: whole, Linear: true}}
	r.files[in.called()] = src
	return &loaded{kind: "policy", plan: &tf.Plan{}, set: extract.Bare(iam.Kind(r.Kind), doc, whole)}
}

// completeness says what the plan leaves out. What was not planned was not judged.
func (r *judging) completeness(in input, plan *tf.Plan) {
	at := in.called()
	if in.path != "-" {
		at = r.shownPath(in)
	}
	if plan.Errored {
		r.incomplete = true
		r.errorf("Planning had failed", "%s was made by a plan that failed, so resources are missing from it. What is there was judged. Mend the error that terraform plan reports, and plan again.", at)
	}
	if plan.Deferred > 0 {
		r.incomplete = true
		r.errorf("Changes were put off", "%s puts off %d changes to a later plan, which cannot be judged now.", at, plan.Deferred)
	}
	if plan.Incomplete && !plan.Errored && plan.Deferred == 0 {
		r.warnf("The plan is not complete", "%s covers only a part of the configuration, as with -target. Only that part was judged.", at)
	}
}

// shownPath is how the report names an input.
func (r *judging) shownPath(in input) string {
	if in.path == "-" {
		return in.path
	}
	return r.name(in.called())
}
