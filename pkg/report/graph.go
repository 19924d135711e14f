package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// nodeKey names a node of a picture. Who comes from outside is the same for all inputs, which is input -1; what an input
// holds is its own.
type nodeKey struct {
	input int
	name  string
}

// stepFrom is where step i of a path begins: at a stranger, or where the step before it ended.
func stepFrom(p *finding.Path, i int) nodeKey {
	if i == 0 {
		return nodeKey{-1, p.Steps[0].From}
	}
	return nodeKey{p.Input, p.Steps[i].From}
}

// The kinds of nodes, by which they are drawn and placed.
const (
	strangerNode = "stranger"
	outsideNode  = "outside" // an account, service or provider that a policy names
	roleNode     = "role"
	keyNode      = "key"
)

// The states of edges.
const (
	openEdge    = "open"    // a stranger may do it
	namedEdge   = "named"   // a named outsider may do it
	unknownEdge = "unknown" // depends on what is not known yet
)

type node struct {
	nodeKey
	kind  string
	layer int

	caption    string
	lines      []string
	x, y, w, h int
	in         int // edges that end here, drawn one above the other
}

type edge struct {
	from, to *node
	labels   []string
	state    string

	port int     // which of the edges into to
	via  []*node // the stand-ins in the layers between
}

// graph is who may do what to whom.
type graph struct {
	nodes  []*node
	edges  []*edge
	index  map[nodeKey]*node
	ends   map[ends]*edge
	opened map[*node]bool // by a stranger, directly
	rest   int            // keys that nobody from outside reaches
	closed map[nodeKey]bool
	hidden int // edges that are not drawn, because there are too many
}

type ends struct {
	from, to *node
	state    string
}

// maxEdges is how many edges a picture shows; more cannot be read.
const maxEdges = 60

// graph collects the paths, and what each policy says of outsiders.
func (v *view) graph() *graph {
	g := &graph{index: map[nodeKey]*node{}, ends: map[ends]*edge{}, opened: map[*node]bool{}, closed: map[nodeKey]bool{}}
	for i := range v.report.Paths {
		p := &v.report.Paths[i]
		for j, s := range p.Steps {
			from := g.node(stepFrom(p, j), roleNode)
			if j == 0 {
				from.kind = strangerNode
			}
			to := nodeKey{p.Input, s.To}
			kind := roleNode
			if s.To == p.Key {
				kind = keyNode
			}
			g.connect(from, g.node(to, kind), s.Label, openEdge)
		}
	}
	for i := range v.report.Policies {
		g.policy(&v.report.Policies[i])
	}
	for k := range g.closed {
		if g.index[k] == nil {
			g.rest++
		}
	}
	g.trim()
	g.layers()
	for _, n := range g.nodes {
		n.caption = n.kind
		if in := v.input(n.input); in != "" {
			n.caption += " in " + clip(in, 30)
		}
	}
	return g
}

func (g *graph) node(k nodeKey, kind string) *node {
	n, ok := g.index[k]
	if !ok {
		n = &node{nodeKey: k, kind: kind}
		g.index[k] = n
		g.nodes = append(g.nodes, n)
	}
	return n
}

func (g *graph) connect(from, to *node, label, state string) {
	if from == to {
		return
	}
	k := ends{from, to, state}
	e, ok := g.ends[k]
	if !ok {
		e = &edge{from: from, to: to, state: state}
		g.ends[k] = e
		g.edges = append(g.edges, e)
	}
	if label != "" && !slices.Contains(e.labels, label) {
		e.labels = append(e.labels, label)
	}
	if from.kind == strangerNode && state == openEdge {
		g.opened[to] = true
	}
}

// policy adds who a key policy, a grant or a trust policy lets in from outside, where no path says it already.
func (g *graph) policy(p *finding.Policy) {
	kind := map[string]string{"key": keyNode, "grant": keyNode, "trust": roleNode}[p.Kind]
	if kind == "" || p.Kind == "grant" && p.Key == "" {
		return
	}
	k := nodeKey{p.Input, p.Address}
	if p.Key != "" {
		k.name = p.Key
	}
	who, state := outsider(p)
	if who.name == "" || kind == roleNode && state != openEdge {
		if kind == keyNode && p.Verdict != "invalid" {
			g.closed[k] = true
		}
		return
	}
	if state == openEdge && g.opened[g.index[k]] {
		return
	}
	from := strangerNode
	if state == namedEdge {
		from = outsideNode
	}
	label := ""
	for _, w := range []*finding.Witness{p.Witness, p.Named} {
		if w != nil && label == "" {
			label = w.Action
		}
	}
	g.connect(g.node(who, from), g.node(k, kind), label, state)
}

// outsider is whom a policy lets in from outside, "" if it is nobody.
func outsider(p *finding.Policy) (nodeKey, string) {
	const anybody = "any AWS account"
	switch {
	case p.Public == "yes" && p.Witness != nil && withToken(p.Witness):
		return nodeKey{-1, "anybody with a token of " + provider(p.Witness.Principal)}, openEdge
	case p.Public == "yes":
		return nodeKey{-1, anybody}, openEdge
	case p.Public == "unknown":
		return nodeKey{-1, anybody}, unknownEdge
	case p.Named == nil:
		return nodeKey{}, ""
	}
	name := p.Named.Principal
	switch p.Verdict {
	case "external", "external:org":
		if id := account(name); id != "" {
			name = "account " + id
		}
	case "network":
		name = "anybody in a named network"
	case "federated":
		name = "tokens of " + provider(name)
	case "service-open":
	default:
		return nodeKey{}, ""
	}
	return nodeKey{-1, name}, namedEdge
}

// trim leaves out the edges beyond the number that can be read, the open ones last, and the nodes without edges.
func (g *graph) trim() {
	order := map[string]int{openEdge: 0, unknownEdge: 1, namedEdge: 2}
	slices.SortStableFunc(g.edges, func(a, b *edge) int { return cmp.Compare(order[a.state], order[b.state]) })
	if n := len(g.edges); n > maxEdges {
		g.hidden = n - maxEdges
		g.edges = g.edges[:maxEdges]
	}
	used := map[*node]bool{}
	for _, e := range g.edges {
		used[e.from], used[e.to] = true, true
	}
	g.nodes = slices.DeleteFunc(g.nodes, func(n *node) bool { return !used[n] })
}

// layers places each node right of all that lead to it, keys at the right edge. A circle is broken where it closes.
func (g *graph) layers() {
	into := map[*node][]*node{}
	for _, e := range g.edges {
		into[e.to] = append(into[e.to], e.from)
	}
	done := map[*node]bool{}
	var visit func(n *node, above map[*node]bool) int
	visit = func(n *node, above map[*node]bool) int {
		if done[n] || above[n] {
			return n.layer
		}
		above[n] = true
		for _, from := range into[n] {
			if !above[from] {
				n.layer = max(n.layer, visit(from, above)+1)
			}
		}
		delete(above, n)
		done[n] = true
		return n.layer
	}
	last := 0
	for _, n := range g.nodes {
		last = max(last, visit(n, map[*node]bool{}))
	}
	for _, n := range g.nodes {
		if n.kind == keyNode {
			n.layer = last
		}
	}
}

// label is what an edge says, short enough to be drawn.
func (e *edge) label() string {
	var out []string
	for _, l := range e.labels {
		out = append(out, visible(l))
	}
	return clip(strings.Join(out, ", "), 32)
}
