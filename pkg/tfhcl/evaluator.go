package tfhcl

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// evaluator computes values for one run of Plan or Join. It follows references lazily and remembers what it computed.
type evaluator struct {
	*Config
	ctx     context.Context
	plan    *known // what a plan knows, nil with sources alone
	root    *instance
	holes   unknown.Holes
	funcs   map[string]function
	steps   int
	depth   int
	ceiling int    // of steps for the argument at hand
	stopped string // why evaluation was given up, "" while it goes on
	final   bool   // it was given up for good
	modules int
	texts   map[string]cty.Value // contents of files by name, so that each is in memory once
	random  int                  // how many results of functions like uuid there are
	unsure  int                  // how often something was read that may not be there
	quiet   int                  // above 0 no notes are taken: the result is only looked at for its type, or may fail
	outside string               // the variable whose value from outside, or secret default, is evaluated: nothing of its text is told
	memo    map[memoKey][]memoEntry
	active  map[memoKey]bool
	choices
}

type memoKey struct {
	inst       *instance
	kind, name string
	key        string
}

// memoEntry is a result with the unknown conditions that it was computed under.
type memoEntry struct {
	under  map[string]outcome
	value  cty.Value
	fault  *hcl.Diagnostic
	result any
}

const maxDepth = 600

func (c *Config) evaluator(ctx context.Context) *evaluator {
	e := &evaluator{Config: c, ctx: ctx, memo: map[memoKey][]memoEntry{}, active: map[memoKey]bool{}, texts: map[string]cty.Value{}}
	e.funcs = functions()
	e.begin()
	e.root = &instance{module: c.root, key: cty.NilVal}
	return e
}

// fault is an error that Terraform would report, too: try and can see it.
func fault(at hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: detail, Subject: at.Ptr()}
}

// warn notes something that leaves a value unknown.
func (e *evaluator) warn(at hcl.Range, summary, detail string) {
	if e.quiet == 0 {
		place := e.files.place(at)
		e.notes.add(e.discreet(&hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: detail, Subject: &place}))
	}
}

// discreet is a note that does not quote the value of a variable that is given from outside.
func (e *evaluator) discreet(d *hcl.Diagnostic) *hcl.Diagnostic {
	if e.outside != "" {
		d.Summary, d.Extra = "Invalid value for a variable", unknown.HiddenSource{}
		d.Detail = fmt.Sprintf("The value that is given for var.%s cannot be read in full, and Terraform would refuse it. What cannot be read is treated as unknown, and not shown: it may be secret.", e.outside)
	}
	return d
}

// refuse notes that a value goes beyond a limit, which leaves it unknown: what could be hidden there was not analysed.
func (e *evaluator) refuse(at hcl.Range, summary, detail string) {
	if e.quiet == 0 {
		place := e.files.place(at)
		e.notes.add(e.discreet(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &place}))
	}
}

// note takes a fault that nothing caught.
func (e *evaluator) note(d *hcl.Diagnostic) {
	if e.quiet == 0 && d != nil {
		at := hcl.Range{}
		if d.Subject != nil {
			at = e.files.place(*d.Subject)
		}
		e.notes.add(e.discreet(&hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: d.Summary, Detail: d.Detail, Subject: &at, Extra: d.Extra}))
	}
}

// step counts work. It returns false when evaluation must end: the budget is used up or the context was cancelled.
func (e *evaluator) step(n int) bool {
	if e.stopped != "" {
		return false
	}
	before := e.steps
	e.steps += n
	switch {
	case e.steps > e.opts.Limits.Steps:
		e.final = true
		e.stop("Evaluation was given up", fmt.Sprintf("The sources need more than %d steps to evaluate. What was not evaluated is treated as unknown; --limit steps=VALUE allows more.", e.opts.Limits.Steps))
	case e.steps > e.ceiling:
		e.stop("Evaluation was given up", fmt.Sprintf("An argument needs more than %d steps to evaluate; it is treated as unknown. --limit argument-steps=VALUE allows more.", e.opts.Limits.Each))
	case before>>10 != e.steps>>10 && e.ctx.Err() != nil:
		e.final = true
		e.stop("Evaluation was interrupted", fmt.Sprintf("Not everything was evaluated: %v.", context.Cause(e.ctx)))
	}
	return e.stopped == ""
}

// begin gives the next argument a budget of its own.
func (e *evaluator) begin() {
	if !e.final {
		e.stopped, e.ceiling = "", e.steps+e.opts.Limits.Each
	}
}

func (e *evaluator) stop(summary, detail string) {
	if e.stopped == "" {
		e.stopped = summary
		e.notes.add(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail})
	}
}

// once computes what a key names unless that is known, and notices a value that needs itself.
func (e *evaluator) once(key memoKey, at hcl.Range, compute func() (cty.Value, *hcl.Diagnostic)) (cty.Value, *hcl.Diagnostic) {
	for _, m := range e.memo[key] {
		if e.agrees(m.under) {
			e.consulted(m.under)
			return m.value, m.fault
		}
	}
	if e.active[key] {
		e.warn(at, "Reference to itself", fmt.Sprintf("The value of %s depends on itself; it is treated as unknown.", key.name))
		return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: key.name}), nil
	}
	e.active[key] = true
	under, pop := e.push()
	before := e.unsure
	v, f := compute()
	e.unsure = before // try around a reference does not catch what is wrong where the name is defined
	pop()
	delete(e.active, key)
	if f == nil && v != cty.NilVal && size(v, maxValues) > maxValues {
		e.refuse(at, "Value is too large", fmt.Sprintf("The value of %s holds more than %d elements; it is treated as unknown.", key.name, maxValues))
		v = unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: key.name})
	}
	if e.stopped == "" {
		e.memo[key] = append(e.memo[key], memoEntry{under: under, value: v, fault: f})
	}
	return v, f
}

// maxValues bounds one value, because functions walk over all of it.
const maxValues = 200_000

// unknown is what a token for v stands for.
func (e *evaluator) unknown(v cty.Value) unknown.Symbol {
	_, m := unknown.Unmark(v)
	u := unknown.Join(m.Refs)
	if len(m.Refs) > 1 {
		s := newSigner("")
		s.value(v)
		u.Variant = s.variant()
	}
	u.Sensitive = u.Sensitive || m.Sensitive
	return u
}

// gather collects what unknown parts of a value depend on, in known strings as well, and whether a part is sensitive.
func (e *evaluator) gather(into map[unknown.Symbol]bool, v cty.Value) (sensitive bool) {
	raw, m := unknown.Unmark(v)
	sensitive = m.Sensitive || v.HasMark(partly)
	switch {
	case !raw.IsKnown():
		for _, r := range m.Refs {
			into[unknown.Symbol{Ref: r.Ref, Sensitive: r.Sensitive}] = true
		}
	case raw.IsNull():
	case raw.Type() == cty.String:
		if s := raw.AsString(); unknown.HasHole(s) {
			for _, p := range unknown.Parts(s) {
				if u, ok := e.holes.Get(p.Hole); ok {
					into[unknown.Symbol{Ref: u.Ref, Sensitive: u.Sensitive}] = true
				}
			}
		}
	case raw.Type() == lazyType:
		if l := lazyOf(raw); l != nil {
			into[unknown.Symbol{Ref: l.ref()}] = true
		}
	case raw.CanIterateElements():
		for it := raw.ElementIterator(); it.Next(); {
			k, el := it.Element()
			if k.Type() == cty.String {
				e.gather(into, k)
			}
			if e.gather(into, el) {
				sensitive = true
			}
		}
	}
	return sensitive
}

// sourceBytes is the text of a range.
func (e *evaluator) sourceBytes(r hcl.Range) []byte {
	src := e.files.byName(r.Filename)
	if d, ok := e.files.unfold(r.Filename); ok {
		src = d.text
	}
	if r.Start.Byte < 0 || r.End.Byte > len(src) || r.Start.Byte > r.End.Byte {
		return nil
	}
	return src[r.Start.Byte:r.End.Byte]
}

// source is the text of an expression on one line, for people. One that may write a secret is named by its place.
func (e *evaluator) source(r hcl.Range) string {
	if e.outside != "" {
		return fmt.Sprintf("var.%s (%s:%d,%d)", e.outside, path.Base(r.Filename), r.Start.Line, r.Start.Column)
	}
	s := strings.Join(strings.Fields(string(e.sourceBytes(r))), " ")
	if strings.Contains(s, "sensitive(") || strings.Contains(s, "sensitive (") {
		return fmt.Sprintf("(sensitive, %s:%d,%d)", path.Base(r.Filename), r.Start.Line, r.Start.Column)
	}
	if runes := []rune(s); len(runes) > 80 {
		s = string(runes[:79]) + "…"
	}
	return s
}

// untoken turns a string that is nothing but one token back into the unknown value.
func (e *evaluator) untoken(v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	if !isString(raw) {
		return v
	}
	parts := unknown.Parts(raw.AsString())
	if len(parts) != 1 || parts[0].Hole < 0 {
		return v
	}
	u, _ := e.holes.Get(parts[0].Hole)
	out := unknownOf(cty.String, u)
	for m := range marks {
		switch m.(type) {
		case unknown.Built, unknown.Ref:
		default:
			out = out.Mark(m)
		}
	}
	return out
}
