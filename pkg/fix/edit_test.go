package fix

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

const principal = `"Principal":{"AWS":"*"}`

// on makes steps on a JSON document.
func on(t *testing.T, text string, terms terms, steps ...step) string {
	t.Helper()
	doc := iam.Parse(unknown.Known(text))
	out, ok := edited(doc, steps, terms)
	if !ok {
		return "refused"
	}
	if again := iam.Parse(out); iam.Refused(again.Problems) {
		t.Errorf("%s is no document: %v", out.S, again.Problems)
	}
	return out.S
}

func TestStepsKeepTheStyleOfADocument(t *testing.T) {
	account := step{kind: addConditions, conditions: []condition{{"StringEquals", "aws:PrincipalAccount", []string{"111122223333"}}}}
	for name, tt := range map[string]struct {
		text string
		step step
		want string
	}{
		"compact": {`{"Statement":[{"Effect":"Allow",` + principal + `,"Action":"kms:*","Resource":"*"}]}`, account,
			`{"Statement":[{"Effect":"Allow",` + principal + `,"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}}]}`},
		"spaced": {`{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]}`, account,
			`{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": { "StringEquals": { "aws:PrincipalAccount": "111122223333" } }}]}`},
		"lines": {"{\"Statement\": [{\n\t\"Effect\": \"Allow\",\n\t\"Principal\": \"*\",\n\t\"Action\": \"kms:*\",\n\t\"Resource\": \"*\"\n}]}", account,
			"{\"Statement\": [{\n\t\"Effect\": \"Allow\",\n\t\"Principal\": \"*\",\n\t\"Action\": \"kms:*\",\n\t\"Resource\": \"*\",\n\t\"Condition\": {\n\t\t\"StringEquals\": {\n\t\t\t\"aws:PrincipalAccount\": \"111122223333\"\n\t\t}\n\t}\n}]}"},
		"operator with two keys": {`{"Statement":[{"Effect":"Allow",` + principal + `,"Action":"kms:*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalOrgID":"o-*","kms:ViaService":"s3.*"}}}]}`,
			step{kind: setCondition, operator: "StringLike", key: "aws:PrincipalOrgID", conditions: []condition{{"StringEquals", "aws:PrincipalOrgID", []string{"o-a1b2c3d4e5"}}}},
			`{"Statement":[{"Effect":"Allow",` + principal + `,"Action":"kms:*","Resource":"*","Condition":{"StringLike":{"kms:ViaService":"s3.*"},"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}]}`},
		"one statement": {`{"Statement":{"Effect":"Allow",` + principal + `,"Action":"kms:*","Resource":"*"}}`,
			step{kind: addStatement, val: object(entry{"Effect", str("Deny")}, entry{"Principal", str("*")}, entry{"Action", str("kms:*")}, entry{"Resource", str("*")})},
			`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"},{"Effect":"Allow",` + principal + `,"Action":"kms:*","Resource":"*"}]}`},
		"only statement": {`{"Statement":[{"Effect":"Allow",` + principal + `,"Action":"kms:*","Resource":"*"}]}`, step{kind: dropStatement}, "refused"},
		"other element": {`{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}]}`,
			step{kind: setElement, element: "Principal", val: object(entry{"AWS", str("444455556666")})},
			`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := on(t, tt.text, nil, tt.step); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestTermsInEverySyntax writes a reference and what looks like one.
func TestTermsInEverySyntax(t *testing.T) {
	terms := terms{{ref: "data.x.y.id", literal: "1"}}
	text := "a" + unknown.Hole(0) + "${b}\""
	for name, tt := range map[string]struct {
		write func(string) (string, bool)
		want  string
	}{
		"native":   {nativeString(&terms), `"a${data.x.y.id}$${b}\""`},
		"template": {templateJSON(&terms), `"a${data.x.y.id}$${b}\""`},
		"file":     {plainJSON(&terms, "policy.json"), `"a1${b}\""`},
	} {
		if got, ok := tt.write(text); !ok || got != tt.want {
			t.Errorf("%s: %s, not %s", name, got, tt.want)
		}
	}
	if got, _ := nativeString(&terms)(unknown.Hole(0)); got != "data.x.y.id" {
		t.Errorf("a reference alone is %s", got)
	}
}

func TestWholeOwner(t *testing.T) {
	for pattern, want := range map[string]string{"repo:acme*": "repo:acme/*", "repo:acme*/app:*": "repo:acme/app:*", "repo:*": "repo:*", "repo:acme/*": "repo:acme/*",
		"repo:*/app:*": "repo:*/app:*", "*": "*", "repo:a?me*": "repo:a?me*"} {
		if got := wholeOwner(pattern); got != want {
			t.Errorf("%s becomes %s, not %s", pattern, got, want)
		}
	}
}

// TestEditsMakeTheFile holds that the edits of a report make of a file what was proved.
func TestEditsMakeTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom([]string{"a\n", "b = 1\n", "ä\n", "\n", "}\r\n", "日本\n", "c"})
		before := strings.Join(rapid.SliceOfN(line, 0, 12).Draw(t, "before"), "")
		after := strings.Join(rapid.SliceOfN(line, 0, 12).Draw(t, "after"), "")
		out, last := "", 0
		for _, e := range edits("x", []byte(before), []byte(after)) {
			if e.Location.Start.Byte < last {
				t.Fatalf("edits overlap")
			}
			out += before[last:e.Location.Start.Byte] + e.Text
			last = e.Location.End.Byte
			held(t, before, e)
		}
		if out += before[last:]; out != after {
			t.Fatalf("%q, not %q", out, after)
		}
	})
}

func held(t *rapid.T, text string, e finding.Edit) {
	p := e.Location.Start
	lines := strings.SplitAfter(text[:p.Byte], "\n")
	if p.Line != len(lines) || p.Column != len([]rune(lines[len(lines)-1]))+1 {
		t.Fatalf("byte %d is line %d column %d", p.Byte, p.Line, p.Column)
	}
}

// FuzzPlaces looks for objects in whatever a file may hold.
func FuzzPlaces(f *testing.F) {
	f.Add("resource \"a\" \"b\" {\n  policy = <<E\n{\"a\": [{}, ${x}]}\nE\n}\n", 30)
	f.Add("ce \"a\" \"b\" 8888888@\n  policy =*<<E\n", 34)
	f.Add("A \"0\" \"A\" \"0\"\n A = <<A\n0${#00\n{", 24)
	f.Add(`{"a": "{\"b\": {\"c\": \"\\u0041\"}}"}`, 9)
	f.Add(`{"a": "${jsonencode({b = {}})}"}`, 20)
	f.Add("a:\n  - b: c # d\n    e: [f, 'g']\n  -\n    h: |\n      i\n", 7)
	f.Fuzz(func(t *testing.T, text string, at int) {
		for _, name := range []string{"main.tf", "main.tf.json", "policy.json", "x.tfvars", "policy.yaml"} {
			s := &sources{files: map[string][]byte{name: []byte(text)}}
			x := &terms{}
			for _, o := range s.spots(name, at, objectNode, x) {
				if o.way == nil {
					continue
				}
				e := &editor{v: o.view}
				e.onObject(o.node(), &step{kind: addConditions, conditions: []condition{{"StringEquals", "k", []string{"v"}}}})
				if !e.failed {
					s.edited(edit{splices: e.out})
				}
			}
			s.spots(name, at, stringNode, x)
		}
		hclsyntax.ParseConfig(mask([]byte(text)), "x", hcl.InitialPos)
	})
}
