package who

import (
	"context"
	"slices"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// throughRoles are the rows of those who may assume a role that may do something: through any number of roles, each caller
// by its shortest way. A way that comes back to a role ends there. Also is a caller that no input knows, nil for none.
func (w *world) throughRoles(ctx context.Context, direct []*row, also *party) []*row {
	of := map[*party][]*row{}
	for _, r := range direct {
		if p := w.roleOf(r); p != nil && p.kind == "role" {
			of[p] = append(of[p], r)
		}
	}
	var out []*row
	for _, p := range w.parties {
		if len(of[p]) > 0 && ctx.Err() == nil {
			out = append(out, w.into(p, of[p], also)...)
		}
	}
	return out
}

// roleOf is the party that a row is about, nil where no input knows it.
func (w *world) roleOf(r *row) *party {
	if p := w.byARN[r.who.Name]; p != nil {
		return p
	}
	return w.byAddress[managed{r.who.Input, r.who.Address}]
}

// into are the rows of all who may become a role, one way after the other.
func (w *world) into(role *party, rows []*row, also *party) []*row {
	type way struct {
		at    *party
		steps []entrance
	}
	seen := map[string]bool{role.ARN: true}
	queue := []way{{at: role}}
	var out []*row
	for len(queue) > 0 {
		from := queue[0]
		queue = queue[1:]
		for _, e := range append(slices.Clip(w.entrances(from.at)), w.entrancesOf(from.at, also)...) {
			name := e.who.Kind + e.who.Name + e.who.Address
			if e.party != nil {
				name = e.party.ARN
			}
			if seen[name] {
				continue
			}
			seen[name] = true
			steps := append(slices.Clone(from.steps), e)
			for _, r := range rows {
				if access.SessionMeets(steps[0].conditions, r.conditions) {
					out = append(out, along(r, role, e, steps))
				}
			}
			if e.party != nil && e.party.kind == "role" {
				queue = append(queue, way{e.party, steps})
			}
		}
	}
	return out
}

// along is what a caller may do by becoming the role of a row.
func along(r *row, role *party, caller entrance, steps []entrance) *row {
	one := *r
	one.role, one.open, one.anyone = role, caller.open, caller.anyone
	one.who, one.named, one.via = caller.who, caller.party == nil, "role"
	one.conditions, one.through, one.dependsOn = slices.Clone(r.conditions), slices.Clone(r.through), slices.Clone(r.dependsOn)
	for _, s := range steps {
		one.veil, one.word = one.veil.With(s.veil), one.word+s.word
		one.through = append(one.through, s.through...)
		one.conditions = append(one.conditions, s.conditions...)
		one.possible = one.possible || s.possible
		one.dependsOn = append(one.dependsOn, s.dependsOn...)
	}
	return &one // the witness is the role's own request
}

// entrances are all who may assume a role, but for services: they act for whoever passed the role to them.
func (w *world) entrances(role *party) []entrance {
	if out, ok := w.trusts[role]; ok {
		return out
	}
	var out []entrance
	if role.trust != nil {
		for _, d := range role.side.owned(role.trust) {
			if !onlyServices(d) {
				out = append(out, w.entrancesBy(role, document{d, role.trust})...)
			}
			out = append(out, w.doors(role, document{d, role.trust})...)
		}
		if len(role.trust.Docs) == 0 {
			out = append(out, entrance{who: finding.Who{Kind: string(access.WhoStranger)}, possible: true, dependsOn: dependsOn(role.trust), through: document{policy: role.trust}.steps(nil, nil), anyone: true})
		}
	}
	w.trusts[role] = out
	return out
}

// entrancesOf are the ways into a role of a caller that no input knows, nil for none.
func (w *world) entrancesOf(role, also *party) []entrance {
	if also == nil || role.trust == nil {
		return nil
	}
	var out []entrance
	for _, d := range role.side.owned(role.trust) {
		if e, ok := w.assuming(role, document{d, role.trust}, role.subject(), also); ok {
			out = append(out, e)
		}
	}
	return out
}

func (w *world) entrancesBy(role *party, d document) []entrance {
	s := role.subject()
	several := role.severalTexts(d)
	hide := veilOf(&key{subject: s}, d)
	var out []entrance
	for _, p := range w.callers(d.doc) {
		if e, ok := w.assuming(role, d, s, p); ok && p != role {
			out = append(out, e)
		}
	}
	for _, r := range access.Audiences(d.doc, s).Rows {
		if w.many && r.Who.Kind == access.WhoAccount && (r.Who.Ref != "" || r.Who.Name == s.Account) {
			out = append(out, entrance{who: openWho(true), veil: hide, conditions: r.Conditions, possible: true, dependsOn: slices.Concat(r.DependsOn, w.openDepends), through: d.steps(nil, r.Statements)})
		}
		if r.Who.Kind == access.WhoService || w.partyOf(r.Who, role.side) != nil || r.Who.Kind == access.WhoAccount && (r.Who.Ref != "" || r.Who.Name == s.Account) {
			continue
		}
		word, there := role.side.word(r.Who)
		if !there {
			continue
		}
		waits := resting(r.Conditions, s)
		out = append(out, entrance{word: word, who: w.calls(r.Who, &key{side: role.side, subject: s}), veil: hide, conditions: r.Conditions, possible: r.Possible || len(several) > 0 || len(waits) > 0, dependsOn: slices.Concat(r.DependsOn, waits, several),
			through: d.steps(nil, r.Statements), open: openTo(d.doc, s, &r)})
	}
	return out
}

// openTo says whether a row of an identity provider's users has strangers in it.
func openTo(doc *iam.Document, s access.Subject, r *access.Row) access.Public {
	if r.Who.Kind != access.WhoProvider {
		return access.No
	}
	of := *doc
	of.Statements = slices.DeleteFunc(slices.Clone(doc.Statements), func(st iam.Statement) bool {
		return st.Effect.S == "Allow" && !slices.Contains(r.Statements, st.Index)
	})
	return access.Analyze(&of, s).Public
}

// assuming is the way of a party into a role: one way in is enough, and a certain one is before those that are possible. A
// party whose name is not known is looked at under every name that a text is about.
func (w *world) assuming(role *party, d document, s access.Subject, p *party) (e entrance, ok bool) {
	arns := []string{p.ARN}
	if p.open != nil {
		arns = p.open.Readings(p.ARN, append(slices.Clone(p.Policies), d.doc)...)
	}
	found := 0
	for _, arn := range arns {
		one := *p
		one.ARN = arn
		under := s
		if arn != p.ARN {
			under = check.Renamed(s, p.ARN, arn)
		}
		way, in := w.wayIn(d, under, &one)
		if in {
			found++
		}
		if in && (!ok || e.possible && !way.possible) {
			e, ok = way, true
		}
	}
	e.party, e.who, e.veil = p, w.whoIs(p, &key{side: role.side, subject: s}), veilOf(&key{subject: s}, d)
	if several := role.severalTexts(d); len(several) > 0 {
		e.possible, e.dependsOn = true, slices.Concat(e.dependsOn, several)
	}
	if found < len(arns) && p.open != nil {
		e.possible, e.dependsOn = true, append(slices.Clone(e.dependsOn), p.open.depends)
	}
	return e, ok
}

// wayIn is the way of a party into a role by the role's trust policy and its own policies.
func (w *world) wayIn(d document, s access.Subject, p *party) (e entrance, ok bool) {
	rows, _ := p.joint(d.doc, s)
	for i := range rows {
		r := &rows[i]
		way := entrance{conditions: r.Conditions, possible: r.Possible, dependsOn: r.DependsOn, through: d.steps(nil, r.Statements)}
		if !r.Direct && r.Policy >= 0 {
			h := p.held[r.Policy]
			way.through = append(way.through, p.document(r.Policy).steps(h.by, r.Allows)...)
			if h.possible {
				way.possible = true
				way.dependsOn = slices.Concat(way.dependsOn, h.depends)
			}
		}
		if !ok || e.possible && !way.possible {
			e, ok = way, true
		}
	}
	if without, depends := p.undenied(); !ok && len(depends) > 0 {
		without.held = slices.Clone(p.held)
		for i := range without.held {
			without.held[i].possible = false
		}
		e, ok = w.wayIn(d, s, without)
		e.possible, e.dependsOn = true, append(slices.Clone(e.dependsOn), depends...)
	}
	if !ok && len(p.depends) > 0 && !w.many {
		more := *p
		more.Policies, more.held, more.depends = append(slices.Clip(p.Policies), check.Anything()), append(slices.Clip(p.held), held{}), nil
		e, ok = w.wayIn(d, s, &more)
		e.possible, e.dependsOn = true, append(slices.Clone(e.dependsOn), p.depends...)
	}
	if len(p.denies) > 0 {
		e.possible, e.dependsOn = true, append(slices.Clone(e.dependsOn), p.denies...)
	}
	if p.maybe != "" {
		e.possible, e.dependsOn = true, append(slices.Clone(e.dependsOn), p.maybe)
	}
	return e, ok
}

// callers are the parties that may assume a role: those whose own policies speak of it, and those that the trust policy
// names. Where it names everybody these are all, in an input of ordinary size.
func (w *world) callers(d *iam.Document) []*party {
	named, everyone, _ := w.letIn(d)
	switch {
	case everyone && len(w.parties) <= manyParties:
		return w.parties
	case len(named) == 0:
		return w.assumers
	}
	out := append(named, w.assumers...)
	slices.SortFunc(out, func(a, b *party) int { return a.at - b.at })
	return slices.Compact(out)
}

// isProvider says whether a trust policy names an identity provider by that host or address.
func (w *world) isProvider(name string) bool {
	for _, p := range w.parties {
		for _, e := range w.entrances(p) {
			if e.who.Kind == string(access.WhoProvider) && Called(name, e.who) {
				return true
			}
		}
	}
	return false
}
