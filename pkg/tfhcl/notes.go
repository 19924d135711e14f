package tfhcl

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
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
func (n *notes) take() hcl.Diagnostics {
	out := n.list
	n.list = nil
	return out
}

// sentence makes the text of an error end like a sentence.
func sentence(err error) string {
	s := err.Error()
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
