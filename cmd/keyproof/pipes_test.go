//go:build linux

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestPipesAreRefused puts a pipe that nobody writes to, a device and a directory wherever a file is expected: each is refused at
// once.
func TestPipesAreRefused(t *testing.T) {
	dir := t.TempDir()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	plan := filepath.Join(dir, "plan.json")
	must(os.WriteFile(plan, []byte(planHead+planTail), 0o600))
	for _, name := range []string{"rules/a.hcl", "values/terraform.tfvars", "beside/a.tf", "deep/sub/a.tf", "calls/file", "calls/.terraform/modules/modules.json"} {
		must(os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755))
		must(syscall.Mkfifo(filepath.Join(dir, name), 0o600))
	}
	must(os.WriteFile(filepath.Join(dir, "values", "main.tf"), []byte(keyWith(`"{}"`)), 0o600))
	must(os.WriteFile(filepath.Join(dir, "calls", "main.tf"), []byte(keyWith(`join("", [file("${path.module}/file"), templatefile("${path.module}/file", {}), filesha256("${path.module}/file")])`)), 0o600))
	pipe := filepath.Join(dir, "rules", "a.hcl")
	for name, path := range map[string]string{"a pipe": pipe, "a device": "/dev/zero", "a directory": filepath.Join(dir, "deep")} {
		for _, args := range [][]string{
			{"check", path}, {"check", "--var-file", path, filepath.Join(dir, "values")}, {"check", "--source", path, plan}, {"check", "--config", path, plan}, {"check", "--baseline", path, plan},
			{"check", "--write-baseline", path, plan}, {"check", "--report", "json=" + path, plan}, {"merge", path}, {"who", "--against", path, plan},
			{"fix", path}, {"check", "--rules", filepath.Dir(pipe), plan}, {"check", filepath.Join(dir, "values")}, {"check", filepath.Join(dir, "beside")}, {"check", "--recursive", filepath.Join(dir, "deep")},
			{"check", "--untrusted", filepath.Join(dir, "calls")},
		} {
			if name == "a directory" && args[1] == "--source" {
				continue // it is what is expected
			}
			done := make(chan int, 1)
			var out, errs bytes.Buffer
			go func() {
				done <- run(context.Background(), append([]string{"keyproof"}, args...), strings.NewReader(""), &out, &errs)
			}()
			select {
			case code := <-done:
				if code != 2 || out.Len()+errs.Len() == 0 {
					t.Errorf("%s: %q: exit code %d\n%s%s", name, args, code, out.String(), errs.String())
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%s: %q waits", name, args)
			}
		}
	}
}
