package fix

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// better orders fixes: those that need nobody first, then those that take least away, end most, and change least.
func better(a, b *proved) int {
	weight := func(p *proved) []int {
		w := []int{len(p.names), len(p.loses), -len(p.ends), 0, p.order, len(p.steps), len(p.text.S)}
		switch {
		case p.strategy == takeOut:
			w[0] = len(p.terms) + 100 // behind whatever leaves something to be filled in, too
		case p.strategy == "drop":
			w[3] = 2 // what was meant is gone with it
		case len(p.delegated) > 0:
			w[3] = 1
		}
		return w
	}
	return slices.Compare(weight(a), weight(b))
}

// onDocument tries the candidates on the policy by itself.
func (s *search) onDocument() []*proved {
	var out []*proved
	for i, strategy := range s.strategies() {
		if s.ctx.Err() != nil {
			return nil
		}
		p := s.follow(*s.place(), strategy)
		if p != nil {
			p.order = i
		}
		if p != nil && !slices.ContainsFunc(out, func(o *proved) bool { return o.text.S == p.text.S }) {
			out = append(out, p)
		}
	}
	return out
}

// strategies are the kinds of candidates for the statement that the finding is about.
func (s *search) strategies() []string {
	var out []string
	for _, c := range newMaker(s.Target, s.src).candidates(s.Finding.Rule, s.first()) {
		if !slices.Contains(out, c.strategy) {
			out = append(out, c.strategy)
		}
	}
	return out
}

// maxStatements bounds how many statements of one policy are mended together.
const maxStatements = 12

// follow mends one statement after the other in the same way, until the finding is gone.
func (s *search) follow(place Place, strategy string) *proved {
	m := newMaker(s.Target, s.src)
	p := &proved{candidate: candidate{strategy: strategy}}
	done := map[int]bool{}
	index := s.first()
	for range maxStatements {
		c, ok := pick(m.candidates(s.Finding.Rule, index), strategy)
		if !ok || done[index] {
			return nil
		}
		done[index] = true
		p.steps = append(p.steps, c.steps...)
		p.title = joinTitles(p.title, c.title)
		p.keeps = c.keeps
		text, ok := edited(s.Doc, p.steps, m.terms.sampled())
		if !ok {
			return nil
		}
		after, ok := s.program.Run(s.ctx, Trial{Only: &place, Documents: map[Place]unknown.Text{place: text}})
		if !ok {
			return nil
		}
		next, gone := s.remaining(after)
		if gone {
			if Worse(s.alone, after) || s.opens(after.document(place)) {
				s.note(s.alone, after)
				return nil
			}
			if len(m.named(p.steps)) == 0 && s.closes(p.steps, after.document(place)) {
				return nil
			}
			p.terms, p.declare, p.text, p.doc = m.terms, m.declared(p.steps), text, after.document(place)
			p.ends, p.names = ended(s.alone, after), m.named(p.steps)
			p.loses, p.delegated = s.losses(p.doc)
			return p
		}
		front := added(p.steps)
		index = s.fault(after.document(place), next, func(i int) bool { return done[i-front] }) - front
	}
	return nil
}

// note remembers what an edit would bring.
func (s *search) note(before, after *Outcome) {
	s.brought = cmp.Or(s.brought, brings(before, after, ""))
}

// first is the statement that is at fault before any edit.
func (s *search) first() int {
	return s.fault(s.Doc, s.statement(), func(int) bool { return false })
}

// fault is the statement that is at fault in a document, where the finding does not tell: one that is not mended yet.
func (s *search) fault(doc *iam.Document, index int, done func(index int) bool) int {
	switch {
	case index >= 0 || doc == nil:
		return index
	case s.Finding.Rule == "policy-invalid":
		for _, p := range iam.Validate(doc, iam.Kind(s.kind())) {
			if p.Statement >= 0 && !p.NotPrincipal {
				return p.Statement
			}
		}
	case s.kind() == "identity":
		for i := range doc.Statements {
			if st := &doc.Statements[i]; st.Effect.S == "Allow" && !done(st.Index) && aboutKeys(st) {
				return st.Index
			}
		}
	}
	return index
}

// aboutKeys says whether a statement allows actions of KMS.
func aboutKeys(st *iam.Statement) bool {
	if st.Action == nil {
		return st.NotAction != nil
	}
	return slices.ContainsFunc(st.Action.Items, func(a iam.String) bool {
		return a.S == "*" || strings.HasPrefix(lower(a.S), "kms:") || !a.Known()
	})
}

func pick(list []candidate, strategy string) (candidate, bool) {
	i := slices.IndexFunc(list, func(c candidate) bool { return c.strategy == strategy })
	if i < 0 {
		// The statement has another cause: the first candidate is the smallest.
		if len(list) == 0 {
			return candidate{}, false
		}
		return list[0], true
	}
	return list[i], true
}

// declared are the blocks that the steps refer to.
func (m *maker) declared(steps []step) (out []declaration) {
	for _, d := range m.declare {
		i := slices.IndexFunc(m.terms, func(x term) bool { return x.ref == d.ref })
		if i >= 0 && slices.ContainsFunc(steps, func(s step) bool {
			return slices.ContainsFunc(s.strings(), func(text string) bool { return strings.Contains(text, unknown.Hole(i)) })
		}) {
			out = append(out, d)
		}
	}
	return out
}

// named are the placeholders that the steps write.
func (m *maker) named(steps []step) []string {
	var out []string
	for _, x := range steps {
		for _, text := range x.strings() {
			for _, name := range m.terms.placeholders(text) {
				if !slices.Contains(out, name) {
					out = append(out, name)
				}
			}
		}
	}
	return out
}

func (s *search) offer(p *proved, files map[string][]byte, ends []string) *finding.Fix {
	fix := &finding.Fix{Title: p.title + ".", Proof: finding.Proof{Ends: ends, TakesAway: append(append([]string{}, p.loses...), p.delegated...), Keeps: p.keeps}, Placeholders: p.names}
	if text, ok := edited(s.Doc, p.steps, p.terms); ok && len(p.steps) > 0 && !s.Several {
		if text, ok := p.terms.known(text.S); ok {
			fix.Policy = pretty(text)
		}
	}
	s.show(fix, files)
	return fix
}

// reveals says whether the edit cannot be shown without what is sensitive: it has no diff, or the diff has lines of other
// arguments of the resource that are sensitive.
func (s *search) reveals(files map[string][]byte) bool {
	for name, text := range files {
		diff := Diff(name, s.program.Files[name], text, s.program.Secret(name))
		if diff == "" {
			return true
		}
		for line := range strings.Lines(diff) {
			argument, _, ok := strings.Cut(strings.TrimLeft(line, " +-\t"), "=")
			argument = strings.Trim(argument, " \t\"")
			if v, there := unknown.Lookup(s.Resource.After, argument); ok && there && argument != s.Attribute && unknown.IsSensitive(v) {
				return true
			}
		}
	}
	return false
}

// show puts the edit of the sources into a fix.
func (s *search) show(fix *finding.Fix, files map[string][]byte) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		shown := s.program.Name(name)
		fix.Edits = append(fix.Edits, edits(shown, s.program.Files[name], files[name])...)
		fix.Diff += Diff(shown, s.program.Files[name], files[name], s.program.Secret(name))
	}
	fix.Commands, fix.Console = s.commands(), s.console()
	fix.Title = strings.TrimSpace(fix.Title)
}
