package rules_test

import (
	"fmt"
	"strings"

	"github.com/keyproof/keyproof/pkg/check"
)

// catalogue is the page of all rules in Markdown: a table of contents, then the page of each. The examples are by the ids
// of the rules.
func catalogue(list []*check.Rule, examples map[string]string) string {
	var b strings.Builder
	b.WriteString("# Rules\n\n" + catalogueHead + "\n")
	b.WriteString("| rule | severity | finds |\n|---|---|---|\n")
	for _, r := range list {
		severity := r.Severity.String()
		if milder, ok := r.Milder(); ok {
			severity += " or " + milder.String()
		}
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s |\n", r.ID, r.ID, severity, strings.ReplaceAll(r.Title, "|", "\\|"))
	}
	for _, r := range list {
		b.WriteString("\n" + check.Page(r, examples[r.ID], "##"))
	}
	return b.String()
}

const catalogueHead = `<!-- Generated from the rule files and from what they say of their bad fixtures. Change those, then run go test ./rules -update. -->

Each rule is one file in this directory. ` + "`keyproof rules RULE`" + ` prints a rule's page,
` + "`disabled_rules`" + ` and ` + "`severity`" + ` in ` + "`.keyproof.hcl`" + ` change what a rule counts for, and [docs/rules.md](../docs/rules.md)
tells how to write your own. The examples are what keyproof says of ` + "`fixtures/rules/RULE/bad`" + `.
`
