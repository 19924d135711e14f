package iam

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/unknown"
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
	in := argument{}.inner(block)
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
