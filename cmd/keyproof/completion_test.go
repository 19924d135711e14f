package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestCompletionsAreCurrent holds the files that packages install against the program.
func TestCompletionsAreCurrent(t *testing.T) {
	for command, name := range map[string]string{"completion bash": "completions/keyproof.bash", "completion zsh": "completions/_keyproof",
		"completion fish": "completions/keyproof.fish"} {
		var out, errs bytes.Buffer
		if code := run(context.Background(), append([]string{"keyproof"}, strings.Fields(command)...), nil, &out, &errs); code != 0 {
			t.Fatalf("%s: exit code %d: %s", command, code, &errs)
		}
		current(t, name, out.Bytes())
	}
}

// current holds a file that is made from the program against what is made now.
func current(t *testing.T, name string, want []byte) {
	t.Helper()
	path := filepath.Join(root, name)
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old, err := os.ReadFile(path); err != nil || !bytes.Equal(old, want) {
		t.Errorf("%s is stale: run go test ./cmd/keyproof -run 'Completions|Manual' -update (%v)", name, err)
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
		{"c", "check can comment completion"},
		{"check --form", "--format"},
		{"check --format s", "sarif"},
		{"check --report j", "json= junit="},
		{"check --fail-on ", "critical high medium low never"},
		{"rules --format ", "text json markdown"},
		{"comment --f", "--file"},
		{"completion ", "bash zsh fish"},
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
