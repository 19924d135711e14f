// Package value has the values that evaluation works with: collections that may hold more than they show, strings that
// know where their parts come from, instances whose attributes are computed when something asks for them, and what is
// certain of them: whether two are the same, what a member is, what a conversion keeps.
//
// It is no API: it may change in any version.
package value

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Budget bounds the work of evaluating. A zero field means its default.
type Budget struct {
	Steps   int // work of evaluating everything, about one for each expression
	Each    int // the same for one argument of a resource
	Text    int // bytes of a string that is put together
	Modules int // module instances
	Choices int // outcomes of unknown conditions that are told apart for one argument
}

// WithDefaults is the budget with the default in place of each zero.
func (l Budget) WithDefaults() Budget {
	def := func(p *int, d int) {
		if *p <= 0 {
			*p = d
		}
	}
	def(&l.Steps, 20_000_000)
	def(&l.Each, 700_000)
	def(&l.Text, 4<<20)
	def(&l.Modules, 20_000)
	def(&l.Choices, 16)
	return l
}

// WorkingDirectory is what path.cwd gives: the directory that Terraform runs in.
var WorkingDirectory = unknown.Symbol{Ref: "path.cwd"}

// ARNs is what is known of ARNs that symbols stand for.
type ARNs interface {
	// Form is how an ARN is put together that is of no kind with one form, as texts and kinds; nil where that is not known.
	Form(unknown.Symbol) []any
	// Part is a part of one: its partition, its region, or how it ends. It is false where nothing is known of it.
	Part(unknown.Kind, unknown.Symbol) (cty.Value, bool)
}

// Run is one evaluation of sources: what it may cost, what it noted, and the unknown values that became parts of strings.
type Run struct {
	*tfsource.Sources
	// Holes number the unknown values that tokens in strings stand for.
	Holes unknown.Holes
	// Limits are what the evaluation may cost.
	Limits Budget
	// Unsure counts how often something was read that may not be there.
	Unsure int
	// Faults counts what Terraform would refuse and nothing caught. Supposed says that outcomes of unknown conditions are
	// supposed: a fault then only says that they are not what will be.
	Faults   int
	Supposed bool
	// ByDefault says that others may give the root module's variables other values than their defaults: a fault then only says that
	// they do. Told are the faults that were noted.
	ByDefault bool
	Told      hcl.Diagnostics
	// Quiet is above 0 while no notes are taken: the result is only looked at for its type, or may fail.
	Quiet int
	// Outside is the variable whose value from outside, or secret default, is evaluated: nothing of its text is told.
	Outside string
	// ARNs knows the resources that ARNs are of, nil where nothing does.
	ARNs    ARNs
	spelled map[string]cty.Value // unknown values by what Spell made of them
	ctx     context.Context
	steps   int
	ceiling int    // of steps for the argument at hand
	stopped string // why evaluation was given up, "" while it goes on
	final   bool   // it was given up for good
	silent  bool   // it is no loss if the computation at hand is given up
}

// NewRun begins an evaluation of sources.
func NewRun(ctx context.Context, src *tfsource.Sources, limits Budget) *Run {
	e := &Run{Sources: src, ctx: ctx, Limits: limits.WithDefaults()}
	e.Begin()
	return e
}

// Fault is an error that Terraform would report, too: try and can see it.
func Fault(at hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: detail, Subject: at.Ptr()}
}

// Warn notes something that leaves a value unknown.
func (e *Run) Warn(at hcl.Range, summary, detail string) {
	e.tell(hcl.DiagWarning, at, summary, detail)
}

func (e *Run) tell(severity hcl.DiagnosticSeverity, at hcl.Range, summary, detail string) {
	if e.Quiet == 0 {
		place := e.Place(at)
		e.AddNote(e.discreet(&hcl.Diagnostic{Severity: severity, Summary: summary, Detail: detail, Subject: &place}))
	}
}

// discreet is a note that does not quote the value of a variable that is given from outside, nor what stands for a value
// that is not known.
func (e *Run) discreet(d *hcl.Diagnostic) *hcl.Diagnostic {
	d.Detail = unknown.Plain(d.Detail)
	if e.Outside != "" {
		d.Summary, d.Extra = "Invalid value for a variable", unknown.HiddenSource{}
		d.Detail = fmt.Sprintf("The value that is given for var.%s cannot be read in full, and Terraform would refuse it. What cannot be read is treated as unknown, and not shown: it may be secret.", e.Outside)
	}
	return d
}

// Refuse notes that a value goes beyond a limit, which leaves it unknown: what could be hidden there was not analysed.
func (e *Run) Refuse(at hcl.Range, summary, detail string) {
	e.tell(hcl.DiagError, at, summary, detail)
}

// Note takes a fault that nothing caught.
func (e *Run) Note(d *hcl.Diagnostic) {
	if e.Quiet == 0 && d != nil {
		if e.Faults++; e.Supposed || e.ByDefault {
			return
		}
		at := hcl.Range{}
		if d.Subject != nil {
			at = e.Place(*d.Subject)
		}
		e.Told = append(e.Told, e.discreet(&hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: d.Summary, Detail: d.Detail, Subject: &at, Extra: d.Extra}))
		e.AddNote(e.Told[len(e.Told)-1])
	}
}

// Step counts work. It returns false when evaluation must end: the budget is used up or the context was cancelled.
func (e *Run) Step(n int) bool {
	if e.stopped != "" {
		return false
	}
	before := e.steps
	e.steps += n
	switch {
	case e.steps > e.Limits.Steps:
		e.final = true
		e.stop("Evaluation was given up", fmt.Sprintf("The sources need more than %d steps to evaluate. What was not evaluated is treated as unknown; --limit steps=VALUE allows more.", e.Limits.Steps))
	case e.steps > e.ceiling:
		e.stop("Evaluation was given up", fmt.Sprintf("An argument needs more than %d steps to evaluate; it is treated as unknown. --limit argument-steps=VALUE allows more.", e.Limits.Each))
	case before>>10 != e.steps>>10 && e.ctx.Err() != nil:
		e.final = true
		e.stop("Evaluation was interrupted", fmt.Sprintf("Not everything was evaluated: %v.", context.Cause(e.ctx)))
	}
	return e.stopped == ""
}

// Begin gives the next argument a budget of its own.
func (e *Run) Begin() {
	if !e.final {
		e.stopped, e.ceiling = "", e.steps+e.Limits.Each
	}
}

// Within runs f, which is given up without a word when it needs more than n steps; false then.
func (e *Run) Within(n int, f func()) bool {
	if e.stopped != "" {
		return false
	}
	ceiling := e.ceiling
	e.ceiling, e.silent = min(ceiling, e.steps+n), true
	f()
	e.ceiling, e.silent = ceiling, false
	done := e.stopped == ""
	if !e.final {
		e.stopped = ""
		e.Step(0) // beyond the budget around it, too
	}
	return done
}

func (e *Run) stop(summary, detail string) {
	if e.stopped == "" {
		e.stopped = summary
		if e.silent && !e.final {
			return
		}
		e.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail})
	}
}

// MaxValues bounds one value, because functions walk over all of it.
const MaxValues = 100_000

// Unknown is what a token for v stands for.
func (e *Run) Unknown(v cty.Value) unknown.Symbol {
	_, m := unknown.Unmark(v)
	u := unknown.Join(m.Refs)
	if len(m.Refs) > 1 {
		s := NewSigner("")
		s.Value(v)
		u.Variant = s.Variant()
	}
	u.Sensitive = u.Sensitive || m.Sensitive
	return u
}

// Gather collects what unknown parts of a value depend on, in known strings as well, and whether a part is sensitive.
func (e *Run) Gather(into map[unknown.Symbol]bool, v cty.Value) (sensitive bool) {
	raw, m := unknown.Unmark(v)
	sensitive = m.Sensitive || v.HasMark(Partly)
	switch {
	case !raw.IsKnown():
		for _, r := range m.Refs {
			into[unknown.Symbol{Ref: r.Ref, Sensitive: r.Sensitive}] = true
		}
	case raw.IsNull():
	case raw.Type() == cty.String:
		if s := raw.AsString(); unknown.HasHole(s) {
			for _, p := range unknown.Parts(s) {
				if u, ok := e.Holes.Get(p.Hole); ok {
					into[unknown.Symbol{Ref: u.Ref, Sensitive: u.Sensitive}] = true
				}
			}
		}
	case raw.Type() == LazyType:
		if l := lazyOf(raw); l != nil {
			into[unknown.Symbol{Ref: l.Ref()}] = true
		}
	case raw.CanIterateElements():
		for it := raw.ElementIterator(); it.Next(); {
			k, el := it.Element()
			if k.Type() == cty.String {
				e.Gather(into, k)
			}
			if e.Gather(into, el) {
				sensitive = true
			}
		}
	}
	return sensitive
}

// Source is the text of an expression on one line, for people. One that may write a secret is named by its place.
func (e *Run) Source(r hcl.Range) string {
	if e.Outside != "" {
		return fmt.Sprintf("var.%s (%s:%d,%d)", e.Outside, path.Base(r.Filename), r.Start.Line, r.Start.Column)
	}
	s := strings.Join(strings.Fields(string(e.SourceText(r))), " ")
	if strings.Contains(s, "sensitive(") || strings.Contains(s, "sensitive (") {
		return fmt.Sprintf("(sensitive, %s:%d,%d)", path.Base(r.Filename), r.Start.Line, r.Start.Column)
	}
	if runes := []rune(s); len(runes) > 80 {
		s = string(runes[:79]) + "…"
	}
	return s
}

// Untoken turns a string that is nothing but one token back into the unknown value.
func (e *Run) Untoken(v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	if !IsString(raw) {
		return v
	}
	if whole, ok := e.spelled[raw.AsString()]; ok {
		return whole
	}
	parts := unknown.Parts(raw.AsString())
	if len(parts) != 1 || parts[0].Hole < 0 {
		return v
	}
	u, _ := e.Holes.Get(parts[0].Hole)
	out := UnknownOf(cty.String, u)
	for m := range marks {
		switch m.(type) {
		case unknown.Built, unknown.Ref:
		default:
			out = out.Mark(m)
		}
	}
	return out
}

// GiveUp ends evaluation for good.
func (e *Run) GiveUp(summary, detail string) {
	e.final = true
	e.stop(summary, detail)
}

// Ended says that evaluation was given up, at least for the argument at hand.
func (e *Run) Ended() bool { return e.stopped != "" }

// Derived is an unknown value that an operation makes of others.
func (e *Run) Derived(ty cty.Type, operation string, from ...cty.Value) cty.Value {
	refs := map[unknown.Symbol]bool{}
	sensitive := false
	s := NewSigner(operation)
	for _, v := range from {
		if e.Gather(refs, v) {
			sensitive = true
		}
		s.Value(v)
	}
	variant := s.Variant()
	list := SortedUnknowns(refs)
	for i := range list {
		list[i].Variant = variant
	}
	v := UnknownOf(ty, list...)
	return SecretIf(sensitive, v)
}

// Waits are the names of what values depend on, or the expression where they hold none.
func (e *Run) Waits(x hcl.Range, vs ...cty.Value) []string {
	if names := RefNames(e.Derived(cty.Bool, "", vs...)); len(names) > 0 {
		return names
	}
	return []string{e.Source(x)}
}
