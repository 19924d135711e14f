package check

import (
	"io/fs"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// LoadKnown is Load for the rules that are built in, which a test reads with both: it takes their long texts out before a
// file is parsed, and does not check the expressions again. That parsing was half of the time of a run on an ordinary plan.
func LoadKnown(files fs.FS) ([]*Rule, hcl.Diagnostics) { return load(files, parseKnown) }

func parseKnown(name string, src []byte) ([]*Rule, hcl.Diagnostics) {
	rest, why := takeHeredoc(string(src), "why")
	rest, fix := takeHeredoc(rest, "fix")
	rules, diags := parseFile(name, []byte(rest), known)
	for _, r := range rules {
		r.Why, r.Fix = why, fix
	}
	return rules, diags
}

// takeHeredoc takes out the text of an argument that is written as the rules here write it, in a heredoc that is indented by
// four and has no template in it. An empty text is left in its place, and the lines are.
func takeHeredoc(src, argument string) (rest, text string) {
	const end = "\n  EOT\n"
	before, after, ok := strings.Cut(src, "\n  "+argument+" = <<-EOT\n")
	body, after, closed := strings.Cut(after, end)
	if !ok || !closed {
		return src, ""
	}
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "    ")
	}
	text = strings.NewReplacer("$${", "${", "%%{", "%{").Replace(strings.Join(lines, "\n")) + "\n"
	return before + "\n  " + argument + ` = ""` + strings.Repeat("\n", len(lines)+2) + after, text
}
