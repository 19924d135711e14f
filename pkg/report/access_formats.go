package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// writeAccessMarkdown is who may use which key as a table for a pull request. What does not fit is counted.
func writeAccessMarkdown(w io.Writer, v *view, _ Options) error {
	m := &markdownWriter{view: v}
	m.line(Marker)
	m.line("### ", mdProse(v.report.Tool.Name, ""), " · who can use which key")
	m.line()
	m.problems(maxMarkdown / 4)
	rows := distinct(v.report)
	if len(rows) == 0 {
		m.line("No row of access.")
	} else {
		m.line("| Key | Who | Class | May call | If | Change |")
		m.line("|:--|:--|:--|:--|:--|:--|")
	}
	for i := range rows {
		a := &rows[i]
		var conditions []string
		for _, c := range a.Conditions {
			conditions = append(conditions, mdCode(clip(conditionWords(c), 200)))
		}
		change := a.Change
		if a.Certainty == finding.Possible {
			change = strings.TrimPrefix(change+", possible", ", ")
		}
		row := fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", mdCode(clip(a.Key, 300)), mdCode(clip(whoWords(a.Who), 300)), a.Class,
			mdCode(ActionWords(a.Actions)), strings.Join(conditions, "; "), change)
		if !m.fits(row, maxMarkdown-tailRoom) {
			m.line()
			m.line(count(len(rows)-i, "more row is", "more rows are"), " not in this table.")
			break
		}
		m.line(row)
	}
	m.line()
	m.line(mdWords(accessSummary(rows)))
	_, err := io.WriteString(w, m.b.String())
	return err
}

// writeAccessCSV has one line for each row.
func writeAccessCSV(w io.Writer, v *view, _ Options) error {
	r := v.report
	out := csv.NewWriter(w)
	lines := [][]string{{"input", "key", "class", "actions", "who_kind", "who_name", "who_address", "trusted", "conditions", "via", "through", "certainty", "depends_on", "change"}}
	for i := range r.Access {
		a := &r.Access[i]
		var conditions, through []string
		for _, c := range a.Conditions {
			conditions = append(conditions, conditionWords(c))
		}
		for _, t := range a.Through {
			through = append(through, throughWords(t))
		}
		line := []string{r.Inputs[a.Input].Path, a.Key, a.Class, strings.Join(a.Actions, " "), a.Who.Kind, a.Who.Name, a.Who.Address, fmt.Sprint(a.Who.Trusted),
			strings.Join(conditions, "; "), a.Via, strings.Join(through, "; "), a.Certainty, strings.Join(a.DependsOn, "; "), a.Change}
		for k := range line {
			line[k] = harmless(line[k])
		}
		lines = append(lines, line)
	}
	return out.WriteAll(lines)
}

// harmless is a text that no spreadsheet takes for a formula.
func harmless(s string) string {
	s = whole(s)
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

// writeAccessHCL writes expectations for what is there, to start from.
func writeAccessHCL(w io.Writer, v *view, _ Options) error {
	r := v.report
	var b strings.Builder
	b.WriteString("# Who can use our keys. What is not listed here is a finding; take out what should not be.\n")
	seen := map[string]int{}
	for _, key := range accessKeys(r.Access) {
		there := slices.DeleteFunc(slices.Clone(r.Access), func(a finding.Access) bool { return a.Key != key || a.Change == "lost" })
		if len(there) == 0 {
			continue // the plan may delete the key
		}
		name := label(key)
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s_%d", name, seen[name])
		}
		fmt.Fprintf(&b, "\nexpect %q {\n  key = %s\n  only {\n", name, quote(key))
		if slices.ContainsFunc(there, func(a finding.Access) bool { return a.Who.Address == "" && a.Who.Hidden != "" }) {
			b.WriteString("    # A caller whose name is sensitive cannot be written down: it is a finding.\n")
		}
		for _, class := range []string{"data", "control", "use", "metadata"} {
			var who []string
			for _, a := range there {
				if a.Class == class && (a.Who.Address != "" || a.Who.Hidden == "") {
					if n := expected(a.Who, a.Via); n != "" && !slices.Contains(who, quote(n)) {
						who = append(who, quote(n))
					}
				}
			}
			if class == "data" || class == "control" || len(who) > 0 {
				fmt.Fprintf(&b, "    %-8s = [%s]\n", class, strings.Join(who, ", "))
			}
		}
		b.WriteString("  }\n  reason = \"Access as it is today; say here why only these need it\"\n}\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// expected is how an expectation names callers.
func expected(w finding.Who, via string) string {
	switch {
	case w.Address != "":
		return w.Address
	case w.Kind == "account" && w.Trusted && via == "account":
		return "account"
	case w.Kind == "stranger":
		return "stranger"
	}
	return w.Name
}

func label(key string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, key[strings.LastIndex(key, ".")+1:]), "_")
}

// quote writes an HCL string.
func quote(s string) string {
	s = strings.NewReplacer("\\", "\\\\", "\"", "\\\"", "${", "$${", "%{", "%%{").Replace(whole(s))
	return "\"" + s + "\""
}

// writeAccessHTML is one page with the matrix alone.
func writeAccessHTML(w io.Writer, v *view, _ Options) error {
	t, err := pages()
	if err != nil {
		return err
	}
	p := v.page()
	p.Headline, p.Mood, p.Gate, p.Settings = "Who can use our keys", "nothing", "", nil
	p.Facts, p.Picture = []string{accessSummary(distinct(v.report))}, nil
	return t.ExecuteTemplate(w, "who.html", p)
}
