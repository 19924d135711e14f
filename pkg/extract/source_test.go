package extract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// written is a text in which every value in quotes comes from a line of its own: the n-th from line n.
func written(s string) unknown.Text {
	t := unknown.Text{S: s, Spans: []unknown.Span{{End: len(s), Range: at(0)}}}
	line := 0
	for i := 0; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		end := i + 1 + strings.IndexByte(s[i+1:], '"') + 1
		line++
		t.Spans = append(t.Spans, unknown.Span{Start: i, End: end, Range: at(line), Linear: true})
		i = end - 1
	}
	return t
}

func at(line int) hcl.Range {
	return hcl.Range{Filename: "main.tf", Start: hcl.Pos{Line: line, Column: 1}, End: hcl.Pos{Line: line, Column: 2}}
}

func holes(s string, symbols ...unknown.Symbol) unknown.Text {
	for i, u := range symbols {
		s = strings.ReplaceAll(s, "<"+u.Ref+">", unknown.Hole(i))
	}
	t := written(s)
	t.Holes = symbols
	return t
}

func sourced(attrs map[string]*tf.SourceAttr) *tf.Source {
	return &tf.Source{Block: at(100), Attrs: attrs}
}

func texts(t ...unknown.Text) *tf.SourceAttr { return &tf.SourceAttr{Range: at(50), Texts: t} }

func object(kv ...any) cty.Value {
	m := map[string]cty.Value{}
	for i := 0; i < len(kv); i += 2 {
		v, ok := kv[i+1].(cty.Value)
		if !ok {
			v = cty.StringVal(kv[i+1].(string))
		}
		m[kv[i].(string)] = v
	}
	return cty.ObjectVal(m)
}

func key(after cty.Value, config *tf.Config, source *tf.Source) *tf.Resource {
	return &tf.Resource{Address: "aws_kms_key.k", Mode: tf.Managed, Type: "aws_kms_key", Name: "k", Action: tf.Create, Index: cty.NilVal,
		Before: cty.NilVal, After: after, Config: config, Source: source}
}

// extracted takes the policies out of a plan of these resources.
func extracted(t *testing.T, resources ...*tf.Resource) *extract.Set {
	t.Helper()
	root := &tf.ModuleConfig{Resources: map[string]*tf.Config{}}
	for _, r := range resources {
		root.Resources[r.Type+"."+r.Name] = r.Config
	}
	set, diags := extract.Policies(&tf.Plan{TerraformVersion: "1.11.4", Resources: resources, Root: root})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return set
}

const statement = `{"Effect":"Allow","Principal":{"AWS":["*","arn:aws:iam::111122223333:root"]},"Action":["kms:Encrypt","kms:Decrypt"],"Resource":"*","Condition":{"StringEquals":{"aws:a":["x"]}}}`

// The provider sorts what it knows: places are found all the same.
func TestKnownPolicyHasPlaces(t *testing.T) {
	known := `{"Statement":[{"Action":"kms:*","Effect":"Deny","Principal":"*","Resource":"*"},` +
		`{"Action":["kms:Decrypt","kms:Encrypt"],"Condition":{"StringEquals":{"aws:a":"x"}},"Effect":"Allow","Principal":{"AWS":["111122223333","*"]},"Resource":"*"}],"Version":"2012-10-17"}`
	src := written(`{"Version":"2012-10-17","Statement":[` + statement + `]}`)
	set := extracted(t, key(object("policy", known), nil, sourced(map[string]*tf.SourceAttr{"policy": texts(written(`{"Statement":[]}`), src)})))
	p := set.Policies[0]
	if p.From != extract.FromPlan || len(p.Docs) != 1 || p.Docs[0].Text.S != known {
		t.Fatalf("got %s: %v", p.From, p.Docs)
	}
	d := p.Docs[0]
	line := func(start, end int) int {
		r, ok := d.Text.At(start, end)
		if !ok {
			return -1
		}
		return r.Start.Line
	}
	if got := line(d.Statements[0].Start, d.Statements[0].End); got != -1 {
		t.Errorf("a statement that the sources do not have is on line %d", got)
	}
	s := d.Statements[1]
	for name, c := range map[string][2]int{
		"decrypt":    {line(s.Action.Items[0].Start, s.Action.Items[0].End), lineOf(src, `"kms:Decrypt"`)},
		"encrypt":    {line(s.Action.Items[1].Start, s.Action.Items[1].End), lineOf(src, `"kms:Encrypt"`)},
		"the root":   {line(s.Principal.Entries[0].Values.Items[0].Start, 0), lineOf(src, `"arn:aws:iam::111122223333:root"`)},
		"everyone":   {line(s.Principal.Entries[0].Values.Items[1].Start, 0), lineOf(src, `"*"`)},
		"a value":    {line(s.Conditions[0].Values.Items[0].Start, 0), lineOf(src, `"x"`)},
		"the effect": {line(s.Effect.Start, 0), lineOf(src, `"Allow"`)},
		"statement":  {line(s.Start, 0), 0},
	} {
		if c[0] != c[1] {
			t.Errorf("%s is on line %d, want %d", name, c[0], c[1])
		}
	}
}

func lineOf(t unknown.Text, value string) int {
	r, _ := t.At(strings.Index(t.S, value), 0)
	return r.Start.Line
}

// A sensitive policy of which the sources say what is secret is not secret in the rest.
func TestSensitiveParts(t *testing.T) {
	known := `{"Statement":[` + statement + `]}`
	secret := cty.StringVal(known).Mark(unknown.Sensitive)
	src := written(known)
	x := strings.Index(src.S, `"x"`)
	src.Spans = append(src.Spans, unknown.Span{Start: x, End: x + 3, Range: at(7), Sensitive: true})
	other := written(strings.ReplaceAll(known, "Encrypt", "Sign"))
	for name, c := range map[string]struct {
		source *tf.Source
		all    bool
	}{
		"told by the sources":   {sourced(map[string]*tf.SourceAttr{"policy": texts(src)}), false},
		"not told":              {sourced(map[string]*tf.SourceAttr{"policy": texts(written(known))}), true},
		"without sources":       {nil, true},
		"with other sources":    {sourced(map[string]*tf.SourceAttr{"policy": texts(other)}), true},
		"with unknown contents": {sourced(map[string]*tf.SourceAttr{"policy": {Range: at(1)}}), true},
	} {
		p := extracted(t, key(object("policy", secret), nil, c.source)).Policies[0]
		s := p.Docs[0].Statements[0]
		v := s.Conditions[0].Values.Items[0]
		action := p.Docs[0].Text.SensitiveAt(s.Action.Start, s.Action.End)
		if p.Sensitive != c.all || action != c.all || !p.Docs[0].Text.SensitiveAt(v.Start, v.End) {
			t.Errorf("%s: sensitive %v, action %v", name, p.Sensitive, action)
		}
	}
}

func TestUnknownPolicy(t *testing.T) {
	role := unknown.Symbol{Ref: "aws_iam_role.r.arn", Kind: unknown.RoleARN, Of: "aws_iam_role.r"}
	late := holes(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"<aws_iam_role.r.arn>"}}]}`, role)
	refs := &tf.Config{Attrs: map[string]tf.Expr{"policy": {Constant: cty.NilVal, References: []string{"aws_iam_role.r.arn", "aws_iam_role.r", "local.x"}}}}
	constant := func(v cty.Value) *tf.Config { return &tf.Config{Attrs: map[string]tf.Expr{"policy": {Constant: v}}} }
	notYet := object("policy", cty.UnknownVal(cty.String))
	for name, c := range map[string]struct {
		res  *tf.Resource
		from extract.From
		docs int
		deps string
	}{
		"no argument":               {key(notYet, &tf.Config{}, nil), extract.FromDefault, 1, ""},
		"null":                      {key(notYet, constant(cty.NullVal(cty.String)), nil), extract.FromDefault, 1, ""},
		"an empty object":           {key(notYet, constant(cty.StringVal("{}")), nil), extract.FromPlan, 1, ""},
		"a function without values": {key(notYet, &tf.Config{Attrs: map[string]tf.Expr{"policy": {}}}, nil), "", 0, "aws_kms_key.k.policy"},
		"references":                {key(notYet, refs, nil), "", 0, "aws_iam_role.r.arn"},
		"no configuration":          {key(notYet, nil, nil), "", 0, "aws_kms_key.k.policy"},
		"sources":                   {key(notYet, refs, sourced(map[string]*tf.SourceAttr{"policy": texts(late)})), extract.FromSource, 1, ""},
		"sources that say nothing":  {key(notYet, refs, sourced(map[string]*tf.SourceAttr{"policy": {Unknown: []unknown.Symbol{{Ref: "data.x.y.body"}}}})), "", 0, "data.x.y.body"},
		"sources without it":        {key(notYet, refs, sourced(nil)), extract.FromDefault, 1, ""},
		"two outcomes": {key(notYet, refs, sourced(map[string]*tf.SourceAttr{"policy": texts(late, written("{}"))})),
			extract.FromSource, 2, ""},
		"perhaps null": {key(notYet, refs, sourced(map[string]*tf.SourceAttr{"policy": {Texts: []unknown.Text{late}, MayBeNull: true}})),
			extract.FromSource, 2, ""},
		"a state without one": {key(object("arn", "arn:aws:kms:eu-west-1:111122223333:key/x"), nil, nil), extract.FromDefault, 1, ""},
	} {
		p := extracted(t, c.res).Policies[0]
		if p.From != c.from || len(p.Docs) != c.docs || strings.Join(p.DependsOn, ",") != c.deps {
			t.Errorf("%s: from %q, %d documents, depends on %q", name, p.From, len(p.Docs), p.DependsOn)
		}
	}
}

func TestDefaultKeyPolicyNamesTheAccount(t *testing.T) {
	res := key(object("arn", "arn:aws:kms:eu-west-1:111122223333:key/x"), nil, nil)
	res.Before = object("policy", cty.NullVal(cty.String))
	p := extracted(t, res).Policies[0]
	if got := p.Docs[0].Statements[0].Principal.Entries[0].Values.Items[0].S; got != "111122223333" {
		t.Errorf("the principal is %q", got)
	}
	if p.Before == nil || p.Before.Text.Holes[0].Kind != unknown.OwnAccount {
		t.Errorf("before: %+v", p.Before)
	}
}

func TestSourcesAlone(t *testing.T) {
	res := key(object("policy", `{"Statement":[]}`), nil, sourced(map[string]*tf.SourceAttr{"policy": texts(written(`{"Statement":[]}`))}))
	res.Action = ""
	set, _ := extract.Policies(&tf.Plan{Resources: []*tf.Resource{res}})
	if p := set.Policies[0]; p.From != extract.FromSource || len(p.Docs) != 1 {
		t.Errorf("from %q, %d documents", p.From, len(p.Docs))
	}
	if r, ok := set.Policies[0].Range(); !ok || r != at(50) {
		t.Errorf("it is written at %v", r)
	}
}

// Blocks are a set in the plan and a list in the sources.
func TestInlinePolicies(t *testing.T) {
	block := func(name string, policy cty.Value) cty.Value { return object("name", name, "policy", policy) }
	role := &tf.Resource{
		Address: "aws_iam_role.r", Mode: tf.Managed, Type: "aws_iam_role", Name: "r", Action: tf.Update, Index: cty.NilVal,
		Before: object("inline_policy", cty.TupleVal([]cty.Value{block("b", cty.StringVal(`{"Id":"old"}`))}), "assume_role_policy", "{}"),
		After: object("name", "r", "assume_role_policy", "{}", "inline_policy", cty.TupleVal([]cty.Value{
			block("b", cty.UnknownVal(cty.String)), block("a", cty.StringVal(`{"Statement":[]}`)),
		})),
		Source: sourced(map[string]*tf.SourceAttr{
			"assume_role_policy":      texts(written("{}")),
			"inline_policy[0].name":   texts(written("a")),
			"inline_policy[0].policy": texts(written(`{"Statement":[]}`)),
			"inline_policy[1].name":   texts(written("b")),
			"inline_policy[1].policy": texts(holes(`{"Id":"<x>"}`, unknown.Symbol{Ref: "x"})),
		}),
	}
	set := extracted(t, role)
	if len(set.Policies) != 3 {
		t.Fatalf("got %d policies", len(set.Policies))
	}
	b, a := set.Policies[1], set.Policies[2]
	if b.Attribute != "inline_policy[0].policy" || b.From != extract.FromSource || b.Before == nil || b.Before.ID.S != "old" {
		t.Errorf("b: %+v", b)
	}
	if a.Attribute != "inline_policy[1].policy" || a.From != extract.FromPlan || a.Before != nil {
		t.Errorf("a: %+v", a)
	}
	if h := set.Holders[0]; !slices.Equal(h.Inline, []*extract.Policy{b, a}) || h.Trust != set.Policies[0] {
		t.Errorf("the role has %+v", h)
	}
}

// Without a plan's configuration the unknown values themselves say what they are attributes of.
func TestLinksBySources(t *testing.T) {
	of := func(address, attr string) cty.Value {
		return cty.UnknownVal(cty.String).Mark(unknown.Ref{Symbol: unknown.Symbol{Ref: address + "." + attr, Of: address}})
	}
	res := func(typ, name string, after cty.Value) *tf.Resource {
		return &tf.Resource{Address: typ + "." + name, Mode: tf.Managed, Type: typ, Name: name, Index: cty.NilVal, Before: cty.NilVal, After: after, Source: sourced(nil)}
	}
	plan := &tf.Plan{Resources: []*tf.Resource{
		res("aws_kms_key", "k", object()),
		res("aws_kms_alias", "a", object("name", "alias/a", "target_key_id", of("aws_kms_key.k", "key_id"))),
		res("aws_kms_key_policy", "p", object("key_id", of("aws_kms_key.k", "id"), "policy", "{}")),
		res("aws_kms_grant", "g", object("key_id", "alias/a", "grantee_principal", of("aws_iam_role.r", "arn"), "operations", cty.TupleVal([]cty.Value{cty.StringVal("Decrypt")}))),
		res("aws_kms_replica_key", "r", object("primary_key_arn", of("aws_kms_key.k", "arn"))),
		res("aws_iam_role", "r", object("assume_role_policy", "{}", "managed_policy_arns", cty.TupleVal([]cty.Value{of("aws_iam_policy.m", "arn")}))),
		res("aws_iam_policy", "m", object("policy", "{}")),
		res("aws_iam_role_policy", "i", object("role", of("aws_iam_role.r", "name"), "policy", "{}")),
		res("aws_iam_role_policy_attachment", "t", object("role", of("aws_iam_role.r", "name"), "policy_arn", "arn:aws-cn:iam::aws:policy/AdministratorAccess")),
		res("aws_iam_policy_attachment", "all", object("roles", cty.TupleVal([]cty.Value{cty.StringVal("elsewhere")}), "policy_arn", of("data.aws_iam_policy.x", "arn"))),
	}}
	set, diags := extract.Policies(plan)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	k := set.Keys[0]
	if len(k.Separate) != 1 || len(k.Grants) != 1 || set.Keys[1].Primary != k {
		t.Errorf("the key has %d policies and %d grants, and its replica %v", len(k.Separate), len(k.Grants), set.Keys[1].Primary)
	}
	r := set.Holders[0]
	if len(r.Inline) != 1 || len(r.Attached) != 2 || r.Attached[0].Policy == nil || r.Attached[1].AWS == nil {
		t.Errorf("the role has %+v", r)
	}
	e := set.Holders[1]
	if e.Name != "elsewhere" || e.Resource != nil || len(e.Attached) != 1 || !slices.Equal(e.Attached[0].DependsOn, []string{"data.aws_iam_policy.x.arn"}) {
		t.Errorf("the other role has %+v", e)
	}
}

// What the sources do not know may be what the plan knows.
func TestPlacesOfTextsWithHoles(t *testing.T) {
	known := `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/r"},"Action":"kms:Decrypt"}]}`
	for source, fits := range map[string]bool{
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"<r>"},"Action":["kms:Decrypt"]}}`:                         true,
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::<r>:role/r"},"Action":["kms:Decrypt"]}}`:     true,
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::<r>"},"Action":["kms:Decrypt"]}}`:            true,
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"<r>:role/r"},"Action":["kms:Decrypt"]}}`:                  true,
		`{"Statement":{"Effect":"Allow","Principal":<r>,"Action":["kms:Decrypt"]}}`:                                   true,
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::<r>:role/other"},"Action":["kms:Decrypt"]}}`: false,
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"<r>:user/r"},"Action":["kms:Decrypt"]}}`:                  false,
		`{"Statement":{"Effect":"<r>","Principal":{"AWS":"<r>"},"Action":["kms:Decrypt","kms:Encrypt"]}}`:             false,
		`{"Statement":{"Effect":"Allow","Principal":{"Service":"<r>"},"Action":["kms:Decrypt"]}}`:                     false,
		`{"Statement":[<r>]}`: false,
	} {
		src := holes(source, unknown.Symbol{Ref: "r"})
		p := extracted(t, key(object("policy", known), nil, sourced(map[string]*tf.SourceAttr{"policy": texts(src)}))).Policies[0]
		s := p.Docs[0].Statements[0]
		if _, ok := p.Docs[0].Text.At(s.Action.Start, s.Action.End); ok != fits {
			t.Errorf("%s: found %v, want %v", source, ok, fits)
		}
	}
}

func TestGrantPlaces(t *testing.T) {
	res := &tf.Resource{
		Address: "aws_kms_grant.g", Mode: tf.Managed, Type: "aws_kms_grant", Name: "g", Index: cty.NilVal,
		Before: object("grantee_principal", "old", "operations", cty.SetVal([]cty.Value{cty.StringVal("Sign")})),
		After: object("grantee_principal", "new", "key_id", cty.UnknownVal(cty.String), "operations", cty.TupleVal([]cty.Value{cty.StringVal("Sign"), cty.DynamicVal}),
			"constraints", cty.TupleVal([]cty.Value{object()})),
		Source: sourced(map[string]*tf.SourceAttr{"grantee_principal": texts(written("new")), "key_id": texts(holes("<k>", unknown.Symbol{Ref: "k", Kind: unknown.KeyID}))}),
	}
	g := extracted(t, res).Policies[0]
	if r, ok := g.Grant.Grantee.At(0, 1); !ok || r != at(0) {
		t.Errorf("the grantee is at %v", r)
	}
	if !g.Grant.MoreOperations || !g.Grant.Constrained || len(g.Grant.Key.Holes) != 1 || g.GrantBefore.Grantee.S != "old" || g.GrantBefore.MoreOperations {
		t.Errorf("got %+v, before %+v", g.Grant, g.GrantBefore)
	}
}

func TestWanted(t *testing.T) {
	for _, typ := range extract.Types() {
		mode := tf.Managed
		name, isData := strings.CutPrefix(typ, "data.")
		if isData {
			mode = tf.Data
		}
		if !extract.Wanted(mode, name) {
			t.Errorf("%s is a type, and not wanted", typ)
		}
	}
	if extract.Wanted(tf.Data, "aws_kms_grant") || extract.Wanted(tf.Managed, "aws_s3_bucket") || extract.Wanted("ephemeral", "aws_kms_key") {
		t.Error("more is wanted than the types")
	}
}
