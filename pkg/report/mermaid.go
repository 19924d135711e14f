package report

import (
	"fmt"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// maxDrawn is how many paths a flowchart shows; more cannot be read.
const maxDrawn = 30

// mermaid draws paths as a flowchart, from strangers on the left to keys on the right.
func mermaid(paths []finding.Path) string {
	var b strings.Builder
	b.WriteString("```mermaid\nflowchart LR\n")
	ids := map[string]string{}
	node := func(name, open, end, class string) string {
		id, ok := ids[name]
		if !ok {
			id = "n" + itoa(len(ids))
			ids[name] = id
			fmt.Fprintf(&b, "  %s%s\"%s\"%s:::%s\n", id, open, mermaidText(name), end, class)
		}
		return id
	}
	for _, p := range paths {
		if len(p.Steps) > 0 {
			node(p.Steps[0].From, "([", "])", "stranger")
			node(p.Key, "[/", "/]", "key")
		}
	}
	drawn := map[string]bool{}
	for _, p := range paths {
		for _, s := range p.Steps {
			from, to := node(s.From, "[", "]", "role"), node(s.To, "[", "]", "role")
			edge := fmt.Sprintf("  %s -->|\"%s\"| %s\n", from, mermaidText(s.Label), to)
			if !drawn[edge] {
				drawn[edge] = true
				b.WriteString(edge)
			}
		}
	}
	b.WriteString("  classDef stranger stroke:crimson,stroke-width:3px\n")
	b.WriteString("  classDef key stroke:darkorange,stroke-width:3px\n")
	b.WriteString("  classDef role stroke:slategray\n```\n")
	return b.String()
}

// mermaidText is text in the quotes of a label: all that is not a letter, a digit or a space is written by its number.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range clip(visible(s), 120) {
		if r < 0x80 && !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == ' ') {
			fmt.Fprintf(&b, "#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	if strings.TrimSpace(b.String()) == "" {
		return "#45;"
	}
	return b.String()
}
