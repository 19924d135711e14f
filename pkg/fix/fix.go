// Package fix looks for edits that end findings, and proves each before it is offered: the program runs again on what the
// edit makes, and the finding is gone, none is new, and no verdict is wider.
//
// It edits policy documents, and the sources that they are written in: objects and strings of Terraform's two syntaxes,
// blocks of policy documents, and JSON in heredocs, templates and files. Nothing outside of an edit changes. How to run
// the program again is given as a function; nothing here reads or writes a file.
//
// It is no API: it may change in any version.
package fix

import (
	"context"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Target is a finding, and what it is about.
type Target struct {
	// Finding is what is to end.
	Finding *finding.Finding
	// Resource is what the finding is about. Attribute is the path of the policy on it, "" for a finding about another
	// argument.
	Resource  *tf.Resource
	Attribute string
	// Doc is the policy, nil where it is not known, and Subject what it is judged as.
	Doc     *iam.Document
	Subject access.Subject
	// Issuer is the host of the shared identity provider that a trust policy names, "" for others.
	Issuer string
	// Keys are the keys that an identity policy is for, as far as the plan tells.
	Keys []Key
	// Used are the actions that the identity policies of the plan give the principals of the statement on the key.
	Used []string
	// Organization is the one organization that the policies of the inputs name, "" where they name none, or several.
	Organization string
	// TakeOut asks for the last resort, too: to take the statement out.
	TakeOut bool
	// MinDeletionWindow is the deletion window that the rules ask for, in days.
	MinDeletionWindow int
}

// Key is a key of the plan.
type Key struct {
	Address string
	// Symbol is its ARN as an expression of the module writes it, ARN the ARN where it is known.
	Symbol unknown.Symbol
	ARN    string
}

func (t *Target) statement() int {
	if t.Finding.Statement == nil {
		return -1
	}
	return t.Finding.Statement.Index
}

func (t *Target) kind() string {
	switch t.Subject.Kind {
	case iam.Trust:
		return "trust"
	case iam.Identity:
		return "identity"
	}
	return "key"
}

// Place names an attribute of a resource instance.
type Place struct{ Address, Attribute string }

// Trial is what to run the program on: the inputs, but for what is edited.
type Trial struct {
	// Files are edited sources by their names in ranges.
	Files map[string][]byte
	// Documents are edited policies; Values other arguments. They count where there are no Files.
	Documents map[Place]unknown.Text
	Values    map[Place]cty.Value
	// Arguments says that other arguments than policies are edited.
	Arguments bool
	// Only asks for no more than what the rules say of that policy by itself.
	Only *Place
}

// Outcome is what a run found.
type Outcome struct {
	Findings []finding.Finding
	Policies []finding.Policy
	// Documents are the policies that were judged, Subjects what each was judged as.
	Documents map[Place]*iam.Document
	Subjects  map[Place]access.Subject
	// Errors are the problems of the input.
	Errors int
	// Lost is the access that callers whom the input manages had before the edit and have not after it; nil where it is not told.
	Lost func() []finding.Access
}

// Program is the program as far as a fix needs it.
type Program struct {
	// Run runs it; false where it cannot be run on that.
	Run func(context.Context, Trial) (*Outcome, bool)
	// Files are the sources that may be edited, by their names in ranges; Name is how a report calls a file, "" for one
	// that must not be edited.
	Files map[string][]byte
	Name  func(file string) string
	// Body is the syntax tree of a file where it is there already, and Secret the numbers of its lines that must not be shown.
	Body   func(file string) *hclsyntax.Body
	Secret func(file string) map[int]bool
	// Most is how many fixes a finding is offered; 0 is three.
	Most int
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

// maxFixes is how many fixes a finding is offered where nobody says.
const maxFixes = 3

// Find looks for fixes of a finding, best first. before is the run without any edit.
func Find(ctx context.Context, t *Target, p *Program, before *Outcome) Result {
	return FindAll(ctx, []*Target{t}, p, before)[0]
}

func (p *Program) sources() *sources { return &sources{files: p.editable(), tree: p.Body} }

func (p *Program) editable() map[string][]byte {
	out := map[string][]byte{}
	for name, src := range p.Files {
		if p.Name == nil || p.Name(name) != "" {
			out[name] = src
		}
	}
	return out
}

type search struct {
	*Target
	ctx     context.Context
	program *Program
	before  *Outcome
	src     *sources
	// alone is the run on the policy by itself, without any edit.
	alone *Outcome
	// list are the candidates that were not tried yet, best first.
	list   []*proved
	result Result
	// brought is what an edit would bring, of those that were no fix; why and failed say why there is none that can be
	// written, and none at all.
	brought, why, failed string
}

// refusal says why nothing is looked for.
func (s *search) refusal() string {
	switch rule := s.Finding.Rule; {
	case unfixable[rule] != "":
		return unfixable[rule]
	case s.argument() != "":
		return ""
	case strings.Contains(s.Resource.Type, "attachment") || s.Attribute == "managed_policy_arns":
		return "AWS owns the policy: attach another one"
	case s.Doc == nil || s.Doc.Opaque:
		return "the policy is not known before apply"
	case s.Doc.Text.SensitiveAt(0, len(s.Doc.Text.S)+1):
		return "the policy holds sensitive values, which no diff may show"
	}
	return ""
}

// unfixable are the rules whose findings no edit can end, and why.
var unfixable = map[string]string{
	"policy-undecided":          "what decides is not known before apply: give it with --var or --source, or write the value out",
	"policy-assumed":            "the sources decide: name them with --source",
	"access-not-judged":         "nothing is wrong with it: look at it, and accept it where it is as it should be",
	"kms-grant-external":        "whether the grantee should have the grant is for you to say: take the resource out, or trust its account in the configuration",
	"kms-key-unexpected-access": "the expectation or the policy is wrong, and only you know which",
	"kms-key-missing-access":    "the expectation or the policy is wrong, and only you know which",
	"kms-key-access-gained":     "the plan does it on purpose, or not: only you know",
	"kms-key-reachable":         "the role that lets strangers in is to mend: see its own finding",
}

// argument is the argument that the finding is about, "" where it is about a policy.
func (t *Target) argument() string {
	switch a := t.Finding.Attribute; a {
	case "enable_key_rotation", "deletion_window_in_days", "bypass_policy_lockout_safety_check":
		return a
	case "pending_window_in_days":
		return "deletion_window_in_days"
	}
	switch t.Finding.Rule {
	case "kms-key-rotation":
		return "enable_key_rotation"
	case "kms-key-deletion-window":
		return "deletion_window_in_days"
	}
	return ""
}
