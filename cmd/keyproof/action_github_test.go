package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// gitHub is a server that keeps the comments of one pull request as GitHub does: below it, and on lines of its diff.
type gitHub struct {
	*httptest.Server
	mutex    sync.Mutex
	next     int
	comments map[string]map[string]any // by the path of the list and the id
	files    []map[string]string
	refused  []string
}

const pullToken = "ghs_actiontesttoken"

func newGitHub(t *testing.T) *gitHub {
	g := &gitHub{comments: map[string]map[string]any{}}
	g.Server = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.Close)
	return g
}

var (
	aList = regexp.MustCompile(`^/repos/o/r/(issues|pulls)/7/comments$`)
	aOne  = regexp.MustCompile(`^/repos/o/r/(issues|pulls)/comments/(\d+)$`)
)

func (g *gitHub) serve(w http.ResponseWriter, r *http.Request) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	answer := func(status int, v any) {
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(v)
	}
	var in map[string]any
	if r.Method == http.MethodPost || r.Method == http.MethodPatch {
		json.NewDecoder(r.Body).Decode(&in)
	}
	list, one := aList.FindStringSubmatch(r.URL.Path), aOne.FindStringSubmatch(r.URL.Path)
	switch {
	case r.Header.Get("Authorization") != "Bearer "+pullToken:
		answer(http.StatusForbidden, map[string]string{"message": "Resource not accessible by integration"})
	case r.URL.Path == "/user":
		answer(http.StatusOK, map[string]string{"login": "me"})
	case r.URL.Path == "/repos/o/r/pulls/7":
		answer(http.StatusOK, map[string]any{"head": map[string]string{"sha": "0123456789abcdef0123456789abcdef01234567"}})
	case r.URL.Path == "/repos/o/r/pulls/7/files":
		answer(http.StatusOK, g.files)
	case list != nil && r.Method == http.MethodGet:
		all := []map[string]any{}
		for i := 1; i <= g.next; i++ {
			if c, ok := g.comments[list[1]+"/"+strconv.Itoa(i)]; ok {
				all = append(all, c)
			}
		}
		answer(http.StatusOK, all)
	case list != nil && r.Method == http.MethodPost:
		if list[1] == "pulls" && !g.shows(in["path"], in["line"]) {
			g.refused = append(g.refused, fmt.Sprint(in["path"], ":", in["line"]))
			answer(http.StatusUnprocessableEntity, map[string]string{"message": "line must be part of the diff"})
			return
		}
		g.next++
		in["id"], in["user"], in["html_url"] = g.next, map[string]string{"login": "me", "type": "User"}, "https://github.example/c"+strconv.Itoa(g.next)
		g.comments[list[1]+"/"+strconv.Itoa(g.next)] = in
		answer(http.StatusCreated, in)
	case one != nil && g.comments[one[1]+"/"+one[2]] != nil && r.Method == http.MethodPatch:
		g.comments[one[1]+"/"+one[2]]["body"] = in["body"]
		answer(http.StatusOK, g.comments[one[1]+"/"+one[2]])
	case one != nil && r.Method == http.MethodDelete:
		delete(g.comments, one[1]+"/"+one[2])
		w.WriteHeader(http.StatusNoContent)
	default:
		answer(http.StatusNotFound, map[string]string{"message": "Not Found"})
	}
}

// shows says whether a line is in the diff.
func (g *gitHub) shows(path, line any) bool {
	n, _ := line.(float64)
	for _, f := range g.files {
		if f["filename"] != path {
			continue
		}
		at := 0
		for l := range strings.SplitSeq(f["patch"], "\n") {
			if m := regexp.MustCompile(`^@@ -\S+ \+(\d+)`).FindStringSubmatch(l); m != nil {
				at, _ = strconv.Atoi(m[1])
			} else if !strings.HasPrefix(l, "-") {
				if at == int(n) {
					return true
				}
				at++
			}
		}
	}
	return false
}

// bodies are the texts of comments of a kind, in order.
func (g *gitHub) bodies(kind string) []string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	var out []string
	for i := 1; i <= g.next; i++ {
		if c, ok := g.comments[kind+"/"+strconv.Itoa(i)]; ok {
			out = append(out, fmt.Sprint(c["body"]))
		}
	}
	return out
}

// TestActionWhole is the action from end to end: a repository with two roots, a pull request that changes one line of each, two
// plans, annotations, the summary, SARIF, the comment and suggestions, and the same again after a push and after a repair.
func TestActionWhole(t *testing.T) {
	t.Parallel()
	a := newAction(t)
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	if r := a.run("install"); r.code != 0 {
		t.Fatalf("install: exit %d: %s", r.code, r.said)
	}
	g := newGitHub(t)
	repo := filepath.Join(a.temp, "repo")
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main"}, args...)...)
		cmd.Dir = repo
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
		return string(out)
	}
	example := filepath.Join(a.dir, "fixtures", "example")
	open, err := os.ReadFile(filepath.Join(example, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	closed := strings.Replace(string(open), "StringEqualsIfExists", "StringEquals", 1)
	roots := []string{"live/prod", "live/test"}
	write := func(root, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(repo, root), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(repo, root, "main.tf"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		copyFile(t, filepath.Join(example, "plan.json"), filepath.Join(repo, root, "plan.json"))
	}
	for _, r := range roots {
		write(r, closed)
	}
	git("init", "-q")
	git("add", "-A")
	git("commit", "-qm", "base")
	a.dir = repo
	// push is a push to the pull request, and what the action then does.
	push := func(texts ...string) (check, comment ran) {
		t.Helper()
		g.files = nil
		for i, r := range roots {
			write(r, texts[i])
			if patch := git("diff", "--unified=3", "main", "--", r+"/main.tf"); patch != "" {
				g.files = append(g.files, map[string]string{"filename": r + "/main.tf", "patch": strings.TrimSuffix(patch[strings.Index(patch, "\n@@")+1:], "\n")})
			}
		}
		check = a.run("check", "ACTION_PLAN=live/*/plan.json", "ACTION_CATEGORY=keys")
		output := func(name string) string {
			m := regexp.MustCompile(`(?m)^` + name + `=(.*)$`).FindStringSubmatch(check.output)
			if m == nil {
				t.Fatalf("no output %s: %s", name, check.said)
			}
			return m[1]
		}
		comment = a.run("comment", "ACTION_MARKDOWN="+output("markdown"), "ACTION_JSON="+output("json"), "ACTION_SUGGEST=true", "GITHUB_API_URL="+g.URL,
			"GITHUB_REPOSITORY=o/r", "GITHUB_REF=refs/pull/7/merge", "GITHUB_EVENT_NAME=pull_request", "KEYPROOF_GITHUB_TOKEN="+pullToken, "GITHUB_WORKFLOW=terraform", "GITHUB_JOB=keys")
		return check, comment
	}

	check, comment := push(string(open), string(open))
	if !strings.HasPrefix(check.output, "exit-code=1\n") {
		t.Fatalf("output %q: %s", check.output, check.said)
	}
	for _, r := range roots {
		if !strings.Contains(check.said, "::error file="+r+"/main.tf,line=23,") || !strings.Contains(check.summary, r+"/main.tf") {
			t.Errorf("%s is not annotated or not in the summary: %s\n%s", r, check.said, check.summary)
		}
	}
	uploads(t, filepath.Join(a.temp, "keyproof-reports", "keyproof.sarif"), []string{"keys/live/prod/plan.json/", "keys/live/test/plan.json/"})
	if !strings.Contains(comment.said, "posted https://") || !strings.Contains(comment.said, "suggestions: 2 posted, 0 updated, 0 unchanged, 0 removed\n") {
		t.Errorf("the first comment: %s", comment.said)
	}
	if got := g.bodies("issues"); len(got) != 1 || !strings.Contains(got[0], "gate fails") {
		t.Errorf("comments: %q", got)
	}
	const block = "```suggestion\n          StringEquals = { \"aws:PrincipalOrgID\" = \"o-a1b2c3d4e5\" }\n```\n"
	for _, s := range g.bodies("pulls") {
		if !strings.Contains(s, block) || !strings.Contains(s, "It takes away") {
			t.Errorf("a suggestion: %s", s)
		}
	}

	// The same again: nothing is repeated.
	if _, comment = push(string(open), string(open)); !strings.Contains(comment.said, "unchanged https://") || !strings.Contains(comment.said, "suggestions: 0 posted, 0 updated, 2 unchanged, 0 removed\n") {
		t.Errorf("the same again: %s", comment.said)
	}
	// One of them moves, the other is mended.
	if _, comment = push("# A line more.\n"+string(open), closed); !strings.Contains(comment.said, "updated https://") || !strings.Contains(comment.said, "suggestions: 1 posted, 0 updated, 0 unchanged, 2 removed") {
		t.Errorf("moved and mended: %s", comment.said)
	}
	// What the pull request does not change gets no suggestion.
	git("commit", "-qam", "open on main")
	if _, comment = push(string(open), closed); !strings.Contains(comment.said, "suggestions: 0 posted") {
		t.Errorf("outside of the diff: %s", comment.said)
	}
	if len(g.refused) > 0 || len(g.bodies("issues")) != 1 {
		t.Errorf("refused: %q; comments: %d", g.refused, len(g.bodies("issues")))
	}
}

// uploads holds what GitHub holds of an upload to code scanning: each run has a category of its own, which is what stands before the last
// slash of its id.
func uploads(t *testing.T, path string, want []string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Runs []struct {
			AutomationDetails struct{ ID string }
			Results           []any
		}
	}
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range log.Runs {
		ids = append(ids, r.AutomationDetails.ID)
		if len(r.Results) == 0 {
			t.Errorf("the run %s has no results", r.AutomationDetails.ID)
		}
	}
	if !slices.Equal(ids, want) {
		t.Errorf("the ids of the runs are %q, not %q", ids, want)
	}
}
