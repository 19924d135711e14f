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

// layout gives every node its place: layers from left to right, in each layer the order with few crossings.
func (g *graph) layout() (width, height int) {
	layers := g.fill()
	for range 4 {
		for _, l := range layers[1:] {
			sortByNeighbours(l, g.before())
		}
		for i := len(layers) - 2; i >= 0; i-- {
			sortByNeighbours(layers[i], g.after())
		}
	}
	for _, l := range layers {
		h := -nodeGap
		for _, n := range l {
			h += n.h + nodeGap
		}
		height = max(height, h)
	}
	x := margin
	for i, l := range layers {
		x += g.gap(i)
		w := 0
		for _, n := range l {
			w = max(w, n.w)
		}
		place(l, x, w, height)
		x += w
	}
	g.ports()
	return x + margin, height + 2*margin
}

// fill sizes the nodes and parts them into layers, with stand-ins where an edge passes a layer.
func (g *graph) fill() [][]*node {
	var layers [][]*node
	put := func(n *node) {
		for len(layers) <= n.layer {
			layers = append(layers, nil)
		}
		layers[n.layer] = append(layers[n.layer], n)
	}
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
		put(n)
	}
	for _, e := range g.edges {
		for l := e.from.layer + 1; l < e.to.layer; l++ {
			n := &node{layer: l, h: 12}
			e.via = append(e.via, n)
			put(n)
		}
	}
	if len(layers) == 0 {
		layers = append(layers, nil)
	}
	return layers
}

// chain is an edge with its stand-ins, from left to right.
func (e *edge) chain() []*node { return append(append([]*node{e.from}, e.via...), e.to) }

func (g *graph) before() map[*node][]*node {
	out := map[*node][]*node{}
	for _, e := range g.edges {
		c := e.chain()
		for i := range c[1:] {
			out[c[i+1]] = append(out[c[i+1]], c[i])
		}
	}
	return out
}

func (g *graph) after() map[*node][]*node {
	out := map[*node][]*node{}
	for _, e := range g.edges {
		c := e.chain()
		for i := range c[1:] {
			out[c[i]] = append(out[c[i]], c[i+1])
		}
	}
	return out
}

// sortByNeighbours orders a layer by the mean place of what its nodes are tied to; y counts places here.
func sortByNeighbours(layer []*node, tied map[*node][]*node) {
	mean := map[*node]float64{}
	for i, n := range layer {
		mean[n] = float64(i)
		if list := tied[n]; len(list) > 0 {
			sum := 0
			for _, t := range list {
				sum += t.y
			}
			mean[n] = float64(sum) / float64(len(list))
		}
	}
	slices.SortStableFunc(layer, func(a, b *node) int { return cmp.Compare(mean[a], mean[b]) })
	for i, n := range layer {
		n.y = i
	}
}

// gap is the room left of layer i: for the labels of the edges that end there.
func (g *graph) gap(i int) int {
	if i == 0 {
		return 0
	}
	longest := 0
	for _, e := range g.edges {
		if e.to.layer == i {
			longest = max(longest, e.labelWidth())
		}
	}
	return columnGap + longest
}

// labelWidth is the length of the straight end of an edge, over which its label stands.
func (e *edge) labelWidth() int { return int(float64(columns(e.label())) * charWidth * 0.96) }

// place puts a layer into its column, around the middle of the picture.
func place(layer []*node, x, w, height int) {
	h := -nodeGap
	for _, n := range layer {
		h += n.h + nodeGap
	}
	y := margin + (height-h)/2
	for _, n := range layer {
		n.x, n.y = x, y
		n.w = w
		y += n.h + nodeGap
	}
}

// ports spreads the edges into a node over its left side, in the order in which they come.
func (g *graph) ports() {
	into := map[*node][]*edge{}
	for _, e := range g.edges {
		into[e.to] = append(into[e.to], e)
	}
	for _, n := range g.nodes {
		slices.SortStableFunc(into[n], func(a, b *edge) int {
			ca, cb := a.chain(), b.chain()
			return cmp.Compare(ca[len(ca)-2].y, cb[len(cb)-2].y)
		})
		for i, e := range into[n] {
			e.port = i
		}
	}
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
