package tfplan_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/keyproof/keyproof/pkg/tfplan"
)

// Cutting changes nothing of what is read, wherever the pieces of the text end.
func TestCutChangesNothing(t *testing.T) {
	all := plans(t)
	all["generated"] = generated(t, 60)
	for name, text := range all {
		for shape, text := range map[string][]byte{"as it is": text, "sorted": shapes(t, text)["sorted"], "shuffled": shapes(t, text)["shuffled"], "indented": indented(t, text)} {
			for types, opts := range map[string]tfplan.Options{
				"all types":      options(name),
				"few types":      {Types: []string{"aws_kms_key", "data.aws_caller_identity"}},
				"some addresses": {Types: []string{"aws_iam_role"}, Addresses: func(a string) bool { return strings.Contains(a, "x") }},
			} {
				want, err := tfplan.ReadUncut(bytes.NewReader(text), opts)
				if err != nil {
					t.Fatal(err)
				}
				got, diags := tfplan.Read(bytes.NewReader(text), opts)
				if diags.HasErrors() {
					t.Fatalf("%s, %s, %s: %s", name, shape, types, messages(diags))
				}
				if diff := cmp.Diff(render(want), render(got)); diff != "" {
					t.Fatalf("%s, %s, %s (-uncut +cut):\n%s", name, shape, types, diff)
				}
				whole, _ := tfplan.Cut(bytes.NewReader(text), opts)
				slow, _ := tfplan.Cut(iotest.OneByteReader(bytes.NewReader(text)), opts)
				if !bytes.Equal(whole, slow) {
					t.Fatalf("%s, %s, %s: byte by byte, something else is cut", name, shape, types)
				}
			}
		}
	}
}

func TestCut(t *testing.T) {
	opts := tfplan.Options{Types: []string{"aws_kms_key", "data.aws_region"}}
	for _, c := range []struct{ name, in, want string }{
		{"members nobody reads", `{"planned_values":{"a":[1,"]"]},"format_version":"1.2","checks":[{}],"n":1}`, `{"planned_values":{"a":null},"format_version":"1.2","checks":null,"n":1}`},
		{"white space", " {\n \"checks\" : [ 1 , 2 ] ,\n \"timestamp\" : \"t\" } \n", " {\n \"checks\" : null ,\n \"timestamp\" : \"t\" } \n"},
		{"an unwanted change", `{"resource_changes":[{"address":"a.b","mode":"managed","type":"a","change":{"x":"}"}},{"type":"aws_kms_key","change":{"x":1}}]}`, `{"resource_changes":[{"address":"a.b","mode":"managed","type":"a","change":null},{"type":"aws_kms_key","change":{"x":1}}]}`},
		{"an unwanted change by its address", `{"resource_changes":[{"address":"module.m[\"x.y\"].a.b","change":{"x":1},"type":"a"},{"address":"module.m[\"]\"].aws_kms_key.b","change":{"x":1}}]}`, `{"resource_changes":[{"address":"module.m[\"x.y\"].a.b","change":null,"type":"a"},{"address":"module.m[\"]\"].aws_kms_key.b","change":{"x":1}}]}`},
		{"a change before everything", `{"resource_changes":[{"change":{"x":1},"type":"a"}]}`, `{"resource_changes":[{"change":{"x":1},"type":"a"}]}`},
		{"a type with escapes", `{"resource_changes":[{"type":"\u0061ws_kms_key","change":{"x":1}}]}`, `{"resource_changes":[{"type":"\u0061ws_kms_key","change":{"x":1}}]}`},
		{"a name with escapes", `{"resource_ch\u0061nges":[1],"checks":[1]}`, `{"resource_ch\u0061nges":[1],"checks":null}`},
		{"a long name", `{"` + strings.Repeat("x", 2000) + `":[1],"checks":[1]}`, `{"` + strings.Repeat("x", 2000) + `":[1],"checks":null}`},
		{"strings with quotes", `{"checks":["\"]\\","\\\\"],"relevant_attributes":{"a\"}":"\\\"}"}}`, `{"checks":null,"relevant_attributes":null}`},
		{"what is planned", `{"planned_values":{"outputs":{"a":[1]},"root_module":{"resources":[{"a":1}],"child_modules":[1]}}}`, `{"planned_values":{"outputs":null,"root_module":{"resources":null,"child_modules":null}}}`},
		{"ARNs of a state", `{"values":{"root_module":{"resources":[{"type":"a","values":{"x":{"arn":1},"arn":"A\"}","y":2}},{"type":"a","values":{}},{"type":"aws_region","values":{"x":1}}],"child_modules":[{"address":"m","resources":[{"type":"a","values":{"y":2}}]}]}}}`,
			`{"values":{"root_module":{"resources":[{"type":"a","values":{"arn":"A\"}"}},{"type":"a","values":{}},{"type":"aws_region","values":{"x":1}}],"child_modules":[{"address":"m","resources":[{"type":"a","values":{}}]}]}}}`},
		{"an ARN twice", `{"values":{"root_module":{"resources":[{"type":"a","values":{"arn":"A","arn":"B"}}]}}}`, `{"values":{"root_module":{"resources":[{"type":"a","values":{"arn":"A","arn":"B"}}]}}}`},
		{"text after the document", `{"checks":[1]}{"checks":[1]}`, `{"checks":null}{"checks":[1]}`},
		{"no object", `[{"checks":[1]}]`, `[{"checks":[1]}]`},
		{"broken outside", `{"checks":[1],,"planned_values":[1]}`, `{"checks":null,,"planned_values":[1]}`},
		{"brackets that do not match", `{"checks":[1},"planned_values":[1]}`, "{\"checks\":\x00},\"planned_values\":[1]}"},
		{"no comma between what is cut", `{"values":{"root_module":{"resources":[{"type":"a","values":{"x":1 "arn":"A"}}]}}}`, "{\"values\":{\"root_module\":{\"resources\":[{\"type\":\"a\",\"values\":{\x00\"arn\":\"A\"}}]}}}"},
		{"cut off", `{"errored":true,"checks":[1`, `{"errored":true,"checks":null`},
		{"cut off in a string", `{"errored":true,"checks":["]`, `{"errored":true,"checks":null`},
		{"other types than expected", `{"resource_changes":{"type":"a","change":[1]},"values":[1],"prior_state":null}`, `{"resource_changes":{"type":"a","change":[1]},"values":[1],"prior_state":null}`},
	} {
		got, err := tfplan.Cut(strings.NewReader(c.in), opts)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %s (%v), want %s", c.name, got, err, c.want)
		}
		if got, err := tfplan.Cut(iotest.OneByteReader(strings.NewReader(c.in)), opts); err != nil || string(got) != c.want {
			t.Errorf("%s, byte by byte: got %s (%v), want %s", c.name, got, err, c.want)
		}
	}
}

// Places behind what was cut are those of the input.
func TestPositionBehindCuts(t *testing.T) {
	unwanted := strings.Repeat(`{"address":"a.b","mode":"managed","type":"a","change":{"x":"yyyyyyyyyyyyyyyyyyyyyyyyyyy"}},`, 30000)
	text := `{"format_version":"1.2","planned_values":{"a":"` + strings.Repeat("x", 1000) + `"},` + "\n" + `"resource_changes":[` + unwanted + `{"address":1}]}`
	_, diags := tfplan.Read(strings.NewReader(text), options(""))
	if !strings.Contains(messages(diags), "resource_changes[30000].address") {
		t.Fatalf("got %s", messages(diags))
	}
	if got, want := diags[0].Subject.Start, strings.LastIndex(text, "1}]"); got.Byte != want || got.Line != 2 {
		t.Errorf("got %v, want line 2, byte %d", got, want)
	}
}
