package check

import (
	"fmt"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// Page is the page of one rule in Markdown: what it finds, why that matters, how it is fixed, and what it says of an
// example. Without an example it has no such part. Its title is a heading of the level: #, ##.
func Page(r *Rule, example, level string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n\n**%s**\n\n", level, r.ID, r.Title)
	fmt.Fprintf(&b, "Severity: %s. Looks at %s.\n", severities(r), subjectWords(r))
	part := func(title, text string) {
		if text = strings.TrimSpace(text); text != "" {
			fmt.Fprintf(&b, "\n%s# %s\n\n%s\n", level, title, text)
		}
	}
	part("Why it matters", r.Why)
	part("How to fix it", r.Fix)
	if example = strings.Trim(example, "\n"); example != "" {
		part("Example", exampleFence+example+"\n```")
	}
	var refs strings.Builder
	for _, ref := range r.References {
		if strings.HasPrefix(ref, "https://") {
			ref = "<" + ref + ">"
		}
		refs.WriteString("- " + ref + "\n")
	}
	part("References", refs.String())
	return b.String()
}

// Example is what a catalogue shows as a rule's example, "" where it shows none.
func Example(catalogue, id string) string {
	_, section, found := strings.Cut(catalogue, "\n## "+id+"\n")
	if !found {
		return ""
	}
	section, _, _ = strings.Cut(section, "\n## ")
	_, example, found := strings.Cut(section, exampleFence)
	if !found {
		return ""
	}
	example, _, _ = strings.Cut(example, "\n```")
	return strings.Trim(example, "\n")
}

const exampleFence = "```text\n"

// severities are the rule's severity and the one of its milder case.
func severities(r *Rule) string {
	if r.milder == nil {
		return r.Severity.String()
	}
	return r.Severity.String() + " or " + r.milderSeverity.String()
}

// subjectWords says what a rule is run on.
func subjectWords(r *Rule) string {
	kinds := map[string]string{
		"key policy":      "key policies",
		"trust policy":    "trust policies of roles",
		"identity policy": "IAM policies of roles, users and groups",
		"policy":          "policies of every kind, and grants",
		"key":             "keys",
		"grant":           "grants",
		"access":          "who may use which key",
		"resource":        "resources that are named and not judged",
	}
	if r.Each == "statement" {
		return "each Allow statement of " + kinds[r.Subject]
	}
	return kinds[r.Subject]
}

// Milder is the severity in the rule's milder case, false where it has none.
func (r *Rule) Milder() (finding.Severity, bool) {
	if r.milder == nil {
		return 0, false
	}
	return r.milderSeverity, true
}
