package access

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// joined writes the clauses as rows.
func (j *joint) joined(x *sides, doc *iam.Document, policies []*iam.Document, clauses []*clause) []Joined {
	n := &names{in: append([]*leaves{x.key}, x.policies...)}
	var out []Joined
	for _, c := range clauses {
		r := Joined{Row: Row{Actions: c.actions.names(j.q.table), Conditions: c.conditions()}, Direct: c.who.direct, Policy: -1}
		r.Who = Who{Kind: principalKind(j.party.ARN), Name: n.shown(j.party.ARN), Ref: n.ref(j.party.ARN)}
		n.write(r.Conditions)
		for _, f := range c.from {
			switch {
			case f.document == 0:
				r.Statements = append(r.Statements, f.statement)
			case !r.Direct && (r.Policy < 0 || r.Policy == f.document-1):
				r.Policy = f.document - 1
				r.Allows = append(r.Allows, f.statement)
			}
		}
		if !x.late {
			r.Witness = j.replay(c, doc, policies)
		}
		if (j.foreign || j.q.Organization == "") && slices.ContainsFunc(c.binds, func(b *binding) bool { return strings.HasPrefix(b.key, "aws:principalorg") }) {
			r.Possible, r.DependsOn = true, appendNew(r.DependsOn, j.whoseOrganization())
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b Joined) int { return compareRows(a.Row, b.Row) })
	return out
}

// whoseOrganization is the organization that conditions on the caller's are about.
func (j *joint) whoseOrganization() string {
	if !j.foreign {
		return "the own organization"
	}
	if StandsIn(j.account) {
		return "the organization of the other account"
	}
	return "the organization of account " + j.account
}

// replay is a witness of the clause that the plain evaluator allows on both sides.
func (j *joint) replay(c *clause, doc *iam.Document, policies []*iam.Document) *evaluate.Request {
	w := j.witness(c)
	if w == nil {
		return nil
	}
	w.Principal = j.party.ARN
	for key, k := range j.q.spellings() {
		if v, ok := j.q.constant(key); ok {
			maps.DeleteFunc(w.Context, func(name string, _ evaluate.Values) bool { return strings.EqualFold(name, k) })
			w.Context[k] = evaluate.One(v)
		}
	}
	w.Context[aws.Spelled(aws.KeyPrincipalAccount)] = evaluate.One(j.account)
	w.Context[aws.Spelled(aws.KeyPrincipalArn)] = evaluate.One(j.party.ARN)
	if evaluate.Decide(doc, w) != evaluate.Allowed {
		return nil
	}
	allowed := c.who.direct
	for _, p := range policies {
		switch evaluate.Decide(anybodys(p), w) {
		case evaluate.ExplicitlyDenied:
			return nil
		case evaluate.Allowed:
			allowed = true
		}
	}
	if !allowed {
		return nil
	}
	return j.q.shown(w)
}

// anybodys is an identity policy as one that the evaluator takes: about whoever makes the request.
func anybodys(p *iam.Document) *iam.Document {
	out := &iam.Document{Version: p.Version, Statements: slices.Clone(p.Statements)}
	for i := range out.Statements {
		out.Statements[i].Principal = everyone()
		if l := out.Statements[i].Resource; l != nil {
			out.Statements[i].Resource = completed(l)
		}
		if l := out.Statements[i].NotResource; l != nil {
			out.Statements[i].NotResource = completed(l)
		}
	}
	return out
}

// completed are resources of an identity policy with the components that AWS adds.
func completed(l *iam.List) *iam.List {
	out := *l
	out.Items = nil
	for _, r := range l.Items {
		if r.S == "*" || strings.Count(r.S, ":") >= 5 {
			out.Items = append(out.Items, r)
			continue
		}
		for _, p := range resourcePatterns(r.S, true) {
			one := r
			one.S = p
			out.Items = append(out.Items, one)
		}
	}
	return &out
}

// Joint finds what a party may do with a key, or whether it may assume a role: key policy and identity policies together,
// after every Deny of both sides, with their conditions joined into one request. A party of another account needs both
// sides; one of the same account needs the other side only where the key policy names the account as a whole.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func Joint(doc *iam.Document, s Subject, p Party) (rows []Joined, more string) {
	if newer, older, refs, several := editions(append([]*iam.Document{doc}, p.Policies...)); several {
		one, other := p, p
		one.Policies, other.Policies = newer[1:], older[1:]
		rows, more = Joint(newer[0], s, one)
		old, _ := Joint(older[0], s, other)
		return inEvery([][]Joined{rows, old}, refs, joinedRow, isDirect), more
	}
	if p.NoDevice && asksForDevice(append([]*iam.Document{doc}, p.Policies...)) {
		return withoutDevice(doc, s, p)
	}
	if rows, more, open := inEachAccount(doc, s, p); open {
		return rows, more
	}
	rows, more = jointIn(doc, s, p)
	if named, some := onlyNamed(doc, s.Account); some {
		fewer, left := jointIn(named, s, p)
		return inEvery([][]Joined{rows, fewer}, []string{exemption}, joinedRow, isDirect), cmp.Or(more, left)
	}
	return rows, more
}

const noDevice = "whether sessions without MFA have aws:MultiFactorAuthPresent"

// Unsaid says whether something that an answer depends on is what AWS's documentation leaves open: no plan tells it.
func Unsaid(depends string) bool { return depends == noDevice || depends == exemption }

// withoutDevice is [Joint] of a party without a device for MFA: whether its requests have aws:MultiFactorAuthPresent with false, or not at
// all, is not said.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
func withoutDevice(doc *iam.Document, s Subject, p Party) (rows []Joined, more string) {
	absent, no := p, p
	absent.NoDevice, no.NoDevice = false, false
	absent.Whole = append(slices.Clip(p.Whole), aws.KeyMultiFactorAuthPresent)
	no.Keys = map[string]string{aws.Spelled(aws.KeyMultiFactorAuthPresent): "false"}
	maps.Copy(no.Keys, p.Keys)
	rows, more = Joint(doc, s, absent)
	others, left := Joint(doc, s, no)
	return inEvery([][]Joined{rows, others}, []string{noDevice}, joinedRow, isDirect), cmp.Or(more, left)
}

// asksForDevice says whether a condition of the documents is on aws:MultiFactorAuthPresent.
func asksForDevice(docs []*iam.Document) bool {
	return slices.ContainsFunc(docs, func(d *iam.Document) bool {
		return slices.ContainsFunc(d.Statements, func(s iam.Statement) bool {
			return slices.ContainsFunc(s.Conditions, func(c iam.Condition) bool { return strings.EqualFold(c.Key.S, aws.KeyMultiFactorAuthPresent) })
		})
	})
}

// jointIn is [Joint] in each reading of the subject.
func jointIn(doc *iam.Document, s Subject, p Party) (rows []Joined, more string) {
	readings, depends, more := s.rowReadings(doc, p.Policies)
	var all [][]Joined
	for _, s := range readings {
		one, left := jointAs(doc, s, p)
		all, more = append(all, one), cmp.Or(more, left)
	}
	if more == tooManyReadings {
		all = append(all, nil)
	}
	return inEvery(all, depends, joinedRow, isDirect), more
}

func joinedRow(r *Joined) *Row { return &r.Row }
func isDirect(r *Joined) bool  { return r.Direct }

// jointAs is [Joint] in one reading of the subject.
func jointAs(doc *iam.Document, s Subject, p Party) (rows []Joined, more string) {
	sides := newSides(concerning(doc, p.ARN), s, p)
	if !sides.late {
		return sides.rows(false)
	}
	most, more := sides.rows(true)
	least, _ := sides.rows(false)
	return divide(most, least, sides.deciding, joinedRow, isDirect), more
}

// deciding is what a row waits for: what the statements refer to that it is of, those that deny, and what else is not known.
func (x *sides) deciding(r *Joined) []string {
	var some, all []string
	for i, l := range append([]*leaves{x.key}, x.policies...) {
		all = append(all, refs(l.doc)...)
		if l.doc.Opaque {
			some = append(some, refs(l.doc)...)
		}
		for _, s := range l.doc.Statements {
			of := i == 0 && slices.Contains(r.Statements, s.Index) || i > 0 && i-1 == r.Policy && slices.Contains(r.Allows, s.Index)
			if of || s.Effect.S != "Allow" {
				some = l.refs(some, l.doc.Text.S[s.Start:s.End])
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(x.refs), func(ref string) bool { return slices.Contains(all, ref) && !slices.Contains(some, ref) })
}

// rows answers for one reading of what is not known.
func (x *sides) rows(open bool) ([]Joined, string) {
	doc := world(x.key, x.key.doc.Opaque, open)
	policies := make([]*iam.Document, len(x.policies))
	theirs := make([][]*statement, len(x.policies))
	table := actionTable(x.subject.Kind)
	for i, l := range x.policies {
		policies[i] = world(l, x.opaque[i], open)
		theirs[i] = compile(table, withVariables(policies[i]).Statements)
	}
	j := newJoint(doc, x.subject, x.party, slices.Concat(theirs...))
	clauses, denials := j.clauses(theirs)
	return j.joined(x, doc, policies, j.settle(clauses, denials)), j.more
}

// inEachAccount is [Joint] where it is not known whether the account of the party and that of the key are two or one: what both
// readings say is certain. It says nothing where that is known.
func inEachAccount(doc *iam.Document, s Subject, p Party) (rows []Joined, more string, open bool) {
	theirs, ours := aws.AccountOf(p.ARN), s.account()
	if theirs == "" || theirs == ours || p.apart != [2]string{} || !standsForAccount(theirs) && !standsForAccount(ours) {
		return nil, "", false
	}
	two := p
	two.apart, two.Policies = [2]string{theirs, ours}, append(slices.Clip(p.Policies), p.Abroad...)
	apart, more := Joint(doc, s, two)
	one := s
	if one.unite = [2]string{theirs, ours}; !standsForAccount(theirs) {
		one.unite = [2]string{ours, theirs}
		one.Account, one.Resource = theirs, one.united(s.Resource)
	}
	p.ARN = one.united(p.ARN)
	together, _ := Joint(doc, one, p)
	var depends []string
	for _, id := range []string{theirs, ours} {
		if standsForAccount(id) {
			depends = append(depends, s.accountName(id))
		}
	}
	anyWay := func(*Joined) struct{} { return struct{}{} }
	return inEvery([][]Joined{apart, together}, depends, joinedRow, anyWay), more, true
}
