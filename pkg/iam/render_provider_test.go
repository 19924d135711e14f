package iam

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// The AWS provider itself says what it renders: -record asks it, with terraform on PATH. Its answers are kept, so that
// the test needs neither.
var record = flag.Int("record", 0, "ask the AWS provider, found by terraform, to render that many documents anew")

const recorded = "testdata/provider.jsonl.gz"

// providerCase is a block and what the provider renders it into; "" where it fails.
type providerCase struct {
	Block json.RawMessage `json:"block"`
	JSON  string          `json:"json"`
}

func TestRenderAsProvider(t *testing.T) {
	if *record > 0 {
		recordProvider(t, *record)
	}
	f, err := os.Open(recorded)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	n, refused := 0, 0
	for lines.Scan() {
		var c providerCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		n++
		got, diags := RenderDocument(fromJSON(t, c.Block), new(unknown.Holes))
		switch {
		case c.JSON == "":
			refused++
			if !diags.HasErrors() {
				t.Errorf("the provider refuses this, but it was rendered:\n%s\n%s", c.Block, got.S)
			}
		case diags.HasErrors():
			t.Errorf("the provider renders this, but it was refused: %v\n%s", diags, c.Block)
		case got.S != c.JSON:
			t.Errorf("block:\n%s\ngot:\n%s\nthe provider:\n%s", c.Block, got.S, c.JSON)
		}
	}
	if n < 300 || refused < 10 {
		t.Errorf("only %d cases, %d of them refused", n, refused)
	}
}

func fromJSON(t testing.TB, raw []byte) cty.Value {
	t.Helper()
	typ, err := ctyjson.ImpliedType(raw)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ctyjson.Unmarshal(raw, typ)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// recordProvider writes random blocks into a configuration and keeps what the provider makes of them. Those that it may
// refuse are asked for one by one: one that fails can take others with it.
func recordProvider(t *testing.T, n int) {
	p := newProvider(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	random := map[string]any{}
	var names []string
	for i := range n {
		name := fmt.Sprintf("d%d", i)
		names = append(names, name)
		random[name] = randomBlock(rnd)
	}
	out, err := os.Create(recorded)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	z := gzip.NewWriter(out)
	defer z.Close()
	keep := func(block any, answer string) {
		raw, err := json.Marshal(block)
		if err == nil {
			err = json.NewEncoder(z).Encode(providerCase{raw, answer})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	answers := p.render(random)
	for _, name := range names {
		if answers[name] == "" {
			t.Fatalf("the provider did not render %s", name)
		}
		keep(random[name], answers[name])
	}
	for _, b := range handmadeBlocks() {
		keep(b, p.render(map[string]any{"x": b})["x"])
	}
}

// provider is the AWS provider in a directory of its own.
type provider struct {
	t   *testing.T
	dir string
}

func newProvider(t *testing.T) provider {
	p := provider{t, t.TempDir()}
	p.write(nil)
	p.run(append([]string{"init", "-no-color"}, strings.Fields(os.Getenv("KEYPROOF_TEST_INIT"))...)...)
	return p
}

func (p provider) write(documents map[string]any) {
	config := map[string]any{
		"terraform": map[string]any{"required_providers": map[string]any{"aws": map[string]any{"source": "hashicorp/aws"}}},
		"provider": map[string]any{"aws": map[string]any{
			"region": "eu-west-1", "access_key": "x", "secret_key": "x",
			"skip_credentials_validation": true, "skip_requesting_account_id": true, "skip_metadata_api_check": "true",
		}},
	}
	if len(documents) > 0 {
		config["data"] = map[string]any{"aws_iam_policy_document": escapeTemplates(documents)}
	}
	raw, err := json.Marshal(config)
	if err == nil {
		err = os.WriteFile(filepath.Join(p.dir, "main.tf.json"), raw, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p provider) run(args ...string) ([]byte, bool) {
	cmd := exec.Command("terraform", args...)
	cmd.Dir = p.dir
	out, err := cmd.Output()
	if err != nil {
		p.t.Logf("terraform %s: %v", args[0], err)
	}
	return out, err == nil
}

// render returns the json of each document; none at all if one of them fails.
func (p provider) render(documents map[string]any) map[string]string {
	p.write(documents)
	if _, ok := p.run("plan", "-no-color", "-out=plan"); !ok {
		return nil
	}
	var shown struct {
		PriorState struct {
			Values struct {
				Root struct {
					Resources []struct {
						Name   string
						Values struct{ JSON string }
					}
				} `json:"root_module"`
			}
		} `json:"prior_state"`
	}
	out, _ := p.run("show", "-json", "plan")
	if err := json.Unmarshal(out, &shown); err != nil {
		p.t.Fatal(err)
	}
	answers := map[string]string{}
	for _, r := range shown.PriorState.Values.Root.Resources {
		answers[r.Name] = r.Values.JSON
	}
	return answers
}

// escapeTemplates escapes what Terraform's JSON syntax would evaluate.
func escapeTemplates(v any) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "${", "$${")
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = escapeTemplates(e)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = escapeTemplates(e)
		}
		return out
	}
	return v
}

func pick[T any](rnd *rand.Rand, from ...T) T { return from[rnd.IntN(len(from))] }

func some(rnd *rand.Rand, least, most int, one func() any) []any {
	out := []any{}
	for range least + rnd.IntN(most-least+1) {
		out = append(out, one())
	}
	return out
}

func randomBlock(rnd *rand.Rand) map[string]any {
	b := map[string]any{}
	if rnd.IntN(3) == 0 {
		b["version"] = "2012-10-17"
	}
	if rnd.IntN(4) == 0 {
		b["policy_id"] = pick(rnd, "id", "", "a<b>&c")
	}
	sids := rnd.Perm(8)
	b["statement"] = some(rnd, 0, 3, func() any {
		s := map[string]any{}
		if rnd.IntN(2) == 0 {
			s["sid"] = fmt.Sprintf("S%d", sids[0])
			sids = sids[1:]
		}
		if rnd.IntN(2) == 0 {
			s["effect"] = pick(rnd, "Allow", "Deny")
		}
		word := func() any {
			return pick(rnd, "kms:Decrypt", "kms:*", "*", "s3:Get<Object>", "&{x}", "z\"q\\", "ümläut", "a\nb", "kms:Encrypt")
		}
		for _, name := range []string{"actions", "not_actions", "resources", "not_resources"} {
			if rnd.IntN(2) == 0 {
				s[name] = some(rnd, 0, 4, word)
			}
		}
		ids := func() any {
			return pick(rnd, "*", "arn:aws:iam::111122223333:root", "111122223333", "ec2.amazonaws.com", "&{u}", "a", "b", "c")
		}
		for _, name := range []string{"principals", "not_principals"} {
			if rnd.IntN(2) == 0 {
				s[name] = some(rnd, 0, 4, func() any {
					return map[string]any{"type": pick(rnd, "AWS", "AWS", "*", "Service"), "identifiers": some(rnd, 0, 3, ids)}
				})
			}
		}
		s["condition"] = some(rnd, 0, 5, func() any {
			return map[string]any{
				"test": pick(rnd, "StringEquals", "ArnLike"), "variable": pick(rnd, "aws:PrincipalArn", "aws:SourceArn"),
				"values": some(rnd, 0, 3, func() any { return pick(rnd, "", "x", "y", "&{aws:username}", "<>", "\u2028") }),
			}
		})
		return s
	})
	if rnd.IntN(2) == 0 {
		sids := rnd.Perm(8)
		b["source_policy_documents"] = some(rnd, 0, 2, func() any { return randomSource(rnd, &sids) })
	}
	if rnd.IntN(2) == 0 {
		sids := append(rnd.Perm(8), rnd.Perm(8)...)
		b["override_policy_documents"] = some(rnd, 0, 2, func() any { return randomSource(rnd, &sids) })
	}
	return b
}

func randomSource(rnd *rand.Rand, sids *[]int) any {
	d := map[string]any{}
	if rnd.IntN(2) == 0 {
		d[pick(rnd, "Version", "version")] = pick(rnd, "2012-10-17", "2008-10-17", "2020-01-01")
	}
	if rnd.IntN(3) == 0 {
		d["Id"] = pick(rnd, "source", "")
	}
	d[pick(rnd, "Statement", "Statement", "statement")] = some(rnd, 0, 3, func() any {
		s := map[string]any{"Effect": pick(rnd, "Allow", "Deny", "allow", ""), "Extra": 1}
		if rnd.IntN(2) == 0 {
			s["Sid"] = fmt.Sprintf("S%d", (*sids)[0])
			*sids = (*sids)[1:]
		}
		word := func() any { return pick[any](rnd, "kms:Decrypt", "kms:*", "<x>", "b", "a") }
		odd := func() any {
			return pick[any](rnd, 1, 1.5e30, true, nil, []any{"b", 1, nil, "a"}, map[string]any{"z": 1, "a": "x"}, "", []any{})
		}
		for _, name := range []string{"Action", "NotAction", "Resource", "NotResource"} {
			switch rnd.IntN(8) {
			case 0, 1:
				s[name] = word()
			case 2, 3:
				s[name] = some(rnd, 0, 3, word)
			case 4:
				s[name] = odd()
			}
		}
		for _, name := range []string{"Principal", "NotPrincipal", "principal"} {
			switch rnd.IntN(6) {
			case 0:
				s[name] = pick(rnd, "*", "arn:aws:iam::111122223333:root", "")
			case 1, 2:
				m := map[string]any{}
				for range rnd.IntN(3) {
					m[pick(rnd, "AWS", "Service", "*")] = pick[any](rnd, "*", "x", []any{"*"}, []any{"b", "c", "a"}, []any{})
				}
				s[name] = m
			}
			if name == "NotPrincipal" && s["Principal"] != nil {
				break
			}
		}
		if rnd.IntN(2) == 0 {
			c := map[string]any{}
			for range rnd.IntN(3) {
				keys := map[string]any{}
				for range rnd.IntN(3) {
					keys[pick(rnd, "aws:a", "aws:b", "aws:c")] = pick[any](rnd, "v", "", true, false, 1, nil, []any{"y", "x"}, []any{"x"}, []any{}, map[string]any{})
				}
				c[pick(rnd, "StringEquals", "Bool", "Null")] = keys
			}
			s["Condition"] = c
		}
		return s
	})
	raw, err := json.Marshal(d)
	if err != nil {
		panic(err) // plain maps and lists always marshal
	}
	return string(raw)
}

// handmadeBlocks are those that the provider may refuse.
func handmadeBlocks() []map[string]any {
	var out []map[string]any
	for _, s := range []string{
		`{"statement":[{"sid":"A"},{"sid":"A"}]}`,
		`{"statement":[{"sid":""},{"sid":""}]}`,
		`{"version":"2008-10-17","statement":[{"resources":["&{x}"]}]}`,
		`{"version":"2008-10-17","statement":[{"not_resources":["&{x}"]}]}`,
		`{"version":"2008-10-17","statement":[{"actions":["&{x}"]}]}`,
		`{"version":"2008-10-17","statement":[{"principals":[{"type":"AWS","identifiers":["&{x}"]}]}]}`,
		`{"version":"2008-10-17","statement":[{"condition":[{"test":"A","variable":"b","values":["x","&{x}"]}]}]}`,
		`{"version":"2008-10-17","statement":[{"condition":[{"test":"&{A}","variable":"&{b}","values":["x"]}]}]}`,
		`{"version":"2008-10-17","source_policy_documents":["{\"Version\":\"2012-10-17\"}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Sid\":\"A\"}]}","{\"Statement\":[{\"Sid\":\"A\"}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Sid\":\"A\"},{\"Sid\":\"A\"}]}"]}`,
		`{"override_policy_documents":["{\"Statement\":[{\"Sid\":\"A\",\"Effect\":\"Deny\"},{\"Sid\":\"A\"}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":{\"Sid\":\"A\"}}"]}`,
		`{"source_policy_documents":["{\"Statement\":null}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Principal\":null}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Principal\":[\"*\"]}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Principal\":{\"AWS\":1}}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Principal\":{\"AWS\":null}}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Condition\":null}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Condition\":\"x\"}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Condition\":{\"A\":null}}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Condition\":{\"A\":[]}}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Sid\":1}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Sid\":null,\"Effect\":null}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Sid\":\"A\",\"Sid\":null}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Action\":\"a\",\"Action\":null}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Action\":\"a\",\"action\":[\"b\"]}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Principal\":{\"AWS\":\"a\",\"AWS\":\"b\"}}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Condition\":{\"A\":{\"x\":\"1\"},\"A\":{\"y\":\"2\"}}}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Condition\":{\"A\":{\"x\":\"1\",\"x\":2}}}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Condition\":{\"A\":{\"x\":\"1\"}},\"Condition\":{\"B\":{\"x\":2}}}]}"]}`,
		`{"source_policy_documents":["{\"Statement\":[{\"Principal\":{},\"NotPrincipal\":{}}]}"]}`,
		`{"source_policy_documents":["{\"Version\":2012}"]}`,
		`{"source_policy_documents":["{\"Version\":null,\"Id\":null}"]}`,
		`{"source_policy_documents":["[]"]}`,
		`{"source_policy_documents":["null"]}`,
		`{"source_policy_documents":["\"x\""]}`,
		`{"source_policy_documents":["{"]}`,
		`{"source_policy_documents":[]}`,
		`{"source_policy_documents":["{}",null]}`,
		`{"source_policy_documents":["{}",""]}`,
		`{"statement":[{"actions":["a",null]}]}`,
		`{"statement":[{"actions":["a",""]}]}`,
		`{"statement":[{"actions":[""]}]}`,
		`{"statement":[{"condition":[{"test":"A","variable":"b","values":["x",null]}]}]}`,
		`{"statement":[{"condition":[{"test":"A","variable":"b","values":[""]}]}]}`,
		`{"statement":[{"principals":[{"type":"AWS","identifiers":[]},{"type":"AWS","identifiers":[]}]}]}`,
		`{"statement":[{"principals":[{"type":"*","identifiers":["*"]},{"type":"*","identifiers":["*"]}]}]}`,
		`{"statement":[{"principals":[{"type":"*","identifiers":["*"]},{"type":"AWS","identifiers":["*"]}]}]}`,
		`{"statement":[{"principals":[{"type":"","identifiers":["*"]}]}]}`,
		`{"statement":[{}]}`,
		`{"statement":[]}`,
		`{}`,
	} {
		var b map[string]any
		if err := json.Unmarshal([]byte(s), &b); err != nil {
			panic(err)
		}
		out = append(out, b)
	}
	return out
}
