package comment

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// client is one whose clock runs only when it sleeps.
func (g *github) client() (*Client, *time.Duration) {
	start, slept := time.Unix(1_900_000_000, 0), new(time.Duration)
	// Without connections that are kept, net/http repeats nothing by itself.
	plain := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return &Client{BaseURL: g.URL, Token: g.token, HTTP: plain,
		now:   func() time.Time { return start.Add(*slept) },
		sleep: func(ctx context.Context, d time.Duration) error { *slept += d; return ctx.Err() },
	}, slept
}

func (g *github) upsert(body string) (Result, time.Duration, error) {
	c, slept := g.client()
	r, err := c.Upsert(context.Background(), testRepo, 7, body)
	if err != nil && strings.Contains(err.Error(), g.token) {
		g.t.Errorf("the token is in the error: %v", err)
	}
	return r, *slept, err
}

// must is upsert where no error is expected. It says what was done.
func (g *github) must(body, want string) {
	g.t.Helper()
	r, _, err := g.upsert(body)
	if err != nil || r.Action != want || r.URL == "" {
		g.t.Errorf("%+v, %v; wanted %s", r, err, want)
	}
}

func (g *github) bodies() []string {
	var out []string
	for _, c := range g.comments {
		out = append(out, c.Body)
	}
	return out
}

func (g *github) holds(want ...string) {
	g.t.Helper()
	if got := g.bodies(); !slices.Equal(got, want) {
		g.t.Errorf("the comments are %q, not %q", got, want)
	}
}

func TestUpsert(t *testing.T) {
	for _, login := range []string{"", "deployer"} {
		g := newGitHub(t)
		if g.login = login; login != "" {
			g.kind = "User"
		}
		g.add("alice", "User", "Looks good")
		g.must("first", Posted)
		g.must(Marker+"\nsecond", Updated)
		g.must("second", Unchanged)
		g.holds("Looks good", Marker+"\nsecond")
	}
}

// TestForeign holds that nobody's comment is taken for ours because it holds the marker.
func TestForeign(t *testing.T) {
	g := newGitHub(t)
	g.add("mallory", "User", Marker+"\nall is well")
	g.add("github-actions[bot]", "Bot", "a report of something else\n"+Marker)
	g.must("x", Posted)
	g.must("y", Updated)
	g.holds(Marker+"\nall is well", "a report of something else\n"+Marker, Marker+"\ny")

	g = newGitHub(t)
	g.login, g.kind = "Deployer", "User"
	g.add("other-bot[bot]", "Bot", Marker+"\nfrom another bot")
	g.add("deployer", "User", Marker+"\r\nours, with GitHub's line ends\r\n")
	g.must("ours, with GitHub's line ends\n", Unchanged)
	g.must("x", Updated)
	g.holds(Marker+"\nfrom another bot", Marker+"\nx")
}

func TestPages(t *testing.T) {
	g := newGitHub(t)
	g.pageSize = 3
	for i := range 10 {
		g.add("alice", "User", fmt.Sprint("comment ", i))
	}
	g.must("x", Posted)
	for i := range 5 {
		g.add("alice", "User", fmt.Sprint("later comment ", i))
	}
	g.must("y", Updated)
	if g.comments[10].Body != Marker+"\ny" {
		t.Errorf("the comment on the fourth page is %q", g.comments[10].Body)
	}
	if n := len(g.comments); n != 16 {
		t.Errorf("there are %d comments", n)
	}
}

// TestRetry holds that what passes is waited for, and that nothing is posted twice.
func TestRetry(t *testing.T) {
	status := func(code int, header ...string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			refuse(w, code, "Server Error")
		}
	}
	tests := []struct {
		name   string
		method string
		times  int
		answer func(http.ResponseWriter)
		slept  time.Duration
	}{
		{"502 while listing", http.MethodGet, 2, status(502), 3 * time.Second},
		{"503 with Retry-After", http.MethodGet, 1, status(503, "Retry-After", "17"), 17 * time.Second},
		{"500 while posting", http.MethodPost, 1, status(500), time.Second},
		{"secondary limit", http.MethodPost, 1, status(403, "Retry-After", "30"), 30 * time.Second},
		{"secondary limit without a time", http.MethodPost, 1, func(w http.ResponseWriter) {
			refuse(w, 403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
		}, time.Minute},
		{"primary limit", http.MethodGet, 1, status(403, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1900000040"), 41 * time.Second},
		{"429", http.MethodPost, 1, status(429, "Retry-After", "5"), 5 * time.Second},
		{"429 with a date", http.MethodPost, 1, status(429, "Retry-After", time.Unix(1_900_000_020, 0).UTC().Format(http.TimeFormat)), 20 * time.Second},
		{"a reset in the past", http.MethodPost, 1, status(429, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1"), time.Second},
		{"a broken connection", http.MethodGet, 1, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, time.Second},
		{"a broken connection while posting", http.MethodPost, 1, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newGitHub(t)
			seen := 0
			g.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
				if r.Method != tt.method || r.URL.Path == "/user" || seen == tt.times {
					return false
				}
				seen++
				tt.answer(w)
				return true
			}
			r, slept, err := g.upsert("x")
			if err != nil || r.Action != Posted {
				t.Fatal(r, err)
			}
			if slept != tt.slept {
				t.Errorf("it waited %s, not %s", slept, tt.slept)
			}
			g.holds(Marker + "\nx")
		})
	}
}

// TestPostedAfterAll is the answer that got lost on its way.
func TestPostedAfterAll(t *testing.T) {
	g := newGitHub(t)
	g.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			g.add("github-actions[bot]", "Bot", Marker+"\nx")
			refuse(w, http.StatusBadGateway, "Server Error")
			return true
		}
		return false
	}
	g.must("x", Unchanged)
	g.holds(Marker + "\nx")
}

// TestDeleted is a comment that somebody deletes between the look and the update.
func TestDeleted(t *testing.T) {
	g := newGitHub(t)
	g.add("github-actions[bot]", "Bot", Marker+"\nx")
	g.before = func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPatch {
			g.comments = nil
		}
		return false
	}
	g.must("y", Posted)
	g.holds(Marker + "\ny")
}

func TestRefusals(t *testing.T) {
	answer := func(status int, message string, header ...string) func(*github) {
		return func(g *github) {
			g.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
				for i := 0; i < len(header); i += 2 {
					w.Header().Set(header[i], header[i+1])
				}
				refuse(w, status, message)
				return true
			}
		}
	}
	onPost := func(status int, body any) func(*github) {
		return func(g *github) {
			g.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPost {
					reply(w, status, body)
				}
				return r.Method == http.MethodPost
			}
		}
	}
	tests := []struct {
		name     string
		change   func(*github)
		want     string
		requests int
	}{
		{"401", answer(401, "Bad credentials"), "the token is wrong or has expired: 401 Unauthorized Bad credentials", 1},
		{"403", onPost(403, map[string]string{"message": "Resource not accessible by integration"}), "pull-requests: write, which runs for forks do not get: 403", 3},
		{"404", answer(404, "Not Found"), "there is no such pull request, or the token may not see it: 404", 2},
		{"422", onPost(422, map[string]any{"message": "Validation Failed", "errors": []any{map[string]string{"message": "body is too long"}, "locked"}}),
			"GitHub does not accept the comment: 422 Unprocessable Entity Validation Failed; body is too long; locked", 3},
		{"500 for ever", answer(500, "Server Error"), "500 Internal Server Error", maxTries},
		{"a long limit", answer(429, "limit", "Retry-After", "3600"), "asks to wait 1h0m0s", 1},
		{"a limit without end", answer(429, "limit"), "asks to wait 4m0s", 3},
		{"no JSON", func(g *github) {
			g.before = func(_ int, w http.ResponseWriter, r *http.Request) bool { fmt.Fprint(w, "<html>"); return true }
		}, "the answer of 127.0.0.1", 1},
		{"the token in an answer", answer(401, "no such token: "+testToken+"\x1b[31m"), "no such token: *** [31m", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newGitHub(t)
			tt.change(g)
			_, _, err := g.upsert("x")
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "comment on "+testRepo+"#7") {
				t.Errorf("said %v, not %q", err, tt.want)
			}
			if len(g.log) != tt.requests {
				t.Errorf("%d requests, not %d: %q", len(g.log), tt.requests, g.log)
			}
		})
	}
}

// TestOtherHosts holds that the token stays with the API's host.
func TestOtherHosts(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("a request reaches another host: %s %s with Authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}))
	defer other.Close()
	for name, change := range map[string]func(http.ResponseWriter){
		"redirect": func(w http.ResponseWriter) {
			w.Header().Set("Location", other.URL+"/user")
			w.WriteHeader(http.StatusMovedPermanently)
		},
		"next page": func(w http.ResponseWriter) {
			w.Header().Set("Link", "<"+other.URL+`/x>; rel="next"`)
			reply(w, http.StatusOK, []remark{})
		},
	} {
		g := newGitHub(t)
		g.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/comments") {
				change(w)
				return true
			}
			return false
		}
		if _, _, err := g.upsert("x"); err == nil || !strings.Contains(err.Error(), "the token is not sent to another host") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRenamed is a repository that moved: GitHub redirects on its own host, for every method.
func TestRenamed(t *testing.T) {
	for _, status := range []int{http.StatusMovedPermanently, http.StatusTemporaryRedirect} {
		g := newGitHub(t)
		g.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if rest, ok := strings.CutPrefix(r.URL.Path, "/repos/old/name/"); ok {
				w.Header().Set("Location", "/repos/"+testRepo+"/"+rest+"?"+r.URL.RawQuery)
				w.WriteHeader(status)
				return true
			}
			return false
		}
		c, _ := g.client()
		for _, body := range []string{"x", "y"} {
			if _, err := c.Upsert(context.Background(), "old/name", 7, body); err != nil {
				t.Error(err)
			}
		}
		g.holds(Marker + "\ny")
	}
	g := newGitHub(t)
	g.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Location", r.URL.Path)
		w.WriteHeader(http.StatusFound)
		return true
	}
	if _, _, err := g.upsert("x"); err == nil || !strings.Contains(err.Error(), "in a circle") {
		t.Error(err)
	}
}

func TestSize(t *testing.T) {
	g := newGitHub(t)
	g.must(strings.Repeat("é", MaxBody-len(Marker)-1), Posted)
	_, _, err := g.upsert(strings.Repeat("é", MaxBody-len(Marker)))
	if err == nil || !strings.Contains(err.Error(), "has 65537 characters, and GitHub allows 65536") {
		t.Error(err)
	}
}

func TestUsage(t *testing.T) {
	ok := Client{Token: testToken}
	tests := []struct {
		client      Client
		repository  string
		pullRequest int
		body, want  string
	}{
		{ok, "name", 7, "x", `"name" is not a repository`},
		{ok, "a/b/c", 7, "x", "is not a repository"},
		{ok, "../user", 7, "x", "is not a repository"},
		{ok, "a/b?c", 7, "x", "is not a repository"},
		{ok, testRepo, 0, "x", "0 is not the number"},
		{ok, testRepo, 7, Marker + "\n \n", "the report is empty"},
		{Client{}, testRepo, 7, "x", "no usable token"},
		{Client{Token: "a\nb"}, testRepo, 7, "x", "no usable token"},
		{Client{Token: testToken, BaseURL: "http://github.example"}, testRepo, 7, "x", "must begin with https://"},
		{Client{Token: testToken, BaseURL: "https://user:secret@github.example"}, testRepo, 7, "x", "must look like"},
		{Client{Token: testToken, BaseURL: "github.example"}, testRepo, 7, "x", "must look like"},
	}
	for _, tt := range tests {
		_, err := tt.client.Upsert(context.Background(), tt.repository, tt.pullRequest, tt.body)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", tt.want, err)
		}
	}
}

// TestContext holds that an interruption ends a wait at once.
func TestContext(t *testing.T) {
	g := newGitHub(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	g.before = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Retry-After", "60")
		refuse(w, http.StatusTooManyRequests, "limit")
		time.AfterFunc(20*time.Millisecond, cancel)
		return true
	}
	c := Client{BaseURL: g.URL, Token: g.token}
	start := time.Now()
	_, err := c.Upsert(ctx, testRepo, 7, "x")
	if !errors.Is(err, context.Canceled) || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
}
