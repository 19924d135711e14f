package comment

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// github is a server that follows the documented API for the comments of one pull request.
type github struct {
	*httptest.Server
	t *testing.T
	// token is the one that it knows, login and kind are its owner; a login of "" stands for an installation.
	token, login, kind string
	comments           []remark
	pageSize           int
	nextID             int64
	// before may answer a request itself, which it says with true. It sees each request with its number, from 1.
	before func(n int, w http.ResponseWriter, r *http.Request) bool
	// log is each request: method and path.
	log []string
}

const (
	testToken = "ghs_0123456789abcdefABCDEF"
	testRepo  = "octo-org/infra.live"
)

func newGitHub(t *testing.T) *github {
	g := &github{t: t, token: testToken, kind: "Bot", pageSize: 100, nextID: 100}
	g.Server = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.Close)
	return g
}

// add puts a comment on the pull request.
func (g *github) add(login, kind, body string) *remark {
	g.nextID++
	r := remark{ID: g.nextID, Body: body, URL: fmt.Sprintf("https://github.example/comment/%d", g.nextID)}
	r.User.Login, r.User.Type = login, kind
	g.comments = append(g.comments, r)
	return &g.comments[len(g.comments)-1]
}

func (g *github) serve(w http.ResponseWriter, r *http.Request) {
	g.log = append(g.log, r.Method+" "+r.URL.Path)
	if got := r.Header.Get("Accept"); got != "application/vnd.github+json" {
		g.t.Errorf("Accept is %q", got)
	}
	if r.Header.Get("X-GitHub-Api-Version") == "" || r.Header.Get("User-Agent") == "" {
		g.t.Error("a header that GitHub asks for is missing")
	}
	if g.before != nil && g.before(len(g.log), w, r) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+g.token {
		refuse(w, http.StatusUnauthorized, "Bad credentials")
		return
	}
	list := "/repos/" + testRepo + "/issues/7/comments"
	one, isOne := strings.CutPrefix(r.URL.Path, "/repos/"+testRepo+"/issues/comments/")
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/user":
		if g.login == "" {
			refuse(w, http.StatusForbidden, "Resource not accessible by integration")
			return
		}
		reply(w, http.StatusOK, map[string]string{"login": g.login, "type": "User"})
	case r.Method == http.MethodGet && r.URL.Path == list:
		g.page(w, r)
	case r.Method == http.MethodPost && r.URL.Path == list:
		if body, ok := g.body(w, r); ok {
			reply(w, http.StatusCreated, g.add(g.owner(), g.kind, body))
		}
	case r.Method == http.MethodDelete && isOne:
		g.comments = slices.DeleteFunc(g.comments, func(c remark) bool { return strconv.FormatInt(c.ID, 10) == one })
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPatch && isOne:
		g.patch(w, r, one)
	default:
		refuse(w, http.StatusNotFound, "Not Found")
	}
}

func (g *github) owner() string {
	if g.login == "" {
		return "github-actions[bot]"
	}
	return g.login
}

func (g *github) page(w http.ResponseWriter, r *http.Request) {
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	page = max(page, 1)
	if n, err := strconv.Atoi(r.URL.Query().Get("per_page")); err != nil || n > 100 {
		g.t.Errorf("per_page is %q", r.URL.Query().Get("per_page"))
	}
	from := min((page-1)*g.pageSize, len(g.comments))
	to := min(from+g.pageSize, len(g.comments))
	if to < len(g.comments) {
		last := (len(g.comments) + g.pageSize - 1) / g.pageSize
		link := func(n int) string { return fmt.Sprintf("<%s%s?per_page=100&page=%d>", g.URL, r.URL.Path, n) }
		w.Header().Set("Link", link(page+1)+`; rel="next", `+link(last)+`; rel="last"`)
	}
	reply(w, http.StatusOK, append([]remark{}, g.comments[from:to]...))
}

func (g *github) patch(w http.ResponseWriter, r *http.Request, id string) {
	for i := range g.comments {
		if strconv.FormatInt(g.comments[i].ID, 10) == id {
			if body, ok := g.body(w, r); ok {
				g.comments[i].Body = body
				reply(w, http.StatusOK, g.comments[i])
			}
			return
		}
	}
	refuse(w, http.StatusNotFound, "Not Found")
}

func (g *github) body(w http.ResponseWriter, r *http.Request) (string, bool) {
	var in struct {
		Body *string `json:"body"`
	}
	if r.Header.Get("Content-Type") != "application/json" {
		g.t.Errorf("Content-Type is %q", r.Header.Get("Content-Type"))
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
		return "", false
	}
	if in.Body == nil || *in.Body == "" {
		reply(w, http.StatusUnprocessableEntity, map[string]any{"message": "Validation Failed", "errors": []any{map[string]string{"message": "body cannot be blank"}}})
		return "", false
	}
	return *in.Body, true
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]string{"message": message, "documentation_url": "https://docs.github.com/rest"})
}
