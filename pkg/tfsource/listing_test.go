package tfsource_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/file/filetest"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

// tree writes files into a directory of its own. A content that begins with -> is a symbolic link.
func tree(t *testing.T, files map[string]string) *tfsource.Sources {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if to, ok := strings.CutPrefix(content, "->"); ok {
			filetest.Symlink(t, to, p)
		} else if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, _ := tfsource.Load(context.Background(), tfsource.Options{Dir: dir, Root: dir})
	return c
}

// What the patterns find is what Terraform 1.11.4 finds in the same tree; "?" where it depends on a link or on what a run
// of Terraform writes, "!" where Terraform refuses the pattern.
func TestGlob(t *testing.T) {
	c := tree(t, map[string]string{
		"main.tf": `resource "local_file" "x" {
  filename = "${path.module}/d/made.txt"
  content  = ""
}`,
		"a.txt": "", ".hidden.txt": "", "d/x.json": "{}", "d/y.json": "{}", "d/.h.json": "", "d/sub/z.json": "", "d/sub/deep/q.json": "", "d/made.txt": "",
		"e/link": "->../d", "e/l.json": "->../d/x.json", "p/plan.json": "", "p/other.json": `{"format_version":"1.2","terraform_version":"1.11.4"}`,
	})
	for _, q := range []struct{ dir, pattern, want string }{
		{"d", "*.json", ".h.json x.json y.json"},
		{"d", "**/*.json", ".h.json sub/deep/q.json sub/z.json x.json y.json"},
		{"d/sub", "**", "deep/q.json z.json"},
		{"d", "*/*.json", "sub/z.json"},
		{"d", "[xy].json", "x.json y.json"},
		{"d", "[!x].json", "x.json"},
		{"d", "[^x].json", "y.json"},
		{"d", "{x,y}.json", "x.json y.json"},
		{"d", "{x,{y,z}}.json", "!"},
		{"d", "[", "!"},
		{"d", "./x.json", "x.json"},
		{"d", "../*.txt", "../.hidden.txt ../a.txt"},
		{"d", "sub/deep/../z.json", "sub/z.json"},
		{"d", "**z.json", ""},
		{"d", "s**/*.json", "sub/z.json"},
		{"d", "sub/{deep,x}/q.json", "sub/deep/q.json"},
		{"d", "X.json", ""},
		{"d", "x.json/", "x.json"},
		{"d/x.json", "*", ""},
		{"nothing", "*", ""},
		{"d", "*.txt", "?"},
		{"e", "*.json", "?"},
		{"e", "link/x.json", "?"},
		{"e", "*/x.json", "?"},
		{"p", "*.json", "?"},
		{"d", "../../*", "?"},
	} {
		names, sure, err := c.Glob(q.dir, q.pattern)
		got := strings.Join(names, " ")
		switch {
		case err != nil:
			got = "!"
		case !sure:
			got = "?"
		}
		if got != q.want {
			t.Errorf("fileset(%q, %q): got %q, want %q", q.dir, q.pattern, got, q.want)
		}
	}
}

func TestPresence(t *testing.T) {
	c := tree(t, map[string]string{"main.tf": "", "d/x.json": "{}", "l.json": "->d/x.json", "dangling": "->nothing", "plan.json": "{}", "state": `{"lineage":""}`})
	for p, want := range map[string]string{"d/x.json": "file", "d": "directory", "nothing": "none", "d/nothing": "none", "d/x.json/y": "none",
		"l.json": "unsure", "dangling": "unsure", "plan.json": "unsure", "tfplan.bin": "unsure", "state": "unsure", ".terraform/environment": "unsure"} {
		info, sure := c.Presence(p)
		got := "none"
		switch {
		case !sure:
			got = "unsure"
		case info != nil && info.IsDir():
			got = "directory"
		case info != nil:
			got = "file"
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", p, got, want)
		}
	}
}
