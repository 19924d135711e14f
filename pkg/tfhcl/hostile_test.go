package tfhcl_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/file/filetest"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// tree writes files into a new directory and returns it.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const policyOf = `
resource "aws_kms_key" "k" {
  policy = %s
}
`

// evaluate loads and evaluates sources within a minute and 500 MB, however hostile they are.
// bounds are both kinds of limits.
type bounds struct {
	tfsource.Limits
	tfhcl.Budget
}

func evaluate(t testing.TB, dir string, limits bounds) (*tf.Plan, hcl.Diagnostics) {
	t.Helper()
	start := time.Now()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c, diags := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{Dir: dir, Root: dir, Limits: limits.Limits}, Budget: limits.Budget})
	if c == nil {
		return nil, diags
	}
	plan, more := c.Plan(context.Background())
	runtime.ReadMemStats(&after)
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("it took %v", d)
	} else if testing.Verbose() {
		t.Logf("%v, %d MB allocated", d, (after.TotalAlloc-before.TotalAlloc)>>20)
	}
	return plan, append(diags, more...)
}

func TestHostileExpressions(t *testing.T) {
	doubled := "locals {\n  l0 = [\"*\", \"*\"]\n"
	text := "locals {\n  t0 = \"0123456789\"\n"
	for i := 1; i < 60; i++ {
		doubled += fmt.Sprintf("  l%d = [local.l%d, local.l%d]\n", i, i-1, i-1)
		text += fmt.Sprintf("  t%d = \"${local.t%d}${local.t%d}\"\n", i, i-1, i-1)
	}
	nested := `[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : "${a}${b}${c}"]]]`
	deep := func(open, end string, n int) string { return strings.Repeat(open, n) + `"*"` + strings.Repeat(end, n) }
	conditions := "jsonencode({"
	for i := range 40 {
		conditions += fmt.Sprintf("k%d = var.unset == \"%d\" ? \"a\" : \"b\", ", i, i)
	}
	cases := map[string]struct{ more, policy, say string }{
		"range":             {"", `jsonencode(range(1000000000))`, "Error in function call"},
		"nested for":        {"", "jsonencode(" + nested + ")", "Evaluation was given up"},
		"lists that double": {doubled + "}", `jsonencode(local.l59)`, "Value is too large"},
		"texts that double": {text + "}", `local.t59`, "Text is too long"},
		"own local":         {"locals {\n  a = local.b\n  b = local.a\n}\n", `local.a`, "Reference to itself"},
		"own policy":        {"", `aws_kms_key.k.policy`, "Reference to itself"},
		"own count":         {`resource "aws_kms_key" "c" { count = length(aws_kms_key.c) }`, `aws_kms_key.c[0].arn`, ""},
		"own for_each":      {`resource "aws_kms_key" "c" { for_each = aws_kms_key.c }`, `jsonencode(aws_kms_key.c)`, ""},
		"absolute file":     {"", `file("/etc/passwd")`, "outside of the sources"},
		"file upwards":      {"", `file("../../../../../../../../etc/passwd")`, "outside of the sources"},
		"device":            {"", `file("/dev/zero")`, "outside of the sources"},
		"itself":            {"", `templatefile("main.tf", {})`, ""},
		"brackets":          {"", deep("[", "]", 100_000), "nested too deeply"},
		"parentheses":       {"", deep("(", ")", 5_000), "nested too deeply"},
		"templates":         {"", deep(`"${`, `}"`, 2_000), "nested too deeply"},
		"negations":         {"", strings.Repeat("!", 500_000) + "true", "nested too deeply"},
		"conditionals":      {"", strings.Repeat(`true ? "a" : `, 100_000) + `"b"`, "nested too deeply"},
		"long sum":          {"", "1" + strings.Repeat(" + 1", 50_000), "nested too deeply"},
		"many words":        {"", "1" + strings.Repeat(" + 1", 600_000), "source-words"},
		"many places":       {"", `jsonencode([for i in range(15000) : { Effect = "Allow", Principal = "*", Sid = "a", Action = "kms:Decrypt" }])`, ""},
		"long JSON":         {"locals {\n  j = \"[" + strings.Repeat("1,", 120_000) + "1]\"\n}\n", `jsonencode(jsondecode(local.j))`, "The function jsondecode is given more than"},
		"format width":      {"", `format("%999999999d", 1)`, "A width in the format"},
		"indent":            {"", `indent(1000000000, "a\nb\nc")`, "Text is too long"},
		"replace":           {text + "}", `replace(replace(local.t14, "0", local.t14), "1", local.t14)`, "Text is too long"},
		"replace pattern":   {text + "}", `replace(local.t16, "/[0-9]/", local.t16)`, "Text is too long"},
		"setproduct":        {"locals { r = range(1000) }", `jsonencode(setproduct(local.r, local.r, local.r))`, "Value is too large"},
		"power":             {"", `jsonencode(pow(10, 1000000000))`, ""},
		"conditions":        {`variable "unset" {}`, conditions + "})", ""},
		"unknown function":  {"", `nonsense("x")`, "no function nonsense"},
		"provider function": {"", `provider::other::parse("x")`, "part of a provider"},
		"forged token":      {"", `jsonencode(jsondecode("\"\\ue0a00\\ue0a1\""))`, ""},
		"yaml aliases":      {"", `jsonencode(yamldecode("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n"))`, ""},
		"many instances":    {`resource "aws_kms_key" "many" { count = 1000000000 }`, `jsonencode(aws_kms_key.many[*].arn)`, "Too many instances"},
		"many modules":      {"module \"m\" {\n source = \"./m\"\n count = 19999\n}\nmodule \"n\" {\n source = \"./m\"\n count = 19999\n}", `"x"`, "Too many module instances"},
		"null":              {"", `"a${null}"`, "Null value"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, map[string]string{"main.tf": fmt.Sprintf(policyOf, c.policy) + c.more, "m/main.tf": ""})
			_, diags := evaluate(t, dir, bounds{})
			var said []string
			for _, d := range diags {
				said = append(said, d.Summary+": "+d.Detail)
			}
			if all := strings.Join(said, "\n"); !strings.Contains(all, c.say) || len(all) > 100_000 {
				t.Errorf("want a diagnostic with %q, got %.2000s", c.say, all)
			}
		})
	}
}

func TestHostileTrees(t *testing.T) {
	key := `resource "aws_kms_key" "k%d" {
  policy = jsonencode({ Statement = [{ Principal = "*", Sid = "s%d" }] })
}
`
	t.Run("one broken file", func(t *testing.T) {
		files := map[string]string{"broken.tf": "resource \"aws_kms_key\" {{{ \n locals {"}
		for i := range 19 {
			files[fmt.Sprintf("f%d.tf", i)] = fmt.Sprintf(key, i, i)
		}
		plan, diags := evaluate(t, tree(t, files), bounds{})
		if len(plan.Resources) != 19 || !diags.HasErrors() {
			t.Errorf("got %d resources and %v", len(plan.Resources), diags)
		}
	})
	t.Run("10,000 resources", func(t *testing.T) {
		var b strings.Builder
		for i := range 10_000 {
			fmt.Fprintf(&b, key, i, i)
		}
		plan, diags := evaluate(t, tree(t, map[string]string{"main.tf": b.String()}), bounds{})
		if len(plan.Resources) != 10_000 || len(diags) > 0 {
			t.Errorf("got %d resources and %v", len(plan.Resources), diags)
		}
	})
	t.Run("10 MB", func(t *testing.T) {
		big := strings.Repeat("locals {\n  a = [1, 2, \"x\"]\n}\n", 10<<20/30)
		plan, diags := evaluate(t, tree(t, map[string]string{"main.tf": fmt.Sprintf(key, 1, 1), "big.tf": big}), bounds{})
		if len(plan.Resources) != 1 || !strings.Contains(diags.Error(), "larger than") {
			t.Errorf("got %d resources and %v", len(plan.Resources), diags)
		}
	})
	t.Run("a long line", func(t *testing.T) {
		big := fmt.Sprintf(key, 1, 1) + "locals {\n  big = \"" + strings.Repeat("x", 3<<20) + "\"\n}\n"
		if plan, diags := evaluate(t, tree(t, map[string]string{"main.tf": big}), bounds{}); len(plan.Resources) != 1 || len(diags) > 0 {
			t.Errorf("got %d resources and %v", len(plan.Resources), diags)
		}
	})
	t.Run("too large a file", func(t *testing.T) {
		dir := tree(t, map[string]string{"main.tf": fmt.Sprintf(key, 1, 1), "big.tf": strings.Repeat("# x\n", 1000)})
		plan, diags := evaluate(t, dir, bounds{Limits: tfsource.Limits{File: 2000}})
		if len(plan.Resources) != 1 || !diags.HasErrors() || !strings.Contains(diags.Error(), "larger than") {
			t.Errorf("got %d resources and %v", len(plan.Resources), diags)
		}
	})
	t.Run("symbolic links out of the tree", func(t *testing.T) {
		dir := tree(t, map[string]string{"main.tf": fmt.Sprintf(policyOf, `file("secret.json")`) + "module \"m\" {\n  source = \"./m\"\n}\n"})
		outside := tree(t, map[string]string{"secret.json": `{"Statement":[{"Principal":"*"}]}`, "main.tf": "resource \"aws_kms_key\" \"evil\" {}\n"})
		for link, to := range map[string]string{"secret.json": filepath.Join(outside, "secret.json"), "linked.tf": filepath.Join(outside, "main.tf"), "m": outside} {
			filetest.Symlink(t, to, filepath.Join(dir, link))
		}
		plan, diags := evaluate(t, dir, bounds{})
		if len(plan.Resources) != 1 || len(plan.Resources[0].Source.Attrs["policy"].Texts) != 0 || len(diags) < 3 {
			t.Errorf("got %d resources and %v", len(plan.Resources), diags)
		}
	})
	t.Run("a module that calls itself", func(t *testing.T) {
		dir := tree(t, map[string]string{"main.tf": "module \"m\" {\n  source = \"./\"\n}\n" + fmt.Sprintf(key, 1, 1)})
		plan, diags := evaluate(t, dir, bounds{})
		if len(plan.Resources) == 0 || len(plan.Resources) > 100 || !strings.Contains(diags.Error(), "its own caller") {
			t.Errorf("got %d resources and %v", len(plan.Resources), diags)
		}
	})
	t.Run("modules that double", func(t *testing.T) {
		files := map[string]string{}
		for i := range 25 {
			files[fmt.Sprintf("m%d/main.tf", i)] = fmt.Sprintf("module \"a\" {\n  source = \"../m%d\"\n}\nmodule \"b\" {\n  source = \"../m%d\"\n}\n", i+1, i+1)
		}
		files["main.tf"] = fmt.Sprintf(key, 1, 1) + "module \"m\" {\n  source = \"./m0\"\n}\n"
		plan, diags := evaluate(t, tree(t, files), bounds{})
		many := slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool { return d.Summary == "Too many modules" })
		if plan == nil || !many || !diags.HasErrors() {
			t.Errorf("got %v", diags)
		}
	})
	t.Run("a cancelled context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		dir := tree(t, map[string]string{"main.tf": fmt.Sprintf(policyOf, `jsonencode([for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]])`)})
		c, _ := tfhcl.Load(ctx, tfhcl.Options{Options: tfsource.Options{Dir: dir}})
		cancel()
		start := time.Now()
		if _, diags := c.Plan(ctx); !diags.HasErrors() || time.Since(start) > 2*time.Second {
			t.Errorf("it took %v and said %v", time.Since(start), diags)
		}
	})
}

// TestForgedTokens tries to pass off text as the token of the one unknown value, whose kind would then be believed.
func TestForgedTokens(t *testing.T) {
	for name, input := range map[string]string{
		"an escape in a string":   `"\ue0a00\ue0a1"`,
		"an escape in JSON":       `jsondecode("\"\\ue0a00\\ue0a1\"")`,
		"an escape in JSON names": `keys(jsondecode("{\"\\ue0a00\\ue0a1\": 1}"))[0]`,
		"an escape in YAML":       `yamldecode("\"\\ue0a00\\ue0a1\"")`,
		"base64":                  `base64decode("7oKgMO6CoQ==")`,
		"base64 of UTF-16":        `textdecodebase64("oOAwAKHg", "UTF-16LE")`,
		"a URL":                   `urldecode("%EE%82%A00%EE%82%A1")`,
		"a variable":              `var.v`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, map[string]string{"main.tf": fmt.Sprintf("variable \"v\" {\n  type = string\n}\nresource \"aws_iam_role\" \"r\" {}\nresource \"x\" \"first\" {\n  input = \"${aws_iam_role.r.arn}*\"\n}\nresource \"x\" \"y\" {\n  input = \"-${%s}-\"\n}\n", input)})
			c, _ := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{Dir: dir, Root: dir, Given: []tfsource.Value{{Name: "v", Text: unknown.Hole(0)}}}})
			plan, _ := c.Plan(context.Background())
			for _, text := range plan.Resources[2].Source.Attrs["input"].Texts {
				for _, h := range text.Holes {
					if h.Kind != unknown.AnyText {
						t.Errorf("%q holds %+v", text.S, h)
					}
				}
			}
		})
	}
}
