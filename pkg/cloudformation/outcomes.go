package cloudformation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// maxConditions is how many conditions that are not known are followed both ways for one property.
const maxConditions = 4

// Outcomes are the values that the property behind a path may have, as JSON texts, one for each outcome of the
// conditions that decide it; none where it is left out in all of them. A policy that is written in quotes is its content.
func (r Resource) Outcomes(path ...string) []unknown.Text {
	return r.outcomes(func(v value) (value, bool) { return v.at(path...) })
}

func (r Resource) outcomes(pick func(value) (value, bool)) []unknown.Text {
	if r.properties == nil {
		return nil
	}
	var asked []string
	probe := &evaluation{Template: r.template}
	probe.value(r.properties)
	for len(probe.asked) > len(asked) && len(asked) <= maxConditions {
		asked = probe.asked
		probe = &evaluation{Template: r.template, asked: slices.Clone(asked), chosen: map[string]bool{}}
		for _, name := range asked {
			probe.chosen[name] = false
		}
		probe.value(r.properties)
	}
	if len(asked) > maxConditions {
		if _, ok := pick((&evaluation{Template: r.template}).value(r.properties)); !ok {
			return nil
		}
		return []unknown.Text{r.template.symbol("the conditions "+strings.Join(asked, ", "), unknown.AnyText)}
	}
	var out []unknown.Text
	always := true
	for bits := range 1 << len(asked) {
		chosen := map[string]bool{}
		var assuming []string
		for i, name := range asked {
			chosen[name] = bits&(1<<i) == 0
			assuming = append(assuming, fmt.Sprintf("%s is %v", r.template.shown(name), chosen[name]))
		}
		e := &evaluation{Template: r.template, chosen: chosen}
		v, ok := pick(e.value(r.properties))
		if !ok || v.kind == null {
			always = false
			continue
		}
		t := r.template.json(v)
		if slices.ContainsFunc(out, func(o unknown.Text) bool { return o.S == t.S && slices.Equal(o.Holes, t.Holes) }) {
			continue
		}
		t.Assuming = strings.Join(assuming, " and ")
		for _, name := range asked {
			t.DependsOn = append(t.DependsOn, r.template.owner+"."+r.template.shown(name))
		}
		out = append(out, t)
	}
	if len(out) == 1 && always {
		out[0].Assuming, out[0].DependsOn = "", nil
	}
	return out
}

// Elements is how many elements the list behind a name has at most; one where nothing is known of it.
func (r Resource) Elements(name string) int {
	n := 0
	r.outcomes(func(v value) (value, bool) {
		switch l, _ := v.at(name); l.kind {
		case list:
			n = max(n, len(l.elems))
		case unread:
			n = max(n, 1)
		}
		return value{}, false
	})
	return n
}

// ElementOutcomes are the outcomes of a member of one element of a list, or of the element itself for the name "".
func (r Resource) ElementOutcomes(list string, i int, name string) []unknown.Text {
	return r.outcomes(func(v value) (value, bool) {
		l, ok := v.at(list)
		switch {
		case !ok:
			return value{}, false
		case l.kind == unread:
			return l, true
		case i >= len(l.elems) || l.elems[i].kind == absent:
			return value{}, false
		}
		if name == "" {
			return l.elems[i], true
		}
		return l.elems[i].at(name)
	})
}
