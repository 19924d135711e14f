package tfhcl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// notes collects diagnostics, each once.
type notes struct {
	list  hcl.Diagnostics
	seen  map[string]bool
	count [2]int // of errors and of warnings
}

// maxNotes bounds errors and warnings, each for itself: warnings must not hide an error.
const maxNotes = 200

func (n *notes) add(d *hcl.Diagnostic) {
	key := d.Summary + "\x00" + d.Detail
	if d.Subject != nil {
		key += "\x00" + d.Subject.String()
	}
	kind := 0
	if d.Severity == hcl.DiagWarning {
		kind = 1
	}
	if n.seen[key] || n.count[kind] >= maxNotes {
		return
	}
	n.count[kind]++
	if n.seen == nil {
		n.seen = map[string]bool{}
	}
	n.seen[key] = true
	n.list = append(n.list, d)
}

func (n *notes) warn(at hcl.Range, summary, detail string) {
	n.add(&hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: detail, Subject: at.Ptr()})
}

// take returns what came in since the last call.
// duplicate says that a block has the labels of an earlier one. Terraform refuses such sources; of the two only one is
// read, so what the other says would go unseen.
func (n *notes) duplicate(b *hclsyntax.Block) {
	n.add(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Declared twice",
		Detail: fmt.Sprintf("There is another %s in this module. Terraform refuses that; only one of the two was read.", strings.Join(append([]string{b.Type}, b.Labels...), " ")), Subject: b.DefRange().Ptr()})
}

func (n *notes) twice(at hcl.Range, what string, first hcl.Range) {
	n.add(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Declared twice",
		Detail: fmt.Sprintf("%s is declared on line %d of %s, too. Terraform refuses that; only one of the two was read.", what, first.Start.Line, first.Filename), Subject: at.Ptr()})
}

func (n *notes) take() hcl.Diagnostics {
	out := n.list
	n.list = nil
	return out
}

// reason is the text of an error about values. Errors quote values, so one about something sensitive is not told.
func reason(err error, about ...cty.Value) string {
	if slices.ContainsFunc(about, holdsSecret) {
		return "It is sensitive, so the reason is not shown."
	}
	return sentence(err)
}

// sentence makes the text of an error end like a sentence.
func sentence(err error) string {
	s := err.Error()
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
