package fix

import (
	"context"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// candidate is an edit that may end a finding. Whether it does is for the proof to tell.
type candidate struct {
	title string
	steps []step
	// strategy tells candidates of one kind, which go together where several statements are at fault.
	strategy string
	// keeps says who stays.
	keeps string
}

// maker makes candidates for one document.
type maker struct {
	*Target
	src *sources
	// file is the source file that the statement at hand is written in, "" where it is not known.
	file string
	// at is where in it the statement begins.
	at    int
	terms terms
	// declare are the blocks that an edit needs in the module of that file.
	declare []declaration
}

// proved is a candidate that ends the finding on its document.
type proved struct {
	candidate
	terms   terms
	declare []declaration
	text    unknown.Text
	doc     *iam.Document
	// loses and delegated say what is taken from those who are trusted (see losses).
	loses, delegated []string
	ends             []string
	names            []string // placeholders
	// order is the place among the candidates, best first.
	order int
	// also mend the other documents that the policy may be, each the one of its own search.
	also []part
	// set are the splices that set an argument, for a finding about one.
	set []splice
}

// part is what mends one of several documents that a policy may be.
type part struct {
	doc *iam.Document
	*proved
}

// search looks for the fixes of one finding.
type search struct {
	*Target
	ctx     context.Context
	program *Program
	before  *Outcome
	src     *sources
	// about is the statement that the finding names, nil where it names none.
	about *iam.Statement
	// alone is the run on the policy by itself, without any edit.
	alone *Outcome
	// list are the candidates that were not tried yet, best first.
	list   []*proved
	result Result
	// brought is what an edit would bring, of those that were no fix; why and failed say why there is none that can be
	// written, and none at all.
	brought, why, failed string
}

func (s *search) place() *Place { return &Place{s.Resource.Address, s.Attribute} }

// attempt is a candidate that is to be proved on the sources.
type attempt struct {
	*search
	p     *proved
	edit  edit
	files map[string][]byte
}

// Result is what was found for one finding.
type Result struct {
	Fixes []finding.Fix
	// Files are the edited sources of the first fix that can be written, by their names in ranges; nil where there is none.
	// Edited are those of each fix, nil for one that cannot be written.
	Files  map[string][]byte
	Edited []map[string][]byte
	// made is the edit that Files come from; fill writes values for the names of each fix, nil for one without.
	made edit
	fill []func(values map[string]string) (*finding.Fix, map[string][]byte)
	// Why says why there is no fix, or none that can be written.
	Why string
}

// Fill puts values in place of the names that a fix leaves to somebody, and proves it with them: it can be written then. It is
// false, and nothing changes, where the finding does not end so.
func (r *Result) Fill(n int, values map[string]string) bool {
	if n < 0 || n >= len(r.fill) || r.fill[n] == nil {
		return false
	}
	x, files := r.fill[n](values)
	if x == nil {
		return false
	}
	r.Fixes[n], r.Edited[n] = *x, files
	return true
}
