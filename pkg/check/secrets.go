package check

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// hidden stands for a value that must not be printed.
const hidden = "(sensitive)"

// hides says whether a part of the document must not be shown.
func (j *judged) hides(start, end int) bool {
	return j.sensitive || j.doc.Text.SensitiveAt(start, end)
}

// secret says whether something of the document must not be shown.
func (j *judged) secret() bool {
	return j.sensitive || slices.ContainsFunc(j.doc.Text.Spans, func(s unknown.Span) bool { return s.Sensitive })
}

// whole says whether nothing of the document may be shown. The words of AWS in it, its actions and condition keys, are:
// they tell what is wrong.
func (j *judged) whole() bool {
	return j.sensitive || slices.ContainsFunc(j.doc.Text.Spans, func(s unknown.Span) bool {
		return s.Sensitive && s.Start == 0 && s.End >= len(j.doc.Text.S)
	})
}

// quotes says whether a text of the engine quotes something sensitive of the document.
func (j *judged) quotes(text string) bool {
	found := false
	j.leaves(func(s iam.String) {
		found = found || s.S != "" && j.hides(s.Start, s.End) && (strings.Contains(text, s.S) || strings.Contains(text, strings.Trim(strconv.Quote(s.S), `"`)))
	})
	return found
}

// inside says whether a text stands in something sensitive of the document.
func (j *judged) inside(text string) bool {
	if !j.hides(0, len(j.doc.Text.S)) {
		return false
	}
	found := false
	j.leaves(func(s iam.String) {
		found = found || j.hides(s.Start, s.End) && strings.Contains(strings.ToLower(s.S), strings.ToLower(text))
	})
	return found
}

// leaves calls do for every leaf of the document, names of condition keys and operators among them.
func (j *judged) leaves(do func(iam.String)) {
	list := func(l *iam.List) {
		for _, v := range l.All() {
			do(v)
		}
	}
	for s := range j.doc.All() {
		do(s.Sid)
		do(s.Effect)
		for _, p := range []*iam.Principals{s.Principal, s.NotPrincipal} {
			if p == nil {
				continue
			}
			do(p.Text)
			for k := range p.Entries {
				do(p.Entries[k].Type)
				list(&p.Entries[k].Values)
			}
		}
		for _, l := range []*iam.List{s.Action, s.NotAction, s.Resource, s.NotResource} {
			list(l)
		}
		for k := range s.Conditions {
			do(s.Conditions[k].Operator)
			do(s.Conditions[k].Key)
			list(&s.Conditions[k].Values)
		}
	}
}

// masked is a leaf with the parts hidden that are sensitive.
func (j *judged) masked(s iam.String) string {
	if !s.Set || s.S == "" || !j.hides(s.Start, s.End) {
		return s.S
	}
	start := s.End - 1 - len(s.S)
	if j.sensitive || !s.Quoted || start != s.Start+1 {
		return hidden // it is written with escapes
	}
	return masked(s.S, j.doc.Text, start)
}

// masked is a text that stands in another one at an offset, with the parts hidden that are sensitive.
func masked(s string, in unknown.Text, at int) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		from := i
		secret := in.SensitiveAt(at+i, at+i+1)
		for i < len(s) && in.SensitiveAt(at+i, at+i+1) == secret {
			i++
		}
		if secret {
			b.WriteString(hidden)
		} else {
			b.WriteString(s[from:i])
		}
	}
	return b.String()
}

// shownAccounts are the accounts of a statement's principals as they may be printed.
func (j *judged) shownAccounts(f *access.StatementFacts) []string {
	return j.named(f, f.Accounts, func(v iam.String) string { return access.AccountOf(v.S) }, j.shownAccount)
}

// shownAccount is the account of a principal as it may be printed.
func (j *judged) shownAccount(written iam.String) string {
	if written.Known() {
		return cmp.Or(access.AccountOf(j.masked(written)), hidden)
	}
	written.S = access.AccountPart(written.S)
	return j.text(written)
}

// shownServices are the services of a statement as they may be printed.
func (j *judged) shownServices(f *access.StatementFacts) []string {
	if slices.Contains(f.Services, access.EveryService) && !j.sensitive {
		return f.Services // no principal names one
	}
	return j.named(f, f.Services, func(v iam.String) string { return v.S }, j.text)
}

// named are names of principals as a statement writes them in the open, or what stands for the others. Those that are hidden
// are told once: how many there are is nobody's business.
func (j *judged) named(f *access.StatementFacts, names []string, of, shown func(iam.String) string) []string {
	if len(names) == 0 {
		return nil
	}
	written, called, told := j.asWritten(f.Index), map[string][]iam.String{}, map[string]bool{}
	for _, v := range f.Statement.Principal.Values() {
		called[of(v)] = append(called[of(v)], v)
	}
	var out []string
	for _, name := range names {
		text := hidden
		for _, v := range called[name] {
			if text == hidden {
				text = shown(written(v))
			}
		}
		if !told[text] {
			out, told[text] = append(out, text), true
		}
	}
	return out
}

// shownActions are actions that the document allows as they may be printed: those that an Allow statement names in the
// open, or what stands for the others.
func (j *judged) shownActions(actions []string) []string {
	open, secret := j.openPatterns()
	if !secret {
		return actions
	}
	var out []string
	for _, a := range actions {
		if !slices.ContainsFunc(open, func(p string) bool { return evaluate.CoversAction(p, a) }) {
			a = hidden
		}
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// openPatterns are the patterns of actions that Allow statements name in the open, and whether others are sensitive.
func (j *judged) openPatterns() (patterns []string, secret bool) {
	if j.whole() {
		return nil, false
	}
	for s := range j.doc.All() {
		if l := s.NotAction; l != nil && j.hides(l.Start, l.End) {
			secret = true
		} else if l != nil {
			patterns = append(patterns, "*")
		}
		for _, a := range s.Action.All() {
			switch {
			case j.hides(a.Start, a.End):
				secret = true
			case s.Effect.S == "Allow":
				patterns = append(patterns, a.S)
			}
		}
	}
	return patterns, secret
}

// operations are those of a grant as they may be printed.
func (j *judged) operations() []string {
	if j.grant.SecretOperations && len(j.grant.Operations) > 0 {
		return []string{hidden}
	}
	return j.grant.Operations
}

// text is a leaf of the document for people, or what stands for it where it is sensitive.
func (j *judged) text(s iam.String) string {
	if !s.Set || s.S == "" {
		return ""
	}
	if j.hides(s.Start, s.End) {
		return hidden
	}
	return shown(s.S, j.doc.Text.Holes)
}

// shown writes unknown parts by what decides them.
func shown(s string, holes []unknown.Symbol) string {
	if !unknown.HasHole(s) {
		return s
	}
	out := ""
	for _, p := range unknown.Parts(s) {
		switch {
		case p.Hole < 0:
			out += p.Text
		case p.Hole < len(holes) && holes[p.Hole].Ref != "":
			out += "(" + holes[p.Hole].Ref + ")"
		default:
			out += "(known after apply)"
		}
	}
	return out
}

// asWritten are the principals of a statement as the document has them, with what is not known in them.
func (j *judged) asWritten(statement int) func(iam.String) iam.String {
	written := map[int]iam.String{} // by where they stand
	if s := j.doc.Statement(statement); s != nil {
		for _, v := range s.Principal.Values() {
			written[v.Start] = v
		}
	}
	return func(v iam.String) iam.String {
		if w, ok := written[v.Start]; ok {
			return w
		}
		return v
	}
}
