package comment

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestHunks holds what lines of the new files a patch shows.
func TestHunks(t *testing.T) {
	d := diff{"main.tf": hunks("@@ -1,3 +1,4 @@ head\n a\n-b\n+B\r\n+C\n d\n@@ -20,2 +21,2 @@\n x\n-y\n+Y\n\\ No newline at end of file")}
	for _, tt := range []struct {
		path       string
		start, end int
		old        string
		want       bool
	}{
		{"main.tf", 2, 2, "B", true},
		{"main.tf", 1, 4, "a\nB\nC\nd", true},
		{"main.tf", 21, 22, "x\nY", true},
		{"main.tf", 2, 2, "b", false},             // the file is another one
		{"main.tf", 4, 21, "d\nx", false},         // over two hunks
		{"main.tf", 4, 5, "d\n", false},           // beyond one
		{"main.tf", 0, 1, "\na", false},           // before one
		{"main.tf", 30, 30, "z", false},           // outside
		{"other.tf", 2, 2, "B", false},            // not changed
		{"main.tf", 3, 2, "", false},              // nothing
		{"main.tf", 22, 22, "Y\nZ", false},        // too long
		{"main.tf", -1, -1, "a", false},           // nowhere
		{"main.tf", 1 << 40, 1 << 40, "a", false}, // far away
	} {
		if got := d.holds(&Suggestion{Path: tt.path, Start: tt.start, End: tt.end, Old: strings.Split(tt.old, "\n")}); got != tt.want {
			t.Errorf("%+v: %t", tt, got)
		}
	}
	if got := hunks(""); len(got) != 0 {
		t.Errorf("a file without a patch has %v", got)
	}
}

// TestSuggestRefused holds that others' comments are not touched, that GitLab is refused before any request, and that a refusal says what
// the token needs.
func TestSuggestRefused(t *testing.T) {
	g := newGitHub(t)
	stranger := "<!-- keyproof-suggestion: job / 1:a -->\nnot ours"
	g.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		switch r.URL.Path {
		case "/repos/" + testRepo + "/pulls/7":
			reply(w, http.StatusOK, map[string]any{"head": map[string]string{"sha": "abc"}})
		case "/repos/" + testRepo + "/pulls/7/files":
			reply(w, http.StatusOK, []map[string]string{{"filename": "main.tf", "patch": "@@ -1 +1 @@\n-a\n+b"}})
		case "/repos/" + testRepo + "/pulls/7/comments":
			if r.Method == http.MethodPost {
				refuse(w, http.StatusForbidden, "Resource not accessible by integration")
				return true
			}
			reply(w, http.StatusOK, []map[string]any{{"id": 1, "body": stranger, "path": "main.tf", "line": 1, "user": map[string]string{"login": "mallory", "type": "User"}}})
		default:
			return false
		}
		return true
	}
	c, _ := g.client()
	c.Key = "job"
	one := []Suggestion{{ID: "1:a", Path: "main.tf", Start: 1, End: 1, Old: []string{"b"}, Body: "x"}}
	if _, err := c.Suggest(context.Background(), testRepo, 7, one); err == nil || !strings.Contains(err.Error(), "pull-requests: write") || strings.Contains(err.Error(), testToken) {
		t.Errorf("refused: %v", err)
	}
	if done, err := c.Suggest(context.Background(), testRepo, 7, nil); err != nil || done != (Suggested{}) {
		t.Errorf("nothing to suggest: %+v, %v", done, err)
	}
	if slices.ContainsFunc(g.log, func(l string) bool { return strings.HasPrefix(l, "DELETE") }) {
		t.Errorf("a comment of somebody else was deleted: %q", g.log)
	}
	n := len(g.log)
	c.Service = GitLab()
	if _, err := c.Suggest(context.Background(), testRepo, 7, one); err == nil || !strings.Contains(err.Error(), "GitLab") || len(g.log) != n {
		t.Errorf("GitLab: %v", err)
	}
}

// FuzzHunks holds for any patch that a suggestion stands only on lines that the patch shows as they are.
func FuzzHunks(f *testing.F) {
	f.Add("@@ -1,2 +3,4 @@ x\n a\n-b\n+c\n d\r\n\\ No newline at end of file", 4, 5)
	f.Add("@@ -1 +99999999999999999999 @@\n+a\n@@ -0,0 +1 @@\n+b", 1, 1)
	f.Add("+a\n@@\n@@ +\n+", 0, -1)
	f.Fuzz(func(t *testing.T, patch string, start, end int) {
		d := diff{"f": hunks(patch)}
		for _, h := range d["f"] {
			for i, line := range h.lines {
				if at := h.start + i; at > 0 && !d.holds(&Suggestion{Path: "f", Start: at, End: at, Old: []string{line}}) {
					t.Errorf("line %d is shown, and holds no suggestion", at)
				}
			}
		}
		if g := (&Suggestion{Path: "f", Start: start, End: end}); d.holds(g) {
			t.Errorf("no line is shown, and holds a suggestion on %d to %d", start, end)
		}
	})
}
