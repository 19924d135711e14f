package iam

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// RenderDocument renders the arguments of a data.aws_iam_policy_document into the JSON text of its attribute json,
// byte for byte as the AWS provider does.
//
// The argument is an object of version, policy_id, statement, source_policy_documents, override_policy_documents,
// source_json and override_json; a missing attribute is null. Values may be unknown at any depth: an unknown string
// becomes a token inside of a string, anything larger a bare token, and where an unknown decides how statements or
// conditions are merged, what it may touch becomes unknown as well. Tokens that strings hold already are numbered by
// holes, which also numbers the new ones; the text that is returned has its own numbers, as always.
//
// Spans come from the marks Origin and Built: for each leaf, for each condition, for the principals and for the
// statement. Inside of something sensitive every span is sensitive. Where the provider would fail there is a diagnostic
// and no text.
func RenderDocument(block cty.Value, holes *unknown.Holes) (unknown.Text, hcl.Diagnostics) {
	r := &renderer{holes: holes}
	in := newArgument(block)
	if in.isUnknown() {
		w := treeWriter{}
		w.value(r.bareHole(in), 0)
		return holes.Text(w.b.String(), w.spans), nil
	}
	merged := r.document(in)
	if r.diags.HasErrors() {
		return unknown.Text{}, r.diags
	}
	w := treeWriter{}
	w.value(merged.tree(), 0)
	return holes.Text(w.b.String(), w.spans), r.diags
}

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

// document merges source documents, own statements and override documents in the provider's order.
func (r *renderer) document(in argument) rendered {
	var merged rendered
	if src := in.get("source_json"); r.isText(src) {
		merged.merge(r.sourceDocument(src, "source_json"))
	}
	seen := merged.sids()
	for i, src := range r.documents(in.get("source_policy_documents")) {
		doc := r.sourceDocument(src, fmt.Sprintf("source document %d", i))
		r.refuseRepeated(seen, doc, fmt.Sprintf("source document %d", i), src.origin)
		merged.join(doc)
	}
	merged.merge(r.ownDocument(in))
	for i, src := range r.documents(in.get("override_policy_documents")) {
		merged.merge(r.sourceDocument(src, fmt.Sprintf("override document %d", i)))
	}
	if src := in.get("override_json"); r.isText(src) {
		merged.merge(r.sourceDocument(src, "override_json"))
	}
	return merged
}

// documents are the elements of a list of documents. A list that is unknown as a whole stands for one unknown document:
// both are any number of statements.
func (r *renderer) documents(in argument) []argument {
	if in.isUnknown() {
		return []argument{in}
	}
	var out []argument
	for _, e := range r.elements(in) {
		if e.isNull() {
			r.fail(in.origin, "A list of documents holds null.")
		}
		out = append(out, e)
	}
	return out
}

// isText says whether the optional argument holds something: the provider takes "" for an argument that is not given.
func (r *renderer) isText(in argument) bool {
	if in.isNull() {
		return false
	}
	p, ok := r.text(in)
	return ok && p.s != ""
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
