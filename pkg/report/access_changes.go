package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// change is what becomes of the access of one caller, the same with each of the keys.
type change struct {
	what    string // gained, changed, lost
	who     finding.Who
	keys    []string
	actions []string
	// possible says that values which are not known yet decide about it.
	possible bool
}

// accessChanges joins rows that change to one for each caller, change and set of actions: strangers first, then others who are
// not trusted, because lists are cut, and in the order of the report otherwise.
func accessChanges(rows []finding.Access) []change {
	at := map[string]int{}
	var out []change
	for i := range rows {
		a := &rows[i]
		if a.Change == "" || a.Change == "kept" {
			continue
		}
		id := strings.Join([]string{a.Key, a.Who.Kind, a.Who.Address, a.Who.Name, a.Change, a.Certainty}, "\x00")
		k, ok := at[id]
		if !ok {
			k = len(out)
			at[id] = k
			out = append(out, change{what: a.Change, who: a.Who, keys: []string{a.Key}, possible: a.Certainty == finding.Possible})
		}
		c := &out[k]
		for _, x := range a.Actions {
			if !slices.Contains(c.actions, x) {
				c.actions = append(c.actions, x)
			}
		}
	}
	out = sameForKeys(out)
	slices.SortStableFunc(out, func(a, b change) int { return a.distance() - b.distance() })
	return out
}

// sameForKeys joins the changes that differ in nothing but the key.
func sameForKeys(list []change) []change {
	at := map[string]int{}
	var out []change
	for _, c := range list {
		id := strings.Join(append([]string{c.who.Kind, c.who.Address, c.who.Name, c.what, fmt.Sprint(c.possible)}, c.actions...), "\x00")
		if k, ok := at[id]; ok {
			out[k].keys = append(out[k].keys, c.keys...)
			continue
		}
		at[id] = len(out)
		out = append(out, c)
	}
	return out
}

// distance is how near a caller is: the further away, the more a change matters.
func (c *change) distance() int {
	switch {
	case c.what == "lost":
		return 3
	case c.who.Kind == "stranger":
		return 0
	case !c.who.Trusted && c.who.Address == "":
		return 1
	}
	return 2
}

// words tells the change in a sentence, of one plan or of several.
func (c *change) words(plans int) string {
	plan, s := "This plan", "s"
	if plans > 1 {
		plan, s = "These plans", ""
	}
	who, what, key := whoWords(c.who), ActionWords(c.actions), strings.Join(cutAt(c.keys, 3), ", ")
	if c.possible {
		plan += ", perhaps,"
	}
	switch c.what {
	case "gained":
		return fmt.Sprintf("%s let%s %s call %s with %s", plan, s, who, what, key)
	case "lost":
		return fmt.Sprintf("%s take%s %s with %s from %s", plan, s, what, key, who)
	}
	return fmt.Sprintf("%s change%s when %s may call %s with %s", plan, s, who, what, key)
}

// mostChanges is how many changes of access a report in text tells.
const mostChanges = 12

// access tells what changes in who may use which key.
func (t *textWriter) access() {
	list := accessChanges(distinct(t.report))
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
		for _, l := range Wrap(visible(list[i].words(len(t.report.Inputs)))+".", t.opts.Width) {
			if paint != "" {
				l = t.paint(paint, l)
			}
			t.line(l)
		}
	}
	t.line()
}

// fewChanges is how many changes of access a comment tells before it folds them.
const fewChanges = 6

// access is the table of what changes in who may use which key. It is folded where it is long, for the findings are what a
// comment is about.
func (m *markdownWriter) access(limit int) {
	list := accessChanges(distinct(m.report))
	if len(list) == 0 {
		return
	}
	if len(list) > fewChanges {
		changed := map[string]int{}
		for _, c := range list {
			changed[c.what]++
		}
		m.line("<details>\n<summary>What changes in who may use which key: ", countWords(changed), "</summary>\n")
		defer m.line("</details>\n")
	}
	m.line("| Access | Who | May call | With key |")
	m.line("|:--|:--|:--|:--|")
	for i := range list {
		c := &list[i]
		word := "**" + c.what + "**"
		if c.possible {
			word += ", possible"
		}
		row := fmt.Sprintf("| %s | %s | %s | %s |", word, mdCode(clip(whoWords(c.who), 300)), mdCode(ActionWords(c.actions)), mdCodes(c.keys))
		if !m.fits(row, limit) {
			m.line()
			m.line(count(len(list)-i, "more change of access is", "more changes of access are"), " not in this table.")
			break
		}
		m.line(row)
	}
	m.line()
}
