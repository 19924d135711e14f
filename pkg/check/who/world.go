package who

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// world is everything that all inputs know of keys and principals, after apply or before.
type world struct {
	sides   []*side
	keys    []*key
	parties []*party
	byARN   map[string]*party
	// byAddress are the first ones of their addresses.
	byAddress map[string]*party
	// assumers are those with a policy that is about assuming roles, or may be.
	assumers []*party
	// wide are the parties with a policy that speaks of keys by more than their ARN.
	wide []*party
	// named are the parties with a policy that names a key by its ARN, told the ARNs that one of them has in the open.
	named map[string][]*party
	// referring are those whose policies name a key of the plan by a reference, by the key's address.
	referring map[string][]*party
	told      map[string]bool
	more      string
	// many says that parties whose policies are not known are one caller, openDepends what decides those policies.
	many        bool
	openDepends []string
	// trusts are the ways into roles.
	trusts map[*party][]entrance
}

// side is one input, after apply or before.
type side struct {
	in      *Input
	plan    *tf.Plan
	set     *extract.Set
	subject access.Subject
	// past are the resources that gave something to a role before apply, for lists that a refresh mirrors.
	past *extract.Set
	was  bool
	// doors are the resources that give a role to somebody, by the address of the role.
	doors map[string][]extract.Door
	// managed are the addresses of the keys that the input manages.
	managed map[string]bool
}

// key is a key with the documents that decide about it.
type key struct {
	side    *side
	res     *tf.Resource // nil for a key that no input manages
	address string
	subject access.Subject
	docs    []document
	depends []string // what decides the policy where nothing of it is known
	grants  []grant
	aliases []string
	policy  *extract.Policy
	// stray says that no input has the key: policies name it.
	stray bool
}

// grant is a grant with the input that has it.
type grant struct {
	*extract.Policy
	side *side
}

type document struct {
	doc    *iam.Document
	policy *extract.Policy
}

// past is an input as it was before apply.
type past struct {
	plan *tf.Plan
	set  *extract.Set
}

// pasts are the inputs as they were; nothing for those that do not tell.
func pasts(inputs []Input) []past {
	out := make([]past, len(inputs))
	for i, in := range inputs {
		if in.Changes {
			out[i].plan = before(in.Plan)
			out[i].set = extract.PoliciesBefore(out[i].plan, in.Set)
		}
	}
	return out
}

func newWorld(inputs []Input, pasts []past, was bool) *world {
	w := &world{byARN: map[string]*party{}, byAddress: map[string]*party{}, named: map[string][]*party{}, referring: map[string][]*party{}, told: map[string]bool{}, trusts: map[*party][]entrance{}}
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
		s.doors = map[string][]extract.Door{}
		for _, d := range s.set.Doors {
			if d.Holder.Resource != nil {
				s.doors[d.Holder.Resource.Address] = append(s.doors[d.Holder.Resource.Address], d)
			}
		}
		s.managed = map[string]bool{}
		for _, k := range s.set.Keys {
			if k.Resource != nil {
				s.managed[k.Resource.Address] = true
			}
		}
		w.sides = append(w.sides, s)
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
		if p.address != "" && w.byAddress[p.address] == nil {
			w.byAddress[p.address] = p
		}
		if w.mayAssume(p) {
			w.assumers = append(w.assumers, p)
		}
	}
	for _, s := range w.sides {
		for _, k := range s.set.Keys {
			w.keys = append(w.keys, s.newKey(k))
		}
		w.strayPolicies(s)
	}
	w.strayKeys()
	return w
}

// owned are the documents of a policy, which say whose their unknown values are.
func (s *side) owned(p *extract.Policy) []*iam.Document {
	return s.in.Owners.Owned(p.Docs, p.Resource, s.set)
}

// of is the subject of what belongs to the resource's provider configuration.
func (s *side) of(p *extract.Policy) access.Subject {
	return s.in.Owners.Subject(s.subject, p.Resource)
}

func (s *side) newKey(k *extract.Key) *key {
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
		for _, d := range s.owned(p) {
			out.docs = append(out.docs, document{d, p})
		}
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
		for _, d := range s.owned(p) {
			k.docs = append(k.docs, document{d, p})
		}
		if len(p.Docs) == 0 {
			k.depends = dependsOn(p)
		}
		w.keys = append(w.keys, k)
	}
}

func dependsOn(p *extract.Policy) []string {
	if len(p.DependsOn) > 0 {
		return p.DependsOn
	}
	return []string{p.Address + "." + p.Attribute}
}

// id tells keys apart: those whose names must not be shown have one address.
func (k *key) id() string {
	if k.stray {
		return k.subject.Resource
	}
	return k.address
}

func (k *key) name() Key {
	out := Key{Input: k.side.in.Number, Address: k.address, Aliases: k.aliases}
	if arn := k.subject.ShownResource(); arn != "*" {
		out.ARN = arn
		out.ID = arn[strings.LastIndex(arn, "/")+1:]
	}
	return out
}

// written says whether the configuration writes an argument or block of a resource; without a configuration that a value
// is there is all that tells.
func written(res *tf.Resource, name string) bool {
	switch {
	case res.Config != nil:
		_, attr := res.Config.Attrs[name]
		return attr || len(res.Config.Blocks[name]) > 0
	case res.Source != nil:
		for path := range res.Source.Attrs {
			if path == name || strings.HasPrefix(path, name+"[") || strings.HasPrefix(path, name+".") {
				return true
			}
		}
		return false
	}
	return true
}

// rows are the rows of all keys, not yet divided. With a selection they are those that may differ from another world's.
func (w *world) rows(ctx context.Context, only *selection) []*row {
	found := make([][]*row, len(w.keys))
	more := make([]string, len(w.keys))
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(w.keys)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(w.keys) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				k := w.keys[i]
				if only == nil || only.keys[k.id()] {
					found[i], more[i] = w.keyRows(k, w.near(k))
				} else if len(only.parties) > 0 {
					found[i] = w.partiesRows(k, only.of(w.near(k)))
				}
			}
		})
	}
	group.Wait()
	var out []*row
	for i := range found {
		out = append(out, found[i]...)
		if more[i] != "" {
			w.more = more[i]
		}
	}
	return append(out, w.throughRoles(ctx, out, nil)...)
}

// manyParties is how many roles and users have rows of their own with a key that lets in everybody, or everybody of an
// account. In larger inputs only those do that something else connects with the key, so that the rows do not grow with
// the product of keys and callers.
const manyParties = 256

// near are the parties that may have something to do with a key: those whom its policy may let in, and those with policies
// that speak of it.
func (w *world) near(k *key) []*party {
	if k.stray {
		return slices.Clone(w.named[k.subject.Resource])
	}
	everyone, accounts := false, map[string]bool{}
	seen := map[*party]bool{}
	var out []*party
	add := func(p *party) {
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	for _, d := range k.docs {
		if d.doc.Opaque || unknown.HasHole(d.doc.Text.S) {
			everyone = true
		}
		for _, p := range w.referred(d.doc) {
			add(p)
		}
		for i := range d.doc.Statements {
			s := &d.doc.Statements[i]
			if s.Effect.S == "Deny" {
				continue
			}
			if s.Principal == nil || s.Principal.Text.Set {
				everyone = true
				continue
			}
			for _, e := range s.Principal.Entries {
				for _, v := range e.Values.Items {
					switch p := w.byARN[v.S]; {
					case e.Type.S == "Service" || e.Type.S == "Federated":
					case p != nil:
						add(p)
					case strings.ContainsAny(v.S, "*?") || strings.Contains(v.S, ":assumed-role/"):
						everyone = true
					default:
						if a := aws.AccountOf(v.S); a != "" {
							accounts[a] = true
						} else if aws.IsAccountID(v.S) {
							accounts[v.S] = true
						}
					}
				}
			}
		}
	}
	for _, p := range w.parties {
		if p.open != nil && slices.ContainsFunc(k.docs, func(d document) bool { return w.namesUnknown(d.doc) }) {
			add(p)
		}
	}
	switch {
	case everyone && len(w.parties) <= manyParties:
		for _, p := range w.parties {
			add(p)
		}
	case everyone, len(accounts) > 0: // a row of everybody is theirs, too
		for _, list := range [][]*party{w.named[k.subject.Resource], w.referring[k.address], w.wide} {
			for _, p := range list {
				add(p)
			}
		}
	}
	slices.SortFunc(out, func(a, b *party) int { return a.at - b.at })
	return out
}
