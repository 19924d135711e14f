package access

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Analyze decides whom a document lets in. It is deterministic, and its work is bounded.
func Analyze(doc *iam.Document, s Subject) Result {
	if s.MaxSize == 0 {
		s.MaxSize = s.Kind.MaxSize()
	}
	problems := iam.ValidateWithin(doc, s.Kind, s.MaxSize)
	readings := s.readings(doc)
	results := make([]Result, len(readings))
	for i := range readings {
		results[i] = analyzeAs(doc, readings[i])
	}
	depends := decidedBy(readings)
	if !doc.Version.Known() && strings.Contains(doc.Text.S, "${") { // what is a variable in one version is text in the other
		old := *doc
		old.Version = iam.String{S: "2008-10-17", Set: true}
		for i := range readings {
			results = append(results, analyzeAs(&old, readings[i]))
		}
		depends = strings.TrimPrefix(depends+" and the version of the document, which is not known", " and ")
	}
	r := agreed(results, depends)
	if hole, ok := unknown.OneHole(doc.Version.S); ok && len(results) > len(readings) && r.Public == Unsure && len(r.DependsOn) == 0 && hole < len(doc.Text.Holes) {
		r.DependsOn = doc.Text.Holes[hole].Refs()
	}
	r.Problems = problems
	if r.Witness != nil && !readings[0].unname(doc, r.Witness) {
		r.Witness = nil
	}
	if iam.Refused(problems) {
		r.Verdict = Invalid
	}
	return r
}

// analyzeAs decides one reading of the subject, with every reading of the document.
func analyzeAs(doc *iam.Document, s Subject) Result {
	r := analyze(doc, s)
	for _, reading := range doc.Readings {
		if other := analyze(reading, s); other.Public == Yes && r.Public != Yes || other.Public == Unsure && r.Public == No {
			r = other
		}
	}
	return r
}

func analyze(doc *iam.Document, s Subject) Result {
	if doc.Opaque {
		return Result{Verdict: Unknown, Public: publicIfUnknown(s.Kind), Statement: -1, DependsOn: refs(doc)}
	}
	leaves := findLeaves(doc, s)
	if len(leaves.choices)+len(leaves.providers)+len(leaves.hosts) == 0 {
		work := newBudget()
		return leaves.perhapsOwn(decide(leaves.world(nil), s, work), nil, s, work)
	}
	return decideUnknown(leaves, s)
}
