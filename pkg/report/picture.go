package report

import (
	"fmt"
	"strings"
)

// picture is a graph ready to be drawn.
type picture struct {
	Width, Height int
	Nodes         []pictureNode
	Edges         []pictureEdge
	Rest          string // what is not drawn
	Legend        []string
}

type pictureNode struct {
	Class, Caption, Title string
	X, Y, W, H, Round     int
	TextX, CaptionY       int
	Lines                 []pictureLine
}

type pictureLine struct {
	Y    int
	Text string
}

type pictureEdge struct {
	Class, Path, Label string
	X, Y               int
	// From, Calls and To say the edge in words, and State what it means.
	From, Calls, To, State string
}

// picture draws the graph of a report, nil where there is nothing to draw.
func (v *view) picture() *picture {
	g := v.graph()
	if len(g.edges) == 0 {
		return nil
	}
	p := &picture{}
	p.Width, p.Height = g.layout()
	for _, n := range g.nodes {
		p.Nodes = append(p.Nodes, v.drawNode(n, g))
	}
	for _, e := range g.edges {
		p.Edges = append(p.Edges, v.drawEdge(e))
	}
	var rest []string
	if g.rest > 0 {
		rest = append(rest, "Nobody from outside reaches "+count(g.rest, "other key", "other keys")+".")
	}
	if g.hidden > 0 {
		rest = append(rest, count(g.hidden, "more connection is", "more connections are")+" not drawn.")
	}
	p.Rest = strings.Join(rest, " ")
	for _, s := range []string{openEdge, unknownEdge, namedEdge} {
		for _, e := range g.edges {
			if e.state == s {
				p.Legend = append(p.Legend, s)
				break
			}
		}
	}
	return p
}

// nodeName is a node's name with its input, where there are several.
func (v *view) nodeName(n *node) string {
	s := visible(n.name)
	if in := v.input(n.input); in != "" {
		s += " (" + in + ")"
	}
	return s
}

func (v *view) drawNode(n *node, g *graph) pictureNode {
	out := pictureNode{
		Class: n.kind, Caption: n.caption, Title: v.nodeName(n),
		X: n.x, Y: n.y, W: n.w, H: n.h, Round: 6,
		TextX: n.x + n.w/2, CaptionY: n.y + 14 + (n.h-26-lineHeight*len(n.lines))/2,
	}
	if n.kind == strangerNode {
		out.Round = min(n.h/2, 24)
	}
	for _, e := range g.edges {
		if e.to == n && e.state == openEdge {
			out.Class += " hit"
			break
		}
	}
	for i, l := range n.lines {
		out.Lines = append(out.Lines, pictureLine{out.CaptionY + 2 + lineHeight*(i+1), l})
	}
	return out
}

func (v *view) drawEdge(e *edge) pictureEdge {
	var b strings.Builder
	x, y := e.from.x+e.from.w, e.from.y+e.from.h/2
	fmt.Fprintf(&b, "M%d %d", x, y)
	to := func(nx, ny int) {
		bend := max((nx-x)/2, 20)
		fmt.Fprintf(&b, " C%d %d %d %d %d %d", x+bend, y, nx-bend, ny, nx, ny)
		x, y = nx, ny
	}
	if n := e.via; n != nil {
		to(n.x, n.y+n.h/2)
		x = n.x + n.w
		fmt.Fprintf(&b, " H%d", x)
	}
	port := e.to.y + (e.port+1)*e.to.h/(e.to.in+1)
	end := e.to.x - 9 // room for the arrowhead
	to(end-e.labelWidth(), port)
	fmt.Fprintf(&b, " H%d", end)
	return pictureEdge{
		Class: e.state, Path: b.String(), Label: e.label(), X: end - 4, Y: port - 6,
		From: v.nodeName(e.from), Calls: visible(strings.Join(e.labels, ", ")), To: v.nodeName(e.to), State: edgeMeanings[e.state],
	}
}

// edgeMeanings say the states of edges in words.
var edgeMeanings = map[string]string{openEdge: "open to strangers", unknownEdge: "not decided before apply", namedEdge: "named by the policy"}
