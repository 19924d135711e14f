package extract

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// withPlaces gives a text of the plan the places that the sources have for it. The two differ in spelling: the provider
// sorts, and writes lists of one element without brackets. So statements are paired by what they say, and one that no
// statement of the sources says by its Sid; of several texts the one that fits best counts. The second result says that
// the sources tell which parts are sensitive, so that the rest of a sensitive text is not.
func (x *extractor) withPlaces(t unknown.Text, sources []unknown.Text) (unknown.Text, bool) {
	if i := slices.IndexFunc(sources, func(src unknown.Text) bool { return src.S == t.S }); i >= 0 { // letter by letter the same
		finer := sources[i].SensitiveAt(0, len(t.S))
		if secret := t.SensitiveAt(0, len(t.S)); !secret || finer {
			t.Spans = sources[i].Spans
			return t, secret
		}
	}
	doc := x.parse(t)
	var best *placing
	for _, src := range sources {
		p := &placing{doc: doc, src: x.parse(src)}
		p.pair()
		if best == nil || p.score > best.score {
			best = p
		}
	}
	if best == nil {
		return t, false
	}
	best.spans()
	if doc.Text.SensitiveAt(0, len(t.S)) {
		if !best.whole || !best.src.Text.SensitiveAt(0, len(best.src.Text.S)) {
			best.out = append(best.out, t.Spans...)
		} else {
			best.finer = true
		}
	}
	slices.SortStableFunc(best.out, func(a, b unknown.Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	t.Spans = best.out
	return t, best.finer
}

// placing pairs the statements of a document with those of its source.
type placing struct {
	doc, src *iam.Document
	partner  []*iam.Statement
	score    int
	// whole says that the two documents say the same.
	whole, finer bool
	out          []unknown.Span
}

func (p *placing) pair() {
	p.partner = make([]*iam.Statement, len(p.doc.Statements))
	taken := make([]bool, len(p.src.Statements))
	try := func(weight int, fits func(a, b *iam.Statement) bool) {
		for i := range p.doc.Statements {
			for j := range p.src.Statements {
				if p.partner[i] == nil && !taken[j] && fits(&p.doc.Statements[i], &p.src.Statements[j]) {
					p.partner[i], taken[j] = &p.src.Statements[j], true
					p.score += weight
				}
			}
		}
	}
	try(2, sameStatement)
	p.whole = len(p.doc.Problems) == 0 && p.score == 2*len(taken) && p.score == 2*len(p.partner) &&
		sameText(p.doc.Version.S, p.src.Version.S) && sameText(p.doc.ID.S, p.src.ID.S)
	try(1, func(a, b *iam.Statement) bool { return a.Sid.Set && b.Sid.Set && a.Sid.S == b.Sid.S })
}

// spans notes the places of everything that has a partner.
func (p *placing) spans() {
	p.leaf(p.doc.Version, p.src.Version)
	p.leaf(p.doc.ID, p.src.ID)
	for i := range p.doc.Statements {
		if b := p.partner[i]; b != nil {
			p.statement(&p.doc.Statements[i], b)
		}
	}
}

func (p *placing) statement(a, b *iam.Statement) {
	p.span(a.Start, a.End, b.Start, b.End)
	p.leaf(a.Sid, b.Sid)
	p.leaf(a.Effect, b.Effect)
	p.list(a.Action, b.Action, sameText)
	p.list(a.NotAction, b.NotAction, sameText)
	p.list(a.Resource, b.Resource, sameText)
	p.list(a.NotResource, b.NotResource, sameText)
	p.principals(a.Principal, b.Principal)
	p.principals(a.NotPrincipal, b.NotPrincipal)
	for i := range a.Conditions {
		c := &a.Conditions[i]
		if j := slices.IndexFunc(b.Conditions, func(d iam.Condition) bool { return sameCondition(c, &d) }); j >= 0 {
			d := &b.Conditions[j]
			p.span(c.Start, c.End, d.Start, d.End)
			p.name(c.Operator, d.Operator)
			p.name(c.Key, d.Key)
			p.list(&c.Values, &d.Values, sameText)
		}
	}
}

func (p *placing) principals(a, b *iam.Principals) {
	if a == nil || b == nil {
		return
	}
	p.span(a.Start, a.End, b.Start, b.End)
	p.leaf(a.Text, b.Text)
	for i := range a.Entries {
		for j := range b.Entries {
			if sameText(a.Entries[i].Type.S, b.Entries[j].Type.S) {
				p.name(a.Entries[i].Type, b.Entries[j].Type)
				p.list(&a.Entries[i].Values, &b.Entries[j].Values, samePrincipal)
			}
		}
	}
}

func (p *placing) list(a, b *iam.List, same func(a, b string) bool) {
	if a == nil || b == nil {
		return
	}
	p.span(a.Start, a.End, b.Start, b.End)
	for _, item := range a.Items {
		if j := slices.IndexFunc(b.Items, func(o iam.String) bool { return same(item.S, o.S) }); j >= 0 {
			p.leaf(item, b.Items[j])
		}
	}
}

// name notes that a name is sensitive: it has no place of its own.
func (p *placing) name(a, b iam.String) {
	if p.src.Text.SensitiveAt(b.Start, b.End) {
		p.out = append(p.out, unknown.Span{Start: a.Start, End: a.End, Sensitive: true})
	}
}

func (p *placing) leaf(a, b iam.String) {
	if a.Set && b.Set {
		p.span(a.Start, a.End, b.Start, b.End)
		if p.src.Text.SensitiveAt(b.Start, b.End) {
			p.out[len(p.out)-1].Sensitive = true
		}
	}
}

// span notes that doc[start:end] comes from where src[from:to] does.
func (p *placing) span(start, end, from, to int) {
	at, ok := p.src.Text.At(from, to)
	if !ok {
		at = hcl.Range{}
	}
	p.out = append(p.out, unknown.Span{Start: start, End: end, Range: at})
}

// sameText says whether a text of the sources, which may have unknown parts, may be that text of the plan.
func sameText(known, source string) bool {
	if known == source {
		return true
	}
	parts := unknown.Parts(source)
	if !unknown.HasHole(source) || parts == nil {
		return false
	}
	rest := known
	for i, part := range parts {
		if part.Hole >= 0 {
			continue
		}
		at := strings.Index(rest, part.Text)
		if i == len(parts)-1 && strings.HasSuffix(rest, part.Text) {
			at = len(rest) - len(part.Text)
		}
		if at < 0 || i == 0 && at > 0 {
			return false
		}
		rest = rest[at+len(part.Text):]
	}
	return rest == "" || parts[len(parts)-1].Hole >= 0
}

// samePrincipal takes an account for its root, as AWS does.
func samePrincipal(known, source string) bool {
	return sameText(known, source) || sameText(accountOrSame(known), accountOrSame(source))
}

func accountOrSame(principal string) string {
	if id, ok := strings.CutSuffix(principal, ":root"); ok && strings.HasPrefix(id, "arn:") {
		return id[strings.LastIndex(id, ":")+1:]
	}
	return principal
}

func sameStatement(a, b *iam.Statement) bool {
	if b.Hole != "" || b.ConditionHole != "" || len(a.Conditions) != len(b.Conditions) {
		return false
	}
	for i := range a.Conditions {
		same := func(d iam.Condition) bool {
			return sameCondition(&a.Conditions[i], &d) && sameList(&a.Conditions[i].Values, &d.Values, sameText)
		}
		if !slices.ContainsFunc(b.Conditions, same) {
			return false
		}
	}
	return sameText(a.Sid.S, b.Sid.S) && sameText(a.Effect.S, b.Effect.S) &&
		sameList(a.Action, b.Action, sameText) && sameList(a.NotAction, b.NotAction, sameText) &&
		sameList(a.Resource, b.Resource, sameText) && sameList(a.NotResource, b.NotResource, sameText) &&
		samePrincipals(a.Principal, b.Principal) && samePrincipals(a.NotPrincipal, b.NotPrincipal)
}

func sameCondition(a, b *iam.Condition) bool {
	return sameText(a.Operator.S, b.Operator.S) && strings.EqualFold(a.Key.S, b.Key.S)
}

func samePrincipals(a, b *iam.Principals) bool {
	if a == nil || b == nil {
		return a == b
	}
	if b.Text.Bare {
		return true
	}
	if a.Text.S != b.Text.S || len(a.Entries) != len(b.Entries) {
		return false
	}
	for i := range a.Entries {
		same := func(e iam.Entry) bool {
			return sameText(a.Entries[i].Type.S, e.Type.S) && sameList(&a.Entries[i].Values, &e.Values, samePrincipal)
		}
		if !slices.ContainsFunc(b.Entries, same) {
			return false
		}
	}
	return true
}

// sameList compares lists as sets. A bare token stands for any number of elements.
func sameList(a, b *iam.List, same func(a, b string) bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	bare := slices.ContainsFunc(b.Items, func(s iam.String) bool { return s.Bare })
	for _, x := range a.Items {
		if !bare && !slices.ContainsFunc(b.Items, func(y iam.String) bool { return same(x.S, y.S) }) {
			return false
		}
	}
	for _, y := range b.Items {
		if !y.Bare && !slices.ContainsFunc(a.Items, func(x iam.String) bool { return same(x.S, y.S) }) {
			return false
		}
	}
	return true
}
