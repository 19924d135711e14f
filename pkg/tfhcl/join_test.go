package tfhcl_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfplan"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

// TestForeignSources changes the sources of a plan in ways that must be noticed, and in ways that must not matter.
func TestForeignSources(t *testing.T) {
	const dir = reconstructions + "/known"
	cases := map[string]struct {
		file, old, new string
		differs        string // a part of the warning, "" if the sources still fit
	}{
		"as they were":         {"main.tf", "", "", ""},
		"a comment":            {"main.tf", "variable \"who\"", "# who may\nvariable \"who\"", ""},
		"the order of a list":  {"main.tf", `[var.who, "123456789012"]`, `["123456789012", var.who]`, ""},
		"another spelling":     {"main.tf", `"kms:*" }] })`, `["kms:*"] }] })`, ""},
		"another default":      {"main.tf", `default = "*"`, `default = "other"`, ""}, // the plan tells the value
		"another text":         {"main.tf", `"kms:*"`, `"kms:Decrypt"`, "another text of the argument input of terraform_data.policy"},
		"another key":          {"main.tf", `for_each = var.team`, `for_each = { a = "x" }`, `no such instance`},
		"another value":        {"main.tf", `for_each = var.team`, `for_each = { a = "x", b = "z" }`, `another text of the argument input of terraform_data.team["b"]`},
		"fewer modules":        {"main.tf", `count  = 2`, `count  = 1`, "module.inner.count has another constant"},
		"a number as a text":   {"main.tf", `count  = 2`, `count  = "2"`, ""},
		"a number with zeros":  {"main.tf", `count  = 2`, `count  = 2.0`, ""},
		"no such module":       {"main.tf", `module "inner"`, `module "other"`, "do not call"},
		"no such resource":     {"main.tf", `"terraform_data" "plain"`, `"terraform_data" "renamed"`, "do not declare"},
		"another reference":    {"main.tf", `input = "no document"`, `input = var.who`, "terraform_data.plain.input is a constant in the plan"},
		"another constant":     {"main.tf", `input = "no document"`, `input = "some document"`, "terraform_data.plain.input has another constant"},
		"a new resource":       {"main.tf", `resource "terraform_data" "plain"`, "resource \"terraform_data\" \"new\" {}\n\nresource \"terraform_data\" \"plain\"", "declare terraform_data.new"},
		"a new module":         {"main.tf", `module "inner"`, "module \"more\" {\n  source = \"./inner\"\n  who = \"*\"\n}\n\nmodule \"inner\"", "call the module module.more"},
		"more modules":         {"main.tf", `count  = 2`, `count  = 3`, "module.inner.count has another constant"},
		"one more argument":    {"main.tf", `input = "no document"`, "input = \"no document\"\n  triggers_replace = 1", "triggers_replace"},
		"one argument less":    {"main.tf", `input = "no document"`, "", "with the argument input"},
		"in a module":          {"inner/main.tf", `Principal = var.who`, `Principal = "x${var.who}"`, "another text of the argument input of module.inner[0]"},
		"a broken file":        {"inner/main.tf", `variable "who" {`, `variable "who" {{`, ""},
		"changes are ignored":  {"main.tf", `Action = "kms:*" }] })`, "Action = \"kms:Decrypt\" }] })\n  lifecycle {\n    ignore_changes = [input]\n  }", ""},
		"all changes ignored":  {"main.tf", `Action = "kms:*" }] })`, "Action = \"kms:Decrypt\" }] })\n  lifecycle {\n    ignore_changes = all\n  }", ""},
		"depends on something": {"main.tf", `input = "no document"`, "input = \"no document\"\n  depends_on = [terraform_data.policy]", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			copied := t.TempDir()
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(copied, c.file)
			src, err := os.ReadFile(file)
			if err != nil || !strings.Contains(string(src), c.old) {
				t.Fatalf("%s does not hold %q: %v", file, c.old, err)
			}
			if err := os.WriteFile(file, []byte(strings.Replace(string(src), c.old, c.new, 1)), 0o644); err != nil {
				t.Fatal(err)
			}
			config, _ := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{Dir: copied, Root: copied}, Want: wantData})
			plan := readPlan(t, filepath.Join(dir, "plan.json"), "terraform_data")
			fits, diags := config.Join(context.Background(), plan)
			if fits != (c.differs == "") {
				t.Errorf("the sources fit: %v\n%v", fits, diags)
			}
			if c.differs != "" && !strings.Contains(details(diags), c.differs) {
				t.Errorf("want a warning with %q, got %s", c.differs, details(diags))
			}
			for _, r := range plan.Resources {
				if !fits && r.Source != nil {
					t.Errorf("%s has a source, though the sources are foreign", r.Address)
				}
			}
		})
	}
}

// TestForeignSensitiveDefault holds that the default of a module's sensitive variable is compared like any other, and not shown.
func TestForeignSensitiveDefault(t *testing.T) {
	const dir = "../tfplan/testdata/plans/actions"
	for now, fits := range map[string]bool{"S3CR3T-def": true, "S3CR3T-other": false} {
		copied := t.TempDir()
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(copied, "m", "main.tf")
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(src), "S3CR3T-def", now, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		config, _ := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{Dir: copied, Root: copied}, Want: wantData})
		got, diags := config.Join(context.Background(), readPlan(t, filepath.Join(dir, "plan.json"), "terraform_data"))
		if got != fits || strings.Contains(details(diags), "S3CR3T") {
			t.Errorf("%s: the sources fit: %v\n%v", now, got, details(diags))
		}
	}
}

func details(diags hcl.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		b.WriteString(d.Summary + ": " + d.Detail + "\n")
	}
	return b.String()
}

func readPlan(t *testing.T, file string, types ...string) *tf.Plan {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, _ := tfplan.Detect(f, tfplan.Options{Types: types})
	plan, diags := in.Plan()
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return plan
}

// TestJoinKeepsTheOutcomeOfThePlan holds that a text which the plan knows is located by the outcome that led to it.
func TestJoinKeepsTheOutcomeOfThePlan(t *testing.T) {
	plan := joined(t, reconstructions+"/known")
	text := get(t, plan, "terraform_data.workspace", "input")
	if text.S != `{"Principal":"*"}` || text.Assuming != "" {
		t.Errorf("got %q assuming %q", text.S, text.Assuming)
	}
	text = get(t, plan, "terraform_data.policy", "input")
	i := strings.Index(text.S, `"*"`)
	if at, _ := text.At(i, i+3); at.Start.Line != 3 || at.Start.Column != 13 {
		t.Errorf("the star of the variable's default is at %v", at)
	}
}

// TestInlinePolicies holds that blocks are numbered like the plan's set, whose order is not that of the sources.
func TestInlinePolicies(t *testing.T) {
	dir := tree(t, map[string]string{"main.tf": `
resource "aws_iam_role" "r" {
  inline_policy {
    name   = "b"
    policy = jsonencode({ B = "*" })
  }

  inline_policy {
    name   = "a"
    policy = jsonencode({ A = "*" })
  }
}
`})
	c, diags := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{Dir: dir, Root: dir}})
	expect(t, diags)
	block := func(name, policy string) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(name), "policy": cty.StringVal(policy)})
	}
	plan := &tf.Plan{Resources: []*tf.Resource{{Address: "aws_iam_role.r", Mode: tf.Managed, Type: "aws_iam_role", Name: "r",
		After: cty.ObjectVal(map[string]cty.Value{"inline_policy": cty.TupleVal([]cty.Value{block("a", `{"A":"*"}`), block("b", `{"B":"*"}`)})})}}}
	if fits, diags := c.Join(context.Background(), plan); !fits {
		t.Fatal(diags)
	}
	for path, want := range map[string]string{"inline_policy[0].policy": `{"A":"*"}`, "inline_policy[1].policy": `{"B":"*"}`} {
		if got := get(t, plan, "aws_iam_role.r", path).S; got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// TestReferences holds which addresses a second look into the plan must fetch.
func TestReferences(t *testing.T) {
	dir := tree(t, map[string]string{
		"main.tf": `
locals {
  via_local = aws_a.local.arn
}

resource "aws_kms_key" "k" {
  count  = data.aws_c.count.n
  policy = jsonencode([local.via_local, module.m.out, module.m.other])
}

module "m" {
  source = "./m"
  arg    = aws_a.argument.arn
  unused = aws_a.unused.arn
}

resource "aws_a" "local" {}
resource "aws_a" "argument" {
  name = aws_a.indirect["x"].name
}
resource "aws_a" "indirect" {}
resource "aws_a" "unused" {}
resource "aws_a" "never" {}
data "aws_c" "count" {}
`,
		"m/main.tf": `
variable "arg" {}
variable "unused" {}
output "out" {
  value = "${var.arg}${aws_a.inside.arn}"
}
output "not_asked" {
  value = aws_a.never.arn
}
resource "aws_a" "inside" {}
resource "aws_a" "never" {}
`,
	})
	c, diags := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{Dir: dir, Root: dir}, Want: func(_ tf.Mode, typ string) bool { return typ == "aws_kms_key" }})
	expect(t, diags)
	refers := c.References()
	for address, want := range map[string]bool{
		"aws_a.local": true, "aws_a.argument[0]": true, `aws_a.indirect["x"]`: true, `data.aws_c.count`: true, `module.m["k"].aws_a.inside["y"]`: true,
		"aws_a.unused": false, "aws_a.never": false, "module.m.aws_a.never": false, "aws_a.inside": false, "nonsense": false,
	} {
		if got := refers(address); got != want {
			t.Errorf("%s: got %v", address, got)
		}
	}
}
