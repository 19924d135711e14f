package report

import (
	"cmp"
	"slices"
	"strings"
)

// Measures of a picture, in pixels.
const (
	charWidth  = 7.3 // of the monospaced labels
	lineHeight = 16
	nodeGap    = 18
	columnGap  = 84
	margin     = 12
	labelChars = 30 // per line of a node
	labelLines = 3
)

// layout gives every node its place in one of three columns: who comes from outside, roles, keys. Each column is in the order
// of what it leads to.
func (g *graph) layout() (width, height int) {
	all := g.columns()
	leads := map[*node][]*node{}
	for _, e := range g.edges {
		if e.via != nil {
			leads[e.from], leads[e.via] = append(leads[e.from], e.via), []*node{e.to}
		} else {
			leads[e.from] = append(leads[e.from], e.to)
		}
	}
	for i := len(all) - 1; i >= 0; i-- {
		order(all[i], leads)
		height = max(height, heightOf(all[i]))
	}
	x := margin
	for i, c := range all {
		w := 0
		for _, n := range c {
			w = max(w, n.w)
		}
		if len(c) == 0 {
			continue
		}
		x += g.gap(i)
		place(c, x, w, height)
		x += w
	}
	g.ports()
	return x + margin, height + 2*margin
}

// columns sizes the nodes and parts them. Where there are roles, edges that pass them get a place between them.
func (g *graph) columns() [3][]*node {
	var out [3][]*node
	for _, e := range g.edges {
		e.to.in++
	}
	for _, n := range g.nodes {
		n.lines = breakLabel(visible(n.name))
		longest := columns(n.caption)
		for _, l := range n.lines {
			longest = max(longest, columns(l))
		}
		n.w = max(90, int(float64(longest)*charWidth)+24)
		n.h = max(26+lineHeight*len(n.lines), 20*n.in+8)
		at := column(n.kind)
		out[at] = append(out[at], n)
	}
	if len(out[1]) == 0 {
		return out
	}
	for _, e := range g.edges {
		if column(e.to.kind)-column(e.from.kind) == 2 {
			e.via = &node{h: 12}
			out[1] = append(out[1], e.via)
		}
	}
	return out
}

// order sorts a column by the mean place of what its nodes lead to; until nodes are placed, y is their place in the order.
func order(column []*node, leads map[*node][]*node) {
	mean := map[*node]float64{}
	for i, n := range column {
		mean[n] = float64(i)
		if list := leads[n]; len(list) > 0 {
			sum := 0
			for _, to := range list {
				sum += to.y
			}
			mean[n] = float64(sum) / float64(len(list))
		}
	}
	slices.SortStableFunc(column, func(a, b *node) int { return cmp.Compare(mean[a], mean[b]) })
	for i, n := range column {
		n.y = i
	}
}

func heightOf(column []*node) int {
	h := -nodeGap
	for _, n := range column {
		h += n.h + nodeGap
	}
	return h
}

// gap is the room left of column i: for the labels of the edges that end there.
func (g *graph) gap(i int) int {
	if i == 0 {
		return 0
	}
	longest := 0
	for _, e := range g.edges {
		if column(e.to.kind) == i {
			longest = max(longest, e.labelWidth())
		}
	}
	return columnGap + longest
}

// labelWidth is the length of the straight end of an edge, over which its label stands.
func (e *edge) labelWidth() int { return int(float64(columns(e.label())) * charWidth * 0.96) }

// place puts a column around the middle of the picture.
func place(column []*node, x, w, height int) {
	y := margin + (height-heightOf(column))/2
	for _, n := range column {
		n.x, n.y, n.w = x, y, w
		y += n.h + nodeGap
	}
}

// ports spreads the edges into a node over its left side, in the order in which they come.
func (g *graph) ports() {
	into := map[*node][]*edge{}
	for _, e := range g.edges {
		into[e.to] = append(into[e.to], e)
	}
	for _, edges := range into {
		slices.SortStableFunc(edges, func(a, b *edge) int { return cmp.Compare(a.before().y, b.before().y) })
		for i, e := range edges {
			e.port = i
		}
	}
}

// before is where an edge comes from last before it ends.
func (e *edge) before() *node {
	if e.via != nil {
		return e.via
	}
	return e.from
}

// breakLabel breaks a name into lines, after a dot or a slash where there is one.
func breakLabel(s string) []string {
	var out []string
	rest := []rune(s)
	for len(rest) > labelChars && len(out) < labelLines-1 {
		at := labelChars
		for i := labelChars; i > labelChars/3; i-- {
			if strings.ContainsRune("./:", rest[i-1]) {
				at = i
				break
			}
		}
		out = append(out, string(rest[:at]))
		rest = rest[at:]
	}
	return append(out, clip(string(rest), labelChars))
}
