package check_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keyproof/keyproof/pkg/check"
)

// written is a rule file with some of its lines changed; an empty line leaves the attribute out.
func written(changes map[string]string) string {
	lines := []struct{ name, value string }{
		{"title", `"A title"`}, {"severity", `"high"`}, {"subject", `"key"`}, {"each", ""}, {"when", "key.rotates"}, {"possible", ""}, {"at", ""},
		{"grows", ""}, {"message", "resource.address"}, {"why", `"Because."`}, {"fix", `"Do."`}, {"other", ""},
	}
	var b strings.Builder
	id := "acme-rule"
	if name, ok := changes["id"]; ok {
		id = name
	}
	fmt.Fprintf(&b, "rule %q {\n", id)
	for _, l := range lines {
		if v, ok := changes[l.name]; ok {
			l.value = v
		}
		if l.value != "" {
			fmt.Fprintf(&b, "  %s = %s\n", l.name, l.value)
		}
	}
	return b.String() + "}\n"
}

// Every mistake in a rule is an error before anything is judged, at the line that has it.
func TestMistakesInRules(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string]string
		want    string
		line    int
	}{
		"misspelt fact":              {map[string]string{"when": "key.rotate"}, `does not have an attribute named "rotate"`, 5},
		"what may be used is told":   {map[string]string{"when": "key.rotate"}, "may use the facts of resource, settings, key", 5},
		"facts of another subject":   {map[string]string{"when": "policy.public"}, `no variable named "policy"`, 5},
		"facts without each":         {map[string]string{"subject": `"key policy"`, "when": "statement.all_actions"}, `no variable named "statement"`, 5},
		"misspelt in the message":    {map[string]string{"message": `"${resource.adress}"`}, `"adress"`, 6},
		"misspelt in possible":       {map[string]string{"possible": "settings.account_unknown"}, `"account_unknown"`, 6},
		"no such function":           {map[string]string{"when": `fileexists("x")`}, "fileexists", 5},
		"wrong argument":             {map[string]string{"when": "length(key.rotates) > 0"}, "", 5},
		"condition that is a number": {map[string]string{"when": "key.rotation_period_days"}, "type bool", 5},
		"condition that is a map":    {map[string]string{"when": "key.tags"}, "type bool", 5},
		"message that is a list":     {map[string]string{"subject": `"grant"`, "when": "grant.external", "message": "grant.operations"}, "type string", 6},
		"severity":                   {map[string]string{"severity": `"severe"`}, "critical, high, medium, low", 1},
		"subject":                    {map[string]string{"subject": `"keys"`}, "key policy, trust policy, identity policy, policy, key, grant", 1},
		"at":                         {map[string]string{"at": `"attribut:policy"`}, "resource, policy, statement, principal", 1},
		"grows":                      {map[string]string{"grows": `"strangers"`}, "it is one of: stranger, service", 1},
		"each of what has none":      {map[string]string{"each": `"statement"`}, "only the statements of key policies and trust policies", 1},
		"each of identity policies":  {map[string]string{"subject": `"identity policy"`, "when": "policy.public", "each": `"statement"`}, "only the statements", 1},
		"name":                       {map[string]string{"id": "Acme rule"}, "lower-case letters", 1},
		"no condition":               {map[string]string{"when": ""}, "has no when", 1},
		"condition that is nothing":  {map[string]string{"when": "null"}, "has no when", 1},
		"no message":                 {map[string]string{"message": ""}, "has no message", 1},
		"no remedy":                  {map[string]string{"fix": ""}, `"fix" is required`, 1},
		"unknown argument":           {map[string]string{"other": "true"}, `"other" is not expected`, 9},
	} {
		t.Run(name, func(t *testing.T) {
			src := written(c.changes)
			rules, diags := check.Load(fstest.MapFS{"rules.hcl": {Data: []byte(src)}})
			if len(rules) != 0 || !diags.HasErrors() {
				t.Fatalf("%d rules were taken from\n%s", len(rules), src)
			}
			for _, d := range diags {
				if d.Subject == nil || d.Subject.Filename != "rules.hcl" {
					t.Errorf("the error has no place: %v", d)
				}
				if strings.Contains(d.Summary+d.Detail, c.want) && d.Subject.Start.Line == c.line {
					return
				}
			}
			t.Errorf("want %q at line %d, got %v of\n%s", c.want, c.line, diags, src)
		})
	}
}

func TestMistakesInMilderCases(t *testing.T) {
	for body, want := range map[string]string{
		`when = key.rotates` + "\n" + `severity = "mild"`: "critical, high, medium, low",
		`when = key.rotate` + "\n" + `severity = "low"`:   `"rotate"`,
		`when = null` + "\n" + `severity = "low"`:         "has no when in its milder case",
	} {
		src := strings.TrimSuffix(written(nil), "}\n") + "milder {\n" + body + "\n}\n}\n"
		rules, diags := check.Load(fstest.MapFS{"rules.hcl": {Data: []byte(src)}})
		if len(rules) != 0 || len(diags) != 1 || !strings.Contains(diags[0].Detail, want) {
			t.Errorf("want %q, got %v of\n%s", want, diags, src)
		}
	}
}

func TestMistakesInElsewhereCases(t *testing.T) {
	for body, want := range map[string]string{
		`when = key.rotates` + "\n" + `at = "there"`:           "resource, policy, statement",
		`when = key.rotate` + "\n" + `at = "attribute:policy"`: `"rotate"`,
		`when = null` + "\n" + `at = "attribute:policy"`:       "has no when in its elsewhere case",
		`when = "maybe"` + "\n" + `at = "attribute:enable_it"`: "type bool",
	} {
		src := strings.TrimSuffix(written(nil), "}\n") + "elsewhere {\n" + body + "\n}\n}\n"
		rules, diags := check.Load(fstest.MapFS{"rules.hcl": {Data: []byte(src)}})
		if len(rules) != 0 || len(diags) != 1 || !strings.Contains(diags[0].Detail, want) {
			t.Errorf("want %q, got %v of\n%s", want, diags, src)
		}
	}
}

func TestLoad(t *testing.T) {
	files := fstest.MapFS{
		"b.hcl":      {Data: []byte(written(map[string]string{"id": "acme-b"}))},
		"a.hcl":      {Data: []byte(written(map[string]string{"id": "acme-a", "possible": "!settings.account_known"}) + written(map[string]string{"id": "acme-c"}))},
		"readme.txt": {Data: []byte("not a rule")},
	}
	rules, diags := check.Load(files)
	if len(diags) != 0 {
		t.Fatal(diags)
	}
	var got []string
	for _, r := range rules {
		got = append(got, r.ID+" in "+r.File)
	}
	if want := "[acme-a in a.hcl acme-c in a.hcl acme-b in b.hcl]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestLoadRefuses(t *testing.T) {
	one := &fstest.MapFile{Data: []byte(written(nil))}
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"nothing":     {fstest.MapFS{"x.txt": one}, "No rules found"},
		"twice":       {fstest.MapFS{"a.hcl": one, "b.hcl": one}, `"acme-rule" is in a.hcl and in b.hcl`},
		"broken file": {fstest.MapFS{"a.hcl": {Data: []byte(`rule "x" {`)}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := check.Load(c.files)
			if !diags.HasErrors() || !strings.Contains(diags.Error()+diags[0].Detail, c.want) {
				t.Errorf("got %v, want %q", diags, c.want)
			}
		})
	}
}

// The user's rules may not take the names of others.
func TestMergeRefuses(t *testing.T) {
	load := func() []*check.Rule {
		rules, diags := check.Load(fstest.MapFS{"a.hcl": {Data: []byte(written(nil))}})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		return rules
	}
	if _, diags := check.Merge(load(), load()); !diags.HasErrors() {
		t.Error("two rules of one name were merged")
	}
	all, diags := check.Merge(load(), nil)
	if len(all) != 1 || diags.HasErrors() {
		t.Errorf("got %v, %v", all, diags)
	}
}
