package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// change is what becomes of the access of one caller to one key.
type change struct {
	what    string // gained, changed, lost
	row     finding.Access
	actions []string
	// possible says that values which are not known yet decide about all of it.
	possible bool
}

// accessChanges joins rows that change to one for each caller, key and change: strangers first, then others who are not trusted,
// because lists are cut, and in the order of the report otherwise.
func accessChanges(rows []finding.Access) []change {
	at := map[string]int{}
	var out []change
	for i := range rows {
		a := &rows[i]
		if a.Change == "" || a.Change == "kept" {
			continue
		}
		id := strings.Join([]string{a.Key, a.Who.Kind, a.Who.Address, a.Who.Name, a.Change}, "\x00")
		k, ok := at[id]
		if !ok {
			k = len(out)
			at[id] = k
			out = append(out, change{what: a.Change, row: *a, possible: true})
		}
		c := &out[k]
		for _, x := range a.Actions {
			if !has(c.actions, x) {
				c.actions = append(c.actions, x)
			}
		}
		c.possible = c.possible && a.Certainty == finding.Possible
	}
	slices.SortStableFunc(out, func(a, b change) int { return a.distance() - b.distance() })
	return out
}

// distance is how near a caller is: the further away, the more a change matters.
func (c *change) distance() int {
	switch {
	case c.what == "lost":
		return 3
	case c.row.Who.Kind == "stranger":
		return 0
	case !c.row.Who.Trusted && c.row.Who.Address == "":
		return 1
	}
	return 2
}

func has(list []string, s string) bool {
	for _, o := range list {
		if o == s {
			return true
		}
	}
	return false
}

// words tells the change in a sentence.
func (c *change) words() string {
	who, what, key := whoWords(c.row.Who), ActionWords(c.actions), c.row.Key
	may := ""
	if c.possible {
		may = ", perhaps,"
	}
	switch c.what {
	case "gained":
		return fmt.Sprintf("This plan%s lets %s call %s with %s", may, who, what, key)
	case "lost":
		return fmt.Sprintf("This plan%s takes %s with %s from %s", may, what, key, who)
	}
	return fmt.Sprintf("This plan%s changes when %s may call %s with %s", may, who, what, key)
}

// mostChanges is how many changes of access a report in text tells.
const mostChanges = 12

// access tells what changes in who may use which key.
func (t *textWriter) access() {
	list := accessChanges(t.report.Access)
	if len(list) == 0 || t.opts.Quiet {
		return
	}
	for i := range list {
		if i == mostChanges {
			t.line(t.paint(faint, fmt.Sprintf("and %s: keyproof who --changes", count(len(list)-i, "more change of access", "more changes of access"))))
			break
		}
		paint := map[string]color{"gained": yellow, "lost": cyan}[list[i].what]
		if list[i].distance() == 0 {
			paint = red
		}
		for _, l := range Wrap(visible(list[i].words())+".", t.opts.Width) {
			if paint != "" {
				l = t.paint(paint, l)
			}
			t.line(l)
		}
	}
	t.line()
}

// access is the table of what changes in who may use which key.
func (m *markdownWriter) access(limit int) { m.accessTable(accessChanges(m.report.Access), limit) }

func (m *markdownWriter) accessTable(list []change, limit int) {
	if len(list) == 0 {
		return
	}
	m.line("| Access | Who | May call | With key |")
	m.line("|:--|:--|:--|:--|")
	for i := range list {
		c := &list[i]
		word := "**" + c.what + "**"
		if c.possible {
			word += ", possible"
		}
		row := fmt.Sprintf("| %s | %s | %s | %s |", word, mdCode(clip(whoWords(c.row.Who), 300)), mdCode(ActionWords(c.actions)), mdCode(clip(c.row.Key, 300)))
		if !m.fits(row, limit) {
			m.line()
			m.line(count(len(list)-i, "more change of access is", "more changes of access are"), " not in this table.")
			break
		}
		m.line(row)
	}
	m.line()
}
