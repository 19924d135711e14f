package comment

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// TestKeys holds that each key has a comment of its own, whatever stands in it, and that the comment shows it.
func TestKeys(t *testing.T) {
	g := newGitHub(t)
	keys := []string{"", "plan prod", "plan --> <b>`x`\n", "plan -", "plan %2D", strings.Repeat("k", 300)}
	for _, text := range []string{"first", "second"} {
		for _, key := range keys {
			c, _ := g.client()
			c.Key = key
			if _, err := c.Upsert(context.Background(), testRepo, 7, Marker+"\n"+text); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(g.comments) != len(keys) {
		t.Fatalf("there are %d comments of %d keys: %q", len(g.comments), len(keys), g.bodies())
	}
	for i, c := range g.comments {
		line, rest, _ := strings.Cut(c.Body, "\n")
		if !strings.HasPrefix(line, "<!-- keyproof") || strings.Count(line, "-->") != 1 || !strings.HasSuffix(line, "-->") {
			t.Errorf("the marker of %q is %q", keys[i], line)
		}
		if !strings.HasPrefix(rest, "second") || strings.ContainsAny(strings.Trim(rest, "\n"), "\x00") || strings.Count(rest, "`") > 2 {
			t.Errorf("the comment of %q is %q", keys[i], rest)
		}
	}
	if !strings.Contains(g.comments[1].Body, "<sub>`plan prod`</sub>") {
		t.Errorf("the key is not shown: %q", g.comments[1].Body)
	}
	c, _ := g.client()
	c.Key = strings.Repeat("k", 301)
	if _, err := c.Upsert(context.Background(), testRepo, 7, "x"); err == nil {
		t.Error("a key without a bound")
	}
}

// TestParallel holds that two jobs that post at the same time leave one comment: the older one, with a whole text.
func TestParallel(t *testing.T) {
	for _, mine := range []bool{true, false} { // whether ours is the older one
		g := newGitHub(t)
		g.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost && len(g.comments) == 0 && !mine {
				g.add("github-actions[bot]", "Bot", Marker+"\nthe other's")
			}
			if r.Method == http.MethodGet && len(g.comments) == 1 && mine {
				g.add("github-actions[bot]", "Bot", Marker+"\nthe other's")
			}
			return false
		}
		if r, _, err := g.upsert("ours"); err != nil || r.Action == "" {
			t.Fatal(r, err)
		}
		g.holds(Marker + "\nours")
	}
}

// TestGitLab runs against a server that follows GitLab's documented API for notes.
func TestGitLab(t *testing.T) {
	type note struct {
		ID     int64             `json:"id"`
		Body   string            `json:"body"`
		Author map[string]string `json:"author"`
	}
	notes := []note{{1, "Looks good", map[string]string{"username": "alice"}}, {2, Marker + "\nforged", map[string]string{"username": "mallory"}}}
	const token = "glpat-0123456789"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.EscapedPath()
		const list = "/api/v4/projects/group%2Fsub%2Finfra/merge_requests/7/notes"
		var in struct {
			Body string `json:"body"`
		}
		if r.Body != nil {
			_ = json.NewDecoder(r.Body).Decode(&in)
		}
		switch {
		case r.Header.Get("PRIVATE-TOKEN") != token || r.Header.Get("Authorization") != "":
			refuse(w, http.StatusUnauthorized, "401 Unauthorized")
		case path == "/api/v4/user":
			reply(w, http.StatusOK, map[string]any{"id": 5, "username": "project_1_bot"})
		case r.Method == http.MethodGet && path == list:
			page, _ := strconv.Atoi(r.URL.Query().Get("page"))
			page = max(page, 1)
			if page < len(notes) {
				w.Header().Set("Link", fmt.Sprintf("<http://%s%s?page=%d&per_page=100>; rel=\"next\"", r.Host, path, page+1))
			}
			reply(w, http.StatusOK, notes[page-1:min(page, len(notes))])
		case r.Method == http.MethodPost && path == list:
			n := note{int64(len(notes) + 1), in.Body, map[string]string{"username": "project_1_bot"}}
			notes = append(notes, n)
			reply(w, http.StatusCreated, n)
		case r.Method == http.MethodPut && strings.HasPrefix(path, list+"/"):
			id, _ := strconv.Atoi(strings.TrimPrefix(path, list+"/"))
			notes[id-1].Body = in.Body
			reply(w, http.StatusOK, notes[id-1])
		default:
			t.Errorf("%s %s", r.Method, path)
			refuse(w, http.StatusNotFound, "404 Not found")
		}
	}))
	defer server.Close()
	c := Client{Service: GitLab(), BaseURL: server.URL + "/api/v4", Token: token}
	for i, want := range []string{Posted, Unchanged, Updated} {
		body := map[bool]string{true: "second", false: "first"}[i == 2]
		r, err := c.Upsert(context.Background(), "group/sub/infra", 7, body)
		if err != nil || r.Action != want {
			t.Fatalf("%d: %+v, %v", i, r, err)
		}
	}
	if len(notes) != 3 || notes[2].Body != Marker+"\nsecond" || notes[1].Body != Marker+"\nforged" {
		t.Errorf("%+v", notes)
	}
	c.Token = "other"
	if _, err := c.Upsert(context.Background(), "group/sub/infra", 7, "x"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Error(err)
	}
	for _, bad := range []string{"", "a b", "../x", "a?b"} {
		if _, err := c.Upsert(context.Background(), bad, 7, "x"); err == nil {
			t.Errorf("%q is taken for a repository", bad)
		}
	}
}
