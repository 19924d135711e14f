package access

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
)

// Analyze decides whom a document lets in. It is deterministic, and its work is bounded.
func Analyze(doc *iam.Document, s Subject) Result {
	if s.MaxSize == 0 {
		s.MaxSize = s.Kind.MaxSize()
	}
	problems := iam.ValidateWithin(doc, s.Kind, s.MaxSize, s.Partition)
	readings, all := s.readings(doc)
	results := make([]Result, len(readings))
	for i := range readings {
		results[i] = analyzeAs(doc, readings[i])
	}
	depends := decidedBy(readings)
	_, older, versions, several := editions([]*iam.Document{doc})
	if several { // what is a variable in one version is text in the other
		for i := range readings {
			results = append(results, analyzeAs(older[0], readings[i]))
		}
		depends = strings.TrimPrefix(depends+" and the version of the document, which is not known", " and ")
	}
	r := agreed(results, depends)
	if !all && r.Verdict != Unknown {
		r = Result{Verdict: Unknown, Public: publicIfUnknown(s.Kind), Statement: r.Statement, Reason: tooManyReadings}
	}
	if several && r.Public == Unsure && len(r.DependsOn) == 0 {
		r.DependsOn = versions
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
