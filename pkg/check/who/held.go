package who

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/iam"
)

// unnamedRows are the rows of a party whose name is not known: what holds under every name is certain.
func (w *world) unnamedRows(k *key, d document, p *party) (out []*row, more string) {
	arns := p.open.Readings(p.ARN, append(slices.Clone(p.Policies), d.doc)...)
	counts := map[string]int{} // of readings in which it may do an action on the same terms
	seen := map[string]bool{}
	var found []*row
	for _, arn := range arns {
		one, under := *p, *k
		one.ARN, one.open, one.permissions = arn, nil, false
		under.subject = check.Renamed(k.subject, p.ARN, arn)
		rows, left := w.partyRows(&under, d, &one)
		if left != "" {
			more = left
		}
		had := map[string]bool{}
		for _, r := range rows {
			r.key, r.who = k, w.whoIs(p, k)
			var new []string
			for _, a := range r.actions {
				name := r.via + r.terms() + a
				if !had[name] {
					had[name] = true
					counts[name]++
				}
				if !seen[name] {
					seen[name] = true
					new = append(new, a)
				}
			}
			if r.actions = new; len(new) > 0 {
				found = append(found, r)
			}
		}
	}
	for _, r := range found {
		sure, maybe := *r, *r
		sure.actions, maybe.actions = nil, nil
		for _, a := range r.actions {
			if counts[r.via+r.terms()+a] == len(arns) {
				sure.actions = append(sure.actions, a)
			} else {
				maybe.actions = append(maybe.actions, a)
			}
		}
		if len(sure.actions) > 0 {
			out = append(out, &sure)
		}
		if len(maybe.actions) > 0 {
			maybe.possible, maybe.witness = true, nil
			maybe.dependsOn = append(slices.Clone(maybe.dependsOn), p.open.depends)
			out = append(out, &maybe)
		}
	}
	return out, more
}

// partyRows are what a party may do with the key by key policy and identity policies.
func (w *world) partyRows(k *key, d document, p *party) (out []*row, more string) {
	if p.open != nil {
		return w.unnamedRows(k, d, p)
	}
	sure := *p
	sure.Policies = slices.Clone(p.Policies)
	for i, h := range p.held {
		if h.possible { // what it may allow besides comes after what is certain
			sure.Policies[i] = check.Only(p.Policies[i], "Deny", nil)
		}
	}
	out, more = w.heldRows(k, d, &sure)
	if slices.ContainsFunc(p.held, func(h held) bool { return h.possible }) {
		all, _ := w.heldRows(k, d, p)
		out = append(out, beyond(all, out)...)
	}
	out = append(out, w.ifNotDenied(k, d, p, out)...)
	if len(p.denies) > 0 {
		for _, r := range out {
			r.possible, r.witness, r.dependsOn = true, nil, slices.Concat(r.dependsOn, p.denies)
		}
	}
	if len(p.depends) > 0 && !w.many {
		out = append(out, w.openParty(k, d, p)...)
	}
	return out, more
}

// heldRows are the rows of a party by the key policy and the policies that it holds, or may hold.
func (w *world) heldRows(k *key, d document, p *party) (out []*row, more string) {
	rows, more := p.joint(d.doc, k.subject)
	hide := veilOf(k, d)
	for i := range rows {
		r := &rows[i]
		one := &row{key: k, who: w.whoIs(p, k), veil: hide, actions: r.Actions, conditions: r.Conditions, via: "key-policy", possible: r.Possible,
			dependsOn: r.DependsOn, witness: r.Witness, through: d.steps(nil, r.Statements)}
		if !r.Direct && r.Policy >= 0 {
			h := p.held[r.Policy]
			one.via = "account"
			if h.policy != nil {
				one.veil = hide.With(veilOf(k, document{p.Policies[r.Policy], h.policy}))
			}
			one.through = append(one.through, p.document(r.Policy).steps(h.by, r.Allows)...)
			if h.possible {
				one.possible = true
				one.dependsOn = slices.Concat(one.dependsOn, h.depends)
			}
		}
		if p.maybe != "" {
			one.possible, one.witness, one.dependsOn = true, nil, append(slices.Clone(one.dependsOn), p.maybe)
		}
		out = append(out, one)
	}
	return out, more
}

// ifNotDenied is what a party may do besides if policies that it only may hold are not there with their Deny statements.
func (w *world) ifNotDenied(k *key, d document, p *party, sure []*row) []*row {
	without, depends := p.undenied()
	if len(depends) == 0 {
		return nil
	}
	had := map[string]bool{}
	for _, r := range sure {
		for _, a := range r.actions {
			had[r.via+a] = true
		}
	}
	rows, _ := w.heldRows(k, d, without)
	for _, r := range rows {
		r.possible, r.witness, r.dependsOn = true, nil, slices.Concat(r.dependsOn, depends)
		r.actions = slices.DeleteFunc(slices.Clone(r.actions), func(a string) bool { return had[r.via+a] })
	}
	return slices.DeleteFunc(rows, func(r *row) bool { return len(r.actions) == 0 })
}

// undenied is the party without the Deny statements of policies that it perhaps does not hold, and what decides that; nothing where
// there are none.
func (p *party) undenied() (without *party, depends []string) {
	one := *p
	one.Policies, one.depends = slices.Clone(p.Policies), nil
	for i, own := range p.Policies {
		h := p.held[i]
		if !h.possible || !slices.ContainsFunc(own.Statements, func(s iam.Statement) bool { return s.Effect.S == "Deny" }) {
			continue
		}
		one.Policies[i] = check.Only(own, "Allow", nil)
		if depends = append(depends, h.depends...); h.policy != nil && len(h.depends) == 0 {
			depends = append(depends, h.policy.Address+"."+h.policy.Attribute)
		}
	}
	return &one, depends
}

// openParty is what a party may do if the policies that are not known before apply give it everything.
func (w *world) openParty(k *key, d document, p *party) []*row {
	more := *p
	more.Policies, more.held = append(slices.Clip(p.Policies), check.Anything()), append(slices.Clip(p.held), held{})
	rows, _ := w.heldRows(k, d, &more)
	var out []*row
	for _, r := range rows {
		if last := len(r.through) - 1; r.through[last].policy == nil && r.through[last].by == nil {
			r.through, r.dependsOn, r.possible, r.witness = r.through[:last], p.depends, true, nil
			out = append(out, r)
		}
	}
	return out
}

// beyond are the rows that are possible with what they add to others: actions that these have not, or on other terms.
func beyond(rows, had []*row) []*row {
	var out []*row
	for _, r := range rows {
		one := *r
		one.actions = slices.DeleteFunc(slices.Clone(r.actions), func(a string) bool {
			return slices.ContainsFunc(had, func(h *row) bool {
				return slices.Contains(h.actions, a) && (!h.possible && len(h.conditions) == 0 || h.terms() == r.terms())
			})
		})
		if r.possible && len(one.actions) > 0 {
			out = append(out, &one)
		}
	}
	return out
}
