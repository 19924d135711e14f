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
	// Doc is the policy, nil where it is not known, and Subject what it is judged as. Where what is unknown decides which of
	// several documents the policy is, Several is set, and Doc is one that has the finding.
	Doc     *iam.Document
	Several bool
	Subject access.Subject
	// Issuer is the host of the shared identity provider that a trust policy names, "" for others.
	Issuer string
	// Keys are the keys that an identity policy is for, as far as the plan tells.
	Keys []Key
	// Used are the actions that the identity policies of the plan give the principals of the statement on the key.
	Used []string
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
	// Documents are the policies that were judged, with all that each may be; Subjects what each was judged as.
	Documents map[Place][]*iam.Document
	Subjects  map[Place]access.Subject
	// Errors are the problems of the input.
	Errors int
	// Lost is the access that callers whom the input manages had before the edit and have not after it; nil where it is not told.
	Lost func() []finding.Access
}

// document is the one document that a policy is, nil where it may be several or is not known.
func (o *Outcome) document(at Place) *iam.Document {
	if docs := o.Documents[at]; len(docs) == 1 {
		return docs[0]
	}
	return nil
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

// maxFixes is how many fixes a finding is offered where nobody says.
const maxFixes = 3

func (p *Program) sources() *sources { return &sources{files: p.editable(), tree: p.Body} }

func (p *Program) editable() map[string][]byte {
	out := map[string][]byte{}
	for name, src := range p.Files {
		if p.Name(name) != "" {
			out[name] = src
		}
	}
	return out
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
