package who_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/scan"
)

// TestQuestions asks what the comments of the archives ask: after each comment stand the principal, the action, the key,
// condition keys with values, and last the answer, with what it depends on where that is asked: unknown:var.a,var.b. An archive
// holds the sources.
func TestQuestions(t *testing.T) {
	archives, err := filepath.Glob("../../../fixtures/questions/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := txtar.Write(archive, dir); err != nil {
				t.Fatal(err)
			}
			result, err := scan.Run(context.Background(), scan.Options{Paths: []string{at(dir)}, Account: "111122223333", Root: dir, Access: scan.AccessAll, FailOn: "never"})
			if err != nil || result.Map == nil {
				t.Fatalf("no map: %v %v", err, result)
			}
			about := ""
			for line := range strings.Lines(string(archive.Comment)) {
				line = strings.TrimSpace(line)
				if line == "" || strings.HasPrefix(line, "#") {
					about = line
					continue
				}
				f := strings.Fields(line)
				q := who.Question{Principal: f[0], Action: f[1], Key: f[2], Context: map[string]string{}}
				for _, c := range f[3 : len(f)-1] {
					key, value, _ := strings.Cut(c, "=")
					q.Context[key] = value
				}
				a, err := result.Map.Can(context.Background(), q)
				want, on, asked := strings.Cut(f[len(f)-1], ":")
				if err != nil || a.Answer != want || asked && strings.Join(a.DependsOn, ",") != on {
					t.Errorf("%s\n%s: got %s %v (depends on %v, reasons %v)", about, line, a.Answer, err, a.DependsOn, a.Reasons)
				}
			}
		})
	}
}

// at is the directory below that holds the sources: the one itself, or "live" in it.
func at(dir string) string {
	if live := filepath.Join(dir, "live"); isDir(live) {
		return live
	}
	return dir
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
