package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// leaves are the places of a document that are not known before apply. Each is decided both ways: open, so that the
// document lets in as many as it may, and closed. A value of which enough is known has a stand-in instead.
type leaves struct {
	// account is the account that an unknown part of a principal names where that lets more in, "" for one that is
	// nobody's here.
	account string
	// party is the ARN of the one who is asked about, "" where strangers are: an unknown value of a key that says who the
	// caller is may be what the party has, or not.
	party string
	// apart are the accounts of the party and of the key, where one of them is not known and they are read as two.
	apart [2]string
	// keys are the condition keys, in lower case, of which the party has one value: an unknown one may be that, or not.
	keys map[string]bool
	// ownOpen says that the own account, where it is not known, may be any that the document names. Otherwise it is read as
	// each that it is compared with, and as none of them, in [Subject.readings].
	ownOpen bool
	doc     *iam.Document
	subject Subject
	// numbers tell the values of the holes apart, in all documents of the question.
	numbers  []int
	numbered *numbering
	// peers are the documents that have their say together where a value in one of them is not known, this one too.
	peers []*leaves
	// choices are the places, in the order of the text; each with what it waits for.
	choices []choice
	at      map[place]int
	// any says that there may be such a place.
	any bool
	// open says which way each place goes in the world that is being made; nil while the places are counted.
	open []bool
	// providers are the identity providers that are not known, as an Allow names them, and hosts the beginnings of condition
	// keys of which only the claim is known. supposed is how both are read in the world that is being made.
	providers, hosts []string
	supposed         supposition
	// accountsNamed are the accounts that the document names, once they were read.
	accountsNamed []account
	accountsRead  bool
}

// choice is a place that goes either way: for what the values refer to that it waits for, or because it names what is in no
// table.
type choice struct {
	refs []string
	name string
}

// place tells places apart: the offset of the value in the text, and the statement for those without a value.
type place struct{ statement, start int }

// numbering tells unknown values apart: the same reference is the same value, also in another document that is compared. What
// nothing refers to may be anything, and has a number for each time that it occurs.
type numbering struct {
	numbers map[unknown.Symbol][]int
	refs    []string       // what each of them refers to, in their order; the first number is 1
	parts   map[string]int // the numbers of accounts of which a part is known
}

// ofPart is the number of an account of which a part is known, as a text with the number of what is not known in it.
func (n *numbering) ofPart(text string, number int) int {
	if n.parts[text] == 0 {
		if n.parts == nil {
			n.parts = map[string]int{}
		}
		n.refs = append(n.refs, n.refs[number-1])
		n.parts[text] = len(n.refs)
	}
	return n.parts[text]
}

// of are the numbers of the holes of a document.
func (n *numbering) of(holes []unknown.Symbol) []int {
	if len(holes) == 0 {
		return nil
	}
	if n.numbers == nil {
		n.numbers = map[unknown.Symbol][]int{}
	}
	met := map[unknown.Symbol]int{}
	var out []int
	for _, h := range holes {
		occurrence := 0
		if h.Ref == "" {
			occurrence = met[h]
			met[h]++
		}
		if occurrence == len(n.numbers[h]) {
			n.refs = append(n.refs, h.Ref)
			n.numbers[h] = append(n.numbers[h], len(n.refs))
		}
		out = append(out, n.numbers[h][occurrence])
	}
	return out
}

// ref is what an unknown value refers to.
func (n *numbering) ref(number int) string {
	if number > 0 && number <= len(n.refs) && n.refs[number-1] != "" {
		return n.refs[number-1]
	}
	return "not known"
}

// supposition is one reading of the providers that are not known.
type supposition struct {
	// host is the shared issuer that they are, "" for providers of one customer each.
	host string
	// strange are the unknown beginnings of condition keys, by their place in leaves.hosts, that name another provider.
	strange uint
}

// account is one that the document names, by its id or a symbol, with what the unknown values refer to that decide it.
type account struct {
	id   string
	refs []string
}

// choose says whether the place goes the open way, and notes it when it is met for the first time.
func (l *leaves) choose(statement int, v iam.String) bool {
	at := place{statement, v.Start}
	i, ok := l.at[at]
	if !ok {
		i = len(l.choices)
		if l.at == nil {
			l.at = map[place]int{}
		}
		l.at[at] = i
		l.choices = append(l.choices, choice{refs: l.refs(nil, v.S)})
	}
	return i < len(l.open) && l.open[i]
}

// filler fills in the elements of one statement.
type filler struct {
	*leaves
	statement *iam.Statement
	index     int
	deny      bool
}

// matches says whether an unknown part matches everything (or nothing): the open way of an Allow, and the closed way of
// a Deny, match more; in an element that excludes it is the other way round.
func (w *filler) matches(v iam.String, excludes bool) bool {
	return w.choose(w.index, v) != (w.deny != excludes)
}

// matchesWith is matches for a part that waits for other values, too.
func (w *filler) matchesWith(v iam.String, excludes bool, refs []string) bool {
	more := w.matches(v, excludes)
	c := &w.choices[w.at[place{w.index, v.Start}]]
	c.refs = appendAllNew(c.refs, refs)
	return more
}

// fill puts stand-ins for what is known well enough, and says whether anything else is left.
func (w *filler) fill(s string, other string) (string, bool) {
	return w.fillWith(s, func(int) string { return other })
}

// fillKinds is fill where what is left stays a token: the first one of its value.
func (l *leaves) fillKinds(s string) string {
	w := filler{leaves: l}
	out, _ := w.fillWith(s, func(hole int) string {
		if hole < len(l.numbers) {
			hole = l.numbers[hole] - 1
		}
		return unknown.Hole(hole)
	})
	return out
}

func (w *filler) fillWith(s string, other func(hole int) string) (string, bool) {
	var b strings.Builder
	left := false
	parts := unknown.Parts(s)
	for i, p := range parts {
		if p.Hole < 0 {
			b.WriteString(p.Text)
			continue
		}
		if b.String() == "arn:" && i+1 < len(parts) && strings.HasPrefix(parts[i+1].Text, ":") {
			b.WriteString(w.subject.partition()) // AWS takes no ARN of another one
			continue
		}
		text, ok := "", false
		if p.Hole < len(w.doc.Text.Holes) {
			u := w.doc.Text.Holes[p.Hole]
			text, ok = w.subject.standIn(u, w.numbers[p.Hole])
			if (u.Kind == unknown.PlainName || u.Kind == unknown.PathName) && isAccountPlace(b.String()) {
				text = accountSymbol(w.numbers[p.Hole]) // of an ARN that AWS takes
			}
			ok = ok && !(w.party != "" && w.subject.looksUp(u)) && !(w.party != "" && ofAnybody(u.Kind) && u.Account == "" && w.subject.arnOf(u) == "" && StandsIn(text))
		}
		if !ok {
			text, left = other(p.Hole), true
			if isAccountSymbol(text) && strings.HasPrefix(b.String(), "arn:") && !isAccountPlace(b.String()) && p.Hole < len(w.numbers) {
				text = unknown.FixedText(w.numbers[p.Hole]) // of an ARN, a part that is no account
			}
		}
		b.WriteString(text)
	}
	return b.String(), left
}

// every is every place open, or every one closed.
func (l *leaves) every(open bool) []bool {
	w := make([]bool, len(l.choices))
	for i := range w {
		w[i] = open
	}
	return w
}

// named says whether a place is a name in no table.
func (l *leaves) named() bool {
	return slices.ContainsFunc(l.choices, func(c choice) bool { return c.name != "" })
}

// strange are those of the list that are in no table.
func (l *leaves) strange(list []string) []string {
	names := make(map[string]bool, len(l.choices))
	for _, c := range l.choices {
		names[c.name] = true
	}
	var out []string
	for _, name := range list {
		if names[name] {
			out = append(out, name)
		}
	}
	return out
}

// fillAccounts fills in a value where an account stands for each of its unknown parts of which nothing is known.
func (w *filler) fillAccounts(s string) string {
	out, _ := w.fillWith(s, func(hole int) string {
		if hole < len(w.numbers) {
			return accountSymbol(w.numbers[hole])
		}
		return someAccount
	})
	return out
}

// waiting are the references of the values that decide.
func (l *leaves) waiting() []string {
	if l.doc.Opaque {
		return refs(l.doc)
	}
	return waits(l.choices)
}

// waits is what the places wait for, each once.
func waits(choices []choice) []string {
	var out []string
	seen := make(map[string]bool, len(choices))
	add := func(name string) {
		if name != "" && !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	for _, c := range choices {
		add(c.name)
		for _, r := range c.refs {
			add(r)
		}
	}
	return out
}

// refs adds the references of the unknown parts of a text.
func (l *leaves) refs(list []string, s string) []string {
	for _, p := range unknown.Parts(s) {
		if p.Hole >= 0 && p.Hole < len(l.doc.Text.Holes) {
			list = appendAllNew(list, l.doc.Text.Holes[p.Hole].Refs())
		}
	}
	return list
}

// symbol says whether an account is not known, so that it may be another one that is named.
func (l *leaves) symbol(id string) bool {
	if id == l.subject.own() {
		return l.ownOpen
	}
	return isAccountSymbol(id)
}

// ofAnybody says whether an unknown value of a kind may be that of any party.
func ofAnybody(k unknown.Kind) bool {
	return k == unknown.PlainName || k == unknown.PathName || k == unknown.AccountID || k == unknown.PrincipalARN
}

// looksUp says whether an unknown value is the ARN of a role or user that is looked up, which may be one that is managed.
func (s Subject) looksUp(u unknown.Symbol) bool {
	is := u.Kind == unknown.RoleARN || u.Kind == unknown.UserARN || u.Kind == unknown.PrincipalARN
	return is && (strings.HasPrefix(u.Of, "data.") || strings.Contains(u.Of, ".data.")) && s.arnOf(u) == ""
}

func (w *filler) numberOf(s string) int {
	for _, p := range unknown.Parts(s) {
		if p.Hole >= 0 && p.Hole < len(w.doc.Text.Holes) {
			return w.numbers[p.Hole]
		}
	}
	return 0
}

// numberedText is a value with its holes numbered as in all documents of the question.
func (l *leaves) numberedText(s string) string {
	return unknown.Text{S: s, Holes: l.doc.Text.Holes}.Numbered(func([]unknown.Symbol) []int { return l.numbers })
}

// eachText calls do with every principal and condition value of the document that is not known.
func (l *leaves) eachText(do func(iam.String)) {
	note := func(v iam.String) {
		if !v.Known() {
			do(v)
		}
	}
	for s := range l.doc.All() {
		for _, p := range []*iam.Principals{s.Principal, s.NotPrincipal} {
			for _, v := range p.Values() {
				note(v)
			}
		}
		for k := range s.Conditions {
			for _, v := range s.Conditions[k].Values.Items {
				note(v)
			}
		}
	}
}
