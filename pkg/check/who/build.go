package who

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

func newWorld(inputs []Input, pasts []past, was bool) *world {
	w := &world{byARN: map[string]*party{}, byAddress: map[managed]*party{}, named: map[string][]*party{}, referring: map[string][]*party{}, told: map[string]bool{}, refused: map[*extract.Policy]bool{}, trusts: map[*party][]entrance{}, groups: map[string][]ofGroup{}, managed: map[string][]ofPolicy{}}
	for i := range inputs {
		in := &inputs[i]
		s := &side{in: in, plan: in.Plan, set: in.Set, was: was && in.Changes}
		if in.Changes {
			if s.past = pasts[i].set; s.was {
				earlier := *in
				earlier.Owners = in.Owners.Earlier(pasts[i].set)
				in, s.in = &earlier, &earlier
				s.plan, s.set = pasts[i].plan, pasts[i].set
			}
		}
		s.subject = check.Known(s.plan, s.set, in.Subject, in.Owners)
		if in.Changes {
			other := pasts[i].plan
			if s.was {
				other = inputs[i].Plan
			}
			s.providers, s.otherProviders = s.providersOf(s.plan), s.providersOf(other)
		}
		s.doors = map[string][]extract.Door{}
		for _, d := range s.set.Doors {
			if d.Holder.Resource != nil {
				s.doors[d.Holder.Resource.Address] = append(s.doors[d.Holder.Resource.Address], d)
			}
		}
		s.managed = map[string]bool{}
		for _, k := range s.set.Keys {
			s.managed[k.Resource.Address] = true
		}
		w.sides = append(w.sides, s)
	}
	w.acquaint()
	for _, s := range w.sides {
		w.share(s)
		for _, p := range s.set.Policies {
			if !s.was && check.Refused(p) {
				w.refused[p] = true
			}
		}
	}
	for _, s := range w.sides {
		for _, h := range s.set.Holders {
			w.addParty(s, h)
		}
		for i := range s.set.PermissionSets {
			w.addPermissionSet(s, i)
		}
	}
	w.gather()
	for _, p := range w.parties {
		w.index(p)
		if at := (managed{p.side.in.Number, p.address}); p.address != "" && w.byAddress[at] == nil {
			w.byAddress[at] = p
		}
		if len(p.depends) > 0 && !w.many || p.assumesRoles() {
			w.assumers = append(w.assumers, p)
		}
	}
	for _, s := range w.sides {
		for _, k := range s.set.Keys {
			w.keys = append(w.keys, w.newKey(s, k))
		}
		w.strayPolicies(s)
	}
	w.strayKeys()
	return w
}

// acquaint tells each side of several what the others refer to.
func (w *world) acquaint() {
	if len(w.sides) < 2 {
		return
	}
	others, names := map[int]*access.Subject{}, map[string]string{}
	for _, s := range w.sides {
		one := s.subject
		others[s.in.Number] = &one
		maps.Copy(names, one.AccountNames)
	}
	for _, s := range w.sides {
		s.subject.Others, s.subject.AccountNames = others, names
	}
}

// pasts are the inputs as they were; nothing for those that do not tell.
func pasts(inputs []Input) []past {
	out := make([]past, len(inputs))
	for i, in := range inputs {
		if in.Changes {
			out[i].plan = extract.Before(in.Plan)
			out[i].set = extract.PoliciesBefore(out[i].plan, in.Set)
		}
	}
	return out
}

// remember puts what apply only forgets back: Terraform's state loses it, and AWS keeps it as it is.
func (in *Input) remember() {
	plan := *in.Plan
	plan.Gone = nil
	for _, r := range in.Plan.Gone {
		if r.Action != tf.Forget || r.Before == cty.NilVal {
			plan.Gone = append(plan.Gone, r)
			continue
		}
		one := *r
		one.After = r.Before
		plan.Resources = append(slices.Clip(plan.Resources), &one)
	}
	if len(plan.Resources) > len(in.Plan.Resources) {
		in.Plan, in.Set = &plan, extract.PoliciesBefore(&plan, in.Set)
	}
}

func (w *world) newKey(s *side, k *extract.Key) *key {
	out := &key{side: s, res: k.Resource, address: k.Resource.Address, policy: k.Policy}
	for _, g := range k.Grants {
		out.grants = append(out.grants, grant{g, s})
	}
	out.subject = check.KeySubject(s.in.Owners.Subject(s.subject, k.Resource), k.Resource, k.Resource.After, k.Resource.Address)
	policies := []*extract.Policy{k.Policy}
	if len(k.Separate) > 0 {
		// The last one written holds; the key's own argument is then what was there, unless it is written, too, or the other
		// may be for another key.
		sure := slices.ContainsFunc(k.Separate, func(p *extract.Policy) bool { return !p.Perhaps })
		if policies = k.Separate; !sure || written(k.Resource, "policy") && k.Policy.From != extract.FromDefault {
			policies = append([]*extract.Policy{k.Policy}, k.Separate...)
		}
	}
	for _, p := range policies {
		out.docs = append(out.docs, w.documents(s, p)...)
		if len(p.Docs) == 0 {
			out.depends = append(out.depends, dependsOn(p)...)
		}
	}
	for _, a := range s.set.Aliases {
		if a.Key == k {
			out.aliases = append(out.aliases, a.Name)
		}
	}
	return out
}

// documents are those that a key policy may be: where AWS refuses it, its Deny statements are perhaps not there.
func (w *world) documents(s *side, p *extract.Policy) []document {
	var out []document
	for _, d := range s.owned(p) {
		out = append(out, document{d, p})
		if without := check.Only(d, "Allow", nil); w.refused[p] && len(without.Statements) < len(d.Statements) {
			without.Text.DependsOn = append(slices.Clip(d.Text.DependsOn), taken(p))
			out = append(out, document{without, p})
		}
	}
	return out
}

// strayPolicies are the policies for keys that no input manages.
func (w *world) strayPolicies(s *side) {
	for _, p := range s.set.Policies {
		if p.Kind != iam.Key || p.Key != nil || p.Resource.Type != "aws_kms_key_policy" || len(p.MayBeFor) > 0 && !p.MayBeOther {
			continue
		}
		k := &key{side: s, address: p.Address, policy: p, subject: check.OutsideKey(s.of(p), p, p.Resource.After)}
		if id, ok := unknown.OpenString(p.Resource.After, "key_id"); ok {
			k.address = id
		}
		k.docs = w.documents(s, p)
		if len(p.Docs) == 0 {
			k.depends = dependsOn(p)
		}
		w.keys = append(w.keys, k)
	}
}

// strayKeys are the keys that identity policies and grants name by their ARN, and that no input has: what their policy says
// is not known, and decides.
func (w *world) strayKeys() {
	known := map[string]bool{}
	for _, k := range w.keys {
		known[k.subject.Resource], known[k.address] = true, true
	}
	for _, s := range w.sides {
		for _, arn := range s.destroyed() {
			known[arn] = true
		}
	}
	stray := map[string]*key{}
	add := func(s *side, arn string, told bool) *key {
		of, ok := aws.ParseARN(arn)
		if !ok || known[arn] || of.Service != "kms" || !strings.HasPrefix(of.Resource, "key/") || strings.ContainsAny(arn, "*?$") {
			return nil
		}
		k := stray[arn]
		if k == nil {
			shown := arn
			if !told {
				shown = check.Hidden
			}
			k = &key{side: s, address: shown, stray: true, depends: []string{"the policy of " + shown}, subject: check.KeySubject(s.subject, nil, cty.NilVal, shown)}
			k.subject.Resource, k.subject.Region, k.subject.Account = arn, of.Region, of.Account
			stray[arn] = k
		}
		return k
	}
	for _, arn := range slices.Sorted(maps.Keys(w.named)) {
		add(w.named[arn][0].side, arn, w.told[arn])
	}
	for _, s := range w.sides {
		for _, p := range s.set.Policies {
			if p.Kind == iam.Grant && p.Key == nil {
				id := p.Grant.Key
				if k := w.keyNamed(id.S); k != nil {
					one := *p
					one.Perhaps = false // its own input does not tell which key it is
					k.grants = append(k.grants, grant{&one, s})
				} else if k := add(s, id.S, !p.Sensitive && !id.SensitiveAt(0, len(id.S))); k != nil {
					k.grants = append(k.grants, grant{p, s})
				}
			}
		}
	}
	keys := slices.Collect(maps.Values(stray))
	slices.SortFunc(keys, func(a, b *key) int { // where a secret one stands must not tell it
		return cmp.Or(strings.Compare(a.address, b.address), strings.Compare(a.subject.Resource, b.subject.Resource))
	})
	w.keys = append(w.keys, keys...)
}

// destroyed are the ARNs of what the plan destroys: a policy that still names such a key opens nothing.
func (s *side) destroyed() []string {
	var out []string
	for _, list := range [][]*tf.Resource{s.plan.Resources, s.plan.Gone} {
		for _, r := range list {
			if arn, ok := unknown.String(r.Before, "arn"); ok && (r.Action == "" || r.Action == tf.Replace) {
				out = append(out, arn)
			}
		}
	}
	return out
}

// keyNamed is the key of some input that has the ARN or id, nil where none has it or several do.
func (w *world) keyNamed(id string) *key {
	var found *key
	for _, k := range w.keys {
		arn := k.subject.Resource
		if id == "" || k.res == nil || access.StandsIn(arn) || arn != id && !strings.HasSuffix(arn, ":key/"+id) {
			continue
		}
		if found != nil {
			return nil
		}
		found = k
	}
	return found
}
