package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/file/filetest"
)

// recipe is the commands of one block of the manual, with the heading that it stands under.
type recipe struct {
	heading, language string
	commands          []string
}

// TestPipelines runs the commands of docs/pipelines.md: they let a safe plan pass, stop at an open one, and stop when
// terraform fails. terraform and the servers are stand-ins; keyproof is the real one.
func TestPipelines(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	bin := standIns(t)
	ran := map[string]bool{}
	for _, r := range recipes(t) {
		if !r.has("keyproof check") {
			continue
		}
		ran[r.heading] = true
		tests := []struct {
			fixture, fail string
			want          []int
		}{
			{"safe", "", []int{0}},
			{"mistakes", "", []int{1}},
		}
		if r.has("terraform ") || r.has("tofu ") || r.has("terragrunt ") || r.has("curl ") {
			tests = append(tests, tests[0])
			tests[2].fail, tests[2].want = "yes", []int{1, 2}
		}
		for _, tt := range tests {
			for _, stop := range []string{"-e", "+e"} { // also in a shell that goes on after an error
				if code, said := r.run(t, []string{bash, stop, "-c"}, bin, tt.fixture, tt.fail); !slices.Contains(tt.want, code) {
					t.Errorf("%s (%s) with %s, terraform fails: %q: exit %d, not %v: %s", r.heading, stop, tt.fixture, tt.fail, code, tt.want, said)
				}
			}
		}
	}
	for _, heading := range []string{"keyproof in pipelines", "When `terraform plan` fails", "Forks", "Who may silence the gate", "GitHub Actions",
		"GitLab CI", "Atlantis", "Terragrunt", "HCP Terraform", "OpenTofu", "Several plans", "Jenkins", "Azure Pipelines"} {
		if !ran[heading] {
			t.Errorf("no command under %q was run", heading)
		}
	}
}

// run executes the commands in a directory with the fixture's sources, as a pipeline does: the first failure ends it.
func (r *recipe) run(t *testing.T, shell []string, bin, fixture, fail string) (int, string) {
	t.Helper()
	dir := t.TempDir()
	from := filepath.Join(root, "fixtures", "plans", fixture)
	sources, err := filepath.Glob(filepath.Join(from, "*.tf"))
	if err != nil || len(sources) == 0 {
		t.Fatal(from, err)
	}
	for _, path := range sources {
		copyFile(t, path, filepath.Join(dir, filepath.Base(path)))
	}
	copyFile(t, filepath.Join(from, "plan.json"), filepath.Join(dir, "fixture.plan")) // what terraform would show
	// What the block leaves to the one before it.
	if !r.has("> plan.json") {
		copyFile(t, filepath.Join(dir, "fixture.plan"), filepath.Join(dir, "plan.json"))
	}
	if !r.has("-out=") {
		copyFile(t, filepath.Join(dir, "fixture.plan"), filepath.Join(dir, "tfplan"))
	}
	for _, c := range r.commands {
		cmd := exec.Command(shell[0], append(shell[1:], c)...)
		cmd.Dir = dir
		cmd.Env = append(plainEnv(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "FAIL="+fail, "PLANFILE=tfplan", "SHOWFILE=show.json",
			"GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary"), "TFE_TOKEN=x", "RUN_ID=run-1", "KEYPROOF_NOW=2026-11-23")
		if said, err := cmd.CombinedOutput(); err != nil {
			return cmd.ProcessState.ExitCode(), string(said)
		}
	}
	return 0, ""
}

func (r *recipe) has(text string) bool {
	return slices.ContainsFunc(r.commands, func(c string) bool { return strings.Contains(c, text) })
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// recipes reads the blocks of the manual.
func recipes(t *testing.T) []recipe {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(root, "docs", "pipelines.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all []recipe
	block := regexp.MustCompile("(?ms)^#+ ([^\n]*)$|^```(\\w+)\n(.*?)^```$")
	heading := ""
	for _, m := range block.FindAllStringSubmatch(string(src), -1) {
		r := recipe{heading: heading, language: m[2]}
		switch m[2] {
		case "":
			heading = m[1]
			continue
		case "sh":
			r.commands = []string{m[3]}
		case "groovy":
			for _, s := range regexp.MustCompile(`sh '([^']*)'`).FindAllStringSubmatch(m[3], -1) {
				r.commands = append(r.commands, s[1])
			}
		case "yaml":
			r.commands = yamlCommands(t, m[3])
		default:
			t.Errorf("a block in %s is not known to the test", m[2])
		}
		all = append(all, r)
	}
	return all
}

// yamlCommands are the commands in a pipeline's YAML, in order. Steps of Atlantis that are its own are terraform's.
func yamlCommands(t *testing.T, src string) []string {
	t.Helper()
	kind, err := yaml.ImpliedType([]byte(src))
	if err != nil {
		t.Fatalf("%v in %s", err, src)
	}
	doc, err := yaml.Unmarshal([]byte(src), kind)
	if err != nil {
		t.Fatalf("%v in %s", err, src)
	}
	var commands []string
	if strings.Contains(src, "- plan\n") {
		commands = append(commands, "terraform init", "terraform plan -out=\"$PLANFILE\"")
	}
	visit(doc, func(v cty.Value) {
		for _, key := range []string{"run", "script"} {
			if c := text(v, key); c != "" {
				commands = append(commands, c)
			} else if v.Type().HasAttribute(key) && v.GetAttr(key).CanIterateElements() {
				for it := v.GetAttr(key).ElementIterator(); it.Next(); {
					_, line := it.Element()
					commands = append(commands, line.AsString())
				}
			}
		}
	})
	return commands
}

// standIns returns a directory with keyproof and with programs that do what the recipes need of others.
func standIns(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	for name, script := range map[string]string{
		"terraform": `case $1 in
  plan)
    [ -z "$FAIL" ] || exit 1
    for a in "$@"; do case $a in -out=*) echo plan > "${a#-out=}" ;; -detailed-exitcode) changes=2 ;; esac; done
    exit ${changes:-0} ;;
  show)
    [ -z "$FAIL" ] && [ "$2" = -json ] && [ -f "$3" ] || exit 1
    cat fixture.plan ;;
esac`,
		"terragrunt": `[ -z "$FAIL" ] || exit 1
case $1 in plan | show) exec terraform "$@" ;; esac
for a in "$@"; do dir=$a; done
mkdir -p "$dir/live/keys"
cp fixture.plan "$dir/live/keys/tfplan.json"`,
		"tofu": `exec terraform "$@"`,
		"curl": `[ -z "$FAIL" ] && cat fixture.plan`,
		"git":  `[ "$1" = show ] && echo 'fail_on = "high"'`,
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/usr/bin/env bash\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// By that name the test's own binary is keyproof, see TestMain.
	filetest.Symlink(t, self, filepath.Join(bin, "keyproof"))
	return bin
}
