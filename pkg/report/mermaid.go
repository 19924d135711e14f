package report

import (
	"fmt"
	"strings"
)

// maxDrawn is how many paths a flowchart shows; more cannot be read.
const maxDrawn = 30

// mermaid draws the first n paths as a flowchart, from strangers on the left to keys on the right.
func (v *view) mermaid(n int) string {
	var b strings.Builder
	b.WriteString("```mermaid\nflowchart LR\n")
	paths := v.report.Paths[:n]
	ids := map[nodeKey]string{}
	node := func(k nodeKey, open, end, class string) string {
		id, ok := ids[k]
		if !ok {
			id = "n" + itoa(len(ids))
			ids[k] = id
			label := clip(visible(k.name), 120)
			if in := v.input(k.input); in != "" {
				label += " (" + clip(in, 60) + ")"
			}
			fmt.Fprintf(&b, "  %s%s\"%s\"%s:::%s\n", id, open, mermaidText(label), end, class)
		}
		return id
	}
	for _, p := range paths {
		if len(p.Steps) > 0 {
			node(nodeKey{-1, p.Steps[0].From}, "([", "])", "stranger")
			node(nodeKey{p.Input, p.Key}, "[/", "/]", "key")
		}
	}
	drawn := map[string]bool{}
	for _, p := range paths {
		for i, s := range p.Steps {
			from, to := node(stepFrom(&p, i), "[", "]", "role"), node(nodeKey{p.Input, s.To}, "[", "]", "role")
			edge := fmt.Sprintf("  %s -->|\"%s\"| %s\n", from, mermaidText(clip(visible(s.Label), 120)), to)
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
	text := numbered(s, "#%d;")
	if strings.TrimSpace(text) == "" {
		return "#45;"
	}
	return text
}
