package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// The private rune of an unknown text is the same for both evaluators: a difference does not compile.
const (
	_ = uint(evaluate.AnyText - sets.AnyRun)
	_ = uint(sets.AnyRun - evaluate.AnyText)
)

func findLeaves(doc *iam.Document, s Subject) *leaves {
	return leavesFor(doc, s, Party{}, false, &numbering{})
}

// leavesFor are the leaves for questions about one party, or about all of them.
func leavesFor(doc *iam.Document, s Subject, party Party, ownOpen bool, n *numbering) *leaves {
	l := newLeaves(doc, s, party, ownOpen, n)
	l.notePlaces()
	return l
}

// newLeaves are the leaves of a document before their places are noted.
func newLeaves(doc *iam.Document, s Subject, p Party, ownOpen bool, n *numbering) *leaves {
	doc = spelledOut(doc)
	l := &leaves{doc: doc, subject: s, party: p.ARN, apart: p.apart, ownOpen: ownOpen, numbers: n.of(doc.Text.Holes), numbered: n}
	if len(p.Keys) > 0 {
		l.keys = make(map[string]bool, len(p.Keys))
	}
	for key := range p.Keys {
		l.keys[strings.ToLower(key)] = true
	}
	return l
}

func (l *leaves) notePlaces() {
	own := l.ownOpen && l.party != "" && (standsForAccount(l.party) || standsForAccount(l.subject.Resource))
	if l.any = own || len(l.peers) > 0 || hasHoles(l.doc) || l.subject.hasOpenNames(l.doc); l.any {
		l.noteProviders()
		l.world(nil)
	}
}

// spelledOut is the document with every Effect in AWS's spelling: in another one AWS may refuse it, or not.
func spelledOut(doc *iam.Document) *iam.Document {
	out := doc
	for i := range doc.Statements {
		for _, effect := range []string{"Allow", "Deny"} {
			if s := doc.Statements[i].Effect.S; s != effect && strings.EqualFold(s, effect) {
				if out == doc {
					copied := *doc
					copied.Statements = slices.Clone(doc.Statements)
					out = &copied
				}
				out.Statements[i].Effect.S = effect
			}
		}
	}
	return out
}

// world is the document with every unknown place filled in.
func (l *leaves) world(open []bool) *iam.Document {
	l.open = open
	out := &iam.Document{Version: l.doc.Version, ID: l.doc.ID}
	if !out.Version.Known() {
		out.Version.S = "2012-10-17"
	}
	if !l.any {
		out.Statements = l.doc.Statements
		return out
	}
	for i := range l.doc.Statements {
		if s, ok := l.statement(&l.doc.Statements[i]); ok {
			out.Statements = append(out.Statements, s)
		}
	}
	return out
}

func (l *leaves) statement(s *iam.Statement) (iam.Statement, bool) {
	if s.Hole != "" {
		out := everythingAllowed()
		out.Index = s.Index
		if !l.choose(s.Index, iam.String{S: s.Hole, Start: s.Start}) {
			out.Effect.S = "Deny"
		}
		if l.subject.Kind == iam.Trust {
			out.Resource = nil
		}
		return out, true
	}
	out := *s
	if !out.Effect.Known() {
		out.Effect.S = "Deny"
		if l.choose(s.Index, s.Effect) {
			out.Effect.S = "Allow"
		}
	}
	deny := out.Effect.S == "Deny"
	// grow says whether an element that matches more makes the document more open, in the open world.
	w := filler{leaves: l, statement: s, index: s.Index, deny: deny}
	out.Principal = w.principals(s.Principal, false)
	out.NotPrincipal = w.principals(s.NotPrincipal, true)
	out.Action = w.newActions(w.list(s.Action, false, w.action))
	out.NotAction = w.list(s.NotAction, true, w.action)
	out.Resource = w.ownResources(w.list(s.Resource, false, w.arn), s.Resource, false)
	out.NotResource = w.ownResources(w.list(s.NotResource, true, w.arn), s.NotResource, true)
	possible := s.ConditionHole == "" || w.matches(iam.String{S: s.ConditionHole, Start: -1 - s.Start}, false)
	out.Conditions, out.ConditionHole = nil, ""
	for i := range s.Conditions {
		// Every place is looked at, in whichever world, so that all are noted.
		c, keep, never := w.condition(&s.Conditions[i])
		possible = possible && !never
		if keep {
			out.Conditions = append(out.Conditions, c)
		}
	}
	return out, possible
}

// action is a value of Action where what is not known matches everything, and whether anything is.
func (w *filler) action(s string) (string, bool) { return w.fill(s, "*") }

// arn is action for a value of Resource: what is not known may hold the colons that an ARN has and the value lacks. Which of
// several unknown parts holds them is not known where some colons are written: such a pattern is taken apart elsewhere.
func (w *filler) arn(s string) (string, bool) {
	text, left := w.fill(s, "*")
	missing := 5 - strings.Count(text, ":")
	if !left || missing <= 0 || text == "*" || missing < 5 && holesIn(s) > 1 {
		return text, left
	}
	colons := strings.Repeat(":*", missing)
	text, _ = w.fillWith(s, func(int) string {
		some := colons
		colons = ""
		return "*" + some
	})
	return text, true
}

func holesIn(s string) int {
	n := 0
	for _, p := range unknown.Parts(s) {
		if p.Hole >= 0 {
			n++
		}
	}
	return n
}

// list fills in actions or resources.
func (w *filler) list(l *iam.List, excludes bool, fill func(string) (string, bool)) *iam.List {
	if l == nil {
		return nil
	}
	out := *l
	out.Items = nil
	for _, v := range l.Items {
		if v.Known() {
			out.Items = append(out.Items, v)
			continue
		}
		text, left := fill(v.S)
		if one, known := w.calledBy(v, w.subject.Resource, asARNPattern, excludes); left && known {
			out.Items = append(out.Items, one)
			continue
		}
		if left && !w.matches(v, excludes) {
			continue
		}
		v.S = text
		out.Items = append(out.Items, v)
	}
	return &out
}

func (w *filler) principals(p *iam.Principals, excludes bool) *iam.Principals {
	if p == nil {
		return nil
	}
	out := *p
	if !p.Text.Known() {
		out.Text = iam.String{}
		out.Entries = nil
		if w.matches(p.Text, excludes) {
			return w.tokens(everyone(), p.Text)
		}
		return &out
	}
	out.Entries = nil
	for _, e := range p.Entries {
		if !e.Type.Known() {
			if w.matches(e.Type, excludes) {
				return w.tokens(everyone(), e.Type)
			}
			continue
		}
		filled := iam.Entry{Type: e.Type, Values: iam.List{Start: e.Values.Start, End: e.Values.End}}
		for _, v := range e.Values.Items {
			if one, ok := w.principal(e.Type.S, v, excludes); ok {
				filled.Values.Items = append(filled.Values.Items, one)
				if e.Type.S == "AWS" && (w.deny || excludes || w.party != "") {
					filled.Values.Items = append(filled.Values.Items, w.perhapsEqual(v, one, excludes)...)
				}
			}
		}
		out.Entries = append(out.Entries, filled)
	}
	return &out
}

// principal fills in one principal. One that may be "*" goes either way; with other text around the unknown part it is
// one fixed principal, which is no stranger.
func (w *filler) principal(kind string, v iam.String, excludes bool) (iam.String, bool) {
	if v.Known() {
		return v, true
	}
	if kind == "Federated" {
		return w.provider(v, excludes), true
	}
	if w.party != "" {
		if one, known := w.calledBy(v, w.party, asARN, excludes); known {
			return one, true
		}
	}
	text, left := w.fill(v.S, "*")
	if kind == "Service" && !w.deny && !excludes && !v.Bare && strings.Trim(text, "*") == "" && !w.namesServices() { // AWS takes no star for one
		v.S = unknown.FixedText(w.numberOf(v.S)) + aws.ServiceSuffix
		return v, true
	}
	if left && strings.Trim(text, "*") == "" {
		in := w.matches(v, excludes)
		v.S = "*"
		return v, in
	}
	if name := w.mayName(text); left && name != "" {
		in := w.matches(v, excludes)
		v.S = name
		return v, in
	}
	if left {
		v.S = w.ofAccount(v, excludes)
		if text = w.fillAccounts(v.S); w.account != "" && w.deny == excludes {
			text, _ = w.fill(v.S, w.account)
		} else if one, ok := w.somebody(v.S); ok && kind == "AWS" && AccountOf(text) == "" {
			text = one
		}
	}
	v.S = text
	return v, true
}

// ofAccount is a principal that names an account, and whose last part begins with what is not known, in the form of one: AWS takes
// the account as a whole, its roles and its users.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (w *filler) ofAccount(v iam.String, excludes bool) string {
	arn := strings.SplitN(v.S, ":", 6)
	if len(arn) < 6 || arn[0] != "arn" {
		return v.S
	}
	parts := unknown.Parts(arn[5])
	if role, of := strings.CutPrefix(arn[5], "assumed-role/"); of && !strings.Contains(role, "/") && parts[len(parts)-1].Hole >= 0 {
		return v.S + "/" + unknown.Hole(parts[len(parts)-1].Hole) // role and session in one
	}
	if len(parts) == 0 || parts[0].Hole < 0 {
		return v.S
	}
	first := unknown.Hole(parts[0].Hole)
	if _, left := w.fill(first, ""); !left {
		return v.S
	}
	rest, kind, name := strings.TrimPrefix(arn[5], first), "role", first
	if arn[2] == "sts" {
		kind, name = "assumed-role", first+"/"+first
	}
	switch {
	case strings.HasPrefix(rest, "/") && w.matches(v, excludes): // it may be a user's, or have a path, as well
		arn[5] = kind + rest
	case rest == "" && arn[2] == "iam" && w.matches(v, excludes):
		arn[5] = "root"
	default:
		arn[5] = kind + "/" + name + rest
	}
	return strings.Join(arn, ":")
}

// namesServices says whether something else in the document names services, which an unknown one may be.
func (w *filler) namesServices() bool {
	for s := range w.doc.All() {
		for _, p := range []*iam.Principals{s.Principal, s.NotPrincipal} {
			if p != nil && (s.Effect.S != "Allow" || p == s.NotPrincipal) && slices.ContainsFunc(p.Entries, func(e iam.Entry) bool { return e.Type.S != "AWS" }) {
				return true
			}
		}
		if slices.ContainsFunc(s.Conditions, func(c iam.Condition) bool {
			return strings.HasPrefix(strings.ToLower(c.Key.S), aws.KeyPrincipalServiceName)
		}) {
			return true
		}
	}
	return false
}

// condition fills in a condition. keep is false where it always holds, never says that it never does.
func (w *filler) condition(c *iam.Condition) (out iam.Condition, keep, never bool) {
	whole, holds := false, false // the condition is decided as a whole, and how
	either := func(v iam.String) {
		whole, holds = true, w.matches(v, false) || holds
	}
	if !c.Operator.Known() {
		either(c.Operator)
	}
	key, there, decided := w.namedClaim(c)
	if decided && !there {
		op, _ := iam.ParseOperator(c.Operator.S)
		return *c, false, !withoutKey(op, c.Values.Items)
	}
	named := *c
	if named.Key = w.spelledKey(key); named.Key != c.Key {
		c = &named
	}
	if !c.Key.Known() {
		either(c.Key)
	} else if name := w.subject.openName(w.statement, c.Key); name != "" {
		if holds, sure := w.withoutName(c); sure {
			return *c, false, !holds
		}
		either(c.Key)
		w.choices[w.at[place{w.index, c.Key.Start}]].name = unknown.NameFixed(name, func(i int) string { return "(" + w.numbered.ref(i) + ")" })
	} else if w.subject.unsuited(c) {
		op, _ := iam.ParseOperator(c.Operator.S)
		_, lack := w.subject.callersHave(aws.Lower(c.Key.S))
		if holds, sure := w.withoutName(c); sure && (lack || op.Negated && op.Set != "any") { // whichever way it compares, another value is not equal
			return *c, false, !holds
		}
		whole, holds = true, w.matchesWith(c.Key, false, []string{"how AWS compares " + c.Key.S + " by " + c.Operator.S}) || holds
	}
	if whole {
		return iam.Condition{}, false, !holds
	}
	op, ok := iam.ParseOperator(c.Operator.S)
	out = *c
	if !ok {
		return out, true, false
	}
	out.Values.Items = nil
	add := func(written, v iam.String) {
		out.Values.Items = append(out.Values.Items, v)
		if namesAccount(c.Key.S) && comparesText(op.Name) {
			out.Values.Items = append(out.Values.Items, w.perhapsEqual(written, v, op.Negated)...)
		}
		out.Values.Items = append(out.Values.Items, w.rivals(c, op, written, v)...)
	}
	for _, v := range c.Values.Items {
		if name := w.openVariable(v); name != "" {
			if !comparesText(op.Name) {
				either(v)
			} else if v, ok := w.variable(op, v); ok {
				out.Values.Items = append(out.Values.Items, v)
			}
			w.choices[w.at[place{w.index, v.Start}]].name = name
			continue
		}
		if strange := w.subject.strangeValue(c, v); strange != "" && !w.matchesWith(v, op.Negated, []string{strange}) {
			continue
		}
		if v.Known() {
			add(v, v)
			continue
		}
		text, left := w.fillFor(aws.Lower(c.Key.S), v.S)
		switch {
		case w.inVariable(v):
			if !comparesText(op.Name) {
				either(v)
			} else if w.matches(v, op.Negated) {
				out.Values.Items = append(out.Values.Items, w.anything(op, v, string(sets.AnyRun)))
			}
		case !left:
			add(v, iam.String{S: w.fixed(aws.Lower(c.Key.S), v.S), Set: v.Set, Start: v.Start, End: v.End})
		case comparesText(op.Name) && (!constantLike(c.Key.S) || w.ofAnyKey(c.Key.S)):
			if one, ok := w.value(op, c, v, text); ok {
				add(v, one)
			}
		case op.Name == "ipaddress":
			if network, ok := w.network(v); ok {
				add(v, iam.String{S: network, Set: v.Set, Start: v.Start, End: v.End})
			} else if w.matches(v, op.Negated) {
				out.Values.Items = append(out.Values.Items, iam.String{S: "0.0.0.0/0", Set: true}, iam.String{S: "::/0", Set: true})
			}
		case comparesText(op.Name) && w.isNot(c.Key.S, v):
			out.Values.Items = append(out.Values.Items, iam.String{S: unknown.FixedText(w.numberOf(v.S)), Set: true})
		default:
			either(v)
		}
	}
	return out, !whole, whole && !holds
}
