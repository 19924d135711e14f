package tfhcl_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfplan"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

var record = flag.Bool("record", false, "run terraform (1.11 or later) and record its plans and what it applied")

const reconstructions = "../../fixtures/reconstruct"

// TestReconstruct holds every text that the sources and the plan give against what Terraform applied later. A hole
// matches any text; one of the outcomes of unknown conditions must match.
func TestReconstruct(t *testing.T) {
	dirs, err := filepath.Glob(reconstructions + "/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no fixtures below %s: %v", reconstructions, err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			if *record {
				recordApply(t, dir)
			}
			applied := appliedInputs(t, filepath.Join(dir, "applied.json"))
			t.Run("plan", func(t *testing.T) { compare(t, joined(t, dir), applied, true) })
			t.Run("sources", func(t *testing.T) { compare(t, alone(t, dir), applied, false) })
		})
	}
}

func wantData(_ tf.Mode, typ string) bool { return typ == "terraform_data" }

func load(t *testing.T, dir string) *tfhcl.Config {
	t.Helper()
	c, diags := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{Dir: dir, Root: dir}, Want: wantData})
	for _, d := range diags {
		t.Errorf("loading: %v", d)
	}
	if c == nil {
		t.FailNow()
	}
	return c
}

func joined(t *testing.T, dir string) *tf.Plan {
	t.Helper()
	c := load(t, dir)
	f, err := os.Open(filepath.Join(dir, "plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, _ := tfplan.Detect(f, tfplan.Options{Types: []string{"terraform_data"}})
	plan, diags := in.Plan()
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	ok, diags := c.Join(context.Background(), plan)
	for _, d := range diags {
		t.Errorf("joining: %v", d)
	}
	if !ok {
		t.Error("the sources were not recognized as those of the plan")
	}
	return plan
}

func alone(t *testing.T, dir string) *tf.Plan {
	t.Helper()
	plan, diags := load(t, dir).Plan(context.Background())
	for _, d := range diags {
		t.Errorf("evaluating: %v", d)
	}
	return plan
}

func compare(t *testing.T, plan *tf.Plan, applied map[string]any, withPlan bool) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range plan.Resources {
		seen[r.Address] = true
		if r.Source == nil {
			t.Errorf("%s has no source", r.Address)
			continue
		}
		want, isText := applied[r.Address].(string)
		attr := r.Source.Attrs["input"]
		if !isText || attr == nil {
			continue
		}
		if strings.HasPrefix(r.Name, "unknown_") && len(attr.Texts) == 0 {
			continue
		}
		if len(attr.Texts) == 0 {
			t.Errorf("%s: nothing of the text is known (%v)\nwant %s", r.Address, attr.Unknown, want)
			continue
		}
		matched := false
		for _, text := range attr.Texts {
			matched = matched || pattern(text).MatchString(want)
			if withPlan {
				checkSpans(t, r.Address, text)
			}
			if withPlan && len(text.Holes) == 1 && text.S == unknown.Hole(0) {
				t.Errorf("%s: nothing of the text is known", r.Address)
			}
		}
		if !matched {
			t.Errorf("%s\nwant %s", r.Address, want)
			for _, text := range attr.Texts {
				t.Errorf("got  %s (%s)", pattern(text), text.Assuming)
			}
		}
	}
	for address := range applied {
		if !seen[address] {
			t.Errorf("%s is missing", address)
		}
	}
}

// checkSpans holds that linear spans show the very bytes that they say they come from.
func checkSpans(t *testing.T, address string, text unknown.Text) {
	t.Helper()
	for _, s := range text.Spans {
		if s.Start < 0 || s.End > len(text.S) || s.Start > s.End {
			t.Errorf("%s: span %d-%d lies outside of a text of %d bytes", address, s.Start, s.End, len(text.S))
			continue
		}
		if !s.Linear || s.End-s.Start != s.Range.End.Byte-s.Range.Start.Byte {
			continue
		}
		src, err := os.ReadFile(s.Range.Filename)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if got, want := string(src[s.Range.Start.Byte:s.Range.End.Byte]), text.S[s.Start:s.End]; got != want {
			t.Errorf("%s: a linear span says that %q was written as %q at %s", address, want, got, s.Range)
		}
	}
}

// pattern matches the texts that a text with holes may become.
func pattern(text unknown.Text) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)^`)
	for _, p := range unknown.Parts(text.S) {
		if p.Hole >= 0 {
			b.WriteString(`.*`)
		} else {
			b.WriteString(regexp.QuoteMeta(p.Text))
		}
	}
	b.WriteString(`$`)
	return regexp.MustCompile(b.String())
}

// appliedInputs are the inputs of all terraform_data in a state.
func appliedInputs(t *testing.T, file string) map[string]any {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	type module struct {
		Resources []struct {
			Address string
			Values  struct{ Input any }
		}
		Children []json.RawMessage `json:"child_modules"`
	}
	var state struct {
		Values struct {
			Root json.RawMessage `json:"root_module"`
		}
	}
	if err := json.Unmarshal(b, &state); err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	var walk func(raw json.RawMessage)
	walk = func(raw json.RawMessage) {
		var m module
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		for _, r := range m.Resources {
			out[r.Address] = r.Values.Input
		}
		for _, c := range m.Children {
			walk(c)
		}
	}
	walk(state.Values.Root)
	return out
}

// recordApply plans and applies a fixture with the terraform on PATH.
func recordApply(t *testing.T, dir string) {
	t.Helper()
	work := t.TempDir()
	if err := os.CopyFS(work, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) []byte {
		cmd := exec.Command("terraform", args...)
		cmd.Dir = work
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("terraform %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
		}
		return out
	}
	for _, f := range []string{"plan.json", "applied.json"} {
		if err := os.RemoveAll(filepath.Join(work, f)); err != nil {
			t.Fatal(err)
		}
	}
	run("init", "-input=false", "-no-color")
	run("plan", "-input=false", "-no-color", "-out=tfplan")
	save := func(name string, b []byte) {
		var indented bytes.Buffer
		if err := json.Indent(&indented, b, "", " "); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), indented.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	save("plan.json", run("show", "-json", "tfplan"))
	if filepath.Base(dir) == "modules" {
		if err := os.Rename(filepath.Join(work, "tfplan"), filepath.Join(work, "plan.bin")); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(work, "plan.bin"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "plan.bin"), b, 0o644); err != nil {
			t.Fatal(err)
		}
		run("apply", "-input=false", "-no-color", "plan.bin")
		save("applied.json", run("show", "-json"))
		return
	}
	run("apply", "-input=false", "-no-color", "tfplan")
	save("applied.json", run("show", "-json"))
}

// TestBinaryPlan joins a plan with the sources inside its binary form.
func TestBinaryPlan(t *testing.T) {
	dir := reconstructions + "/modules"
	f, err := os.Open(dir + "/plan.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	s, diags := tfplan.OpenSnapshot(f, info.Size(), "plan.bin")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	opts := tfhcl.Options{Options: tfsource.Options{FS: s.Files, Snapshot: true, ModuleDirs: map[string]string{}}, Want: wantData}
	for _, m := range s.Modules {
		opts.ModuleDirs[m.Key] = m.Path
	}
	c, diags := tfhcl.Load(context.Background(), opts)
	expect(t, diags)
	plan := readPlan(t, dir+"/plan.json", "terraform_data")
	fits, diags := c.Join(context.Background(), plan)
	expect(t, diags)
	if !fits {
		t.Error("the sources are not recognized")
	}
	compare(t, plan, appliedInputs(t, dir+"/applied.json"), false)
}
