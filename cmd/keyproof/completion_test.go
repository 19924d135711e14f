package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

// TestCompletionsAreCurrent holds the completion files against the program: every command and flag, and no others.
func TestCompletionsAreCurrent(t *testing.T) {
	want := []string{"--help"}
	var commands []string
	for _, c := range newApp(streams{}).Commands {
		commands = append(commands, c.Name)
		for _, f := range c.Flags {
			want = append(want, "--"+f.Names()[0])
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)
	flag := regexp.MustCompile(`(?:^|[^-\w])(?:--|-l )([a-z][a-z-]*)`)
	for _, name := range []string{"keyproof.bash", "_keyproof", "keyproof.fish"} {
		src, err := os.ReadFile(filepath.Join(root, "completions", name))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range flag.FindAllStringSubmatch(strings.ReplaceAll(string(src), "set -l", ""), -1) {
			got = append(got, "--"+m[1])
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("%s offers %q; the program has %q", name, got, want)
		}
		for _, l := range scan.Limits() {
			if !strings.Contains(string(src), l.Name+"=") {
				t.Errorf("%s does not offer the limit %s", name, l.Name)
			}
		}
		for _, word := range append(slices.Clone(commands), report.Formats()...) {
			if !regexp.MustCompile(`\b` + word + `\b`).Match(src) {
				t.Errorf("%s does not offer %s", name, word)
			}
		}
	}
}

// TestBashCompletion asks the file for bash as bash does.
func TestBashCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	offered := func(words ...string) []string {
		script := "source ../../completions/keyproof.bash; COMP_WORDS=(keyproof \"$@\"); COMP_CWORD=$#; _keyproof; printf '%s\\n' \"${COMPREPLY[@]}\""
		out, err := exec.Command(bash, append([]string{"-c", script, "bash"}, words...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.Fields(string(out))
	}
	for _, tt := range []struct{ words, want string }{
		{"ch", "check"},
		{"c", "check can comment"},
		{"check --form", "--format"},
		{"check --format s", "sarif"},
		{"check --report j", "json= junit="},
		{"check --fail-on ", "critical high medium low never"},
		{"rules --format ", "text json markdown"},
		{"comment --f", "--file"},
		{"check --account ", ""},
		{"check fixtures", ""},
	} {
		if got := strings.Join(offered(strings.Split(tt.words, " ")...), " "); got != tt.want {
			t.Errorf("%q offers %q, not %q", tt.words, got, tt.want)
		}
	}
	var all []string
	for _, f := range flagsOf(t, "check") {
		all = append(all, "--"+f.Names()[0])
	}
	if got := offered("check", "--"); !slices.Equal(got, append([]string{"--help"}, all...)) {
		t.Errorf("check offers %q", got)
	}
}

func flagsOf(t *testing.T, command string) []cli.Flag {
	t.Helper()
	for _, c := range newApp(streams{}).Commands {
		if c.Name == command {
			return c.Flags
		}
	}
	t.Fatalf("there is no command %s", command)
	return nil
}

// TestShellSyntax asks the shells that are installed to read their file.
func TestShellSyntax(t *testing.T) {
	for shell, file := range map[string]string{"bash": "completions/keyproof.bash", "zsh": "completions/_keyproof", "fish": "completions/keyproof.fish"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("%s is not installed: %s is not read", shell, file)
			continue
		}
		var out bytes.Buffer
		cmd := exec.Command(path, "-n", filepath.Join(root, file))
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err != nil {
			t.Errorf("%s: %v: %s", file, err, out.String())
		}
	}
}
