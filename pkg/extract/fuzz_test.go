package extract_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// FuzzPolicies takes policies out of plans in which anything may stand anywhere. Whatever it is, each attribute of the
// table gives a policy that says what it is or what it depends on.
func FuzzPolicies(f *testing.F) {
	for seed := range uint64(500) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := generator{rand.New(rand.NewPCG(seed, 7))}
		plan := g.plan()
		set, _ := extract.Policies(plan)
		for _, p := range set.Policies {
			if p.Kind != iam.Grant && len(p.Docs) == 0 && len(p.DependsOn) == 0 {
				t.Errorf("%s.%s is nothing and depends on nothing", p.Address, p.Attribute)
			}
			if (p.From == "") != (len(p.Docs) == 0) && p.Kind != iam.Grant {
				t.Errorf("%s.%s has %d documents from %q", p.Address, p.Attribute, len(p.Docs), p.From)
			}
			for _, d := range p.Docs {
				for _, part := range unknown.Parts(d.Text.S) {
					if part.Hole >= len(d.Text.Holes) {
						t.Errorf("%s.%s: there is no hole %d in %s", p.Address, p.Attribute, part.Hole, d.Text.S)
					}
				}
			}
		}
	})
}

type generator struct{ *rand.Rand }

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

func (g generator) plan() *tf.Plan {
	child := g.module()
	plan := &tf.Plan{Root: g.module(), TerraformVersion: pick(g, "", "1.11.4"), Variables: map[string]cty.Value{"v": g.value(2)}}
	plan.Root.Calls = map[string]*tf.ModuleCall{"m": {Args: map[string]tf.Expr{"v": g.expr(), "w": g.expr()}, Module: child}}
	if g.IntN(2) == 0 {
		e := g.expr()
		plan.Root.Calls["m"].ForEach = &e
	}
	if g.IntN(9) == 0 {
		child.Calls = plan.Root.Calls // a configuration has no such loop; a hand-made plan may
	}
	types := extract.Types()
	for i := range g.IntN(12) {
		typ, isData := strings.CutPrefix(types[g.IntN(len(types))], "data.")
		res := &tf.Resource{Mode: tf.Managed, Type: typ, Name: pick(g, "a", "b"), Index: pick(g, cty.NilVal, cty.StringVal("x"), cty.DynamicVal),
			Action: pick(g, "", tf.Create, tf.Update), Before: pick(g, cty.NilVal, g.object(3)), After: pick(g, cty.NilVal, cty.DynamicVal, g.object(3), g.object(3), g.object(3))}
		if isData {
			res.Mode = tf.Data
		}
		a := tf.Address{Mode: res.Mode, Type: typ, Name: res.Name, Key: res.Index}
		module := plan.Root
		if g.IntN(2) == 0 {
			a.Modules = []tf.ModuleStep{{Name: "m", Key: pick(g, cty.NilVal, cty.StringVal("x"), cty.StringVal("y"))}}
			module = child
		}
		res.Module, res.Address = a.Module(), a.String()
		if g.IntN(4) > 0 {
			c := g.config(3)
			res.Config, module.Resources[a.ConfigKey()] = &c, &c
		}
		if g.IntN(4) == 0 {
			res.Source = g.source()
		}
		if isData && i%2 == 0 {
			plan.Read = append(plan.Read, res)
		} else {
			plan.Resources = append(plan.Resources, res)
		}
	}
	return plan
}

func (g generator) module() *tf.ModuleConfig {
	return &tf.ModuleConfig{
		Variables: map[string]cty.Value{"v": g.value(1), "u": cty.NilVal}, Outputs: map[string]tf.Expr{"o": g.expr()}, Resources: map[string]*tf.Config{},
	}
}

var names = []string{
	"policy", "assume_role_policy", "inline_policy", "name", "key_id", "arn", "id", "role", "roles", "policy_arn", "managed_policy_arns", "json", "statement",
	"source_policy_documents", "override_policy_documents", "principals", "identifiers", "type", "condition", "values", "test", "resources", "grantee_principal", "operations",
}

func (g generator) config(depth int) tf.Config {
	c := tf.Config{Attrs: map[string]tf.Expr{}, Blocks: map[string][]tf.Config{}}
	for range g.IntN(4) {
		c.Attrs[pick(g, names...)] = g.expr()
	}
	if depth > 0 {
		for range g.IntN(3) {
			c.Blocks[pick(g, "statement", "inline_policy", "principals", "condition")] = []tf.Config{g.config(depth - 1), g.config(depth - 1)}[:1+g.IntN(2)]
		}
	}
	if g.IntN(3) == 0 {
		e := g.expr()
		c.ForEach = &e
	}
	return c
}

func (g generator) expr() tf.Expr {
	if g.IntN(4) == 0 {
		return tf.Expr{Constant: g.value(1)}
	}
	e := tf.Expr{Constant: cty.NilVal}
	for range g.IntN(4) {
		e.References = append(e.References, pick(g,
			"var.v", "var.w", "var.u", "each.value", "each.value.json", "each.key", "count.index", "local.l", "module.m.o", `module.m["x"].o`, "module.m",
			"data.aws_iam_policy_document.a.json", "data.aws_iam_policy_document.a", `data.aws_iam_policy_document.b["x"].json`, "aws_iam_role.a.arn",
			"aws_kms_key.a.id", "aws_iam_policy.a.arn", "]broken[", ""))
	}
	return e
}

func (g generator) source() *tf.Source {
	s := sourced(map[string]*tf.SourceAttr{})
	for range g.IntN(5) {
		s.Attrs[pick(g, "policy", "assume_role_policy", "inline_policy[0].policy", "inline_policy[1].name", "inline_policy[x", "role", "key_id")] = pick(g,
			texts(written(`{"Statement":[{"Sid":"s"}]}`)), texts(written("")), texts(holes("<r>", unknown.Symbol{Ref: "r", Of: "aws_iam_role.a"})),
			&tf.SourceAttr{Unknown: []unknown.Symbol{{Ref: "r"}}}, &tf.SourceAttr{MayBeNull: true})
	}
	return s
}

func (g generator) object(depth int) cty.Value {
	m := map[string]cty.Value{}
	for range g.IntN(9) {
		m[pick(g, names...)] = g.value(depth - 1)
	}
	return cty.ObjectVal(m)
}

func (g generator) value(depth int) cty.Value {
	var v cty.Value
	switch n := g.IntN(12); {
	case n < 3 && depth > 0:
		v = g.object(depth)
	case n < 5 && depth > 0:
		v = cty.TupleVal([]cty.Value{g.value(depth - 1), g.value(depth - 1)})
	case n == 5:
		v = cty.NumberIntVal(3)
	case n == 6:
		v = cty.NullVal(cty.DynamicPseudoType)
	case n < 9:
		v = pick(g, cty.DynamicVal, cty.UnknownVal(cty.String))
	default:
		v = cty.StringVal(pick(g, "", "x", "{}", `{"Statement":[{"Sid":"s","Effect":"Allow"}]}`, "arn:aws:iam::aws:policy/AdministratorAccess", fmt.Sprintf("n%d", g.IntN(3))))
	}
	if g.IntN(9) == 0 {
		v = v.Mark(unknown.Sensitive)
	}
	return v
}
