package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
)

// action is a run of the action's script, as GitHub's runner would run it.
type action struct {
	t    *testing.T
	temp string
	dir  string
	env  []string
}

func newAction(t *testing.T) *action {
	t.Helper()
	for _, program := range []string{"bash", "curl", "tar", "awk", "sed"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	return &action{t: t, temp: t.TempDir(), dir: top, env: []string{"GITHUB_ACTION_PATH=" + top, "RUNNER_OS=Linux", "RUNNER_ARCH=X64"}}
}

// ran is what a step did.
type ran struct {
	code            int
	said            string // on both streams
	output, summary string
}

func (a *action) run(step string, env ...string) ran {
	a.t.Helper()
	output, summary := filepath.Join(a.temp, "output"), filepath.Join(a.temp, "summary")
	os.Remove(output)
	os.Remove(summary)
	cmd := exec.Command("bash", filepath.Join(strings.TrimPrefix(a.env[0], "GITHUB_ACTION_PATH="), "scripts", "action.sh"), step)
	cmd.Dir = a.dir
	cmd.Env = append(append(plainEnv(), "RUNNER_TEMP="+a.temp, "GITHUB_OUTPUT="+output, "GITHUB_STEP_SUMMARY="+summary), append(a.env, env...)...)
	said, _ := cmd.CombinedOutput()
	read := func(path string) string {
		b, _ := os.ReadFile(path)
		return string(b)
	}
	return ran{cmd.ProcessState.ExitCode(), string(said), read(output), read(summary)}
}

// plainEnv is the environment without what a runner sets or keyproof reads.
func plainEnv() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "GITHUB_") || strings.HasPrefix(v, "KEYPROOF_") || strings.HasPrefix(v, "ACTION_") || strings.HasPrefix(v, "RUNNER_") ||
			strings.HasPrefix(v, "GOFLAGS=") // -race cannot be built without cgo
	})
}

func TestAction(t *testing.T) {
	t.Parallel()
	a := newAction(t)
	if r := a.run("install"); r.code != 0 || !strings.Contains(r.said, "keyproof ") {
		t.Fatalf("install: exit %d: %s", r.code, r.said)
	}
	const plans = "fixtures/plans/"
	tests := []struct {
		name string
		env  []string
		code string
		says string
	}{
		{"safe plan", []string{"ACTION_PLAN=" + plans + "safe/plan.json", "ACTION_DIRECTORY=" + plans + "safe"}, "0", "No findings"},
		{"open plan", []string{"ACTION_PLAN=" + plans + "mistakes/plan.json", "ACTION_DIRECTORY=" + plans + "mistakes"}, "1", "::error file=" + plans + "mistakes/main.tf,line="},
		{"open sources", []string{"ACTION_DIRECTORY=" + plans + "mistakes"}, "1", "::error file=" + plans + "mistakes/main.tf,line="},
		{"never", []string{"ACTION_DIRECTORY=" + plans + "mistakes", "ACTION_FAIL_ON=never"}, "0", "::error file="},
		{"new only", []string{"ACTION_PLAN=" + plans + "updates/plan.json", "ACTION_DIRECTORY=" + plans + "updates", "ACTION_NEW_ONLY=true"}, "1", "::error file="},
		{"several plans", []string{"ACTION_PLAN=" + plans + "safe/plan.json\n  " + plans + "mist*/plan.json\n\n"}, "1", "mistakes/plan.json"},
		{"any depth", []string{"ACTION_PLAN=fixtures/**/mistakes/plan.json"}, "1", "::error file="},
		{"the whole text", []string{"ACTION_DIRECTORY=" + plans + "mistakes"}, "1", "| The gate fails"},
		{"nothing matches", []string{"ACTION_PLAN=" + plans + "no*/plan.json"}, "2", "No file matches"},
		{"below", []string{"ACTION_DIRECTORY=fixtures/example\n" + plans + "safe", "ACTION_RECURSIVE=true"}, "1", "::error file=fixtures/example"},
		{"wrong organization", []string{"ACTION_DIRECTORY=" + plans + "safe", "ACTION_ORGANIZATION=us"}, "2", "organization id"},
		{"values", []string{"ACTION_DIRECTORY=" + plans + "safe", "ACTION_VAR_FILE=none.tfvars"}, "2", "none.tfvars"},
		{"rules", []string{"ACTION_DIRECTORY=" + plans + "safe", "ACTION_RULES=docs"}, "2", "holds no .hcl file"},
		{"wrong severity", []string{"ACTION_DIRECTORY=" + plans + "safe", "ACTION_FAIL_ON=urgent"}, "2", "| keyproof: "},
		{"no plan", []string{"ACTION_PLAN=none.json"}, "2", "none.json"},
		{"a path that would be a flag", []string{"ACTION_PLAN=--help"}, "2", "--help"},
		{"a path that would be a command", []string{"ACTION_PLAN=$(touch " + a.temp + "/owned)`touch " + a.temp + "/owned`;touch " + a.temp + "/owned"}, "2", "$(touch"},
		{"a path that would be a workflow command", []string{"ACTION_PLAN=x\n::error::owned\r::error::owned ##[error]owned"}, "2", "owned"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := a.run("check", tt.env...)
			if r.code != 0 || !strings.HasPrefix(r.output, "exit-code="+tt.code+"\n") || !strings.Contains(r.said, tt.says) {
				t.Errorf("exit %d, output %q: %s", r.code, r.output, r.said)
			}
			// The runner takes ::…:: at the start of a line for a command, and in other lines ##[…] anywhere.
			if regexp.MustCompile(`(?m)(^|\r)\s*::error::owned|^[^:].*##\[`).MatchString(r.said) {
				t.Errorf("the input speaks to the runner: %q", r.said)
			}
			_, err := os.Stat(filepath.Join(a.temp, "owned"))
			if err == nil {
				t.Error("the input was executed")
			}
			if tt.code == "2" {
				return
			}
			for _, name := range []string{"sarif", "markdown", "json"} {
				m := regexp.MustCompile(`(?m)^` + name + `=(.*)$`).FindStringSubmatch(r.output)
				if m == nil {
					t.Errorf("there is no output %s: %q", name, r.output)
				} else if data, err := os.ReadFile(m[1]); err != nil || len(data) == 0 {
					t.Errorf("the report %s: %v", name, err)
				} else if name == "markdown" && string(data) != r.summary {
					t.Error("the summary is not the Markdown report")
				}
			}
		})
	}
	t.Run("comment", func(t *testing.T) { testActionComment(t, a) })
	for code, want := range map[string]int{"0": 0, "1": 1, "2": 2, "": 2, "137": 2} {
		if r := a.run("verdict", "ACTION_EXIT_CODE="+code); r.code != want || (want == 0) != (r.said == "") {
			t.Errorf("the verdict on %q is %d: %s", code, r.code, r.said)
		}
	}
	if r := a.run("destroy"); r.code != 2 || !strings.Contains(r.said, "Usage") {
		t.Errorf("an unknown step: %d, %s", r.code, r.said)
	}
}

// testActionComment holds that a comment is written for pull requests, and that a refusal is a warning.
func testActionComment(t *testing.T, a *action) {
	const token = "ghs_actiontesttoken"
	var posts atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer "+token:
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"message": "Resource not accessible by integration\n::error::owned"}`)
		case r.Method == http.MethodPost && r.URL.Path == "/repos/o/r/issues/7/comments":
			posts.Add(1)
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"html_url": "https://github.example/c"}`)
		case r.URL.Path == "/user":
			fmt.Fprint(w, `{"login": "me"}`)
		default:
			fmt.Fprint(w, `[]`)
		}
	}))
	defer server.Close()
	report := filepath.Join(a.temp, "report.md")
	if err := os.WriteFile(report, []byte("### x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"ACTION_MARKDOWN=" + report, "GITHUB_API_URL=" + server.URL, "GITHUB_REPOSITORY=o/r", "GITHUB_REF=refs/pull/7/merge"}
	for _, tt := range []struct {
		event, token, want string
		posts              int32
	}{
		{"pull_request", token, "posted https://github.example/c\n", 1},
		{"push", token, "::notice title=keyproof::This run belongs to no pull request", 0},
		{"pull_request", "ghs_of-a-fork", "::warning title=keyproof::The comment was not written.", 0},
	} {
		posts.Store(0)
		r := a.run("comment", append(env, "GITHUB_EVENT_NAME="+tt.event, "KEYPROOF_GITHUB_TOKEN="+tt.token)...)
		if r.code != 0 || !strings.HasPrefix(r.said, tt.want) || posts.Load() != tt.posts {
			t.Errorf("%s: exit %d, %d posts: %s", tt.event, r.code, posts.Load(), r.said)
		}
		if strings.Contains(r.said, tt.token) || strings.Contains(r.said, "\n::error") {
			t.Errorf("%s: %q", tt.event, r.said)
		}
	}
}

// TestActionDownload holds that a released binary is used only when its checksum is right.
func TestActionDownload(t *testing.T) {
	a := newAction(t)
	archive := tarball(t, "keyproof", "#!/bin/sh\necho keyproof of the release\n")
	sum := fmt.Sprintf("%x", sha256.Sum256(archive))
	checksums := sum + "  keyproof_1.2.3_linux_amd64.tar.gz\n" + strings.Repeat("0", 64) + "  keyproof_1.2.3_darwin_arm64.tar.gz\n"
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1.2.3/checksums.txt":
			fmt.Fprint(w, checksums)
		case "/v1.2.3/keyproof_1.2.3_linux_amd64.tar.gz", "/v1.2.3/keyproof_1.2.3_darwin_arm64.tar.gz", "/v1.2.3/keyproof_1.2.3_linux_arm64.tar.gz":
			w.Write(archive)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	authority := filepath.Join(a.temp, "authority.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	a.env = append(a.env, "CURL_CA_BUNDLE="+authority, "ACTION_RELEASES="+server.URL)
	for _, tt := range []struct {
		name string
		env  []string
		code int
		says string
	}{
		{"right", []string{"ACTION_VERSION=v1.2.3"}, 0, "keyproof of the release"},
		{"without v, with checksum", []string{"ACTION_VERSION=1.2.3", "ACTION_CHECKSUM=" + sum}, 0, "keyproof of the release"},
		{"another checksum given", []string{"ACTION_VERSION=v1.2.3", "ACTION_CHECKSUM=" + strings.Repeat("1", 64)}, 2, "which is not the input checksum"},
		{"another checksum released", []string{"ACTION_VERSION=v1.2.3", "RUNNER_OS=macOS", "RUNNER_ARCH=ARM64"}, 2, "the release says 000"},
		{"no checksum released", []string{"ACTION_VERSION=v1.2.3", "RUNNER_ARCH=ARM64"}, 2, "do not name keyproof_1.2.3_linux_arm64.tar.gz"},
		{"no such release", []string{"ACTION_VERSION=v9.9.9"}, 2, "cannot be downloaded"},
		{"no version", []string{"ACTION_VERSION=../../x"}, 2, "is not one such as v1.2.3"},
		{"no such system", []string{"ACTION_VERSION=v1.2.3", "RUNNER_OS=Plan9"}, 2, "no released keyproof for Plan9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bin := filepath.Join(a.temp, "keyproof-bin")
			os.RemoveAll(bin)
			r := a.run("install", tt.env...)
			if r.code != tt.code || !strings.Contains(r.said, tt.says) {
				t.Errorf("exit %d: %s", r.code, r.said)
			}
			if entries, _ := os.ReadDir(bin); tt.code != 0 && len(entries) > 0 {
				t.Errorf("something was installed: %v", entries)
			}
		})
	}
}

func tarball(t *testing.T, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{second(w.Write([]byte(content))), w.Close(), z.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func second(_ int, err error) error { return err }

// TestWorkflowFiles holds the rules for what runs with other people's input: foreign actions are pinned to a commit,
// commands hold no expressions, and every input is used.
func TestWorkflowFiles(t *testing.T) {
	pinned := regexp.MustCompile(`^(\./.*|[\w.-]+/[\w./-]+@[0-9a-f]{40})$`)
	for _, path := range slices.Concat(glob(t, filepath.Join(root, ".github/workflows/*.yml")), glob(t, filepath.Join(root, ".github/ISSUE_TEMPLATE/*.yml")),
		[]string{filepath.Join(root, ".github/dependabot.yml"), filepath.Join(root, "action.yml"), filepath.Join(root, ".pre-commit-hooks.yaml"), filepath.Join(root, ".goreleaser.yaml")}) {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		kind, err := yaml.ImpliedType(src)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		doc, err := yaml.Unmarshal(src, kind)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		steps := 0
		visit(doc, func(v cty.Value) {
			if uses := text(v, "uses"); uses != "" {
				steps++
				if !pinned.MatchString(uses) {
					t.Errorf("%s: %s is not pinned to a commit", path, uses)
				}
			}
			if run := text(v, "run"); run != "" {
				steps++
				if strings.Contains(run, "${{") {
					t.Errorf("%s: a command holds an expression: %s", path, run)
				}
			}
		})
		if strings.Contains(string(src), "steps:") && steps < 3 {
			t.Errorf("%s: only %d steps were looked at", path, steps)
		}
		if filepath.Base(path) == "action.yml" {
			inputs := doc.GetAttr("inputs").Type().AttributeTypes()
			for name := range inputs {
				if !strings.Contains(string(src), "inputs."+name) {
					t.Errorf("%s: the input %s is not used", path, name)
				}
			}
			for _, m := range regexp.MustCompile(`inputs\.([a-z-]+)`).FindAllStringSubmatch(string(src), -1) {
				if _, ok := inputs[m[1]]; !ok {
					t.Errorf("%s: there is no input %s", path, m[1])
				}
			}
		}
	}
}

// visit calls f with every object in a value.
func visit(v cty.Value, f func(cty.Value)) {
	if !v.CanIterateElements() {
		return
	}
	if v.Type().IsObjectType() {
		f(v)
	}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		visit(e, f)
	}
}

func text(v cty.Value, name string) string {
	if !v.Type().HasAttribute(name) {
		return ""
	}
	a := v.GetAttr(name)
	if a.IsNull() || a.Type() != cty.String {
		return ""
	}
	return a.AsString()
}

// TestActionBaseConfig holds that a pull request's own configuration does not count where that of the base branch is asked for,
// in a shallow clone of one branch, too.
func TestActionBaseConfig(t *testing.T) {
	t.Parallel()
	a := newAction(t)
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	if r := a.run("install"); r.code != 0 {
		t.Fatalf("install: exit %d: %s", r.code, r.said)
	}
	origin, clone := filepath.Join(a.temp, "origin"), filepath.Join(a.temp, "clone")
	git := func(dir string, args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
	}
	write := func(dir, name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git(a.temp, "init", "-q", origin)
	write(origin, "main.tf", "resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = true\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"kms:*\", Resource = \"*\" }] })\n}\n")
	write(origin, ".keyproof.hcl", "account = \"111122223333\"\n")
	git(origin, "add", "-A")
	git(origin, "commit", "-qm", "base")
	git(origin, "checkout", "-qb", "change")
	write(origin, ".keyproof.hcl", "fail_on = \"never\"\n")
	git(origin, "commit", "-qam", "silence the gate")
	git(a.temp, "clone", "-q", "--depth=1", "--branch=change", "file://"+origin, clone)
	a.dir = clone
	for _, tt := range []struct{ base, from, code, says string }{
		{"main", "false", "0", "fail_on = never (.keyproof.hcl:1)"},
		{"main", "true", "1", "The gate fails"},
		{"gone", "true", "", "cannot be fetched"},
		{"", "true", "0", "fail_on = never"},
	} {
		r := a.run("check", "ACTION_CONFIG_FROM_BASE="+tt.from, "GITHUB_BASE_REF="+tt.base)
		if tt.code == "" && r.code != 2 || !strings.HasPrefix(r.output, strings.TrimSuffix("exit-code="+tt.code, "exit-code=")) || !strings.Contains(r.said, tt.says) {
			t.Errorf("%+v: exit %d, output %q: %s", tt, r.code, r.output, r.said)
		}
	}
	// Of a pull request nothing is believed that is not said to be.
	for _, tt := range []struct {
		env  []string
		code string
	}{{nil, "1"}, {[]string{"ACTION_UNTRUSTED=false"}, "0"}} {
		r := a.run("check", append(tt.env, "GITHUB_BASE_REF=main", "GITHUB_EVENT_NAME=pull_request")...)
		if !strings.HasPrefix(r.output, "exit-code="+tt.code) {
			t.Errorf("%v: exit %d, output %q: %s", tt.env, r.code, r.output, r.said)
		}
	}
	reports := filepath.Join(a.temp, "keyproof-reports")
	if err := os.RemoveAll(reports); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(origin, reports); err != nil {
		t.Skip(err)
	}
	if r := a.run("check"); r.code != 2 || !strings.Contains(r.said, "is a link") {
		t.Errorf("reports go through a link: exit %d: %s", r.code, r.said)
	}
}
