// Package who finds who can use which key: the access of one or several plans, over key policies, identity policies,
// grants and roles together, as it will be and as it was.
//
// It asks pkg/access for every pair of a key and a principal that something connects, and for no other.
//
// It is no API: it may change in any version.
package who

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
)

// Input is what one input holds.
type Input struct {
	// Number is the input's place in the report.
	Number int
	Plan   *tf.Plan
	Set    *extract.Set
	// Subject has the own account and organization, and whom to trust.
	Subject access.Subject
	// Owners are the accounts and regions of the provider configurations; nil where all are those of Subject.
	Owners *check.Owners
	// Changes says that the input tells what was there before: a plan does.
	Changes bool
	// Locate makes a location of a range; hidden ones are shown without an excerpt.
	Locate func(at hcl.Range, hidden bool) *finding.Location
}

// Map is who may do what with which key.
type Map struct {
	// Rows are in the order of keys, callers and classes of actions.
	Rows []finding.Access
	// Keys are the keys of the inputs, in their order.
	Keys []Key
	// More says why the rows are not all, "" where they are.
	More string

	after, before *world
}

// Key names a key in the ways that people do.
type Key struct {
	Input            int
	Address, ARN, ID string
	Aliases          []string
}

// Of finds who may do what with the keys of all inputs: what holds after apply, and what the plans change. With only the
// changes it leaves what is kept alone, which is most of the work. It returns early, with less, when ctx ends.
func Of(ctx context.Context, inputs []Input, onlyChanges bool) *Map {
	inputs = slices.Clone(inputs)
	for i := range inputs {
		inputs[i].remember()
	}
	before := pasts(inputs)
	m := &Map{after: newWorld(inputs, before, false)}
	changes := slices.ContainsFunc(inputs, func(in Input) bool { return in.Changes })
	for _, k := range m.after.keys {
		m.Keys = append(m.Keys, k.name())
	}
	if !changes {
		if !onlyChanges {
			m.Rows = m.after.written(m.after.rows(ctx, nil), "")
		}
		m.More = m.after.more
		return m
	}
	m.before = newWorld(inputs, before, true)
	differ := differences(m.after, m.before)
	selected := differ
	if !onlyChanges || differ != nil && differ.beside {
		selected = nil
	}
	now := m.after.rows(ctx, selected)
	was := m.before.rows(ctx, differ)
	if differ != nil && selected == nil {
		was = append(was, m.before.alike(now, differ)...)
	}
	m.More = m.after.more
	m.Rows = compare(m.after, m.before, m.after.without(m.before, now), m.before.without(m.after, was), !onlyChanges)
	return m
}

// alike are the rows of another world that are the same in this one: those of keys and parties that do not differ.
func (w *world) alike(rows []*row, differ *selection) []*row {
	var out []*row
	for _, r := range rows {
		switch {
		case differ.keys[r.key.id()], differ.parties[r.who.Name], differ.parties[r.who.Address], !w.many && r.who.Name == openName:
		case r.role != nil && differ.parties[r.role.ARN]:
		default:
			out = append(out, r)
		}
	}
	return out
}

// without leaves out the rows of principals that policies name, and that only the other world has: they are not there.
func (w *world) without(other *world, rows []*row) []*row {
	return slices.DeleteFunc(rows, func(r *row) bool {
		return r.who.Address == "" && w.byARN[r.who.Name] == nil && other.byARN[r.who.Name] != nil && other.byARN[r.who.Name].address != ""
	})
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

// before is a plan as it was: what apply deletes is there, and what it creates is not.
func before(plan *tf.Plan) *tf.Plan {
	was := &tf.Plan{TerraformVersion: plan.TerraformVersion, Accounts: plan.Accounts, Read: plan.Read}
	for _, list := range [][]*tf.Resource{plan.Resources, plan.Gone} {
		for _, r := range list {
			if r.Before != cty.NilVal {
				was.Resources = append(was.Resources, &tf.Resource{Address: r.Address, Module: r.Module, Mode: r.Mode, Type: r.Type, Name: r.Name,
					Index: r.Index, Provider: r.Provider, Action: r.Action, After: r.Before})
			}
		}
	}
	return was
}

// row is what a caller may do with a key, before it is divided by class and change.
type row struct {
	key *key
	who finding.Who
	// named says that a document names the caller, and not the inputs' own resources; veil hides what documents must not tell.
	named bool
	veil  check.Veil
	// secretActions says that the actions must not be told.
	secretActions bool
	actions       []string
	conditions    []access.RowCondition
	via           string        // key-policy, account, grant, role
	role          *party        // the role that the caller becomes, for via role
	open          access.Public // whether strangers are among an identity provider's users, for via role
	anyone        bool          // nothing is known of the callers: it may be about any of them
	through       []step
	possible      bool
	dependsOn     []string
	witness       *evaluate.Request
}

// step is a document, or a statement of one, on the way.
type step struct {
	policy    *extract.Policy
	by        *tf.Resource
	statement int // -1 for the whole
}

// id tells whom a row is about, and with which key.
func (r *row) id() string {
	return r.key.id() + "\x00" + r.who.Kind + "\x00" + r.who.Address + "\x00" + r.who.Name
}

// terms tells rows of one caller apart that may do the same in other ways.
func (r *row) terms() string {
	var b strings.Builder
	for _, c := range r.conditions {
		b.WriteString(c.Operator + "\x01" + c.Key + "\x01" + strings.Join(c.Values, "\x02") + "\x03")
	}
	if r.possible {
		b.WriteString("possible")
	}
	return b.String()
}
