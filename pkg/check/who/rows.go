package who

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
)

// The changes of access.
const (
	Gained  = "gained"
	Kept    = "kept"
	Changed = "changed"
	Lost    = "lost"
)

// compare tells what is gained, changed and lost, and what is kept where that is asked for.
func compare(after, before *world, now, was []*row, kept bool) []finding.Access {
	old, current := byID(was), byID(now)
	wideOld, wideNow := wide(was), wide(now)
	out := make([]finding.Access, 0, len(now))
	for _, r := range now {
		then := old[r.id()]
		if len(then) == 1 && !kept && slices.Equal(then[0].actions, r.actions) && then[0].terms() == r.terms() {
			continue
		}
		changes := changesOf(r, then, before.above(wideOld[r.key.id()], r.who))
		for _, c := range []string{Gained, Changed, Kept} {
			if len(changes[c]) > 0 && (kept || c != Kept) {
				one := *r
				one.actions = changes[c]
				out = append(out, after.written([]*row{&one}, c)...)
			}
		}
	}
	for _, r := range was {
		one, perhaps := *r, *r
		one.actions, perhaps.actions = nil, nil
		perhaps.possible, perhaps.dependsOn = true, slices.Clone(r.dependsOn)
		today, over := current[r.id()], after.above(wideNow[r.key.id()], r.who)
		for _, a := range r.actions {
			spans := func(o *row) bool { return o.spans(r, a) }
			switch maybe := slices.IndexFunc(over, spans); {
			case r.has(a, today, over):
			case maybe >= 0 && !after.lacks(r.who): // it is kept in some reading
				perhaps.actions = append(perhaps.actions, a)
				perhaps.dependsOn = append(perhaps.dependsOn, over[maybe].dependsOn...)
			default:
				one.actions = append(one.actions, a)
			}
		}
		for _, gone := range []*row{&one, &perhaps} {
			if len(gone.actions) > 0 {
				out = append(out, before.written([]*row{gone}, Lost)...)
			}
		}
	}
	order(out, after.places())
	return out
}

// lacks says that a role or user which an input manages at one time is not there at this one.
func (w *world) lacks(who finding.Who) bool {
	return who.Address != "" && w.byAddress[managed{who.Input, who.Address}] == nil && w.byARN[who.Name] == nil
}

// above are the wider rows that may speak for a caller, too. One that has rows of its own with every key that it may use is in
// none of them, since a Deny of its own may take away what they have; but in those that stand for a policy that is not known.
func (w *world) above(rows []*row, who finding.Who) []*row {
	p := w.byARN[who.Name]
	if p == nil && who.Address != "" {
		p = w.byAddress[managed{who.Input, who.Address}]
	}
	if p == nil || !w.small() || len(p.depends) > 0 && w.many {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r *row) bool { return !r.anyone })
}

// byID are rows by whom they are about, and with which key.
func byID(rows []*row) map[rowID][]*row {
	out := make(map[rowID][]*row, len(rows))
	for _, r := range rows {
		id := r.id()
		out[id] = append(out[id], r)
	}
	return out
}

// changesOf are the actions of a row by what became of them: old are the rows of its caller, over those that may speak for it, too.
func changesOf(r *row, old, over []*row) map[string][]string {
	out := map[string][]string{}
	for _, a := range r.actions {
		c := changeOf(r, old, a)
		if c == Gained && slices.ContainsFunc(over, func(o *row) bool { return o.covers(r, a) }) {
			c = Kept
		}
		out[c] = append(out[c], a)
	}
	return out
}

// has says whether the caller of a row has an action at another time: by a row of its own, or by one that speaks for it, too.
func (r *row) has(action string, own, over []*row) bool {
	return slices.ContainsFunc(own, func(o *row) bool { return slices.Contains(o.actions, action) }) || slices.ContainsFunc(over, func(o *row) bool { return o.covers(r, action) })
}

// changeOf says what became of an action of a row.
func changeOf(r *row, old []*row, action string) string {
	change := Gained
	for _, o := range old {
		if !slices.Contains(o.actions, action) {
			continue
		}
		if o.terms() == r.terms() {
			return Kept
		}
		change = Changed
	}
	return change
}

// written are rows for the report: one for each class of actions.
func (w *world) written(rows []*row, change string) []finding.Access {
	var out []finding.Access
	for _, r := range rows {
		by := map[aws.Class][]string{}
		for _, a := range r.actions {
			by[classOf(a)] = append(by[classOf(a)], a)
		}
		for _, class := range classes {
			actions := by[class]
			if len(actions) == 0 {
				continue
			}
			a := finding.Access{Input: r.key.side.in.Number, Key: r.key.address, Class: class.String(), Actions: r.veil.Actions(actions), Who: r.who, Conditions: []finding.Condition{},
				Via: r.via, Certainty: finding.Certain, Change: change, Witness: r.veil.Witness(witnessFor(r, actions))}
			if r.secretActions {
				a.Actions = []string{check.Hidden}
				if a.Witness != nil {
					a.Witness.Action = check.Hidden
				}
			}
			if r.named {
				if shown := r.veil.Name(a.Who.Name); shown != a.Who.Name {
					a.Who.Hidden, a.Who.Name = a.Who.Name, shown
				}
			}
			for _, c := range r.conditions {
				c = r.veil.Condition(c)
				a.Conditions = append(a.Conditions, finding.Condition{Operator: c.Operator, Key: c.Key, Values: c.Values})
			}
			if r.possible {
				a.Certainty, a.DependsOn, a.Witness = finding.Possible, check.Sorted(r.veil.Depends(r.dependsOn)), nil
			}
			for _, s := range r.through {
				a.Through = append(a.Through, w.place(r.key, s)...)
			}
			out = append(out, a)
		}
	}
	if change == "" {
		order(out, w.places())
	}
	return out
}

// doubted are rows of which those that lead through a policy which AWS refuses are possible at most.
func (w *world) doubted(rows []*row) []*row {
	for _, r := range rows {
		for _, s := range r.through {
			if !w.refused[s.policy] {
				continue
			}
			r.possible, r.witness = true, nil
			if on := taken(s.policy); !slices.Contains(r.dependsOn, on) {
				r.dependsOn = append(slices.Clone(r.dependsOn), on)
			}
		}
	}
	return rows
}

// taken is what decides whether a policy is there that AWS refuses.
func taken(p *extract.Policy) string {
	return "whether AWS takes " + p.Address + "." + p.Attribute + ", which is invalid"
}

// witnessFor is the witness with an action of the row: the rest of the request is the same for all of them.
func witnessFor(r *row, actions []string) *evaluate.Request {
	if r.witness == nil || slices.Contains(actions, r.witness.Action) {
		return r.witness
	}
	one := *r.witness
	one.Action = actions[0]
	return &one
}

var classes = []aws.Class{aws.Data, aws.Control, aws.Use, aws.Metadata}

func classOf(action string) aws.Class {
	if a, known := aws.KeyAction(action); known {
		return a.Class
	}
	return aws.Data // what is not known yet is taken for the worst
}

// place is a step of the way with its place.
func (w *world) place(k *key, s step) []finding.Through {
	var out []finding.Through
	if s.policy != nil {
		t := finding.Through{Address: s.policy.Address, Attribute: s.policy.Attribute}
		at, ok := s.policy.Range()
		secret := s.policy.Sensitive
		if d, st := s.at(); st != nil {
			t.Statement = &finding.Statement{Index: st.Index}
			switch {
			case s.policy.Sensitive || d.Text.SensitiveAt(st.Sid.Start, st.Sid.End):
				if st.Sid.S != "" {
					t.Statement.Sid = check.Hidden
				}
			case st.Sid.Known():
				t.Statement.Sid = st.Sid.S
			}
			if inside, found := d.Text.At(st.Start, st.End); found {
				at, ok, secret = inside, true, secret || d.Text.SensitiveAt(st.Start, st.End)
			}
		}
		if ok && k.side.in.Locate != nil {
			t.Location = k.side.in.Locate(at, secret)
		}
		out = append(out, t)
	}
	if s.by != nil && (s.policy == nil || s.by != s.policy.Resource) {
		t := finding.Through{Address: s.by.Address}
		if s.by.Source != nil && k.side.in.Locate != nil && s.by.Source.Block != (hcl.Range{}) {
			t.Location = k.side.in.Locate(s.by.Source.Block, false)
		}
		out = append(out, t)
	}
	return out
}

var kinds = []access.WhoKind{access.WhoStranger, access.WhoOrganization, access.WhoAccount, access.WhoRole, access.WhoUser, access.WhoPrincipal,
	access.WhoService, access.WhoProvider}

var changes = []string{Gained, Changed, Lost, Kept, ""}

// order puts rows in the order of keys, callers, classes and changes.
func order(rows []finding.Access, keys []managed) {
	place := map[managed]int{}
	for i, k := range keys {
		place[k] = i + 1
	}
	of := func(a *finding.Access) int {
		if at := place[managed{a.Input, a.Key}]; at > 0 {
			return at
		}
		return len(keys) + 1
	}
	slices.SortStableFunc(rows, func(a, b finding.Access) int {
		return cmp.Or(
			of(&a)-of(&b),
			strings.Compare(a.Key, b.Key),
			slices.Index(kinds, access.WhoKind(a.Who.Kind))-slices.Index(kinds, access.WhoKind(b.Who.Kind)),
			strings.Compare(a.Who.Address, b.Who.Address),
			strings.Compare(a.Who.Name, b.Who.Name),
			classIndex(a.Class)-classIndex(b.Class),
			slices.Index(changes, a.Change)-slices.Index(changes, b.Change),
			slices.Compare(a.Actions, b.Actions),
		)
	})
}

// places are the keys, in their order.
func (w *world) places() []managed {
	var out []managed
	for _, k := range w.keys {
		out = append(out, managed{k.side.in.Number, k.address})
	}
	return out
}

func classIndex(name string) int {
	return slices.IndexFunc(classes, func(c aws.Class) bool { return c.String() == name })
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
					found[i] = w.partiesRows(k, only)
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
	return w.doubted(append(out, w.throughRoles(ctx, out, nil)...))
}
