package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
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
	roleNode     = "role"    // a role, or several of which each lets in the one before
	keyNode      = "key"
)

// column is where nodes of a kind stand: who comes from outside, roles, keys.
func column(kind string) int {
	switch kind {
	case roleNode:
		return 1
	case keyNode:
		return 2
	}
	return 0
}

// The states of edges.
const (
	openEdge    = "open"    // a stranger may do it
	namedEdge   = "named"   // a named outsider may do it
	unknownEdge = "unknown" // depends on what is not known yet
)

type node struct {
	nodeKey
	kind string

	caption    string
	lines      []string
	x, y, w, h int
	in         int // edges that end here, drawn one above the other
}

type edge struct {
	from, to *node
	labels   []string
	state    string

	port int // which of the edges into to
	// via is the place between the roles where an edge from outside to a key passes them, nil for others.
	via *node
}

// graph is who may do what to whom.
type graph struct {
	nodes  []*node
	edges  []*edge
	index  map[placed]*node
	ends   map[ends]*edge
	opened map[*node]bool // by a stranger, directly
	rest   int            // keys that nobody from outside reaches
	closed map[nodeKey]bool
	hidden int // edges that are not drawn, because there are too many
}

// placed is a name in a column.
type placed struct {
	nodeKey
	column int
}

type ends struct {
	from, to *node
	state    string
}

// maxEdges is how many edges a picture shows: about what fits on a screen, with the findings below it.
const maxEdges = 24

// graph collects the paths, and what each policy says of outsiders.
func (v *view) graph() *graph {
	g := &graph{index: map[placed]*node{}, ends: map[ends]*edge{}, opened: map[*node]bool{}, closed: map[nodeKey]bool{}}
	for i := range v.report.Paths {
		g.path(&v.report.Paths[i])
	}
	for i := range v.report.Policies {
		g.policy(&v.report.Policies[i])
	}
	for k := range g.closed {
		if g.index[placed{k, column(keyNode)}] == nil {
			g.rest++
		}
	}
	g.trim()
	for _, n := range g.nodes {
		n.caption = n.kind
		if n.kind == roleNode && strings.Contains(n.name, then) {
			n.caption = "roles"
		}
		if in := v.input(n.input); in != "" {
			n.caption += " in " + clip(in, 30)
		}
	}
	return g
}

// then stands between roles of which the first lets in the second.
const then = " → "

// path adds a way from a stranger to a key: directly, or through roles, which are one node.
func (g *graph) path(p *finding.Path) {
	if len(p.Steps) == 0 {
		return
	}
	first, last := p.Steps[0], p.Steps[len(p.Steps)-1]
	stranger, key := g.node(stepFrom(p, 0), strangerNode), g.node(nodeKey{p.Input, last.To}, keyNode)
	if len(p.Steps) == 1 {
		g.connect(stranger, key, first.Label, openEdge)
		return
	}
	var roles []string
	for _, s := range p.Steps[1:] {
		roles = append(roles, s.From)
	}
	through := g.node(nodeKey{p.Input, strings.Join(roles, then)}, roleNode)
	g.connect(stranger, through, first.Label, openEdge)
	g.connect(through, key, last.Label, openEdge)
}

func (g *graph) node(k nodeKey, kind string) *node {
	at := placed{k, column(kind)}
	n, ok := g.index[at]
	if !ok {
		n = &node{nodeKey: k, kind: kind}
		g.index[at] = n
		g.nodes = append(g.nodes, n)
	}
	return n
}

func (g *graph) connect(from, to *node, label, state string) {
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
	if state == openEdge && g.opened[g.index[placed{k, column(kind)}]] {
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
		if id := aws.AccountOf(name); id != "" {
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

// label is what an edge says, short enough to be drawn.
func (e *edge) label() string {
	var out []string
	for _, l := range e.labels {
		out = append(out, visible(l))
	}
	return clip(strings.Join(out, ", "), 32)
}
