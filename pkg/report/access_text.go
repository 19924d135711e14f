package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// writeAccessText is the table of who may use which key, one key after the other.
func writeAccessText(w io.Writer, v *view, o Options) error {
	r := v.report
	t, rows := &textWriter{view: v, opts: o}, distinct(r)
	for i := range rows {
		a := &rows[i]
		if i == 0 || a.Key != rows[i-1].Key {
			if i > 0 {
				t.line()
			}
			t.line(t.paint(bold, visible(a.Key)))
		}
		t.row(a)
	}
	if len(r.Access) == 0 {
		t.line(nobody(r))
		if len(r.Diagnostics) > 0 {
			t.line("That is about what could be read; the messages say what could not.")
		}
	}
	if !o.Quiet {
		t.line()
		t.line(accessSummary(rows))
	}
	return t.flush(w)
}

// nobody says what it means that no row is left: of a part of the map it does not mean that nobody has access.
func nobody(r *finding.Report) string {
	switch r.AccessShown {
	case "changes":
		return "Nothing changes in who may use which key."
	case "some":
		return "Nobody: no row of access fits what was asked for."
	}
	return "Nobody: no row of access."
}

// row writes one row: who, and how, under which conditions.
func (t *textWriter) row(a *finding.Access) {
	mark := map[string]string{"gained": "+", "lost": "-", "changed": "~"}[a.Change]
	if mark == "" {
		mark = " "
	}
	line := fmt.Sprintf("%s %-8s %s", mark, a.Class, visible(whoWords(a.Who)))
	how := viaWords(a)
	if a.Certainty == finding.Possible {
		how += "  possible: depends on " + visible(strings.Join(a.DependsOn, ", "))
	}
	below := []string{visible(ActionWords(a.Actions))}
	for _, x := range a.Conditions {
		below = append(below, "if "+visible(conditionWords(x)))
	}
	fits := t.opts.Width == 0 || columns("  "+line+"  "+how) <= t.opts.Width
	switch a.Change {
	case "gained":
		line = t.paint(red, line)
	case "lost":
		line = t.paint(faint, line)
	}
	if fits {
		t.line("  ", line, "  ", how)
	} else {
		t.line("  ", line)
		below = append([]string{how}, below...)
	}
	for _, s := range below {
		for _, l := range Wrap(strings.Repeat(" ", 13)+s, t.opts.Width) {
			t.line(l)
		}
	}
}

// AccessWords tells one row in lines of text, with its way.
func AccessWords(a *finding.Access) string {
	var b strings.Builder
	for _, t := range a.Through {
		fmt.Fprintf(&b, "  by %s%s\n", visible(throughWords(t)), placeOf(t.Location))
	}
	for _, c := range a.Conditions {
		fmt.Fprintf(&b, "  if %s\n", visible(conditionWords(c)))
	}
	return b.String()
}

func placeOf(l *finding.Location) string {
	if l == nil {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", visible(l.File), l.Start.Line)
}

func throughWords(t finding.Through) string {
	out := t.Address
	if t.Statement != nil {
		name := fmt.Sprintf("statement %d", t.Statement.Index+1)
		if t.Statement.Sid != "" {
			name = fmt.Sprintf("statement %q", t.Statement.Sid)
		}
		out = name + " of " + out
	}
	return out
}

// whoWords names the callers of a row.
func whoWords(w finding.Who) string {
	switch {
	case w.Address != "" && w.Kind == "principal" && strings.Count(w.Name, ":") >= 5:
		return w.Address + " in account " + strings.Split(w.Name, ":")[4] // a permission set
	case w.Address != "":
		return w.Address
	case w.Kind == "stranger":
		return "anyone with an AWS account"
	case w.Kind == "account":
		return "account " + w.Name
	case w.Kind == "organization":
		return "organization " + w.Name
	case w.Kind == "service" && w.Name == "*":
		return "any AWS service"
	}
	return w.Name
}

func viaWords(a *finding.Access) string {
	switch a.Via {
	case "key-policy":
		if a.Who.Kind == "account" {
			return "every role and user of it, by the key policy alone"
		}
		return "by the key policy"
	case "account":
		if a.Who.Kind == "account" {
			return "whoever its IAM policies allow"
		}
		return "by its own policies"
	case "grant":
		return "by a grant"
	}
	var roles []string
	for _, t := range slices.Backward(a.Through) { // the role that uses the key comes last
		trust := strings.HasPrefix(t.Attribute, "assume_role_policy") || strings.HasSuffix(t.Attribute, ".AssumeRolePolicyDocument") // in a template
		if trust && !slices.Contains(roles, t.Address) {
			roles = append(roles, t.Address)
		}
	}
	if len(roles) == 0 {
		return "through a role"
	}
	return visible("through " + strings.Join(roles, ", then "))
}

func conditionWords(c finding.Condition) string {
	return fmt.Sprintf("%s %s %s", c.Key, c.Operator, strings.Join(c.Values, ", "))
}

// ActionWords lists actions without their common prefix, the first few of many.
func ActionWords(actions []string) string {
	names := cutAt(actions, 5)
	for i, a := range names {
		names[i] = strings.TrimPrefix(a, "kms:")
	}
	return strings.Join(names, ", ")
}

// cutAt copies the first few of a list, and how many more there are.
func cutAt(list []string, most int) []string {
	out := slices.Clone(list[:min(len(list), most)])
	if n := len(list) - most; n > 0 {
		out = append(out, fmt.Sprintf("and %d more", n))
	}
	return out
}

// accessSummary counts what there is and what changes.
func accessSummary(rows []finding.Access) string {
	changed := map[string]int{}
	keys, callers := map[string]bool{}, map[string]bool{}
	for i := range rows {
		a := &rows[i]
		changed[a.Change]++
		keys[a.Key] = true
		callers[a.Who.Kind+a.Who.Address+a.Who.Name] = true
	}
	out := count(len(keys), "key", "keys") + ", " + count(len(callers), "caller", "callers") + ", " + count(len(rows), "row", "rows")
	if changes := countWords(changed); changes != "" {
		out += ": " + changes
	}
	return out + "."
}

// countWords says how many changes there are of which kind.
func countWords(changed map[string]int) string {
	var out []string
	for _, c := range []string{"gained", "changed", "lost"} {
		if changed[c] > 0 {
			out = append(out, fmt.Sprintf("%d %s", changed[c], c))
		}
	}
	return strings.Join(out, ", ")
}
