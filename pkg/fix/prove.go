package fix

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// prepare finds the candidates that end the finding on its own policy, best first.
func (s *search) prepare() {
	if s.withoutGrant() {
		return
	}
	if s.why = s.refusal(); s.why != "" {
		return
	}
	if s.argument() != "" {
		s.arguments()
		return
	}
	s.about = s.Doc.Statement(s.statement())
	var ok bool
	s.alone, ok = s.program.Run(s.ctx, Trial{Only: s.place(), Documents: map[Place]unknown.Text{*s.place(): s.Doc.Text}})
	if !ok {
		s.why = "the policy could not be judged by itself"
		return
	}
	s.list = s.onDocument()
	slices.SortStableFunc(s.list, better)
	if len(s.list) > 0 {
		return
	}
	switch st := s.Doc.Statement(s.first()); {
	case s.brought != "":
		s.why = s.brought
	case s.Finding.Rule == "kms-key-service-unrestricted" && st != nil && noTie(st) != "":
		s.why = noTie(st)
	case s.Finding.Rule == "iam-role-federated-public" && st != nil && st.Principal != nil:
		s.why = label(st) + " lets in tokens in more than one way: give each provider a statement of its own, with a condition on the subject"
	case s.Finding.Rule == "kms-key-external-account" && s.Subject.Account == "":
		s.why = "its account may be the own one: say which that is with --account; else name it in trusted_accounts, or take the principal out"
	case s.Finding.Rule == "kms-key-external-account":
		s.why = "whether its account is to be trusted is for you to say: name it in trusted_accounts, or take the principal out"
	case s.Finding.Rule == "policy-invalid" && s.Finding.Certainty == finding.Possible && len(s.Finding.DependsOn) > 0:
		s.why = "whether it is so depends on " + shortened(s.Finding.DependsOn) + ": give it with --var, or judge a plan"
	case s.Finding.Rule == "policy-invalid" && s.Finding.Certainty == finding.Possible:
		s.why = "whether it is so depends on values that are not known: give them with --var, or judge a plan"
	case s.Finding.Rule == "policy-invalid":
		s.why = "what is meant there only you know: no edit that keyproof knows makes AWS accept and apply it"
	case s.kind() == "identity" && st != nil && st.Action != nil && slices.ContainsFunc(st.Action.Items, func(a iam.String) bool { return a.S == "*" }):
		s.why = label(st) + " allows everything: list what it is for, or accept it where an administrator is meant"
	case s.kind() == "identity" && st != nil && !onlyKeys(st):
		s.why = label(st) + " allows actions of other services, too: give those of KMS a statement of their own, with the ARNs of keys"
	default:
		s.why = "no edit that keyproof knows ends it without opening something else"
	}
}

// most is how many fixes are looked for.
func (s *search) most() int {
	switch {
	case s.argument() != "":
		return 1
	case s.TakeOut:
		return maxFixes + 1
	case s.program.Most == 0:
		return maxFixes
	}
	return s.program.Most
}

// next is the next candidate that has a place in the sources. Those before it are proved on the document.
func (s *search) next() *attempt {
	for len(s.list) > 0 && s.ctx.Err() == nil {
		if n := len(s.result.Fixes); n >= s.most() && (n >= maxFixes || len(s.result.Fixes[0].Edits) > 0) {
			break // one that can be written comes before one that cannot
		}
		p := s.list[0]
		s.list = s.list[1:]
		s.everyOutcome(p)
		sample := p.terms.sampled()
		if e, ok := s.edit(p, &sample); ok {
			if files, ok := s.src.edited(e); ok && (s.argument() == "" || !s.reveals(files)) {
				return &attempt{search: s, p: p, edit: e, files: files}
			}
		}
		s.onPlan(p, s.nowhere(p))
	}
	return nil
}

// nowhere says why there is no place to edit.
func (s *search) nowhere(p *proved) string {
	instead := ""
	if p != nil && p.set == nil && !s.Several {
		instead = ", or print the mended policy with --policy"
	}
	if len(s.program.Files) == 0 && s.Several {
		return "which of several documents the policy is, is not known before apply: edit its sources"
	}
	if len(s.program.Files) == 0 {
		return "there are no sources to edit: name them with --source" + instead
	}
	if p != nil && s.Subject.Account == "" {
		told := slices.Clone(p.terms)
		for i := range told {
			if told[i].symbol.Kind == unknown.OwnAccount && told[i].literal == "" {
				told[i].literal = "111122223333"
			}
		}
		if _, ok := s.edit(p, &told); ok {
			return "nothing there can refer to the own account: give its id with --account"
		}
	}
	return "the sources do not tell where to edit: mend what makes the value" + instead
}

// proves says whether a run shows that an edit ends the finding and makes nothing worse.
func (s *search) proves(after *Outcome) bool {
	return s.Ends(after) && s.fewer(s.before, after) && s.namesKeys(after) && !Worse(s.before, after) && !Gives(s.Finding.Rule, s.before, after)
}

// take offers an edit that is proved, by a run on the edits of some attempts.
func (a *attempt) take(ends []string, after *Outcome, list []*attempt) {
	if doc := after.document(*a.place()); a.changesMore(doc) {
		a.p.loses, a.p.delegated = a.losses(doc)
	}
	a.p.delegated = append(a.p.delegated, a.elsewhere(after, list)...)
	a.p.delegated = append(a.p.delegated, a.losers(a.p, after)...)
	files := a.files
	if len(a.p.names) > 0 {
		e, _ := a.search.edit(a.p, &a.p.terms)
		files, _ = a.src.edited(e)
	}
	if a.reveals(files) {
		a.add(a.p, nil, ends)
		a.because("lines beside the edit may hold secrets, which no diff may show")
		return
	}
	a.add(a.p, files, ends)
	if len(a.result.made.splices) == 0 && a.result.Files != nil {
		a.result.made = a.edit
	}
}

// add puts a fix behind those that were found: in front of them where it is the first one that can be written, and takes out
// no more than it must.
func (s *search) add(p *proved, files map[string][]byte, ends []string) {
	r := &s.result
	if files != nil && slices.ContainsFunc(r.Edited, func(made map[string][]byte) bool { return maps.EqualFunc(made, files, bytes.Equal) }) {
		return // written in the sources, it is one that is there
	}
	r.Fixes = append(r.Fixes, *s.offer(p, files, ends))
	r.fill = append(r.fill, nil)
	if last := len(r.Fixes) - 1; len(p.names) > 0 {
		if files != nil {
			r.fill[last] = func(values map[string]string) (*finding.Fix, map[string][]byte) { return s.filled(p, values) }
		}
		files = nil
	}
	r.Edited = append(r.Edited, files)
	if last := len(r.Fixes) - 1; files != nil && r.Files == nil && p.strategy != takeOut {
		r.Files = files
		r.Fixes[0], r.Fixes[last] = r.Fixes[last], r.Fixes[0]
		r.Edited[0], r.Edited[last] = r.Edited[last], r.Edited[0]
		r.fill[0], r.fill[last] = r.fill[last], r.fill[0]
	}
}

// filled is a fix with values in place of its names, and the sources with it; nil where it does not hold with them.
func (s *search) filled(p *proved, values map[string]string) (*finding.Fix, map[string][]byte) {
	own := *p
	own.names, own.terms = nil, slices.Clone(p.terms)
	for i := range own.terms {
		if x := &own.terms[i]; x.placeholder != "" {
			value, ok := values[x.placeholder]
			if !ok || !oneName(x.placeholder, value) {
				return nil, nil
			}
			x.literal, x.placeholder = value, ""
		}
	}
	e, ok := s.edit(&own, &own.terms)
	if !ok {
		return nil, nil
	}
	files, ok := s.src.edited(e)
	if !ok {
		return nil, nil
	}
	after, ran := s.program.Run(s.ctx, Trial{Files: files})
	if !ran || !s.proves(after) {
		return nil, nil
	}
	if own.doc = after.document(*s.place()); own.doc != nil {
		own.loses, own.delegated = s.losses(own.doc)
	}
	own.delegated = append(own.delegated, s.losers(&own, after)...)
	return s.offer(&own, files, ended(s.before, after)), files
}

// oneName says whether a value can stand for a name: one, and no pattern or variable. An external id may hold colons.
func oneName(placeholder, value string) bool {
	return value != "" && !unknown.HasHole(value) && !strings.ContainsAny(value, "*?$ ") && (placeholder == "EXTERNAL_ID" || placeholder == "IDENTITY_POOL_ID" || !strings.Contains(value, ":"))
}

const nothingEnds = "no edit ends it in the whole plan"

// because remembers why a candidate cannot be written, that of the best one.
func (s *search) because(why string) {
	if s.why == "" {
		s.why = why
	}
}

// onPlan proves a candidate on the policy, or the argument, as the plan has it: there is no place to edit.
func (s *search) onPlan(p *proved, why string) {
	if p.set != nil {
		return // the value is tried at the end
	}
	if s.Several {
		s.because(why) // a document in the place of all that it may be would say nothing of the others
		return
	}
	after, ran := s.program.Run(s.ctx, Trial{Documents: map[Place]unknown.Text{*s.place(): p.text}})
	if ran && s.proves(after) {
		s.add(p, nil, ended(s.before, after))
		s.because(why)
		return
	}
	if ran {
		s.note(s.before, after)
	}
	s.failed = nothingEnds
}

// outcome is what was found.
func (s *search) outcome() Result {
	if s.argument() != "" && len(s.result.Fixes) == 0 && s.why == "" {
		s.onValue()
	}
	r := s.result
	if n := len(r.Fixes); n > s.most() {
		n = s.most()
		r.Fixes, r.Edited, r.fill = r.Fixes[:n], r.Edited[:n], r.fill[:n]
	}
	switch {
	case r.Files != nil:
	case len(r.Fixes) > 0 && len(r.Fixes[0].Placeholders) > 0:
		r.Why = "only you know " + joined(r.Fixes[0].Placeholders) + " (" + uncapital(strings.TrimSuffix(r.Fixes[0].Title, ".")) + ")"
	case s.why != "":
		r.Why = s.why
	case s.brought != "":
		r.Why = s.brought
	case s.failed != "":
		r.Why = s.failed
	default:
		r.Why = nothingEnds
	}
	return r
}

// onValue sets the argument on the resource itself.
func (s *search) onValue() {
	_, v := s.want()
	after, ran := s.program.Run(s.ctx, Trial{Values: map[Place]cty.Value{{s.Resource.Address, s.argument()}: v}})
	if !ran || !s.proves(after) {
		s.why = "setting " + s.argument() + " alone does not end it"
		return
	}
	s.add(s.setting(nil), nil, ended(s.before, after))
	s.because(s.nowhere(nil))
}

// refusal says why nothing is looked for.
func (s *search) refusal() string {
	switch rule := s.Finding.Rule; {
	case unfixable[rule] != "":
		return unfixable[rule]
	case s.argument() != "":
		return ""
	case strings.Contains(s.Resource.Type, "attachment") || s.Attribute == "managed_policy_arns":
		return "AWS owns the policy: attach another one"
	case s.Doc == nil || s.Doc.Opaque:
		return "the policy is not known before apply: name its sources with --source, or give what decides with --var"
	case s.Doc.Text.SensitiveAt(0, len(s.Doc.Text.S)+1):
		return "the policy holds sensitive values, which no diff may show"
	}
	return ""
}

// unfixable are the rules whose findings no edit can end, and why.
var unfixable = map[string]string{
	"policy-undecided":          "what decides is not known before apply: give it with --var or --source, or write the value out",
	"policy-assumed":            "the sources decide: name them with --source",
	"access-not-judged":         "nothing is wrong with it: look at it, and accept it where it is as it should be",
	"kms-grant-external":        "whether the grantee should have the grant is for you to say: take the resource out, or trust its account in the configuration",
	"kms-key-unexpected-access": "the expectation or the policy is wrong, and only you know which",
	"kms-key-missing-access":    "the expectation or the policy is wrong, and only you know which",
	"kms-key-access-gained":     "the plan does it on purpose, or not: only you know",
	"kms-key-reachable":         "mend the role that lets strangers in: see its own finding",
}
