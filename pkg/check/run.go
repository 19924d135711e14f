package check

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Input is what one input holds, and how it is judged.
type Input struct {
	// Number is the input's place in the report.
	Number int
	Plan   *tf.Plan
	Set    *extract.Set
	// Untrusted says that nothing may be assumed: the author of the plan wants it to pass.
	Untrusted bool
	// Sources says that there is no plan, only sources; then findings have no status.
	Sources bool
	// Subject has the own account and organization, the trusted ones, the time and the breadth of addresses.
	Subject access.Subject
	// Owners are the accounts and regions of the provider configurations; nil where all are those of Subject.
	Owners            *Owners
	MinDeletionWindow int
	// Locate makes a location of a range; hidden ones are shown without an excerpt.
	Locate func(at hcl.Range, hidden bool) *finding.Location
}

// Output is what the rules found in one input.
type Output struct {
	Policies []finding.Policy
	Findings []finding.Finding
	Paths    []finding.Path
	// NotJudged are the resources that can give access and were not looked at.
	NotJudged []finding.NotJudged
	// About are the policies that were judged, in the order of Policies.
	About []About
}

// checker runs rules over one input.
type checker struct {
	ctx    context.Context
	in     Input
	rules  []*Rule
	out    Output
	judged []*judged
	of     map[*extract.Policy]*judged
	memo   *memo
	// functions are what expressions may call.
	functions map[string]function.Function
	answers   answers
	diags     hcl.Diagnostics
}

// Run judges every policy and runs every rule. A rule that fails on some policy is an error: it must not pass unseen.
// When ctx ends it returns early, with less than the whole output.
func Run(ctx context.Context, in Input, rules []*Rule) (Output, hcl.Diagnostics) {
	in.Subject = Known(in.Plan, in.Subject, in.Owners)
	c := &checker{ctx: ctx, in: in, rules: rules, functions: functions(), memo: &memo{}, of: map[*extract.Policy]*judged{}}
	c.judgeAll()
	if ctx.Err() != nil {
		return c.out, c.diags
	}
	c.out.Paths = c.direct()
	c.findReach()
	c.reachedBefore()
	for _, j := range c.judged {
		c.out.Policies = append(c.out.Policies, c.policy(j))
	}
	for _, n := range c.in.Set.NotJudged {
		c.out.NotJudged = append(c.out.NotJudged, finding.NotJudged{Input: c.in.Number, Address: n.Resource.Address, Type: n.Resource.WrittenType(), Why: n.Why})
	}
	c.out.About = c.abouts()
	c.runAll()
	return c.out, c.diags
}

// runAll runs the rules on all cores: those about policies, on one policy after the other; then those about keys.
func (c *checker) runAll() {
	about := map[iam.Kind][]*Rule{}
	for _, k := range []iam.Kind{iam.Key, iam.Trust, iam.Identity, iam.Grant} {
		about[k] = slices.DeleteFunc(slices.Clone(c.rules), func(r *Rule) bool { return !covers(r.Subject, k) })
	}
	c.collect(len(c.judged), func(w *checker, i int) {
		for _, r := range about[c.judged[i].policy.Kind] {
			w.policyRule(r, c.judged[i])
		}
	})
	ofResources := slices.DeleteFunc(slices.Clone(c.rules), func(r *Rule) bool { return r.Subject != "resource" })
	c.collect(len(c.in.Set.NotJudged), func(w *checker, i int) {
		for _, r := range ofResources {
			w.resourceRule(r, c.in.Set.NotJudged[i].Resource)
		}
	})
	ofKeys := slices.DeleteFunc(slices.Clone(c.rules), func(r *Rule) bool { return r.Subject != "key" })
	c.collect(len(c.in.Set.Keys), func(w *checker, i int) {
		for _, r := range ofKeys {
			if k := c.in.Set.Keys[i]; k.Resource != nil {
				w.resourceRule(r, k.Resource)
			}
		}
	})
}

// collect calls do for every index with a checker of its own, on all cores, and keeps what was found in the order of the
// indexes.
func (c *checker) collect(n int, do func(w *checker, i int)) {
	outs, diags := make([]Output, n), make([]hcl.Diagnostics, n)
	c.each(n, func() func(int) {
		w := *c
		w.answers = answers{}
		return func(i int) {
			w.out, w.diags = Output{}, nil
			do(&w, i)
			outs[i], diags[i] = w.out, w.diags
		}
	})
	for i := range outs {
		c.out.Findings = append(c.out.Findings, outs[i].Findings...)
		c.diags = append(c.diags, diags[i]...)
	}
}

// each calls what start returns for every index, on all cores, until the context ends. Start is called once for each
// goroutine.
func (c *checker) each(n int, start func() func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(func() {
			do := start()
			for i := int(next.Add(1)) - 1; i < n && c.ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
}

// judgeAll judges every policy, as it will be and as it was, on all cores.
func (c *checker) judgeAll() {
	policies := c.in.Set.Policies
	c.judged = make([]*judged, len(policies))
	c.each(len(policies), func() func(int) {
		return func(i int) {
			p := policies[i]
			j := c.judgeAfter(p)
			j.before = c.earlier(p)
			c.judged[i] = j
		}
	})
	for i, p := range policies {
		c.of[p] = c.judged[i]
	}
}

// judgeAfter judges a policy as the plan leaves it. Where it rests on assumptions, it is judged without them first: they are
// made only if they decide, and not at all if the author of the plan is not trusted.
func (c *checker) judgeAfter(p *extract.Policy) *judged {
	all := content{docs: p.Docs, depends: p.DependsOn, grant: p.Grant, values: p.Resource.After}
	sure := all
	if p.Sure != nil {
		sure.docs, sure.depends, sure.grant = p.Sure.Docs, p.Sure.DependsOn, p.Sure.Grant
	}
	sure.unlinked = p.Kind == iam.Key && len(p.LinkAssumed) > 0
	if p.Sure == nil && !sure.unlinked {
		j := c.judgePolicy(p, all)
		j.from = p.From
		return j
	}
	first := c.judgePolicy(p, sure)
	if first.from = p.From; p.Sure != nil {
		first.from = p.Sure.From
	}
	if c.in.Untrusted || !first.undecided() {
		return first
	}
	if p.Sure != nil { // the content may decide alone
		all.unlinked = sure.unlinked
		if first = c.assuming(p, all, first, p.Assumed); !all.unlinked || !first.undecided() {
			return first
		}
		all.unlinked = false
	}
	if j := c.assuming(p, all, first, slices.Concat(p.Assumed, p.LinkAssumed)); !j.undecided() {
		return j
	}
	return first
}

// assuming judges a policy with what is assumed of it; that something is empty is no reason to call it wrong.
func (c *checker) assuming(p *extract.Policy, all content, sure *judged, assumed []string) *judged {
	j := c.judgePolicy(p, all)
	j.from, j.assumed = p.From, assumed
	if p.AssumesEmpty && j.wrong == nil && j.invalid() {
		return sure
	}
	if p.AssumesEmpty {
		j.wrong = nil
	}
	return j
}

// content is what a policy is judged as: one of the documents, or the grant, on the resource with these values.
type content struct {
	docs    []*iam.Document
	depends []string
	grant   *extract.Grant
	values  cty.Value
	// unlinked says that it is not taken for true which key the policy is for.
	unlinked bool
}

// judgePolicy judges a policy as it is with that content.
func (c *checker) judgePolicy(p *extract.Policy, as content) *judged {
	base := c.in.Owners.Subject(c.in.Subject, p.Resource)
	base.Address = p.Address
	docs, g := c.owned(as.docs, p.Resource), as.grant
	switch p.Kind {
	case iam.Grant:
		if g == nil {
			g = &extract.Grant{}
		}
		if holes := c.in.Owners.symbols(g.Grantee.Holes, p.Resource); holes != nil {
			own := *g
			own.Grantee.Holes = holes
			g = &own
		}
		return judgeGrant(p, g, base)
	case iam.Trust:
		base.Kind, base.Resource = iam.Trust, base.ARNs[p.Resource.Identity()]
	case iam.Identity:
		base.Kind, base.MaxSize = iam.Identity, sizeOf(p)
	default:
		return inEach(c.onKeys(p, base, docs, as), func(s access.Subject) *judged { return inEachRegion(c.memo, p, s, docs, as.depends) }, p.For)
	}
	return judge(c.memo, p, base, docs, as.depends)
}

// sizeOf is how many characters AWS accepts for an identity policy.
func sizeOf(p *extract.Policy) int {
	switch p.Resource.Type {
	case "aws_iam_policy":
		return aws.ManagedPolicySize
	case "aws_iam_user_policy":
		return aws.UserPolicySize
	case "aws_iam_group_policy":
		return aws.GroupPolicySize
	}
	return aws.RolePolicySize
}

// owned are documents whose unknown values say whose they are: an alias stands for its key.
func (c *checker) owned(docs []*iam.Document, r *tf.Resource) []*iam.Document {
	out := slices.Clone(docs)
	for i, d := range out {
		d = c.in.Owners.owned(d, r)
		for k, u := range d.Text.Holes {
			if to := c.in.Set.Behind[u.Of]; to != "" {
				own := *d
				own.Text.Holes = slices.Clone(d.Text.Holes)
				own.Text.Holes[k].Of = to
				d = &own
			}
		}
		out[i] = d
	}
	return out
}

// policy is the verdict for reports.
func (c *checker) policy(j *judged) finding.Policy {
	p := j.policy
	out := finding.Policy{Input: c.in.Number, Address: p.Address, Attribute: p.Attribute, Kind: string(p.Kind), Verdict: string(j.result.Verdict),
		Public: string(j.result.Public), ResolvedFrom: string(j.from), DependsOn: j.result.DependsOn,
		Assumed: j.assumed}
	if p.Resource.Action != "" {
		action := string(p.Resource.Action)
		out.Action = &action
	}
	if p.Key != nil && p.Key.Resource != nil && p.Key.Resource != p.Resource {
		out.Key = p.Key.Resource.Address
	}
	s := j.attribute()
	if j.result.Public == access.Yes {
		out.Witness = j.witness(j.result.Witness)
		s = j.at("principal", j.result.Statement, nil)
	}
	switch j.result.Verdict {
	case access.ServiceOpen, access.External, access.ExternalOrg, access.Network, access.Federated:
		out.Named = j.witness(j.result.Witness)
		if g := j.grant; g != nil && len(g.Operations) > 0 {
			out.Named = &finding.Witness{Principal: j.grantee(), Action: "kms:" + j.operations()[0]}
		}
	}
	out.Location, _ = c.locate(p.Resource, s, "")
	return out
}

func covers(subject string, k iam.Kind) bool {
	switch subject {
	case "policy":
		return true
	case "grant":
		return k == iam.Grant
	}
	return subject == string(k)+" policy"
}

// answer is what a rule says of one thing.
type answer struct {
	fires, possible bool
	severity        finding.Severity
	message, remedy string
	// at is what it points to, late are the references that decide whether it fires.
	at   string
	late []string
}

// ask evaluates a rule's condition on a thing, and its message where it fires.
func (c *checker) ask(r *Rule, t *thing) answer {
	fires, known := c.boolean(r, r.when, t)
	a := answer{fires: fires || !known, possible: !known, severity: r.Severity, at: r.At}
	if !a.fires {
		return a
	}
	if !known {
		a.late = c.late(r, t)
	}
	if r.elsewhere != nil {
		if there, known := c.boolean(r, r.elsewhere.when, t); there || !known {
			a.at = r.elsewhere.at
		}
	}
	if r.possible != nil {
		maybe, known := c.boolean(r, r.possible, t)
		a.possible = a.possible || maybe || !known
	}
	if r.milder != nil {
		if mild, known := c.boolean(r, r.milder.when, t); mild && known {
			a.severity = min(a.severity, r.milder.severity)
		}
	}
	a.message, a.remedy = c.text(r, r.message, t), firstParagraph(r.Fix)
	if r.remedy != nil {
		if text := c.text(r, r.remedy, t); text != "" {
			a.remedy = text
		}
	}
	if len(a.late) > 0 {
		a.message += " Whether this is so depends on " + strings.Join(a.late, ", ") + ", which is not known yet."
	}
	return a
}

// boolean evaluates a condition, or remembers it; the second result is false where it is unknown.
func (c *checker) boolean(r *Rule, q *question, t *thing) (value, known bool) {
	key, plain := c.keyOf(q, t)
	if plain {
		if value, ok := c.answers.remembered(q, key); ok {
			return value, true
		}
	}
	v, diags := q.expr.Value(c.scope(q, t))
	if diags.HasErrors() {
		c.failed(r, diags, t.resource.Address)
		return false, true
	}
	v, _ = v.Unmark()
	if !v.IsKnown() {
		return false, false
	}
	value = !v.IsNull() && v.Type() == cty.Bool && v.True()
	if plain {
		c.answers.remember(q, key, value)
	}
	return value, true
}

func (c *checker) text(r *Rule, q *question, t *thing) string {
	address := t.resource.Address
	v, diags := q.expr.Value(c.scope(q, t))
	if diags.HasErrors() {
		c.failed(r, diags, address)
		return address + ": " + r.Title
	}
	if unknown.IsSensitive(v) {
		return address + ": " + r.Title + " (details are sensitive)"
	}
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return address + ": " + r.Title + " (a value is not known before apply)"
	}
	return strings.Join(strings.Fields(v.AsString()), " ")
}

// failed reports a rule that could not run.
func (c *checker) failed(r *Rule, diags hcl.Diagnostics, address string) {
	for _, d := range diags {
		c.diags = c.diags.Append(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: fmt.Sprintf("Rule %s could not run", r.ID),
			Detail: fmt.Sprintf("On %s: %s %s", address, d.Summary, d.Detail), Subject: d.Subject})
	}
}
