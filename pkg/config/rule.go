package config

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/spelling"
)

// UnknownRule is the error for a rule's name at a place, nil where the name is one of the rules. It offers the rule
// that the name resembles.
func UnknownRule(name string, rules []string, place hcl.Range) *hcl.Diagnostic {
	if slices.Contains(rules, name) {
		return nil
	}
	detail := "keyproof rules lists the rules."
	if similar := spelling.Nearest(name, rules); similar != "" {
		detail = fmt.Sprintf("Did you mean %q? %s", similar, detail)
	}
	return &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  fmt.Sprintf("There is no rule %q", name),
		Detail:   detail,
		Subject:  place.Ptr(),
	}
}
