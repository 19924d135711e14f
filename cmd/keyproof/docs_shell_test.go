package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclparse"

	"github.com/keyproof/keyproof/pkg/config"
)

// shellPages are the pages whose shell blocks TestShellBlocks runs; TestPipelines runs those of docs/pipelines.md.
func shellPages(t *testing.T) []string {
	t.Helper()
	all := append(pages(t), filepath.Join("rules", "README.md"))
	return slices.DeleteFunc(all, func(p string) bool { return filepath.Base(p) == "pipelines.md" })
}

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```\n")

// TestShellBlocks runs every shell block of the documentation as it stands there, in a directory with the example, its plan and what
// the pages speak of. Other programs are stand-ins. keyproof is the real one, and understands each of its commands and reads
// what they name: 2 is no exit code of a command that the documentation recommends.
func TestShellBlocks(t *testing.T) {
	bin := documentedPrograms(t)
	atRoot(t)
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	top, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	ran, seen := 0, map[string]bool{}
	for _, page := range shellPages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range shellBlock.FindAllStringSubmatch(string(text), -1) {
			if seen[m[1]] {
				continue
			}
			seen[m[1]] = true
			dir := documentedPlace(t, top, m[1])
			log := filepath.Join(dir, ".log")
			cmd := exec.Command(bash, "-c", m[1])
			cmd.Dir = dir
			cmd.Env = append(plainEnv(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "LOG="+log, "TOP="+top, "KEYPROOF_NOW=2026-11-23")
			if said, err := cmd.CombinedOutput(); err != nil && strings.Contains(string(said), "command not found") {
				t.Errorf("%s: %v: %s\n%s", page, err, said, m[1])
			}
			calls, _ := os.ReadFile(log)
			for call := range strings.SplitSeq(strings.Trim(string(calls), "\x00"), "\x00") {
				ran++
				if code, command, _ := strings.Cut(call, " "); code == "2" && !strings.Contains(command, "--interactive") { // which needs a terminal
					t.Errorf("%s: exit code 2 of keyproof %s", page, command)
				}
			}
			if want := strings.Count(m[1], "keyproof check") + strings.Count(m[1], "keyproof fix"); want > 0 && len(calls) == 0 {
				t.Errorf("%s: no command of this block was run:\n%s", page, m[1])
			}
		}
	}
	if ran < 60 {
		t.Errorf("only %d commands were run", ran)
	}
}

// documentedPlace makes a directory where a block can run.
func documentedPlace(t *testing.T, top, block string) string {
	t.Helper()
	dir := t.TempDir()
	put := func(from string, to string) {
		t.Helper()
		info, err := os.Stat(filepath.Join(top, from))
		if err == nil && info.IsDir() {
			err = os.CopyFS(filepath.Join(dir, to), os.DirFS(filepath.Join(top, from)))
		} else if err == nil {
			if err = os.MkdirAll(filepath.Join(dir, filepath.Dir(to)), 0o755); err == nil {
				copyFile(t, filepath.Join(top, from), filepath.Join(dir, to))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	put("fixtures/example/main.tf", "main.tf")
	put("fixtures/example/plan.json", "plan.json")
	put("fixtures/example/plan.json", "tfplan")
	put("fixtures/own-rules/rules", "policies/keyproof")
	put("fixtures/configuration/.keyproof.hcl", "base/.keyproof.hcl")
	put("fixtures/comparison/star-organization.json", "policy.json")
	put("fixtures/comparison/star-organization.json", "trust.json")
	for _, name := range regexp.MustCompile(`fixtures/[\w-]+(/[\w.-]+)*`).FindAllString(block, -1) {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			put(name, name)
		}
	}
	return dir
}

// documentedPrograms are stand-ins for what the pages call beside keyproof, which writes down how each of its calls ended.
func documentedPrograms(t *testing.T) string {
	t.Helper()
	bin, real := t.TempDir(), standIns(t)
	for name, script := range map[string]string{
		"keyproof": `said=$("` + real + `/keyproof" "$@" 2>&1 >&3 3>&-)
code=$?
printf '%s %s: %s\0' "$code" "$*" "$said" >>"$LOG"
printf '%s\n' "$said" >&2
exit $code`,
		"go": `case "$1 $2" in
  "run ./cmd/keyproof") shift 2; exec keyproof "$@" ;;
  "run ./"*) [ -d "$TOP/${2#./}" ] ;;
  "test "*) [ "$2" = ./... ] || [ -d "$TOP/${2#./}" ] ;;
  "install github.com/keyproof/keyproof/"*) path=${2%@*}; [ -d "$TOP/${path#github.com/keyproof/keyproof/}" ] ;;
  *) exit 1 ;;
esac`,
		"terraform": `case $1 in plan) : ;; show) cat plan.json ;; apply) : ;; *) exit 1 ;; esac`,
		"docker":    `while [ "$1" != ghcr.io/keyproof/keyproof ]; do shift; done; shift; exec keyproof "$@"`,
		"aws":       `cat policy.json`,
		"cosign":    `:`, "gh": `:`, "sha256sum": `:`, "jq": `:`, "brew": `:`,
	} {
		// The output of a call is left where it goes; what it says on the standard error is kept for the test.
		text := "#!/usr/bin/env bash\nexec 3>&1\n" + script + "\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

// TestCommandsInText holds that commands in the middle of a sentence have only flags that there are.
func TestCommandsInText(t *testing.T) {
	atRoot(t)
	flags := map[string]map[string]bool{}
	for _, c := range newApp(streams{}).Commands {
		flags[c.Name] = map[string]bool{"help": true}
		for _, f := range c.Flags {
			for _, n := range f.Names() {
				flags[c.Name][n] = true
			}
		}
	}
	found := 0
	for _, page := range append(pages(t), filepath.Join("rules", "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("keyproof ([a-z]+)((?: [^`\n|;&#]*)?)").FindAllStringSubmatch(string(text), -1) {
			known, ok := flags[m[1]]
			if !ok {
				continue // keyproof is a word of sentences, too
			}
			found++
			for _, f := range regexp.MustCompile(`(?:^| )--([a-z-]+)`).FindAllStringSubmatch(m[2], -1) {
				if !known[f[1]] {
					t.Errorf("%s: keyproof %s has no flag --%s: %s", page, m[1], f[1], m[0])
				}
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d commands were found", found)
	}
}

// TestDocumentedConfigurations loads what the pages show as a part of the configuration.
func TestDocumentedConfigurations(t *testing.T) {
	atRoot(t)
	block := regexp.MustCompile("(?ms)^```hcl\n(.*?)^```\n")
	loaded := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllStringSubmatch(string(text), -1) {
			switch {
			case strings.HasPrefix(m[1], "rule ") || strings.Contains(m[1], "\nrule "): // held by the tests of rules
			case strings.HasPrefix(m[1], "# keyproof:ignore"):
				if _, diags := hclparse.NewParser().ParseHCL([]byte(m[1]), page); diags.HasErrors() {
					t.Errorf("%s: %v in\n%s", page, diags, m[1])
				}
			default:
				path := filepath.Join(t.TempDir(), ".keyproof.hcl")
				if err := os.WriteFile(path, []byte(m[1]), 0o600); err != nil {
					t.Fatal(err)
				}
				if _, diags := config.Load(path); len(diags) > 0 {
					t.Errorf("%s: %v in\n%s", page, diags, m[1])
				}
				loaded++
			}
		}
	}
	if loaded < 6 {
		t.Errorf("only %d configurations were loaded", loaded)
	}
}
