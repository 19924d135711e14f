package access_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// requestsWanted is how many requests the search tries: KEYPROOF_REQUESTS, or a number for a few seconds.
func requestsWanted(t testing.TB) int {
	if s := os.Getenv("KEYPROOF_REQUESTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("KEYPROOF_REQUESTS is a number, not %q", s)
		}
		return n
	}
	return 200_000
}

// widest orders the verdicts.
var widest = map[access.Verdict]int{access.Everyone: 0, access.ServiceOpen: 1, access.External: 2, access.ExternalOrg: 3, access.Network: 4,
	access.Federated: 5, access.Service: 6, access.Internal: 7, access.None: 8}

// tally counts what a search has seen.
type tally struct {
	undecided                    int // how many documents in a hundred may be undecided, 10 where it is 0
	documents, requests, allowed int
	verdicts                     map[string]int
}

func (c *tally) add(r access.Result) {
	if c.verdicts == nil {
		c.verdicts = map[string]int{}
	}
	c.documents++
	c.verdicts[string(r.Verdict)+"/"+string(r.Public)]++
}

// report checks that the search has met what it is for: few unknown answers, and enough of every other one.
func (c *tally) report(t *testing.T) {
	t.Logf("%d documents, %d requests (%d allowed): %v", c.documents, c.requests, c.allowed, c.verdicts)
	if n := c.verdicts["unknown/unknown"]; n*100 > max(c.undecided, 10)*c.documents {
		t.Errorf("%d of %d documents are undecided", n, c.documents)
	}
}

// repeat runs a property until its share of the requests was tried: halves, thirds and sixths of the searches make one.
func (c *tally) repeat(t *testing.T, share int, property func(*rapid.T)) {
	round := uint64(0)
	for want := requestsWanted(t) / share; c.requests < want && !t.Failed(); round++ {
		before := c.documents
		if err := seed(round); err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, property)
		if c.documents == before {
			break
		}
	}
	c.report(t)
}

// searchAll tries requests of every audience against the document, and fails where one of a wider audience than the
// verdict is let in.
func searchAll(t *rapid.T, c *tally, doc *iam.Document, s access.Subject, r access.Result, universes []universe) {
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 7))
	for i := range universes {
		u := &universes[i]
		if skips(r, u.verdict) {
			continue
		}
		try := func(req *evaluate.Request) {
			c.requests++
			if evaluate.Decide(doc, req) != evaluate.Allowed {
				return
			}
			c.allowed++
			if u.verdict == access.Everyone && req.Action != "sts:AssumeRoleWithWebIdentity" {
				if problems := strangerProblems(doc, s, req); len(problems) > 0 {
					t.Fatalf("the search took %s for a stranger's: %v", show(req), problems)
				}
			}
			t.Fatalf("the verdict is %s (public %s), but this request of the audience %s is allowed: %s\n%s", r.Verdict, r.Public, u.verdict, show(req), doc.Text.S)
		}
		u.each(random, 100, try)
		for j := range doc.Statements {
			if doc.Statements[j].Effect.S == "Allow" {
				u.fit(doc, &doc.Statements[j]).each(random, 300, try)
			}
		}
	}
}

// skips says whether the verdict does not rule the audience out.
func skips(r access.Result, audience access.Verdict) bool {
	if audience == access.Everyone || r.Verdict == access.Invalid || r.Verdict == access.Unknown {
		return audience != access.Everyone || r.Public != access.No
	}
	return widest[r.Verdict] <= widest[audience]
}

// TestKeyPolicies holds the analysis of key policies against a search over the requests that the document's own values
// make.
func TestKeyPolicies(t *testing.T) {
	var c tally
	c.repeat(t, 2, func(t *rapid.T) {
		p := genKeyPolicy(t)
		doc := iam.Parse(unknown.Known(p.json(rapid.Bool().Draw(t, "single"))))
		s := own(p.kind)
		r := access.Analyze(doc, s)
		c.add(r)
		checkResult(t, doc, s, r)
		searchAll(t, &c, doc, s, r, audiences(doc, s))
	})
}
