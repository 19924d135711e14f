package check_test

import (
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
	if got := check.Page(sampleRules(t)[0], "\nHigh: what it says\n\n", "#"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestPageWithoutExample(t *testing.T) {
	got := check.Page(sampleRules(t)[1], "", "#")
	if strings.Contains(got, "Example") || strings.Contains(got, "References") {
		t.Errorf("the page has parts that are empty:\n%s", got)
	}
}

func TestExample(t *testing.T) {
	const example = "Low: second\n\n  on main.tf"
	list := sampleRules(t)
	got := "# Rules\n\n" + check.Page(list[0], "", "##") + "\n" + check.Page(list[1], example, "##")
	if e := check.Example(got, "zz-second"); e != example {
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
