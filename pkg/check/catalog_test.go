package check_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/finding"
)

const sample = `
rule "zz-first" {
  title    = "A key | with a bar"
  severity = "high"
  subject  = "key policy"
  each     = "statement"
  when     = statement.all_actions
  message  = "${resource.address}: ${statement.label}."
  why      = "Because."
  fix      = <<-EOT
    Do this.

    ` + "```hcl" + `
    enabled = true
    ` + "```" + `
  EOT
  references = ["https://example.com/a", "AWS Security Hub KMS.9"]
  milder {
    when     = policy.metadata_only
    severity = "low"
  }
}

rule "zz-second" {
  title    = "Second"
  severity = "low"
  subject  = "key"
  when     = key.rotates
  message  = resource.address
  why      = "Because."
  fix      = "Do that."
}
`

func sampleRules(t *testing.T) []*check.Rule {
	t.Helper()
	rules, diags := check.Load(fstest.MapFS{"sample.hcl": {Data: []byte(sample)}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return rules
}

func TestPage(t *testing.T) {
	want := `# zz-first

**A key | with a bar**

Severity: high or low. Looks at each Allow statement of key policies.

## Why it matters

Because.

## How to fix it

Do this.

` + "```hcl" + `
enabled = true
` + "```" + `

## Example

` + "```text" + `
High: what it says
` + "```" + `

## References

- <https://example.com/a>
- AWS Security Hub KMS.9
`
	if got := check.Page(sampleRules(t)[0], "\nHigh: what it says\n\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestPageWithoutExample(t *testing.T) {
	got := check.Page(sampleRules(t)[1], "")
	if strings.Contains(got, "Example") || strings.Contains(got, "References") {
		t.Errorf("the page has parts that are empty:\n%s", got)
	}
}

func TestCatalogue(t *testing.T) {
	examples := map[string]string{"zz-second": "Low: second\n\n  on main.tf"}
	got := check.Catalogue(sampleRules(t), examples)
	for _, want := range []string{
		"| [`zz-first`](#zz-first) | high or low | A key \\| with a bar |\n",
		"\n## zz-first\n", "\n### Why it matters\n", "\n## zz-second\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the catalogue does not hold %q:\n%s", want, got)
		}
	}
	if e := check.Example(got, "zz-second"); e != examples["zz-second"] {
		t.Errorf("the example of zz-second is %q", e)
	}
	for _, id := range []string{"zz-first", "zz-third"} {
		if e := check.Example(got, id); e != "" {
			t.Errorf("the example of %s is %q", id, e)
		}
	}
}

func TestMilder(t *testing.T) {
	rules := sampleRules(t)
	if s, ok := rules[0].Milder(); !ok || s != finding.Low {
		t.Errorf("zz-first: %v %v", s, ok)
	}
	if _, ok := rules[1].Milder(); ok {
		t.Error("zz-second has a milder case")
	}
}

// Every object, fact and function is in the documentation.
func TestFacts(t *testing.T) {
	got := check.Facts()
	for name, facts := range check.Schema {
		if !strings.Contains(got, "\n### "+name+"\n") && !strings.HasPrefix(got, "### "+name+"\n") {
			t.Errorf("no heading for %s", name)
		}
		for _, f := range facts {
			if !strings.Contains(got, "| `"+name+"."+f.Name+"` | ") {
				t.Errorf("%s.%s is missing", name, f.Name)
			}
		}
	}
	for _, f := range check.FunctionNames() {
		if !strings.Contains(got, "| `"+f+"(") {
			t.Errorf("%s is missing", f)
		}
	}
	for line := range strings.Lines(got) {
		if strings.Contains(line, "()") || strings.HasSuffix(line, "|  |\n") {
			t.Errorf("nothing is said in %q", line)
		}
	}
	if slices.Contains(strings.Split(got, "\n"), "") == false {
		t.Error("the tables are not apart")
	}
}
