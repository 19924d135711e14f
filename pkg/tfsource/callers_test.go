package tfsource_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/keyproof/keyproof/pkg/tfsource"
)

// TestCallers holds that one search answers for every directory below a root, and that a directory does not call itself.
func TestCallers(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"live/main.tf": "provider \"aws\" {}\nmodule \"key\" {\n  source = \"../key\"\n}\n",
		"key/main.tf":  "provider \"aws\" {}\n",
		"self/main.tf": "provider \"aws\" {}\n# source = \"../self\"\nmodule \"m\" {\n  source = \"../self\"\n}\n",
		"bare/main.tf": "variable \"x\" {}\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var shared tfsource.Callers
	for dir, want := range map[string]bool{"live": false, "key": true, "self": false, "bare": true} {
		for _, callers := range []*tfsource.Callers{nil, &shared} {
			c, _ := tfsource.Load(context.Background(), tfsource.Options{Dir: filepath.Join(root, dir), Root: root, Callers: callers})
			if c == nil || c.IsModule() != want {
				t.Errorf("%s is a module: not %t", dir, want)
			}
		}
	}
}
