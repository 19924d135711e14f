package access

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// names tell what the symbols in values stand for. They are looked up when a value holds one.
type names struct {
	in   []*leaves // numbered together
	made bool
	list []standing
}

// standing is a text that stands for something, as it is shown; ref is what it refers to where that is one thing.
type standing struct{ text, shown, ref string }

// all are the texts that values may hold, longest first. What is left in a value then is the number of an unknown value.
func (n *names) all() []standing {
	if n.made {
		return n.list
	}
	n.made = true
	add := func(text, ref string) { n.list = append(n.list, standing{text, "(" + ref + ")", ref}) }
	for _, l := range n.in {
		for i, h := range l.doc.Text.Holes {
			if text, ok := l.subject.standIn(h, l.numbers[i]); ok && h.Ref != "" && StandsIn(text) {
				add(text, h.Ref)
			}
			if h.Kind == unknown.Address {
				add(networkSymbol(l.numbers[i]), n.of(l.numbers[i]))
			}
		}
		n.accounts(l)
	}
	for address, arn := range n.in[0].subject.ARNs {
		if arn = n.in[0].subject.united(arn); StandsIn(arn) {
			add(arn, address+".arn")
			if name, open := n.in[0].subject.Names[arn]; open && len(name.Holes) > 0 {
				head, _, _ := strings.Cut(arn, "/")
				add(head+"/"+unknown.Fixed(n.in[0].numbered.ofName(name)), address+".arn")
			}
		}
	}
	add(ownOrgStandIn, "the own organization")
	own := n.in[0].subject.own()
	add(own, n.in[0].subject.accountName(own))
	for symbol, name := range n.in[0].subject.AccountNames {
		if symbol != own {
			add(symbol, name)
		}
	}
	n.list = append(n.list, standing{someAccount, "(not known)", ""})
	slices.SortStableFunc(n.list, func(a, b standing) int {
		if c := len(b.text) - len(a.text); c != 0 {
			return c
		}
		if a.text != b.text || a.ref == "" || b.ref == "" { // what refers to one thing tells more
			return cmp.Or(strings.Compare(a.text, b.text), len(b.ref)-len(a.ref))
		}
		return strings.Compare(a.ref, b.ref)
	})
	return n.list
}

// accounts are the texts of a document in which some account takes the place of one that is not known.
func (n *names) accounts(l *leaves) {
	w := filler{leaves: l}
	l.eachText(func(v iam.String) {
		text := w.fillAccounts(v.S)
		if _, left := w.fill(v.S, ""); !left {
			return
		}
		if symbol := w.partlyKnown(v.S); AccountOf(text) == "" {
			n.list = append(n.list, standing{symbol, l.shownParts(AccountPart(v.S)), ""})
		}
		if standsForAccount(text) {
			n.list = append(n.list, standing{text, l.shownParts(v.S), ""})
		}
	})
	for _, number := range l.numbers {
		ref := n.of(number)
		n.list = append(n.list, standing{accountSymbol(number), "(" + ref + ")", strings.TrimPrefix(ref, "not known")})
	}
}

// shownParts is a value with what its unknown parts refer to.
func (l *leaves) shownParts(s string) string {
	var out strings.Builder
	for _, p := range unknown.Parts(s) {
		out.WriteString(p.Text)
		if p.Hole >= 0 {
			out.WriteString("(" + l.refOf(p.Hole) + ")")
		}
	}
	return out.String()
}

// of is what the unknown value of a number refers to.
func (n *names) of(number int) string { return n.in[0].numbered.ref(number) }

// refOf is what a hole of the document refers to.
func (l *leaves) refOf(hole int) string {
	if hole >= len(l.numbers) {
		return l.numbered.ref(0)
	}
	return l.numbered.ref(l.numbers[hole])
}

// may says whether a value can hold a symbol.
func (n *names) may(v string) bool { return len(n.in[0].numbered.refs) > 0 || StandsIn(v) }

// shown writes a value with what its symbols stand for.
func (n *names) shown(v string) string {
	if n.may(v) {
		for _, s := range n.all() {
			v = strings.ReplaceAll(v, s.text, s.shown)
		}
		v = unknown.NameFixed(v, func(i int) string { return "(" + n.of(i) + ")" })
	}
	return strings.ReplaceAll(v, string(sets.AnyRun), "*")
}

// write puts what symbols stand for into the values of conditions.
func (n *names) write(conditions []RowCondition) {
	for i := range conditions {
		c := &conditions[i]
		for k, v := range c.Values {
			if refs := n.refs(v); len(refs) > 0 {
				if c.Refs == nil {
					c.Refs = map[int][]string{}
				}
				c.Refs[k] = refs
			}
			c.Values[k] = n.shown(v)
		}
	}
}

// refs are what the symbols in a value refer to.
func (n *names) refs(v string) []string {
	if !n.may(v) {
		return nil
	}
	var out []string
	for _, s := range n.all() {
		if strings.Contains(v, s.text) {
			v = strings.ReplaceAll(v, s.text, "")
			out = appendNew(out, cmp.Or(s.ref, strings.Trim(s.shown, "()")))
		}
	}
	unknown.NameFixed(v, func(i int) string {
		out = appendNew(out, n.of(i))
		return ""
	})
	return out
}

// ref is what a value as a whole stands for, "" where it is itself.
func (n *names) ref(v string) string {
	if n.may(v) {
		for _, s := range n.all() {
			if s.text == v {
				return s.ref
			}
		}
	}
	return ""
}
