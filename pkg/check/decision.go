package check

import (
	"slices"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// decision is what the engine says of one document.
type decision struct {
	doc        *iam.Document // nil where it is remembered
	result     access.Result
	statements []access.StatementFacts
	lockedOut  bool
}

// Memory remembers decisions: the instances of a module often have the same policy, letter by letter, and runs on one input
// and on edits of its policies may share it. The zero value remembers nothing; it may be used from several goroutines.
type Memory struct {
	mu   sync.Mutex
	made map[memoKey]*decision
}

// memoKey tells documents apart that may be decided differently.
type memoKey struct {
	kind                  iam.Kind
	account, organization string
	partition, region     string
	anyResource           bool
	size                  int
	text                  string
}

// decide asks the engine, or remembers.
func (m *Memory) decide(d *iam.Document, s access.Subject) *decision {
	if !repeatable(d, s) {
		return decideNow(d, s)
	}
	key := memoKey{s.Kind, s.Account, s.Organization, s.Partition, s.Region, s.ShownResource() == "*", s.MaxSize, d.Text.S}
	m.mu.Lock()
	known := m.made[key]
	m.mu.Unlock()
	if known == nil {
		known = decideNow(d, s)
		m.mu.Lock()
		if m.made == nil {
			m.made = map[memoKey]*decision{}
		}
		m.made[key] = known
		m.mu.Unlock()
		return known // it is about this one
	}
	return known.about(s)
}

func decideNow(d *iam.Document, s access.Subject) *decision {
	out := &decision{result: access.Analyze(d, s), statements: access.Statements(d, s)}
	if s.Kind == iam.Key && !iam.Refused(out.result.Problems) {
		out.lockedOut = access.LockedOut(d, s)
	}
	return out
}

// about is the same decision about another key or role: its witnesses name that one.
func (d *decision) about(s access.Subject) *decision {
	if d.result.Witness == nil && !slices.ContainsFunc(d.statements, func(f access.StatementFacts) bool { return len(f.Broad) > 0 }) {
		return d
	}
	named := func(r *evaluate.Request) *evaluate.Request {
		if r == nil || r.Resource == "*" || s.Kind == iam.Identity {
			return r
		}
		copied := *r
		copied.Resource = s.ShownResource()
		return &copied
	}
	out := *d
	out.result.Witness = named(d.result.Witness)
	out.statements = slices.Clone(d.statements)
	for i := range out.statements {
		broad := slices.Clone(out.statements[i].Broad)
		for k := range broad {
			broad[k].Witness = named(broad[k].Witness)
		}
		out.statements[i].Broad = broad
	}
	return &out
}

// repeatable is false for a document that speaks of its own key, or that has unknown parts, whose references count.
func repeatable(d *iam.Document, s access.Subject) bool {
	if len(d.Text.Holes) > 0 || len(d.Readings) > 0 || strings.Contains(d.Text.S, `\u`) || strings.Contains(d.Text.S, "${") { // an escape may spell a variable
		return false
	}
	if s.Kind == iam.Identity {
		return true
	}
	for i := range d.Statements {
		for _, l := range []*iam.List{d.Statements[i].Resource, d.Statements[i].NotResource} {
			if l != nil && slices.ContainsFunc(l.Items, func(v iam.String) bool { return v.S != "*" }) {
				return false
			}
		}
		if slices.ContainsFunc(d.Statements[i].Conditions, func(c iam.Condition) bool {
			return aws.OfTheKey(c.Key.S) || aws.OfAliases(c.Key.S) || strings.EqualFold(c.Key.S, aws.KeyRequestedRegion)
		}) {
			return false
		}
	}
	return true
}
