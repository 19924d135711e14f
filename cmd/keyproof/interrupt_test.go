package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/file/filetest"
	"github.com/keyproof/keyproof/pkg/tfplan/tfplantest"
)

// program is the test binary under the name that makes it the program itself (see TestMain).
func program(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keyproof")
	filetest.Symlink(t, self, path)
	return path
}

// TestInterruptedWhileReading stops the program while its input goes on for ever. It must end within 100 ms, which a busy
// machine may miss now and then, and leave no report.
func TestInterruptedWhileReading(t *testing.T) {
	keyproof := program(t)
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		fastest := time.Hour
		for range 5 {
			dir := t.TempDir()
			cmd := exec.Command(keyproof, "check", "-", "--report", "json="+filepath.Join(dir, "r.json"), "--write-baseline", filepath.Join(dir, "b.json"))
			cmd.Dir = dir
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			begun := make(chan struct{})
			go endlessPlan(in, begun)
			<-begun
			start := time.Now()
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			fastest = min(fastest, time.Since(start))
			if code := cmd.ProcessState.ExitCode(); code != want || out.Len() > 0 || strings.Contains(errs.String(), "goroutine") {
				t.Fatalf("%s: exit code %d, not %d; %q, %q", signal, code, want, out.String(), errs.String())
			}
			if left := names(t, dir); len(left) > 0 {
				t.Fatalf("%s leaves %q", signal, left)
			}
		}
		if fastest > 100*time.Millisecond {
			t.Errorf("%s: it took %s at least", signal, fastest)
		}
	}
}

// endlessPlan writes a plan without an end, and says when the reader has taken some megabytes.
func endlessPlan(w io.WriteCloser, begun chan struct{}) {
	head := `{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[`
	change := `{"address":"random_pet.x","mode":"managed","type":"random_pet","name":"x","change":{"actions":["no-op"]}},`
	_, err := io.WriteString(w, head)
	for written := 0; err == nil; written += len(change) {
		if written > 4<<20 && begun != nil {
			close(begun)
			begun = nil
		}
		_, err = io.WriteString(w, change)
	}
	if begun != nil {
		close(begun) // the program ended by itself
	}
}

// TestInterruptedAnywhere stops the program at every stage of a run. Either it was done, and everything is there, or
// there is no report at all.
func TestInterruptedAnywhere(t *testing.T) {
	keyproof := program(t)
	plan := filepath.Join(t.TempDir(), "plan.json")
	f, err := os.Create(plan)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (tfplantest.Plan{Resources: 400, Varied: true}).Write(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	whole := map[string]int{}
	run := func(after time.Duration) (code int, took time.Duration, dir string) {
		dir = t.TempDir()
		cmd := exec.Command(keyproof, "check", plan, "--report", "json=j", "--report", "html=h", "--report", "sarif=s")
		cmd.Dir = dir
		start := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if after > 0 {
			time.Sleep(after)
			_ = cmd.Process.Signal(syscall.SIGINT)
		}
		_ = cmd.Wait()
		return cmd.ProcessState.ExitCode(), time.Since(start), dir
	}
	code, took, dir := run(0)
	if code != 1 || len(names(t, dir)) != 3 {
		t.Fatalf("exit code %d, %q", code, names(t, dir))
	}
	for _, name := range names(t, dir) {
		whole[name] = size(t, filepath.Join(dir, name))
	}
	interrupted := 0
	for i := range 24 {
		code, _, dir := run(time.Duration(i+1) * took / 22)
		if code == 130 {
			interrupted++
		}
		for _, name := range names(t, dir) {
			if got := size(t, filepath.Join(dir, name)); whole[name] == 0 || got != whole[name] {
				t.Errorf("exit code %d: %s is there with %d bytes; a whole one has %d, and 0 is none that should be there", code, name, got, whole[name])
			}
		}
	}
	if interrupted == 0 {
		t.Error("no run was interrupted, so nothing was tested")
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func size(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size())
}

// TestNoRoomToWrite runs every command with an output that takes nothing, or is gone: that is a message and exit code 2.
func TestNoRoomToWrite(t *testing.T) {
	t.Parallel()
	keyproof := program(t)
	outputs := map[string]func(*testing.T) *os.File{"a closed pipe": closedPipe}
	if runtime.GOOS == "linux" {
		outputs["a full disk"] = func(t *testing.T) *os.File {
			f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
	}
	plan, err := filepath.Abs("../../fixtures/plans/mistakes/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	commands := [][]string{{"--help"}, {"check", "--help"}, {"rules"}, {"rules", "kms-key-public"}, {"version"}, {"evaluate"}}
	for _, f := range []string{"text", "json", "sarif", "github", "gitlab", "junit", "markdown", "html"} {
		commands = append(commands, []string{"check", plan, "--format", f})
	}
	for name, open := range outputs {
		for _, args := range commands {
			cmd := exec.Command(keyproof, args...)
			cmd.Dir = t.TempDir()
			cmd.Stdin = strings.NewReader(`{"kind":"key","policy":{"Version":"2012-10-17","Statement":[]},"request":{"principal":"*","action":"kms:Decrypt"}}` + "\n")
			out := open(t)
			var errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = out, &errs
			_ = cmd.Run()
			out.Close()
			if code := cmd.ProcessState.ExitCode(); code != 2 || !strings.Contains(errs.String(), "keyproof: ") || strings.Contains(errs.String(), "goroutine") {
				t.Errorf("%s, %q: exit code %d, %q", name, args, code, errs.String())
			}
		}
	}
}

func closedPipe(t *testing.T) *os.File {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	return w
}
