package check

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/finding"
)

// Page is the page of one rule in Markdown: what it finds, why that matters, how it is fixed, and what it says of an
// example. Without an example it has no such part.
func Page(r *Rule, example string) string {
	var b strings.Builder
	writePage(&b, r, example, "#")
	return b.String()
}

// Catalogue is the page of all rules in Markdown: a table of contents, then the page of each. The examples are by the ids
// of the rules.
func Catalogue(rules []*Rule, examples map[string]string) string {
	var b strings.Builder
	b.WriteString("# Rules\n\n" + catalogueHead + "\n")
	b.WriteString("| rule | severity | finds |\n|---|---|---|\n")
	for _, r := range rules {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s |\n", r.ID, r.ID, severities(r), cell(r.Title))
	}
	for _, r := range rules {
		b.WriteString("\n")
		writePage(&b, r, examples[r.ID], "##")
	}
	return b.String()
}

const catalogueHead = `<!-- Generated from the rule files and from what they say of their bad fixtures. Change those, then run go test ./rules -update. -->

Each rule is one file in this directory. ` + "`keyproof rules RULE`" + ` prints a rule's page,
` + "`disabled_rules`" + ` and ` + "`severity`" + ` in ` + "`.keyproof.hcl`" + ` change what a rule counts for, and [docs/rules.md](../docs/rules.md)
tells how to write your own. The examples are what keyproof says of ` + "`fixtures/rules/RULE/bad`" + `.
`

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

// writePage writes a page whose title is a heading of the level.
func writePage(b *strings.Builder, r *Rule, example, level string) {
	fmt.Fprintf(b, "%s %s\n\n**%s**\n\n", level, r.ID, r.Title)
	fmt.Fprintf(b, "Severity: %s. Looks at %s.\n", severities(r), subjectWords(r))
	part := func(title, text string) {
		if text = strings.TrimSpace(text); text != "" {
			fmt.Fprintf(b, "\n%s# %s\n\n%s\n", level, title, text)
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
}

// severities are the rule's severity and the one of its milder case.
func severities(r *Rule) string {
	if r.milder == nil {
		return r.Severity.String()
	}
	return r.Severity.String() + " or " + r.milder.severity.String()
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
	return r.milder.severity, true
}

// Facts are the tables of all facts and functions that the expressions of rules may use, in Markdown.
func Facts() string {
	var b strings.Builder
	for _, name := range scopeOrder {
		fmt.Fprintf(&b, "### %s\n\n%s\n\n| fact | type | meaning |\n|---|---|---|\n", name, scopeWords[name])
		for _, f := range Schema[name] {
			fmt.Fprintf(&b, "| `%s.%s` | %s | %s |\n", name, f.Name, typeWords(f.Type), cell(f.Doc))
		}
		b.WriteString("\n")
	}
	b.WriteString("### Functions\n\n| function | result |\n|---|---|\n")
	for _, name := range FunctionNames() {
		w := functionWords[name]
		fmt.Fprintf(&b, "| `%s(%s)` | %s |\n", name, w.args, cell(w.result))
	}
	return b.String()
}

// scopeOrder are the names of Schema in the order of the documentation.
var scopeOrder = []string{"resource", "settings", "policy", "statement", "key", "grant", "access"}

// scopeWords say which rules have the facts.
var scopeWords = map[string]string{
	"resource":  "The resource instance. Every rule has it.",
	"settings":  "What holds for the whole run. Every rule has it.",
	"policy":    "The policy and its verdict. Rules have it whose subject is `key policy`, `trust policy`, `identity policy` or `policy`.",
	"statement": "One Allow statement. Rules with `each = \"statement\"` have it.",
	"key":       "The key itself. Rules have it whose subject is `key` or `key policy`.",
	"grant":     "The grant. Rules have it whose subject is `grant`.",
	"access":    "A row of who may use which key after the plan, and what was expected of it. Rules have it whose subject is `access`, and nothing else.",
}

type functionDoc struct{ args, result string }

// functionWords document the functions of rule expressions.
var functionWords = map[string]functionDoc{
	"coalesce":        {"value, ...", "the first value that is not null"},
	"concat":          {"list, ...", "the lists as one"},
	"contains":        {"list, value", "whether the list has the value"},
	"distinct":        {"list", "the list without repetitions"},
	"endswith":        {"text, part", "whether the text ends with the part"},
	"format":          {"format, value, ...", "a text: `%s` stands for a text, `%d` for a whole number"},
	"join":            {"separator, list", "the elements as one text; in a message, after the twentieth, how many more there are"},
	"keys":            {"map", "the keys of a map, sorted"},
	"length":          {"collection", "how many elements a list, set or map has"},
	"lookup":          {"map, key, default", "the map's value for the key, or the default"},
	"lower":           {"text", "the text in lower case"},
	"max":             {"number, ...", "the greatest number"},
	"min":             {"number, ...", "the smallest number"},
	"regexall":        {"pattern, text", "all matches of an RE2 regular expression"},
	"replace":         {"text, part, with", "the text with each occurrence of the part replaced"},
	"setintersection": {"set, ...", "what is in all of the sets or lists"},
	"setsubtract":     {"set, without", "what is in the first set or list and not in the second"},
	"startswith":      {"text, part", "whether the text begins with the part"},
	"toset":           {"list", "the list as a set"},
	"upper":           {"text", "the text in upper case"},
}

func typeWords(t cty.Type) string {
	switch {
	case t.IsListType():
		return "list of " + typeWords(t.ElementType())
	case t.IsMapType():
		return "map of " + typeWords(t.ElementType())
	case t == cty.String:
		return "string"
	case t == cty.Bool:
		return "bool"
	case t == cty.Number:
		return "number"
	}
	return t.FriendlyName()
}

// cell is text that does not break a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
}
