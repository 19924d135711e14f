package check

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// Run judges every policy and runs every rule. A rule that fails on some policy is an error: it must not pass unseen.
// When ctx ends it returns early, with less than the whole output.
func Run(ctx context.Context, in Input, rules []*Rule) (Output, hcl.Diagnostics) {
	return Judge(ctx, in, rules).Run()
}

// Judged is an input whose policies are judged.
type Judged struct{ c *checker }

// Judge judges every policy of an input, for [Judged.Run].
func Judge(ctx context.Context, in Input, rules []*Rule) *Judged {
	in.Subject = Known(in.Plan, in.Set, in.Subject, in.Owners)
	c := &checker{ctx: ctx, in: in, rules: rules, functions: functions(), wording: wording(), memo: in.Memory, of: map[*extract.Policy]*judged{}}
	c.judgeAll()
	c.was = sync.OnceValue(c.before)
	return &Judged{c}
}

// Join makes inputs one map for the rules about roles that reach keys: a role of one and a key of another meet.
func Join(inputs []*Judged) {
	others, names := map[int]*access.Subject{}, map[string]string{}
	for _, j := range inputs {
		others[j.c.in.Number] = &j.c.in.Subject
		maps.Copy(names, j.c.in.Subject.AccountNames)
	}
	for _, j := range inputs {
		j.c.others, j.c.names = others, names
		for _, o := range inputs {
			if o != j {
				j.c.peers = append(j.c.peers, o.c)
			}
		}
	}
}

// Run runs every rule over the input.
func (j *Judged) Run() (Output, hcl.Diagnostics) {
	c := j.c
	if c.ctx.Err() != nil {
		return c.out, c.diags
	}
	c.out.Paths = c.direct()
	c.findReach()
	c.reachedBefore()
	for _, j := range c.judged {
		c.out.Policies = append(c.out.Policies, c.policy(j))
	}
	for _, n := range c.in.Set.NotJudged {
		c.out.NotJudged = append(c.out.NotJudged, finding.NotJudged{Input: c.in.Number, Address: n.Resource.Address, Type: n.Resource.WrittenType(), Why: n.Why})
	}
	c.runAll()
	c.out.About = c.abouts()
	return c.out, c.diags
}

// runAll runs the rules on all cores: those about policies, on one policy after the other; then those about keys.
func (c *checker) runAll() {
	about := map[iam.Kind][]*Rule{}
	for _, k := range []iam.Kind{iam.Key, iam.Trust, iam.Identity, iam.Grant} {
		about[k] = slices.DeleteFunc(slices.Clone(c.rules), func(r *Rule) bool { return !covers(r.Subject, k) })
	}
	c.collect(len(c.judged), func(w *checker, i int) {
		for _, r := range about[c.judged[i].policy.Kind] {
			w.policyRule(r, c.judged[i])
		}
	})
	ofResources := slices.DeleteFunc(slices.Clone(c.rules), func(r *Rule) bool { return r.Subject != "resource" })
	c.collect(len(c.in.Set.NotJudged), func(w *checker, i int) {
		for _, r := range ofResources {
			w.resourceRule(r, c.in.Set.NotJudged[i].Resource)
		}
	})
	ofKeys := slices.DeleteFunc(slices.Clone(c.rules), func(r *Rule) bool { return r.Subject != "key" })
	c.collect(len(c.in.Set.Keys), func(w *checker, i int) {
		for _, r := range ofKeys {
			w.resourceRule(r, c.in.Set.Keys[i].Resource)
		}
	})
}

func covers(subject string, k iam.Kind) bool {
	switch subject {
	case "policy":
		return true
	case "grant":
		return k == iam.Grant
	}
	return subject == string(k)+" policy"
}
