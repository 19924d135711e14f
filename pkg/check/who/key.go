package who

import (
	"slices"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// keyRows are the rows of one key: whom its policy lets in, the principals that the inputs know, and grants.
// The second result says why they are not all.
func (w *world) keyRows(k *key, near []*party) (rows []*row, more string) {
	if k.stray {
		return w.strayRows(k, near)
	}
	if len(k.docs) == 0 {
		return []*row{unknownPolicy(k)}, ""
	}
	var all [][]*row
	for _, d := range k.docs {
		rows, left := w.documentRows(k, d, near)
		all = append(all, rows)
		if left != "" {
			more = k.address + ": " + left
		}
	}
	rows = all[0]
	if len(all) > 1 {
		rows = agreed(all, k)
	}
	return append(rows, w.grantRows(k)...), more
}

// partiesRows are the rows of a key that are about parties and nobody else.
func (w *world) partiesRows(k *key, list []*party) []*row {
	if k.stray {
		rows, _ := w.ifAllowed(k, everythingFor(), list)
		return append(rows, w.grantRowsOf(k, list)...)
	}
	var all [][]*row
	for _, d := range k.docs {
		var rows []*row
		for _, p := range list {
			of, _ := w.partyRows(k, d, p)
			rows = append(rows, of...)
		}
		all = append(all, rows)
	}
	rows := slices.Concat(all...)
	if len(all) > 1 {
		rows = agreed(all, k)
	}
	return append(rows, w.grantRowsOf(k, list)...)
}

// grantRowsOf are what grants give to parties.
func (w *world) grantRowsOf(k *key, list []*party) []*row {
	return slices.DeleteFunc(w.grantRows(k), func(r *row) bool {
		return !slices.ContainsFunc(list, func(p *party) bool { return p.ARN == r.who.Name || p.address != "" && p.address == r.who.Address })
	})
}

// agreed are the rows of several documents that a policy may be: what all of them have is there.
func agreed(all [][]*row, k *key) []*row {
	var depends []string
	for _, d := range k.docs {
		depends = append(append(depends, d.doc.Text.DependsOn...), linkDepends(d.policy)...)
	}
	if len(depends) == 0 {
		depends = append(depends, k.address+".policy")
	}
	name := func(r *row) string { return r.id() + r.via + r.terms() + strings.Join(r.actions, ",") }
	count := map[string]int{}
	for _, list := range all {
		for _, r := range list {
			count[name(r)]++
		}
	}
	seen := map[string]bool{}
	var out []*row
	for _, list := range all {
		for _, r := range list {
			n := name(r)
			if seen[n] {
				continue
			}
			seen[n] = true
			if count[n] < len(all) {
				r.possible, r.witness = true, nil
				r.dependsOn = append(r.dependsOn, depends...)
			}
			out = append(out, r)
		}
	}
	return out
}

// linkDepends are the references that decide for which key or holder a policy is.
func linkDepends(p *extract.Policy) []string {
	if p == nil || !p.Perhaps || p.For == "" {
		return nil
	}
	return strings.Split(p.For, ", ")
}

// documentRows are the rows of a key if it has the policy.
func (w *world) documentRows(k *key, d document, near []*party) (out []*row, more string) {
	hide := veilOf(k, d)
	got := access.Audiences(d.doc, k.subject)
	more = got.More
	for i := range got.Rows {
		r := &got.Rows[i]
		if p := w.partyOf(r.Who); p != nil {
			if !slices.Contains(near, p) {
				near = append(slices.Clip(near), p)
			}
			continue
		}
		one := &row{key: k, who: w.calls(r.Who, k), named: r.Who.Ref == "", veil: hide, actions: r.Actions, conditions: r.Conditions, via: "key-policy", possible: r.Possible,
			dependsOn: r.DependsOn, witness: r.Witness, through: steps(d.policy, nil, r.Statements)}
		if r.Who.Delegated || r.Who.Kind == access.WhoAccount && r.Who.Ref == "" && k.account() != "" && r.Who.Name != k.account() { // another account has its say
			one.via = "account"
		}
		if waits := resting(r.Conditions, k.subject); len(waits) > 0 {
			one.possible, one.witness, one.dependsOn = true, nil, slices.Concat(one.dependsOn, waits)
		}
		if one.actions = acrossAccounts(one.actions, r.Who, k); len(one.actions) > 0 {
			out = append(out, one)
			if w.many && r.Who.Delegated && one.who.Trusted {
				out = append(out, w.openRow(one))
			}
		}
	}
	for _, p := range near {
		rows, left := w.partyRows(k, d, p)
		out = append(out, rows...)
		if left != "" {
			more = left
		}
	}
	return out, more
}

// acrossAccounts leaves out what nobody can do with a key of another account.
func acrossAccounts(actions []string, who access.Who, k *key) []string {
	account := who.Name
	if who.Kind != access.WhoAccount {
		account = aws.AccountOf(who.Name)
	}
	switch who.Kind {
	case access.WhoAccount, access.WhoRole, access.WhoUser, access.WhoPrincipal:
	default:
		return actions
	}
	if account == "" || k.subject.Account == "" || account == k.subject.Account || who.Ref != "" {
		return actions
	}
	return slices.DeleteFunc(slices.Clone(actions), func(a string) bool { return !crossAccount(a) })
}

func crossAccount(action string) bool {
	for i := range aws.KeyActions {
		if aws.KeyActions[i].Name == action {
			return aws.KeyActions[i].CrossAccount
		}
	}
	return false
}

func actionsOfKeys() []string {
	var out []string
	for i := range aws.KeyActions {
		if aws.KeyActions[i].OnKey {
			out = append(out, aws.KeyActions[i].Name)
		}
	}
	return out
}

// partyOf is the party that a row names, nil where it is none that the inputs know.
func (w *world) partyOf(who access.Who) *party {
	if who.Kind != access.WhoRole && who.Kind != access.WhoUser {
		return nil
	}
	if p := w.byARN[who.Name]; p != nil {
		return p
	}
	address, ok := strings.CutSuffix(who.Ref, ".arn")
	if !ok {
		return nil
	}
	return w.byAddress[address]
}

// calls names the callers of a row for the report.
func (w *world) calls(who access.Who, k *key) finding.Who {
	out := finding.Who{Kind: string(who.Kind), Name: who.Name}
	if who.Ref != "" {
		out.Name = "(" + who.Ref + ")"
	}
	account := who.Name
	if who.Kind != access.WhoAccount {
		account = aws.AccountOf(who.Name)
	}
	out.Trusted = k.trusts(account) || who.Kind == access.WhoOrganization && slices.Contains(k.subject.TrustedOrganizations, who.Name) ||
		who.Ref != "" && who.Kind != access.WhoProvider
	return out
}

func (k *key) trusts(account string) bool {
	return account != "" && (account == k.subject.Account || slices.Contains(k.subject.TrustedAccounts, account))
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
			sure.Policies[i] = only(p.Policies[i], "Deny", nil)
		}
	}
	out, more = w.heldRows(k, d, &sure)
	if slices.ContainsFunc(p.held, func(h held) bool { return h.possible }) {
		all, _ := w.heldRows(k, d, p)
		out = append(out, beyond(all, out)...)
	}
	out = append(out, w.ifNotDenied(k, d, p, out)...)
	if len(p.depends) > 0 && !w.many {
		out = append(out, w.openParty(k, d, p)...)
	}
	return out, more
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

// heldRows are the rows of a party by the key policy and the policies that it holds, or may hold.
func (w *world) heldRows(k *key, d document, p *party) (out []*row, more string) {
	rows, more := p.joint(d.doc, k.subject)
	hide := veilOf(k, d)
	for i := range rows {
		r := &rows[i]
		one := &row{key: k, who: w.whoIs(p, k), veil: hide, actions: r.Actions, conditions: r.Conditions, via: "key-policy", possible: r.Possible,
			dependsOn: r.DependsOn, witness: r.Witness, through: steps(d.policy, nil, r.Statements)}
		if !r.Direct && r.Policy >= 0 {
			h := p.held[r.Policy]
			one.via = "account"
			if h.policy != nil {
				one.veil = hide.With(veilOf(k, document{p.Policies[r.Policy], h.policy}))
			}
			one.through = append(one.through, steps(h.policy, h.by, r.Allows)...)
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
	without := *p
	without.Policies, without.depends = slices.Clone(p.Policies), nil
	without.held = slices.Clone(p.held)
	var depends []string
	for i, own := range p.Policies {
		if p.held[i].possible && slices.ContainsFunc(own.Statements, func(s iam.Statement) bool { return s.Effect.S == "Deny" }) {
			without.Policies[i] = only(own, "Allow", nil)
			depends = append(depends, own.Text.DependsOn...)
			if policy := p.held[i].policy; policy != nil && len(own.Text.DependsOn) == 0 {
				depends = append(depends, policy.Address+"."+policy.Attribute)
			}
		}
	}
	if len(depends) == 0 {
		return nil
	}
	had := map[string]bool{}
	for _, r := range sure {
		for _, a := range r.actions {
			had[r.via+a] = true
		}
	}
	rows, _ := without.joint(d.doc, k.subject)
	var out []*row
	for i := range rows {
		r := &rows[i]
		one := &row{key: k, who: w.whoIs(p, k), veil: veilOf(k, d), conditions: r.Conditions, via: "key-policy", possible: true,
			dependsOn: slices.Concat(r.DependsOn, depends), through: steps(d.policy, nil, r.Statements)}
		if !r.Direct && r.Policy >= 0 {
			h := p.held[r.Policy]
			one.via = "account"
			one.through = append(one.through, steps(h.policy, h.by, r.Allows)...)
		}
		for _, a := range r.Actions {
			if !had[one.via+a] {
				one.actions = append(one.actions, a)
			}
		}
		if len(one.actions) > 0 {
			out = append(out, one)
		}
	}
	return out
}

// openParty is what a party may do if the policies that are not known before apply give it everything.
func (w *world) openParty(k *key, d document, p *party) []*row {
	more := p.Party
	more.Policies = append(slices.Clip(slices.Clone(more.Policies)), anything())
	rows, _ := access.Joint(d.doc, k.subject, more)
	var out []*row
	for i := range rows {
		r := &rows[i]
		if r.Direct || r.Policy != len(p.Policies) {
			continue
		}
		out = append(out, &row{key: k, who: w.whoIs(p, k), veil: veilOf(k, d), actions: r.Actions, conditions: r.Conditions, via: "account", possible: true,
			dependsOn: p.depends, through: steps(d.policy, nil, r.Statements)})
	}
	return out
}

// anything is a policy that allows everything.
var anything = sync.OnceValue(func() *iam.Document {
	return iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
})

func (w *world) whoIs(p *party, k *key) finding.Who {
	if p.permissions {
		return p.permissionWho(k)
	}
	out := finding.Who{Kind: p.kind, Name: p.ARN, Address: p.address, Trusted: k.trusts(aws.AccountOf(p.ARN))}
	if access.StandsIn(p.ARN) {
		out.Name, out.Trusted = "("+p.address+".arn)", true
	}
	return out
}

func steps(p *extract.Policy, by *tf.Resource, statements []int) []step {
	if len(statements) == 0 {
		return []step{{policy: p, by: by, statement: -1}}
	}
	var out []step
	for _, s := range statements {
		out = append(out, step{policy: p, by: by, statement: s})
	}
	return out
}
