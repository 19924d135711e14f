package fix

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// everyOutcome mends the other documents that the policy may be in the same way, where these have the finding, too. What they share
// is edited once.
func (s *search) everyOutcome(p *proved) {
	if !s.Several || len(p.names) > 0 {
		return
	}
	for _, doc := range s.before.Documents[*s.place()] {
		if sameText(doc, s.Doc) || doc.Text.SensitiveAt(0, len(doc.Text.S)+1) {
			continue
		}
		target, own := *s.Target, *s
		target.Doc, own.Target = doc, &target
		var ok bool
		if own.alone, ok = s.program.Run(s.ctx, Trial{Only: s.place(), Documents: map[Place]unknown.Text{*s.place(): doc.Text}}); !ok {
			continue
		}
		if target.Finding = s.found(own.alone); target.Finding == nil {
			continue
		}
		q := own.follow(*s.place(), p.strategy)
		if q == nil || len(q.names) > 0 {
			continue
		}
		with := *p
		with.also = append(slices.Clone(p.also), part{doc, q})
		was, _ := s.edit(p, &p.terms)
		if both, ok := s.edit(&with, &p.terms); ok && !both.equal(was) {
			with.title = joinTitles(p.title, q.title)
			*p = with
		}
	}
}

// edit is that of a candidate in the sources.
func (s *search) edit(p *proved, t *terms) (edit, bool) {
	if p.set != nil {
		return edit{splices: p.set}, true
	}
	splices, ok := s.src.written(s.Doc, p.steps, t)
	out := edit{splices, p.declare}
	for _, x := range p.also {
		more, too := s.src.written(x.doc, x.steps, &x.terms)
		out, ok = out.with(edit{more, x.declare}), ok && too
	}
	return out, ok
}
