package tfhcl_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// planOf evaluates sources alone; diagnostics of any kind fail the test unless they are wanted.
func planOf(t *testing.T, opts tfhcl.Options, want ...string) *tf.Plan {
	t.Helper()
	if opts.Root == "" && opts.FS == nil {
		opts.Root = opts.Dir
	}
	c, diags := tfhcl.Load(context.Background(), opts)
	if c == nil {
		t.Fatal(diags)
	}
	plan, more := c.Plan(context.Background())
	expect(t, append(diags, more...), want...)
	return plan
}

func expect(t *testing.T, diags hcl.Diagnostics, want ...string) {
	t.Helper()
	for _, d := range diags {
		if !slices.ContainsFunc(want, func(w string) bool { return strings.Contains(d.Summary+": "+d.Detail, w) }) {
			t.Errorf("unexpected: %s: %s", d.Summary, d.Detail)
		}
	}
	for _, w := range want {
		if !slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool { return strings.Contains(d.Summary+": "+d.Detail, w) }) {
			t.Errorf("no diagnostic says %q", w)
		}
	}
}

// get returns the only text of an argument.
func get(t *testing.T, plan *tf.Plan, address, name string) unknown.Text {
	t.Helper()
	for _, r := range plan.Resources {
		if r.Address != address {
			continue
		}
		if r.Source == nil || r.Source.Attrs[name] == nil || len(r.Source.Attrs[name].Texts) != 1 {
			t.Fatalf("%s has no single text for %s", address, name)
		}
		return r.Source.Attrs[name].Texts[0]
	}
	t.Fatalf("there is no %s", address)
	return unknown.Text{}
}

func TestVariablePrecedence(t *testing.T) {
	files := map[string]string{
		"main.tf": `
variable "v" {
  type    = string
  default = "default"
}

variable "list" {
  type    = list(string)
  default = []
}

resource "x" "y" {
  input = var.v
  list  = join(",", var.list)
}
`,
		"my.tfvars.json": `{"v": "my ${file}", "list": ["j"]}`,
	}
	dir := tree(t, files)
	env := []string{"TF_VAR_v=environment", "TF_VAR_list=[\"e\"]", "TF_VAR_other=1"}
	opts := tfhcl.Options{Options: tfsource.Options{Dir: dir}}
	check := func(want, wantList string) {
		t.Helper()
		plan := planOf(t, opts)
		if got := get(t, plan, "x.y", "input").S; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := get(t, plan, "x.y", "list").S; got != wantList {
			t.Errorf("got list %q, want %q", got, wantList)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	check("default", "")
	opts.Env = env
	check("environment", "e")
	write("terraform.tfvars", "v = \"tfvars\"\n")
	check("tfvars", "e")
	write("terraform.tfvars.json", `{"v": "tfvars.json"}`)
	check("tfvars.json", "e")
	write("b.auto.tfvars", "v = \"auto b\"\n")
	write("a.auto.tfvars.json", `{"v": "auto a", "list": ["a"]}`)
	check("auto b", "a")
	opts.Given = []tfsource.Value{{File: filepath.Join(dir, "my.tfvars.json")}}
	check("my ${file}", "j")
	file := opts.Given[0]
	opts.Given = append(opts.Given, tfsource.Value{Name: "v", Text: "-var"}, tfsource.Value{Name: "list", Text: `["x", "y"]`})
	check("-var", "x,y")
	opts.Given = append(opts.Given, file)
	check("my ${file}", "j")
}

// TestVariableText holds what Terraform makes of the text of TF_VAR_… for each kind of type: text for primitive types and
// where there is none, an expression for all others, any included.
func TestVariableText(t *testing.T) {
	dir := tree(t, map[string]string{"main.tf": `
variable "none" {}

variable "default_only" {
  default = []
}

variable "text" {
  type = string
}

variable "any" {
  type = any
}

variable "quoted" {
  type = any
}

variable "list" {
  type = list
}

variable "object" {
  type = object({ a = optional(number, 3), b = list(string) })
}

resource "x" "y" {
  input = jsonencode([var.none, var.default_only, var.text, var.any, var.quoted, var.list, var.object])
}
`})
	plan := planOf(t, tfhcl.Options{Options: tfsource.Options{Dir: dir, Env: []string{`TF_VAR_none=["x"]`, `TF_VAR_default_only=["x"]`, `TF_VAR_text=["x"]`, `TF_VAR_any=["x", 1]`, `TF_VAR_quoted="x"`,
		`TF_VAR_list=["x", 1]`, `TF_VAR_object={ b = ["x"] }`}}})
	if got, want := get(t, plan, "x.y", "input").S, `["[\"x\"]","[\"x\"]","[\"x\"]",["x",1],"x",["x","1"],{"a":3,"b":["x"]}]`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestSourceFiles(t *testing.T) {
	dir := tree(t, map[string]string{
		"a.tf":          `resource "x" "shadowed" { input = "tf" }`,
		"a.tofu":        `resource "x" "shadowed" { input = "tofu" }`,
		"b.tf.json":     `{"resource": {"x": {"json": {"input": "b"}}}}`,
		"c.tf":          `resource "x" "y" { input = "first" }`,
		"c_override.tf": `resource "x" "y" { input = "second" }`,
		"override.tf":   `resource "x" "y" { input = "third" }`,
		".hidden.tf":    `resource "x" "hidden" {}`,
		"backup.tf~":    `resource "x" "backup" {}`,
		"#half.tf":      `resource "x" "half" { input = "#" }`,
		"#saved.tf#":    `resource "x" "saved" {}`,
		"notes.txt":     `resource "x" "text" {}`,
	})
	for tool, shadowed := range map[tfsource.Tool]string{tfsource.Terraform: "tf", tfsource.OpenTofu: "tofu"} {
		plan := planOf(t, tfhcl.Options{Options: tfsource.Options{Dir: dir, Tool: tool}})
		for address, want := range map[string]string{"x.shadowed": shadowed, "x.json": "b", "x.y": "third", "x.half": "#"} {
			if got := get(t, plan, address, "input").S; got != want {
				t.Errorf("%s: got %q, want %q", address, got, want)
			}
		}
		if len(plan.Resources) != 4 {
			t.Errorf("got %d resources", len(plan.Resources))
		}
	}
	both := planOf(t, tfhcl.Options{Options: tfsource.Options{Dir: dir}}, "Terraform and OpenTofu read different files")
	if texts := both.Resources[slices.IndexFunc(both.Resources, func(r *tf.Resource) bool { return r.Name == "shadowed" })].Source.Attrs["input"].Texts; len(texts) != 2 {
		t.Errorf("got %d texts where the tool is not known", len(texts))
	}
}

func TestModules(t *testing.T) {
	dir := tree(t, map[string]string{
		"main.tf": `
module "remote" {
  source = "example/kms/aws"
  input  = "*"
}

module "absent" {
  source = "git::https://example.com/absent.git"
}

module "gone" {
  source = "./gone"
}

resource "x" "here" {
  input = jsonencode({ A = module.absent.arn, R = module.remote.out, G = module.gone["k"].list[0] })
}
`,
		".terraform/modules/modules.json":       `{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"remote","Source":"registry.terraform.io/example/kms/aws","Version":"1.0.0","Dir":".terraform/modules/remote"},{"Key":"remote.inner","Source":"./inner","Dir":".terraform/modules/remote/inner"}]}`,
		".terraform/modules/remote/main.tf":     "variable \"input\" {}\nmodule \"inner\" {\n  source = \"./inner\"\n  input  = var.input\n}\noutput \"out\" {\n  value = \"r\"\n}\n",
		".terraform/modules/remote/inner/in.tf": "variable \"input\" {}\nresource \"x\" \"deep\" {\n  input = jsonencode({ P = var.input, own = \"*\" })\n}\n",
	})
	plan := planOf(t, tfhcl.Options{Options: tfsource.Options{Dir: dir}}, `Module without sources: The sources of module "absent"`, `Module without sources: There is no directory ./gone`)
	if got, want := get(t, plan, "x.here", "input").S, `{"A":`+unknown.Hole(0)+`,"G":`+unknown.Hole(1)+`,"R":"r"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, r := range plan.Resources {
		if r.Address != "module.remote.module.inner.x.deep" {
			continue
		}
		if !r.Source.Remote || len(r.Source.Calls) != 2 || r.Source.Calls[0].Filename != filepath.Join(dir, "main.tf") {
			t.Errorf("got %+v", r.Source)
		}
		text := r.Source.Attrs["input"].Texts[0]
		at, _ := text.At(strings.Index(text.S, `"*"`), strings.Index(text.S, `"*"`)+3)
		if want := filepath.Join(dir, "main.tf"); at.Filename != want || at.Start.Line != 4 || at.Start.Column != 12 {
			t.Errorf("the star of the caller is at %v", at)
		}
		return
	}
	t.Error("the module inside the remote module is missing")
}

func TestSnapshotFiles(t *testing.T) {
	fsys := fstest.MapFS{
		"m-/main.tf":  {Data: []byte("module \"kms\" {\n  source = \"somewhere\"\n  for_each = toset([\"a\"])\n}\n")},
		"m-kms/k.tf":  {Data: []byte("resource \"x\" \"k\" {\n  input = \"${file(\"${path.module}/p.json\")}*\"\n}\n")},
		"m-kms/p.txt": {Data: []byte("x")},
	}
	opts := tfhcl.Options{Options: tfsource.Options{FS: fsys, Snapshot: true, Dir: "m-", ModuleDirs: map[string]string{"": "m-", "kms": "m-kms"}}}
	plan := planOf(t, opts)
	text := get(t, plan, `module.kms["a"].x.k`, "input")
	if text.S != unknown.Hole(0)+"*" {
		t.Errorf("got %q: a file that is not there must be unknown", text.S)
	}
	if at, _ := text.At(len(text.S)-1, len(text.S)); at.Filename != "m-kms/k.tf" || at.Start.Line != 2 {
		t.Errorf("got %v", at)
	}
}

func TestUnknownInstances(t *testing.T) {
	dir := tree(t, map[string]string{"main.tf": `
variable "n" {
  type = number
}

variable "names" {
  type = set(string)
}

resource "aws_iam_role" "counted" {
  count = var.n
  name  = "r${count.index}"
}

resource "aws_iam_role" "named" {
  for_each = var.names
  name     = each.value
}

resource "x" "y" {
  input = jsonencode({ all = aws_iam_role.counted[*].arn, first = aws_iam_role.counted[0].arn, named = [for k, r in aws_iam_role.named : r.arn], one = aws_iam_role.named["a"].arn, n = length(aws_iam_role.counted) })
}
`})
	plan := planOf(t, tfhcl.Options{Options: tfsource.Options{Dir: dir}})
	var addresses []string
	for _, r := range plan.Resources {
		addresses = append(addresses, r.Address)
		if r.Type == "aws_iam_role" && r.Index.IsKnown() {
			t.Errorf("the key of %s is known", r.Address)
		}
	}
	if want := []string{"aws_iam_role.counted[*]", "aws_iam_role.named[*]", "x.y"}; !slices.Equal(addresses, want) {
		t.Errorf("got %q, want %q", addresses, want)
	}
	text := get(t, plan, "x.y", "input")
	roles := 0
	for _, h := range text.Holes {
		if h.Kind == unknown.RoleARN {
			roles++
		}
	}
	if roles < 2 || strings.Contains(text.S, `"n":1`) || strings.Contains(text.S, `"n":0`) {
		t.Errorf("got %s with %v", text.S, text.Holes)
	}
}

func TestNullIsNotWritten(t *testing.T) {
	dir := tree(t, map[string]string{"main.tf": `
variable "policy" {
  default = null
}

variable "unset" {
  type = bool
}

resource "aws_kms_key" "default" {
  policy      = var.policy
  description = "d"
}

resource "aws_kms_key" "maybe" {
  policy = var.unset ? "{}" : null
}
`})
	plan := planOf(t, tfhcl.Options{Options: tfsource.Options{Dir: dir}})
	r := plan.Resources[0]
	if _, written := r.Source.Attrs["policy"]; written {
		t.Error("a null policy counts as written")
	}
	if _, written := r.Config.Attrs["policy"]; written {
		t.Error("a null policy counts as configured")
	}
	if _, has := unknown.Lookup(r.After, "policy"); has {
		t.Error("a null policy has a value")
	}
	if _, written := r.Config.Attrs["description"]; !written {
		t.Error("the description is not configured")
	}
	if a := plan.Resources[1].Source.Attrs["policy"]; a == nil || !a.MayBeNull || len(a.Texts) != 1 || a.Texts[0].S != "{}" || a.Texts[0].Assuming == "" {
		t.Errorf("got %+v", a)
	}
}

func TestSensitive(t *testing.T) {
	dir := tree(t, map[string]string{"main.tf": `
variable "secret" {
  sensitive = true
  default   = "S3CR3T"
}

resource "x" "part" {
  input = jsonencode({ Principal = "*", Id = "a-${var.secret}" })
}

resource "x" "whole" {
  input = sensitive(jsonencode({ Principal = "*" }))
}

resource "x" "derived" {
  input = jsonencode({ Id = upper(var.secret), Star = "*", Copy = nonsensitive(var.secret), Sum = md5(var.secret) })
}
`})
	plan := planOf(t, tfhcl.Options{Options: tfsource.Options{Dir: dir}})
	sensitive := func(address, part string) bool {
		t.Helper()
		text := get(t, plan, address, "input")
		i := strings.Index(text.S, part)
		if i < 0 {
			t.Fatalf("%s does not hold %s: %s", address, part, text.S)
		}
		return text.SensitiveAt(i, i+len(part))
	}
	for _, c := range []struct {
		address, part string
		want          bool
	}{
		{"x.part", "S3CR3T", true}, {"x.part", `"*"`, false}, {"x.whole", `"*"`, true},
		{"x.derived", `"Id":"S3CR3T"`, true}, {"x.derived", `"*"`, false}, {"x.derived", `"Copy":"S3CR3T"`, false}, {"x.derived", `"Sum":"`, true},
	} {
		if got := sensitive(c.address, c.part); got != c.want {
			t.Errorf("%s %s: sensitive is %v", c.address, c.part, got)
		}
	}
	for _, r := range plan.Resources {
		if v, _ := unknown.Lookup(r.After, "input"); !unknown.IsSensitive(v) {
			t.Errorf("the value of %s is not sensitive", r.Address)
		}
	}
	if v := plan.Variables["secret"]; !unknown.IsSensitive(v) || v.Type() != cty.String {
		t.Error("the variable is not sensitive")
	}
}

func TestColumnsCountCodePoints(t *testing.T) {
	dir := tree(t, map[string]string{"main.tf": "resource \"x\" \"y\" {\n  input = jsonencode({ \"e\u0301👩‍👩‍👧\" = \"*\" })\n}\n"})
	text := get(t, planOf(t, tfhcl.Options{Options: tfsource.Options{Dir: dir}}), "x.y", "input")
	i := strings.Index(text.S, `"*"`)
	at, _ := text.At(i, i+3)
	// Two spaces, `input = jsonencode({ "`, seven code points, `" = `.
	if want := 2 + len(`input = jsonencode({ "`) + 7 + len(`" = `) + 1; at.Start.Column != want || at.End.Column != want+3 {
		t.Errorf("got %v, want column %d", at, want)
	}
}
