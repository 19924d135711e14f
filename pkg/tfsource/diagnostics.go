package tfsource

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// notes collects diagnostics, each once.
type notes struct {
	list  hcl.Diagnostics
	seen  map[string]bool
	count [2]int // of errors and of warnings
}

// PerModule as the Extra of a diagnostic says that it holds for each place of a module alike: it is told of the first one.
type PerModule struct{}

// maxNotes bounds errors and warnings, each for itself: warnings must not hide an error.
const maxNotes = 200

// FileUnread is the summary of what is said of a file that a function asks for, where it is not read.
const FileUnread = "File is not read"

// AddNote takes a diagnostic.
func (n *notes) AddNote(d *hcl.Diagnostic) {
	key := d.Summary + "\x00" + d.Detail
	switch _, once := d.Extra.(PerModule); {
	case d.Subject != nil && once:
		key += "\x00" + path.Dir(d.Subject.Filename)
	case d.Subject != nil:
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

// WarnAt notes something that leaves a value unknown.
func (n *notes) WarnAt(at hcl.Range, summary, detail string) {
	n.AddNote(&hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: detail, Subject: at.Ptr()})
}

// duplicate says that a block has the labels of an earlier one. Terraform refuses such sources; of the two only one is
// read, so what the other says would go unseen.
func (n *notes) duplicate(b *hclsyntax.Block) {
	n.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Declared twice",
		Detail: fmt.Sprintf("There is another %s in this module. Terraform refuses that; only one of the two was read.", strings.Join(append([]string{b.Type}, b.Labels...), " ")), Subject: b.DefRange().Ptr()})
}

func (n *notes) twice(at hcl.Range, what string, first hcl.Range) {
	n.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Declared twice",
		Detail: fmt.Sprintf("%s is declared on line %d of %s, too. Terraform refuses that; only one of the two was read.", what, first.Start.Line, first.Filename), Subject: at.Ptr()})
}

// Take returns what came in since the last call.
func (n *notes) Take() hcl.Diagnostics {
	out := n.list
	n.list = nil
	return out
}

// Sentence makes the text of an error end like a sentence. What stands for a value that is not known is said in words.
func Sentence(err error) string {
	if failed := (function.PanicError{}); errors.As(err, &failed) {
		return "It cannot be computed." // the text has the library's stack
	}
	s := unknown.Plain(err.Error())
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
