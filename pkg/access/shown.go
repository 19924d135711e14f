package access

import (
	"maps"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// unname takes the symbols out of a witness: "*" is a resource that is not known, or a part of its ARN, or a property of it
// that the document asks for; a region is one of those that it may be in. It returns false where nothing is left that the document allows for certain.
func (s Subject) unname(doc *iam.Document, w *evaluate.Request) bool {
	var hidden []string
	for key, v := range w.Context {
		if slices.ContainsFunc(v.All, StandsIn) {
			hidden = append(hidden, key)
		}
	}
	w.Principal = shownPrincipal(w.Principal)
	for _, key := range hidden {
		delete(w.Context, key)
	}
	holds := func() bool { return len(doc.Text.Holes) > 0 || evaluate.Decide(doc, w) == evaluate.Allowed }
	if s.renamed(w, holds) {
		return true
	}
	for _, key := range hidden {
		w.Context[key] = evaluate.One("*")
		if aws.Lower(key) == aws.KeyRequestedRegion {
			w.Context[key] = evaluate.One(someRegions[0])
		}
	}
	return len(hidden) == 0 || s.renamed(w, holds)
}

// renamed names the resource by what is known of it, and says whether that will do.
func (s Subject) renamed(w *evaluate.Request, holds func() bool) bool {
	if s.known() {
		return holds()
	}
	arn, _ := aws.ParseARN(s.Resource)
	if arn.Region == ownRegionStandIn {
		arn.Region = "*"
	}
	if arn.Account == s.own() {
		arn.Account = "*"
	}
	parts := arn.String()
	parts = parts[:strings.LastIndex(parts, "/")+1]
	for _, resource := range []string{"*", parts + "*", parts + "0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"} {
		if w.Resource = resource; holds() {
			return true
		}
	}
	w.Resource = "*"
	return false
}

// shown is a witness for people: a caller or a resource that is not known is "*", and a condition key whose value is not
// known is left out.
func (s Subject) shown(w *evaluate.Request) *evaluate.Request {
	if w == nil {
		return nil
	}
	if !s.known() {
		w.Resource = "*"
	}
	w.Principal = shownPrincipal(w.Principal)
	maps.DeleteFunc(w.Context, func(_ string, v evaluate.Values) bool { return slices.ContainsFunc(v.All, StandsIn) })
	return w
}

// ShownResource is how a witness names the resource: its ARN, or "*" where that is not known before apply.
func (s Subject) ShownResource() string {
	if !s.known() {
		return "*"
	}
	return s.Resource
}
