package tfplan_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfplan"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// withChange is a plan with one key, whose entry has these members.
func withChange(members string) string {
	return `{"format_version":"1.2","resource_changes":[{` + members + `}],"configuration":{"root_module":{}}}`
}

const keyHead = `"address":"aws_kms_key.k","mode":"managed","type":"aws_kms_key","name":"k"`

func withValues(change string) string { return withChange(keyHead + `,"change":{` + change + `}`) }

// What a plan cannot say is an error that says where and what, and never quotes a value.
func TestBroken(t *testing.T) {
	const secret = "S3CR3T"
	for _, c := range []struct{ name, text, want string }{
		{"name twice at the top", `{"format_version":"1.2","errored":false,"errored":true,"configuration":{}}`, "In errored: it is there twice"},
		{"name twice in an entry", withChange(keyHead + `,"type":"aws_kms_key"`), "In resource_changes[0].type (aws_kms_key.k): it is there twice"},
		{"name twice in a change", withValues(`"actions":["create"],"after":{},"after":{}`), "resource_changes[0].change.after (aws_kms_key.k): it is there twice"},
		{"attribute twice", withValues(`"actions":["create"],"after":{"policy":"S3CR3T","policy":"x"}`), "resource_changes[0].change.after.policy (aws_kms_key.k): it is there twice"},
		{"attribute twice in two spellings", withValues(`"actions":["create"],"after":{"\u00fc":"S3CR3T","u\u0308":"x"}`), "it is there twice"},
		{"attribute twice, escaped", withValues(`"actions":["create"],"after":{"policy":"S3CR3T","\u0070olicy":"x"}`), "it is there twice"},
		{"nested attribute twice", withValues(`"actions":["create"],"after":{"tags":{"S3CR3T":1,"S3CR3T":2}}`), "resource_changes[0].change.after.tags (aws_kms_key.k)"},
		{"mask twice", withValues(`"actions":["create"],"after":{},"after_unknown":{"policy":false,"policy":true}`), "resource_changes[0].change.after_unknown.policy (aws_kms_key.k): it is there twice"},
		{"argument twice", `{"format_version":"1.2","configuration":{"root_module":{"resources":[{` + keyHead + `,"expressions":{"policy":{},"policy":{}}}]}}}`, "expressions.policy (aws_kms_key.k): it is there twice"},
		{"version is a number", `{"format_version":1.2,"resource_changes":[]}`, "In format_version: it must be a string, but is a number"},
		{"errored is a string", `{"format_version":"1.2","errored":"no"}`, "In errored: it must be true or false, but is a string"},
		{"complete is a number", `{"format_version":"1.2","complete":0}`, "In complete: it must be true or false, but is a number"},
		{"changes are an object", `{"format_version":"1.2","resource_changes":{}}`, "In resource_changes: it must be an array, but is an object"},
		{"an entry is a string", `{"format_version":"1.2","resource_changes":["S3CR3T"]}`, "In resource_changes[0]: it must be an object, but is a string"},
		{"an entry is empty", withChange(``), "In resource_changes[0]: it has no address"},
		{"no type", withChange(`"address":"aws_kms_key.k","mode":"managed"`), "it has an address of another type or mode than it says"},
		{"no mode", withChange(`"address":"aws_kms_key.k","type":"aws_kms_key"`), "it has an address of another type or mode than it says"},
		{"no address", withChange(`"mode":"managed","type":"aws_kms_key","name":"k","change":{"actions":["create"],"after":{}}`), "it has no address"},
		{"address of another type, told late", withChange(`"address":"aws_s3_bucket.k","change":{},"mode":"managed","type":"aws_kms_key"`), "another type or mode"},
		{"address of another type, told early", withChange(`"mode":"managed","type":"aws_kms_key","address":"aws_s3_bucket.k","change":{"actions":["create"],"after":{}}`), "another type or mode"},
		{"address that is none", withChange(`"address":"aws_kms_key","change":{},"mode":"managed"`), "it has no type"},
		{"address that cannot be read", withChange(`"mode":"managed","type":"aws_kms_key","address":"aws_kms_key.k[","change":{"actions":["create"],"after":{}}`), "it has an address that cannot be read"},
		{"address is a list", withChange(`"address":["S3CR3T"]`), "In resource_changes[0].address: it must be a string, but is an array"},
		{"index is an object", withChange(keyHead + `,"index":{}`), "In resource_changes[0].index (aws_kms_key.k): it must be a string or a number"},
		{"no change", withChange(keyHead), "it has a change with actions that are not known"},
		{"change is null", withChange(keyHead + `,"change":null`), "it has a change with actions that are not known"},
		{"change is a list", withChange(keyHead + `,"change":[]`), "resource_changes[0].change (aws_kms_key.k): it must be an object, but is an array"},
		{"unknown action", withValues(`"actions":["S3CR3T"],"after":{}`), "it has a change with actions that are not known"},
		{"no actions", withValues(`"actions":[],"after":{}`), "it has a change with actions that are not known"},
		{"actions are a string", withValues(`"actions":"create","after":{}`), "resource_changes[0].change.actions (aws_kms_key.k): it must be an array, but is a string"},
		{"created, but nothing after", withValues(`"actions":["create"],"before":null`), "nothing in after"},
		{"changed into null", withValues(`"actions":["update"],"before":{},"after":null`), "nothing in after"},
		{"after is a string", withValues(`"actions":["create"],"after":"S3CR3T"`), "resource_changes[0].change.after (aws_kms_key.k): it must be an object, but is a string"},
		{"mask is a string", withValues(`"actions":["create"],"after":{},"after_unknown":"S3CR3T"`), "after_unknown (aws_kms_key.k): it must be made of true, false, arrays and objects, but is a string"},
		{"mask has a number", withValues(`"actions":["create"],"after":{},"after_sensitive":{"policy":1}`), "after_sensitive.policy (aws_kms_key.k): it must be made of"},
		{"number too large", withValues(`"actions":["create"],"after":{"n":1e99999999999}`), "after.n (aws_kms_key.k): it is a number that is too large"},
		{"number too long", withValues(`"actions":["create"],"after":{"n":` + strings.Repeat("1", 2000) + `}`), "a number of more than 1024 characters"},
		{"variables are a list", `{"format_version":"1.2","variables":["S3CR3T"]}`, "In variables: it must be an object, but is an array"},
		{"a variable is a string", `{"format_version":"1.2","variables":{"x":"S3CR3T"}}`, "In variables.x: it must be an object, but is a string"},
		{"argument is a string", `{"format_version":"1.2","configuration":{"root_module":{"resources":[{` + keyHead + `,"expressions":{"policy":"S3CR3T"}}]}}}`, "expressions.policy (aws_kms_key.k): it must be an expression or a block, but is a string"},
		{"references are a string", `{"format_version":"1.2","configuration":{"root_module":{"outputs":{"x":{"expression":{"references":"S3CR3T"}}}}}}`, "outputs.x.expression.references: it must be an array, but is a string"},
		{"state without values of a key", `{"format_version":"1.0","values":{"root_module":{"resources":[{` + keyHead + `}]}}}`, "In values.root_module.resources[0] (aws_kms_key.k): it has no values"},
		{"state values are a list", `{"format_version":"1.0","values":{"root_module":{"resources":[{` + keyHead + `,"values":["S3CR3T"]}]}}}`, "resources[0].values (aws_kms_key.k): it must be an object, but is an array"},
		{"invalid UTF-8", withValues("\"actions\":[\"create\"],\"after\":{\"policy\":\"S3CR3T\xff\"}"), "is not UTF-8"},
		{"half a surrogate pair", withValues(`"actions":["create"],"after":{"policy":"S3CR3T\ud800"}`), "is not valid JSON"},
		{"wrong escape", withValues(`"actions":["create"],"after":{"policy":"S3CR3T\q"}`), "is not valid JSON"},
		{"control character", withValues("\"actions\":[\"create\"],\"after\":{\"policy\":\"S3CR3T\x01\"}"), "is not valid JSON"},
		{"missing bracket", `{"format_version":"1.2","resource_changes":[{` + keyHead + `]}`, "is not valid JSON"},
		{"a policy document at the end", `{"zzz":"` + strings.Repeat("x", 70000) + `","Statement":[]}`, "Make the plan JSON"},
	} {
		for _, shape := range []struct{ name, text string }{{"", c.text}, {", indented", strings.ReplaceAll(c.text, ",", ",\n ")}} {
			p, diags := tfplan.Read(strings.NewReader(shape.text), tfplan.Options{Name: "plan.json"})
			got := messages(diags)
			if p != nil || !diags.HasErrors() || !strings.Contains(got, c.want) {
				t.Errorf("%s%s: got %q, want %q in it", c.name, shape.name, got, c.want)
			}
			if strings.Contains(got, secret) {
				t.Errorf("%s%s: the message holds a value: %s", c.name, shape.name, got)
			}
		}
	}
}

// Wherever a document ends, the result is an error.
func TestTruncated(t *testing.T) {
	for name, text := range plans(t) {
		text = bytes.TrimSpace(text)
		step := max(1, len(text)/100)
		for end := 0; end < len(text); end += step {
			if p, diags := tfplan.Read(bytes.NewReader(text[:end]), options(name)); p != nil || !diags.HasErrors() {
				t.Fatalf("the first %d bytes of %s were read as a whole", end, name)
			}
		}
	}
}

func TestReadErrors(t *testing.T) {
	text := plans(t)["safe"]
	for name, r := range map[string]io.Reader{
		"at the start": iotest.ErrReader(errors.New("disk on fire")),
		"in the head":  io.MultiReader(bytes.NewReader(text[:100]), iotest.ErrReader(errors.New("disk on fire"))),
		"later":        io.MultiReader(strings.NewReader(`{"zzz":"`+strings.Repeat("x", 1<<20)), iotest.ErrReader(errors.New("disk on fire"))),
	} {
		p, diags := tfplan.Read(r, tfplan.Options{})
		if p != nil || !strings.Contains(messages(diags), "disk on fire") {
			t.Errorf("%s: %s", name, messages(diags))
		}
	}
}

func TestLimits(t *testing.T) {
	deepModules := strings.Repeat(`{"child_modules":[`, 1000) + strings.Repeat(`]}`, 1000)
	deepCalls := strings.Repeat(`{"module_calls":{"m":{"module":`, 1000) + `{}` + strings.Repeat(`}}}`, 1000)
	deepBlocks := strings.Repeat(`{"b":`, 1000) + `{}` + strings.Repeat(`}`, 1000)
	many := strings.Repeat(`{`+keyHead+`,"change":{"actions":["create"],"before":null,"after":{"list":[0,0,0,0,0,0,0,0,0,0]}}},`, 1000)
	for _, c := range []struct {
		name, text string
		limits     tfplan.Limits
		want       string
	}{
		{"depth of a value", withValues(`"actions":["create"],"after":{"a":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}`), tfplan.Limits{}, "nested too deeply in resource_changes[0].change.after.a"},
		{"depth of a mask", withValues(`"actions":["create"],"after":{},"after_unknown":{"a":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}`), tfplan.Limits{}, "nested too deeply"},
		{"depth of modules", `{"format_version":"1.0","values":{"root_module":` + deepModules + `}}`, tfplan.Limits{}, "nested too deeply"},
		{"depth of calls", `{"format_version":"1.2","configuration":{"root_module":` + deepCalls + `}}`, tfplan.Limits{}, "nested too deeply"},
		{"depth of blocks", `{"format_version":"1.2","configuration":{"root_module":{"resources":[{` + keyHead + `,"expressions":` + deepBlocks + `}]}}}`, tfplan.Limits{}, "nested too deeply"},
		{"depth of what is skipped", `{"format_version":"1.2","zzz":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, tfplan.Limits{}, "nested too deeply"},
		{"length of a value", withValues(`"actions":["create"],"after":{"policy":"` + strings.Repeat("x", 3<<20) + `"}`), tfplan.Limits{String: 1 << 20}, "a single value is larger than the limit of"},
		{"length of a name", withValues(`"actions":["create"],"after":{"` + strings.Repeat("x", 3<<20) + `":1}`), tfplan.Limits{String: 1 << 20}, "a single value is larger than the limit of"},
		{"length of what is skipped", `{"format_version":"1.2","resource_changes":[],"zzz":"` + strings.Repeat("x", 3<<20) + `"}`, tfplan.Limits{String: 1 << 20}, "a single value is larger than the limit of"},
		{"length of a number", `{"format_version":"1.2","resource_changes":[],"zzz":` + strings.Repeat("1", 3<<20) + `}`, tfplan.Limits{String: 1 << 20}, "a single value is larger than the limit of"},
		{"values of many resources", `{"format_version":"1.2","resource_changes":[` + many[:len(many)-1] + `]}`, tfplan.Limits{Memory: 1 << 20}, "takes more memory than the limit of"},
		{"a mask with a long gap", withValues(`"actions":["create"],"after":{},"after_unknown":{"a":[` + strings.Repeat("false,", 100000) + `true]}`), tfplan.Limits{Memory: 1 << 20}, "takes more memory than the limit of"},
		{"many small elements", withValues(`"actions":["create"],"after":{"a":[` + strings.Repeat("[],", 100000) + `[]]}`), tfplan.Limits{Memory: 1 << 20}, "takes more memory than the limit of"},
		{"many variables", `{"format_version":"1.2","variables":{"x":{"value":[` + strings.Repeat("0,", 100000) + `0]}}}`, tfplan.Limits{Memory: 1 << 20}, "takes more memory than the limit of"},
		{"many modules", `{"format_version":"1.2","configuration":{"root_module":{"module_calls":{` + numbered(20000, `"m%d":{}`) + `}}}}`, tfplan.Limits{Memory: 1 << 20}, "takes more memory than the limit of"},
	} {
		p, diags := tfplan.Read(strings.NewReader(c.text), tfplan.Options{Limits: c.limits})
		if p != nil || !strings.Contains(messages(diags), c.want) {
			t.Errorf("%s: got %q, want %q in it", c.name, messages(diags), c.want)
		}
		c.limits = tfplan.Limits{Depth: 9000, String: 64 << 20, Memory: 1 << 40}
		if _, diags := tfplan.Read(strings.NewReader(c.text), tfplan.Options{Limits: c.limits}); diags.HasErrors() && c.name != "depth of what is skipped" {
			t.Errorf("%s: refused with high limits, too: %s", c.name, messages(diags))
		}
	}
}

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// A small compressed file that holds any amount of text is not read to its end.
func TestCompressedBomb(t *testing.T) {
	bomb := zipped(t, []byte(`{"format_version":"1.2","zzz":[`+strings.Repeat("0,", 4<<20)+`0]}`))
	_, diags := tfplan.Read(bytes.NewReader(bomb), tfplan.Options{Limits: tfplan.Limits{Text: 1 << 20}})
	if !strings.Contains(messages(diags), "too much text for its compressed size") {
		t.Errorf("got %s", messages(diags))
	}
}

// Line and column are found where the input can be read again, and nothing is guessed where it cannot.
func TestPosition(t *testing.T) {
	text := "{\n \"format_version\": \"1.2\",\n \"resource_changes\": [\n  {\"zzz\": \"Zürich\", \"address\": 1}\n ]\n}\n"
	for name, c := range map[string]struct {
		r                  io.Reader
		line, column, byte int
	}{
		"seekable":   {strings.NewReader(text), 4, 32, 83},
		"compressed": {bytes.NewReader(zipped(t, []byte(text))), 4, 32, 83},
		"stream":     {iotest.OneByteReader(strings.NewReader(text)), 1, 1, 0},
	} {
		_, diags := tfplan.Read(c.r, tfplan.Options{Name: "plan.json"})
		if !diags.HasErrors() {
			t.Fatalf("%s: no error", name)
		}
		got := diags[0].Subject
		if got.Filename != "plan.json" || got.Start.Line != c.line || got.Start.Column != c.column || got.Start.Byte != c.byte {
			t.Errorf("%s: got %#v", name, got)
		}
	}
}

// Values may stand before everything that tells whose they are.
func TestValuesFirst(t *testing.T) {
	text := `{"resource_changes":[
	 {"change":{"after":{"policy":"p"},"actions":["create"]},"address":"aws_kms_key.k","type":"aws_kms_key","mode":"managed"},
	 {"change":{"after":{"bucket":"b"},"actions":["create"]},"address":"aws_s3_bucket.b","type":"aws_s3_bucket","mode":"managed"}],
	 "prior_state":{"values":{"root_module":{"resources":[
	  {"values":{"arn":"arn:aws:s3:us-east-1:111111111111:b"},"sensitive_values":{},"type":"aws_s3_bucket","mode":"managed","address":"aws_s3_bucket.b"},
	  {"values":{"account_id":"1"},"type":"aws_caller_identity","mode":"data","address":"data.aws_caller_identity.c"}]}}},
	 "configuration":{"root_module":{"resources":[{"expressions":{"policy":{"references":["var.p"]}},"type":"aws_kms_key","mode":"managed","name":"k","address":"aws_kms_key.k"}]}},
	 "format_version":"1.2"}`
	p := read(t, "values first", []byte(text))
	if len(p.Resources) != 1 || len(p.Read) != 1 || p.Accounts["111111111111"] != "aws_s3_bucket.b" {
		t.Fatalf("got %s", render(p))
	}
	if v, ok := unknown.String(p.Resources[0].After, "policy"); !ok || v != "p" || p.Resources[0].Config == nil || p.Resources[0].Config.Attrs["policy"].References[0] != "var.p" {
		t.Errorf("got %s", render(p))
	}
	broken := strings.Replace(text, `"actions":["create"]},"address":"aws_kms_key.k"`, `"actions":["create"],"after_unknown":{"policy":1}},"address":"aws_kms_key.k"`, 1)
	_, diags := tfplan.Read(strings.NewReader(broken), tfplan.Options{})
	if !strings.Contains(messages(diags), "resource_changes[0].change.after_unknown.policy (aws_kms_key.k)") {
		t.Errorf("got %s", messages(diags))
	}
	if want := strings.Index(broken, `1}}`); diags[0].Subject.Start.Byte != want {
		t.Errorf("got byte %d, want %d", diags[0].Subject.Start.Byte, want)
	}
}

// Addresses asks for instances of any type, in the changes and in the state.
func TestAddresses(t *testing.T) {
	text := plans(t)["known-after-apply"]
	opts := tfplan.Options{Types: []string{}, Addresses: func(a string) bool { return a == "aws_s3_bucket.config" || a == "data.aws_s3_object.partners" }}
	for shape, text := range map[string][]byte{"as it is": text, "sorted": shapes(t, text)["sorted"], "reversed": shapes(t, text)["reversed"]} {
		p, diags := tfplan.Read(bytes.NewReader(text), opts)
		if diags.HasErrors() {
			t.Fatal(messages(diags))
		}
		var got []string
		for _, r := range p.Resources {
			got = append(got, r.Address)
		}
		if strings.Join(got, " ") != "data.aws_s3_object.partners aws_s3_bucket.config" {
			t.Errorf("%s: got %q", shape, got)
		}
		if v, ok := unknown.Lookup(p.Resources[1].After, "arn"); !ok || v.IsKnown() {
			t.Errorf("%s: arn is %#v", shape, v)
		}
	}
}

// What is read again during apply is not passed off as read.
func TestDeferredDataIsNotRead(t *testing.T) {
	text := `{"format_version":"1.2","resource_changes":[{"address":"data.aws_iam_policy_document.d","mode":"data","type":"aws_iam_policy_document","name":"d","change":{"actions":["read"],"before":null,"after":{},"after_unknown":{"json":true}}}],
	 "prior_state":{"values":{"root_module":{"resources":[{"address":"data.aws_iam_policy_document.d","mode":"data","type":"aws_iam_policy_document","name":"d","values":{"json":"{}"}}]}}}}`
	p := read(t, "deferred", []byte(text))
	if len(p.Read) != 0 || len(p.Resources) != 1 || p.Resources[0].Action != tf.Read || p.Resources[0].Mode != tf.Data {
		t.Errorf("got %s", render(p))
	}
}

// Without a configuration nobody knows which variables are sensitive: all count as such.
func TestVariablesWithoutConfiguration(t *testing.T) {
	p := read(t, "variables", []byte(`{"format_version":"1.2","variables":{"x":{"value":"v"}},"resource_changes":[]}`))
	if v := p.Variables["x"]; !v.RawEquals(cty.StringVal("v").Mark(unknown.Sensitive)) {
		t.Errorf("got %#v", v)
	}
}

// Reading a plan gives the text of a policy document as it is, without its byte order mark.
func TestPolicyText(t *testing.T) {
	in, diags := tfplan.Detect(strings.NewReader("\xEF\xBB\xBF{\"Statement\":[]}"), tfplan.Options{})
	if diags.HasErrors() || in.Kind != tfplan.Policy {
		t.Fatalf("got %q: %s", in.Kind, messages(diags))
	}
	if text, err := io.ReadAll(in); err != nil || string(text) != `{"Statement":[]}` {
		t.Errorf("got %q (%v)", text, err)
	}
}
