package check

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
)

var update = flag.Bool("update", false, "write the generated page anew")

// TestFactsPage holds that the page about facts says what the schema does.
func TestFactsPage(t *testing.T) {
	const page = "../../docs/facts.md"
	want := "# Facts for rules\n\n<!-- Generated from pkg/check. Run go test ./pkg/check -update. -->\n\n" +
		"What the expressions of a rule may use. [rules.md](rules.md) tells how rules are written.\n\n" + factTables()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is stale: run go test ./pkg/check -update\n%s", page, diff)
	}
}

// Every object, fact and function is in the documentation.
func TestFacts(t *testing.T) {
	got := factTables()
	for name, facts := range Schema {
		if !strings.Contains(got, "\n### "+name+"\n") && !strings.HasPrefix(got, "### "+name+"\n") {
			t.Errorf("no heading for %s", name)
		}
		for _, f := range facts {
			if !strings.Contains(got, "| `"+name+"."+f.Name+"` | ") {
				t.Errorf("%s.%s is missing", name, f.Name)
			}
		}
	}
	for f := range functions() {
		if !strings.Contains(got, "| `"+f+"(") {
			t.Errorf("%s is missing", f)
		}
	}
	for line := range strings.Lines(got) {
		if strings.Contains(line, "()") || strings.HasSuffix(line, "|  |\n") {
			t.Errorf("nothing is said in %q", line)
		}
	}
	if !slices.Contains(strings.Split(got, "\n"), "") {
		t.Error("the tables are not apart")
	}
}

// factTables are the tables of all facts and functions that the expressions of rules may use, in Markdown.
func factTables() string {
	var b strings.Builder
	for _, name := range scopeOrder {
		fmt.Fprintf(&b, "### %s\n\n%s\n\n| fact | type | meaning |\n|---|---|---|\n", name, scopeWords[name])
		for _, f := range Schema[name] {
			fmt.Fprintf(&b, "| `%s.%s` | %s | %s |\n", name, f.Name, typeWords(f.Type), cell(f.Doc))
		}
		b.WriteString("\n")
	}
	b.WriteString("### Functions\n\n| function | result |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(functions())) {
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
