package report

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/finding"
)

// anyGraph is a report with any paths, circles and self-references included, and any policies.
func anyGraph(t *rapid.T) *finding.Report {
	name := rapid.SampledFrom([]string{"a", "b.c", "d", "e", "key.one", "key.two", `module.very["long name of an instance"].module.of.aws_kms_key.this`})
	r := &finding.Report{Inputs: []finding.Input{{Path: "x"}, {Path: "y"}}}
	for range rapid.IntRange(0, 12).Draw(t, "paths") {
		p := finding.Path{Input: rapid.IntRange(0, 1).Draw(t, "input")}
		from := "any AWS account"
		for range rapid.IntRange(1, 4).Draw(t, "steps") {
			to := name.Draw(t, "to")
			p.Steps = append(p.Steps, finding.Step{From: from, Label: "kms:Decrypt", To: to})
			from = to
		}
		p.Key = from
		r.Paths = append(r.Paths, p)
	}
	for range rapid.IntRange(0, 80).Draw(t, "policies") {
		r.Policies = append(r.Policies, finding.Policy{
			Address: fmt.Sprint("aws_kms_key.k", rapid.IntRange(0, 90).Draw(t, "n")),
			Kind:    rapid.SampledFrom([]string{"key", "trust", "identity"}).Draw(t, "kind"),
			Verdict: rapid.SampledFrom([]string{"public", "external", "internal", "network"}).Draw(t, "verdict"),
			Public:  rapid.SampledFrom([]string{"yes", "no", "unknown"}).Draw(t, "public"),
			Witness: &finding.Witness{Principal: "arn:aws:iam::222233334444:role/x", Action: "kms:Sign"},
			Named:   &finding.Witness{Principal: "arn:aws:iam::222233334444:role/x", Action: "kms:Sign"},
		})
	}
	return r
}

// TestLayout holds for any graph that nodes do not overlap, lie inside the picture, and stand right of what leads to them
// unless in a circle.
func TestLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := newView(anyGraph(t))
		g := v.graph()
		if len(g.edges) > maxEdges {
			t.Fatalf("%d edges", len(g.edges))
		}
		if len(g.edges) == 0 {
			return
		}
		w, h := g.layout()
		for i, a := range g.nodes {
			if a.x < 0 || a.y < 0 || a.x+a.w > w || a.y+a.h > h {
				t.Fatalf("%s at %d,%d (%d by %d) is outside of %d by %d", a.name, a.x, a.y, a.w, a.h, w, h)
			}
			for _, b := range g.nodes[:i] {
				if a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
					t.Fatalf("%s and %s overlap", a.name, b.name)
				}
			}
		}
		if v.picture() == nil {
			t.Fatal("there are edges and no picture")
		}
	})
}

// TestGraphShares holds that who comes from outside is one node, and what an input holds is its own.
func TestGraphShares(t *testing.T) {
	r := &finding.Report{Inputs: []finding.Input{{Path: "x"}, {Path: "y"}}}
	for i := range 2 {
		r.Paths = append(r.Paths, finding.Path{Input: i, Key: "aws_kms_key.k", Steps: []finding.Step{{From: "any AWS account", Label: "kms:Decrypt", To: "aws_kms_key.k"}}})
		r.Policies = append(r.Policies,
			finding.Policy{Input: i, Address: "aws_kms_key.k", Kind: "key", Verdict: "public", Public: "yes", Witness: &finding.Witness{Principal: "arn:aws:iam::999999999999:role/x", Action: "kms:Decrypt"}},
			finding.Policy{Input: i, Address: "aws_kms_key.shut", Kind: "key", Verdict: "internal", Public: "no"},
		)
	}
	g := newView(r).graph()
	if len(g.nodes) != 3 || len(g.edges) != 2 || g.rest != 2 {
		t.Errorf("%d nodes, %d edges, %d keys at rest; want 3, 2, 2", len(g.nodes), len(g.edges), g.rest)
	}
}

// TestGraphOfSeparatePolicies holds that a key is one node, whichever resource sets its policy.
func TestGraphOfSeparatePolicies(t *testing.T) {
	const key = "aws_kms_key.k"
	witness := &finding.Witness{Principal: "arn:aws:iam::999999999999:role/x", Action: "kms:Decrypt"}
	open := finding.Policy{Address: "aws_kms_key_policy.k", Kind: "key", Verdict: "public", Public: "yes", Witness: witness, Key: key}
	shut := finding.Policy{Address: key, Kind: "key", Verdict: "internal", Public: "no"}
	path := finding.Path{Key: key, Steps: []finding.Step{{From: "any AWS account", Label: "kms:Decrypt", To: key}}}
	g := newView(&finding.Report{Policies: []finding.Policy{shut, open}, Paths: []finding.Path{path}}).graph()
	if len(g.nodes) != 2 || len(g.edges) != 1 || g.rest != 0 {
		t.Errorf("open: %d nodes, %d edges, %d keys at rest; want 2, 1, 0", len(g.nodes), len(g.edges), g.rest)
	}
	open.Verdict, open.Public, open.Witness = "internal", "no", nil
	if g := newView(&finding.Report{Policies: []finding.Policy{shut, open}}).graph(); g.rest != 1 {
		t.Errorf("shut: %d keys at rest, want 1", g.rest)
	}
}

// TestGraphOfNamed holds that a key which a policy or a grant gives to somebody outside does not count as closed.
func TestGraphOfNamed(t *testing.T) {
	const key = "aws_kms_key.k"
	named := &finding.Witness{Principal: "arn:aws:iam::222233334444:role/x", Action: "kms:Decrypt"}
	for _, p := range []finding.Policy{
		{Address: key, Kind: "key", Verdict: "external", Public: "no", Named: named},
		{Address: "aws_kms_grant.g", Kind: "grant", Verdict: "external", Public: "no", Named: named, Key: key},
	} {
		g := newView(&finding.Report{Policies: []finding.Policy{{Address: key, Kind: "key", Verdict: "internal", Public: "no"}, p}}).graph()
		if len(g.edges) != 1 || g.edges[0].from.name != "account 222233334444" || g.edges[0].to.name != key || g.rest != 0 {
			t.Errorf("%s: %d edges, %d keys at rest", p.Address, len(g.edges), g.rest)
		}
	}
}

// TestAwaited holds that what a finding depends on is not said twice.
func TestAwaited(t *testing.T) {
	f := &finding.Finding{Message: "It depends on data.a.b.c and var.x.", DependsOn: []string{"data.a.b.c", "var.x"}}
	if got := awaited(f); got != nil {
		t.Errorf("%q is said again", got)
	}
	f.Message = "It depends on data.a.b.c."
	if got := awaited(f); len(got) != 2 {
		t.Errorf("got %q, want both", got)
	}
}

func TestWindow(t *testing.T) {
	v := newView(&finding.Report{Files: map[string][]byte{"f": []byte("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaMARKEDzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\n\t日本x\r\n" + strings.Repeat("x", 100000) + "abc" + strings.Repeat("y", 99997) + "\n")}})
	at := func(line, from, to int) *finding.Location {
		return &finding.Location{File: "f", Start: finding.Pos{Line: line, Column: from}, End: finding.Pos{Line: line, Column: to}}
	}
	for _, tt := range []struct {
		l    *finding.Location
		max  int
		want string
	}{
		{at(1, 31, 37), 200, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa[MARKED]zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"},
		{at(1, 31, 37), 16, "…aaaa[MARKED]zzzz…"},
		{at(1, 1, 67), 10, "[aaaaaaaa…]"},
		{at(1, 67, 67), 10, "…zzzzzzzz[]"},
		{at(3, 100001, 100004), 9, "…xx[abc]yy…"},
		{at(3, 1, 200001), 9, "[xxxxxxx…]"},
		{at(3, 200000, 200004), 9, "…yyyyyy[y]"},
		{at(2, 2, 4), 20, "    [日本]x"},
		{at(2, 90, 99), 20, "    日本x[]"},
	} {
		e := v.excerpt(tt.l, tt.max)
		if e == nil {
			t.Errorf("%v: no excerpt", tt.l)
			continue
		}
		l := e.lines[0]
		if got := l.before + "[" + l.marked + "]" + l.after; got != tt.want {
			t.Errorf("%v in %d columns: got %s, want %s", tt.l, tt.max, got, tt.want)
		}
	}
	for _, l := range []*finding.Location{nil, at(0, 1, 1), at(4, 1, 1), at(9, 1, 2), {File: "g", Start: finding.Pos{Line: 1}}} {
		if e := v.excerpt(l, 80); e != nil {
			t.Errorf("%v: %+v", l, e)
		}
	}
}

func TestSegments(t *testing.T) {
	for _, tt := range []struct{ s, name, want string }{
		{"any AWS account may call kms:Decrypt.", "", "any AWS account may call [kms:Decrypt]."},
		{"Use `Principal`, or (kms:Sign): e.g. a/b, 50%, don't - 7 days", "", "Use [Principal], or ([kms:Sign]): e.g. a/b, 50%, don't - 7 days"},
		{`x.y["a b"]: open; x.y["a b"]z is not`, `x.y["a b"]`, `[x.y["a b"]]: open; [x.y["a] [b"]z] is not`},
		{"@all #12 GH-12 0123456 www.a.b <i> --var 123456789012", "", "[@all] [#12] [GH-12] [0123456] [www.a.b] [<i>] [--var] [123456789012]"},
		{"a ` b\nc", "", "a [`] b c"},
		{"", "", ""},
	} {
		got := ""
		for _, seg := range segments(tt.s, tt.name) {
			if seg.code {
				got += "[" + seg.text + "]"
			} else {
				got += seg.text
			}
		}
		if got != tt.want {
			t.Errorf("%q\n got %s\nwant %s", tt.s, got, tt.want)
		}
	}
}
