package iam

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// object makes an object of names and values; obj and list take strings, values and one another.
func obj(kv ...any) cty.Value {
	m := map[string]cty.Value{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i].(string)] = value(kv[i+1])
	}
	return cty.ObjectVal(m)
}

func list(vs ...any) cty.Value {
	out := []cty.Value{}
	for _, v := range vs {
		out = append(out, value(v))
	}
	return cty.TupleVal(out)
}

func value(v any) cty.Value {
	if s, ok := v.(string); ok {
		return cty.StringVal(s)
	}
	return v.(cty.Value)
}

func late(ref string, kind unknown.Kind) cty.Value {
	return cty.DynamicVal.Mark(unknown.Ref{Symbol: unknown.Symbol{Ref: ref, Kind: kind}})
}

// readable puts names in the place of tokens and leaves out what is always the same.
func readable(t unknown.Text) string {
	var b strings.Builder
	for _, p := range unknown.Parts(t.S) {
		if p.Hole < 0 {
			b.WriteString(p.Text)
		} else {
			b.WriteString("<" + t.Holes[p.Hole].Ref + ">")
		}
	}
	var words []string
	for w := range strings.FieldsSeq(b.String()) {
		words = append(words, w)
	}
	s := strings.Join(words, " ")
	return strings.TrimSuffix(strings.TrimPrefix(s, `{ "Version": "2012-10-17", "Statement": [ `), ` ] }`)
}

func TestRenderUnknown(t *testing.T) {
	role := late("role", unknown.RoleARN)
	statement := func(kv ...any) cty.Value { return obj("statement", list(obj(kv...))) }
	for name, c := range map[string]struct {
		block cty.Value
		want  string
	}{
		"a leaf keeps its place": {
			statement("principals", list(obj("type", "AWS", "identifiers", list("*", role)))),
			`{ "Effect": "Allow", "Principal": { "AWS": [ "<role>", "*" ] } }`,
		},
		"the only leaf stands alone": {
			statement("resources", list(role)),
			`{ "Effect": "Allow", "Resource": "<role>" }`,
		},
		"a set of which nothing is known": {
			statement("actions", late("x", 0), "not_actions", cty.UnknownVal(cty.Set(cty.String))),
			`{ "Effect": "Allow", "Action": <x> }`,
		},
		"a set that may be null beside one that is written": {
			statement("actions", late("x", 0), "not_actions", list("a:b"), "resources", list("r"), "not_resources", late("y", 0)),
			`{ "Effect": "Allow", "NotAction": "a:b", "Resource": "r" }`,
		},
		"a list within a list of identifiers": {
			statement("principals", list(obj("type", "AWS", "identifiers", list("a")), obj("type", "AWS", "identifiers", late("x", 0)))),
			`{ "Effect": "Allow", "Principal": { "AWS": [ "a", <x> ] } }`,
		},
		"a block of principals": {
			statement("principals", list(obj("type", "AWS", "identifiers", list("a")), late("x", 0))),
			`{ "Effect": "Allow", "Principal": { "AWS": "a", "<x>": <x> } }`,
		},
		"what may be everyone": {
			statement("principals", list(obj("type", "*", "identifiers", list(role)))),
			`{ "Effect": "Allow", "Principal": <role> }`,
		},
		"a known start": {
			statement("resources", list(cty.UnknownVal(cty.String).Refine().StringPrefixFull("arn:aws:kms:").NewValue())),
			`{ "Effect": "Allow", "Resource": "arn:aws:kms:<>" }`,
		},
		"conditions that stay apart": {
			statement("condition", list(
				obj("test", "StringEquals", "variable", "aws:a", "values", list(role)),
				obj("test", "StringEquals", "variable", "aws:b", "values", late("x", 0)))),
			`{ "Effect": "Allow", "Condition": { "StringEquals": { "aws:a": "<role>", "aws:b": <x> } } }`,
		},
		"conditions that may become one": {
			statement("condition", list(
				obj("test", late("t", 0), "variable", "aws:a", "values", list("x")),
				obj("test", "StringEquals", "variable", "aws:a", "values", list("y")),
				obj("test", "StringEquals", "variable", "aws:b", "values", list("z")))),
			`{ "Effect": "Allow", "Condition": { "StringEquals": { "aws:b": "z" }, "<t>": <t> } }`,
		},
		"a condition with an unknown test alone": {
			statement("condition", list(
				obj("test", late("t", 0), "variable", "aws:a", "values", list("x")),
				obj("test", "StringEquals", "variable", "aws:b", "values", list("z")))),
			`{ "Effect": "Allow", "Condition": { "StringEquals": { "aws:b": "z" }, "<t>": { "aws:a": "x" } } }`,
		},
		"a source document beside a statement": {
			obj("source_policy_documents", list(late("x", 0)), "statement", list(obj("sid", "A"))),
			`{ "Version": "2012-10-17", "Id": <x>, "Statement": [ <x>, { "Sid": "A", "Effect": "Allow" }`,
		},
		"an override document hides what has a sid": {
			obj("override_policy_documents", late("x", 0), "statement", list(obj("sid", "A"), obj("effect", "Deny"))),
			`{ "Version": "2012-10-17", "Id": <x>, "Statement": [ <x>, { "Effect": "Deny" }, <x>`,
		},
		"an unknown sid may replace": {
			obj("source_policy_documents", list(`{"Statement":[{"Sid":"A"},{"Effect":"Deny"}]}`), "statement", list(obj("sid", late("s", 0)))),
			`<s>, { "Effect": "Deny" }, { "Sid": "<s>", "Effect": "Allow" }`,
		},
		"what is lost on the way": {
			obj("source_policy_documents", list(`{"Statement":[{"Principal":"arn:aws:iam::111122223333:root","Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":5}}}]}`)),
			`{ "Principal": "*" }`,
		},
		"several references": {
			statement("sid", cty.DynamicVal.Mark(unknown.Ref{Symbol: unknown.Symbol{Ref: "b", Kind: unknown.RoleARN}}).Mark(unknown.Ref{Symbol: unknown.Symbol{Ref: "a"}})),
			`{ "Sid": "<a, b>", "Effect": "Allow" }`,
		},
		"nothing at all": {late("x", 0), `<x>`},
	} {
		got, diags := RenderDocument(c.block, new(unknown.Holes))
		if diags.HasErrors() || readable(got) != c.want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, diags, readable(got), c.want)
		}
	}
}

// Tokens in a source document are numbered by the caller, and lose their kind where the provider rewrites the value.
func TestRenderSourceTokens(t *testing.T) {
	var holes unknown.Holes
	holes.Add(unknown.Symbol{Ref: "other"})
	role := holes.Add(unknown.Symbol{Ref: "role", Kind: unknown.RoleARN})
	src := `{"Statement":[{"Principal":` + role + `,"Resource":"` + role + `","Condition":{"StringEquals":{"aws:a":` + role + `,"aws:b":"x"}}}]}`
	got, diags := RenderDocument(obj("source_policy_documents", list(src)), &holes)
	want := `{ "Resource": "<role>", "Principal": <role>, "Condition": { "StringEquals": { "aws:b": "x" }, "<role>": <role> } }`
	if diags.HasErrors() || readable(got) != want {
		t.Errorf("%v\ngot  %s\nwant %s", diags, readable(got), want)
	}
	kinds := []unknown.Symbol{{Ref: "role", Kind: unknown.RoleARN}, {Ref: "role"}}
	if diff := cmp.Diff(kinds, got.Holes); diff != "" {
		t.Error(diff)
	}
}

func rng(line int) hcl.Range {
	return hcl.Range{Filename: "main.tf", Start: hcl.Pos{Line: line, Column: 1, Byte: 100 * line}, End: hcl.Pos{Line: line, Column: 9, Byte: 100*line + 8}}
}

func TestRenderPlaces(t *testing.T) {
	at := func(v cty.Value, line int) cty.Value { return v.Mark(unknown.Origin{Range: rng(line)}) }
	src := `{"Statement":[{"Sid":"S","Action":"a<b"}]}`
	srcSpans := []unknown.Span{{Start: 0, End: len(src), Range: rng(20)}, {Start: 33, End: 38, Range: rng(21)}}
	secret := cty.StringVal("hidden").Mark(unknown.Sensitive)
	block := obj(
		"source_policy_documents", list(cty.StringVal(src).Mark(unknown.Built{S: src, Spans: &srcSpans})),
		"statement", list(at(obj(
			"sid", secret,
			"actions", cty.SetVal([]cty.Value{cty.StringVal("x"), cty.StringVal("y")}).Mark(unknown.Origin{Range: rng(3)}).Mark(unknown.Origin{Range: rng(5)}),
			"resources", list(at(cty.StringVal("r1"), 7), "r2"),
			"principals", list(at(obj("type", "AWS", "identifiers", list(at(cty.StringVal("*"), 11))), 10)),
			"condition", list(at(obj("test", "StringEquals", "variable", "aws:a", "values", list(at(cty.StringVal("v"), 14))), 13)),
		), 2)),
	)
	text, diags := RenderDocument(block, new(unknown.Holes))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	d := Parse(text)
	line := func(start, end int) int {
		r, _ := text.At(start, end)
		return r.Start.Line
	}
	source, own := d.Statements[0], d.Statements[1]
	for _, c := range []struct {
		name      string
		got, want int
	}{
		{"source statement", line(source.Start, source.End), 20},
		{"source action", line(source.Action.Items[0].Start, source.Action.Items[0].End), 21},
		{"statement", line(own.Start, own.End), 2},
		{"sid", line(own.Sid.Start, own.Sid.End), 2},
		{"action of a set", line(own.Action.Items[0].Start, own.Action.Items[0].End), 3},
		{"resource r2", line(own.Resource.Items[0].Start, own.Resource.Items[0].End), 2},
		{"resource r1", line(own.Resource.Items[1].Start, own.Resource.Items[1].End), 7},
		{"principal", line(own.Principal.Start, own.Principal.End), 10},
		{"identifier", line(own.Principal.Entries[0].Values.Start, own.Principal.Entries[0].Values.End), 11},
		{"condition", line(own.Conditions[0].Start, own.Conditions[0].End), 13},
		{"condition value", line(own.Conditions[0].Values.Start, own.Conditions[0].Values.End), 14},
	} {
		if c.got != c.want {
			t.Errorf("%s: line %d, want %d", c.name, c.got, c.want)
		}
	}
	if !text.SensitiveAt(own.Sid.Start, own.Sid.End) {
		t.Error("the sid is not sensitive")
	}
	if text.SensitiveAt(own.Action.Start, own.Action.End) || text.SensitiveAt(source.Start, source.End) {
		t.Error("more than the sid is sensitive")
	}
}

// The parts of a string that was put together keep their places, byte by byte where escaping leaves them alone.
func TestRenderPlacesOfParts(t *testing.T) {
	spans := []unknown.Span{{Start: 0, End: 4, Range: rng(4), Linear: true}, {Start: 4, End: 8, Range: rng(5), Linear: true}}
	v := cty.StringVal("<ab>&{x}").Mark(unknown.Built{S: "<ab>&{x}", Spans: &spans})
	text, diags := RenderDocument(obj("statement", list(obj("resources", list(v)))), new(unknown.Holes))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	first, second := strings.Index(text.S, `\u003cab`), strings.Index(text.S, "${x}")
	if first < 0 || second < 0 {
		t.Fatal(text.S)
	}
	if r, _ := text.At(first, first+1); r != rng(4) {
		t.Errorf("an escaped part is at %v", r)
	}
	if r, _ := text.At(second+1, second+2); r.Start.Line != 5 || r.Start.Byte != rng(5).Start.Byte+1 {
		t.Errorf("the second byte of a part is at %v", r)
	}
	if r, _ := text.At(first-1, first); r.Start.Line != 4 || r.End.Line != 5 {
		t.Errorf("the whole is at %v", r)
	}
}

func TestRenderFailures(t *testing.T) {
	for name, c := range map[string]struct {
		block cty.Value
		want  string
	}{
		"a sid twice":     {obj("statement", list(obj("sid", "A"), obj("sid", "A"))), `repeats the sid "A"`},
		"a secret sid":    {obj("statement", list(obj("sid", "A"), obj("sid", cty.StringVal("A").Mark(unknown.Sensitive)))), `repeats the sid (sensitive)`},
		"an old version":  {obj("version", "2008-10-17", "statement", list(obj("resources", list("&{x}")))), `"&{x}" holds &{`},
		"one statement":   {obj("source_policy_documents", list(`{"Statement":{}}`)), "Statement is an object where a list is needed"},
		"not JSON":        {obj("override_policy_documents", list(`{`)), "override document 0: it is not valid JSON"},
		"a wrong type":    {obj("statement", "x"), "a list is needed"},
		"a wrong element": {obj("statement", list(obj("actions", list(list())))), "a string is needed"},
	} {
		text, diags := RenderDocument(c.block, new(unknown.Holes))
		if !diags.HasErrors() || !strings.Contains(diags.Error(), c.want) || text.S != "" {
			t.Errorf("%s: got %v and %q, want %q", name, diags, text.S, c.want)
		}
	}
}

// FuzzRenderAnything gives values of any type in any place: there is a document or a diagnostic.
func FuzzRenderAnything(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		text, diags := RenderDocument(anything(rand.New(rand.NewPCG(seed, 5)), 0), new(unknown.Holes))
		if diags.HasErrors() {
			return
		}
		if d := Parse(text); !d.Opaque && d.Text.S != "" && len(d.Problems) > 0 && d.Problems[0].Syntax {
			t.Errorf("%v\n%s", d.Problems, text.S)
		}
		for _, p := range unknown.Parts(text.S) {
			if p.Hole >= len(text.Holes) {
				t.Errorf("there is no hole %d\n%s", p.Hole, text.S)
			}
		}
	})
}

var documentNames = []string{
	"version", "policy_id", "statement", "source_policy_documents", "override_policy_documents", "source_json", "override_json", "sid", "effect", "actions",
	"resources", "principals", "not_principals", "condition", "type", "identifiers", "test", "variable", "values",
}

func anything(rnd *rand.Rand, depth int) cty.Value {
	var v cty.Value
	switch n := rnd.IntN(14); {
	case n < 5 && depth < 6:
		m := map[string]cty.Value{}
		for range rnd.IntN(8) {
			m[pick(rnd, documentNames...)] = anything(rnd, depth+1)
		}
		v = cty.ObjectVal(m)
	case n < 9 && depth < 6:
		var vs []cty.Value
		for range rnd.IntN(4) {
			vs = append(vs, anything(rnd, depth+1))
		}
		v = cty.TupleVal(vs)
	case n == 9:
		v = pick(rnd, cty.DynamicVal, cty.UnknownVal(cty.String), cty.UnknownVal(cty.List(cty.String)))
	case n == 10:
		v = pick(rnd, cty.NullVal(cty.String), cty.NullVal(cty.DynamicPseudoType), cty.NumberIntVal(3), cty.True)
	case n == 11:
		v = pick(rnd, cty.SetValEmpty(cty.String), cty.SetVal([]cty.Value{cty.StringVal("b"), cty.UnknownVal(cty.String)}), cty.MapValEmpty(cty.String))
	default:
		v = cty.StringVal(pick(rnd, "x", "*", "", "&{x}", "{}", `{"Statement":[{"Sid":"x"}]}`, unknown.Hole(7), `{"Statement":`+unknown.Hole(1)+`}`))
	}
	switch rnd.IntN(8) {
	case 0:
		v = v.Mark(unknown.Sensitive)
	case 1:
		v = v.Mark(unknown.Origin{Range: rng(rnd.IntN(9))})
	case 2:
		v = v.Mark(unknown.Ref{Symbol: unknown.Symbol{Ref: "r"}})
	}
	return v
}
