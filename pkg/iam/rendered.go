package iam

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// renderer renders one document.
type renderer struct {
	holes *unknown.Holes
	diags hcl.Diagnostics
	// version is the version of the own document, which says whether &{ may be written.
	version string
}

func (r *renderer) fail(at hcl.Range, format string, args ...any) {
	d := &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "The AWS provider cannot render this policy document",
		Detail:   fmt.Sprintf(format, args...),
	}
	if at != (hcl.Range{}) {
		d.Subject = &at
	}
	r.diags = append(r.diags, d)
}

// rendered is a document on its way to text.
type rendered struct {
	version    piece
	id         tree // its kind is 0 where there is none
	statements []renderedStatement
}

// unknownDocument is one of which nothing is known but the token that stands for it.
func unknownDocument(token tree) rendered {
	return rendered{version: token.text, id: token, statements: []renderedStatement{{tree: token}}}
}

// renderedStatement is a statement, or a bare token for any number of statements.
type renderedStatement struct {
	sid  piece
	tree tree
}

func (s renderedStatement) isHole() bool { return s.tree.kind == kindBare }

// mayBe says whether the statement may have that sid, which is not empty.
func (s renderedStatement) mayBe(sid piece) bool {
	return s.isHole() || s.sid.s == sid.s || s.sid.s != "" && (s.sid.hasHole() || sid.hasHole())
}

func (d rendered) sids() map[string]bool {
	out := map[string]bool{}
	for _, s := range d.statements {
		if s.sid.s != "" && !s.sid.hasHole() {
			out[s.sid.s] = true
		}
	}
	return out
}

// join adds the statements of a document of which the provider has made sure that they replace none.
func (d *rendered) join(add rendered) {
	d.head(add)
	d.statements = append(d.statements, add.statements...)
}

// merge adds the statements of a document; one whose sid is there already takes the place of the old one.
// Where it is not known whether it does, the old one is not known.
func (d *rendered) merge(add rendered) {
	d.head(add)
	for _, s := range add.statements {
		if !d.replace(s) {
			d.statements = append(d.statements, s)
		}
	}
}

func (d *rendered) replace(s renderedStatement) bool {
	if !s.isHole() && s.sid.s == "" {
		return false
	}
	decided := s.sid.s != "" && !s.sid.hasHole()
	for i, old := range d.statements {
		if decided && old.sid.s == s.sid.s {
			d.statements[i] = s
			return true
		}
		switch {
		case old.isHole():
		case s.isHole() && old.sid.s != "":
			d.statements[i] = renderedStatement{tree: s.tree}
		case !s.isHole() && old.mayBe(s.sid):
			undecided := s.sid
			if !undecided.hasHole() {
				undecided = old.sid
			}
			d.statements[i] = renderedStatement{tree: undecided.bare()}
		}
	}
	return false
}

// head adopts the id and the larger version of a document.
func (d *rendered) head(add rendered) {
	if add.id.kind != 0 {
		d.id = add.id
	}
	known, hole := d.version, add.version
	if known.hasHole() {
		known, hole = hole, known
	}
	switch {
	case !hole.hasHole():
		if add.version.s > d.version.s {
			d.version = add.version
		}
	case known.s >= latestVersion && !known.hasHole():
		d.version = known // an unknown version is one of the two that AWS knows
	default:
		d.version = hole
	}
}

// latestVersion is the larger one of the two that AWS knows.
const latestVersion = "2012-10-17"

func (d rendered) tree() tree {
	out := tree{kind: kindObject}
	if d.version.s != "" {
		out.add("Version", d.version.tree())
	}
	if d.id.kind != 0 {
		out.add("Id", d.id)
	}
	if len(d.statements) > 0 {
		list := tree{kind: kindList}
		for _, s := range d.statements {
			list.elems = append(list.elems, s.tree)
		}
		out.add("Statement", list)
	}
	return out
}

func (r *renderer) refuseRepeated(seen map[string]bool, doc rendered, name string, at hcl.Range) {
	for i, s := range doc.statements {
		if s.sid.s == "" || s.sid.hasHole() {
			continue
		}
		if seen[s.sid.s] {
			r.fail(at, "In %s, statement %d repeats the sid %s. Remove the sid, or make sure that sids are unique.", name, i, s.sid.quote())
		}
		seen[s.sid.s] = true
	}
}
