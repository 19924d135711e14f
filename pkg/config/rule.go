package config

import (
	"fmt"
	"slices"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
)

// UnknownRule is the error for a rule's name at a place, nil where the name is one of the rules. It offers the rule
// that the name resembles.
func UnknownRule(name string, rules []string, place hcl.Range) *hcl.Diagnostic {
	if slices.Contains(rules, name) {
		return nil
	}
	detail := "keyproof rules lists the rules."
	if similar := resembling(name, rules); similar != "" {
		detail = fmt.Sprintf("Did you mean %q? %s", similar, detail)
	}
	return &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  fmt.Sprintf("There is no rule %q", name),
		Detail:   detail,
		Subject:  place.Ptr(),
	}
}

// resembling returns the rule that a name was probably meant to be: the nearest one within a few keystrokes, "" if none
// is near.
func resembling(name string, rules []string) string {
	best, distance := "", 1+max(2, len(name)/4)
	if len(name) > 100 {
		return ""
	}
	for _, r := range rules {
		if d := levenshtein.Distance(name, r, nil); d < distance || d == distance && best != "" && r < best {
			best, distance = r, d
		}
	}
	return best
}
