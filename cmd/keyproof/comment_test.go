package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPullRequest holds where the number of the pull request comes from.
func TestPullRequest(t *testing.T) {
	event := func(text string) string {
		path := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct {
		ref, event string
		want       int
		err        string
	}{
		{"refs/pull/7/merge", "", 7, ""},
		{"refs/pull/12/head", event("{}"), 12, ""},
		{"refs/heads/main", event(`{"number": 9, "pull_request": {"number": 9}}`), 9, ""},
		{"", event(`{"issue": {"number": 5, "pull_request": {"url": "x"}}}`), 5, ""},
		{"", event(`{"issue": {"number": 5}}`), 0, "give --pull-request"},
		{"refs/heads/main", event(`{"ref": "refs/heads/main"}`), 0, "give --pull-request"},
		{"refs/heads/refs/pull/7/merge", "", 0, "give --pull-request"},
		{"refs/pull/99999999999999999999/merge", "", 0, "give --pull-request"},
		{"", "", 0, "give --pull-request"},
		{"", event("<html>"), 0, "is no event"},
		{"", filepath.Join(t.TempDir(), "none"), 0, "read the workflow's event"},
	}
	for _, tt := range tests {
		got, err := pullRequest(tt.ref, tt.event)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s with %s: %d, %v", tt.ref, tt.event, got, err)
		}
	}
}

// TestCommentCommand posts to a server, by the whole program.
func TestCommentCommand(t *testing.T) {
	for _, name := range []string{"KEYPROOF_FILE", "KEYPROOF_REPOSITORY", "KEYPROOF_PULL_REQUEST", "KEYPROOF_API_URL", "KEYPROOF_GITHUB_TOKEN", "GITHUB_TOKEN", "GITHUB_EVENT_PATH"} {
		t.Setenv(name, "")
	}
	const token = "ghs_abcdefghijklmnop"
	var posted []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer "+token:
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"message": "Bad credentials: %s"}`, r.Header.Get("Authorization"))
		case r.URL.Path == "/api/v3/user":
			fmt.Fprint(w, `{"login": "me"}`)
		case r.Method == http.MethodPost && r.URL.Path == "/api/v3/repos/o/r/issues/7/comments":
			var in struct{ Body string }
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
				t.Error(err)
			}
			posted = append(posted, in.Body)
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"html_url": "https://github.example/o/r/pull/7#c1"}`)
		case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/v3/repos/o/r/issues/7/comments"):
			fmt.Fprint(w, `[]`)
		default:
			t.Errorf("%s %s", r.Method, r.URL)
		}
	}))
	defer server.Close()
	report := filepath.Join(t.TempDir(), "report.md")
	if err := os.WriteFile(report, []byte("<!-- keyproof -->\n### from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GITHUB_API_URL", server.URL+"/api/v3")
	t.Setenv("GITHUB_REPOSITORY", "o/r")
	t.Setenv("GITHUB_REF", "refs/pull/7/merge")

	tests := []struct {
		name, token, stdin string
		args               []string
		code               int
		out, err           string
	}{
		{"file", token, "", []string{"--file", report}, 0, "posted https://github.example/o/r/pull/7#c1\n", ""},
		{"stdin", token, "### from stdin\n", []string{"--file", "-"}, 0, "posted https://github.example/o/r/pull/7#c1\n", ""},
		{"nothing", token, " \n", []string{"--file", "-"}, 2, "", "the report is empty"},
		{"no token", "", "", []string{"--file", report}, 2, "", "there is no token"},
		{"wrong token", "wrong-token-value", "", []string{"--file", report}, 2, "", "the token is wrong or has expired"},
		{"no file", token, "", nil, 2, "", "give --file"},
		{"file that is not there", token, "", []string{"--file", report + ".none"}, 2, "", "read the report"},
		{"argument", token, "", []string{report}, 2, "", "takes no arguments"},
		{"number", token, "", []string{"--file", report, "--pull-request", "0"}, 2, "", "0 is not the number"},
		{"repository", token, "", []string{"--file", report, "--repository", "r"}, 2, "", `"r" is not a repository`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("GITHUB_TOKEN", tt.token)
			var out, errs bytes.Buffer
			code := run(context.Background(), append([]string{"keyproof", "comment"}, tt.args...), strings.NewReader(tt.stdin), &out, &errs)
			if code != tt.code || out.String() != tt.out || !strings.Contains(errs.String(), tt.err) {
				t.Errorf("exit %d, printed %q, said %q", code, out.String(), errs.String())
			}
			if tt.token != "" && strings.Contains(out.String()+errs.String(), tt.token) {
				t.Errorf("the token is printed: %q", errs.String())
			}
		})
	}
	if want := "<!-- keyproof -->\n### from a file\n|<!-- keyproof -->\n### from stdin\n"; strings.Join(posted, "|") != want {
		t.Errorf("posted %q", posted)
	}
}

// TestDefaultKey holds that two jobs, and two plans of one job, have keys of their own.
func TestDefaultKey(t *testing.T) {
	report := func(inputs string) string { return "<!-- keyproof -->\n<!-- inputs: " + inputs + " -->\n### x\n" }
	keys := map[string]bool{}
	for _, k := range []string{
		defaultKey("ci / plan", report("infra/prod/plan.json")), defaultKey("ci / plan", report("infra/dev/plan.json")), defaultKey("nightly / plan", report("infra/dev/plan.json")),
		defaultKey("ci", report(strings.Repeat("x", 400)+"a")), defaultKey("ci", report(strings.Repeat("x", 400)+"b")), defaultKey("", "no line of inputs"),
	} {
		if keys[k] || len(k) > 300 {
			t.Errorf("the key %q is taken, or too long", k)
		}
		keys[k] = true
	}
	if !keys["ci / plan infra/prod/plan.json"] || !keys[""] {
		t.Errorf("%v", keys)
	}
}

// TestCommentPlace holds what jobs of GitLab tell.
func TestCommentPlace(t *testing.T) {
	for name, value := range map[string]string{"GITLAB_CI": "true", "CI_PROJECT_ID": "42", "CI_API_V4_URL": "http://127.0.0.1:1/api/v4", "CI_MERGE_REQUEST_IID": "", "GITLAB_TOKEN": "glpat-x",
		"KEYPROOF_GITLAB_TOKEN": "", "GITHUB_TOKEN": ""} {
		t.Setenv(name, value)
	}
	var out, errs bytes.Buffer
	args := []string{"keyproof", "comment", "--file", "-"}
	if code := run(context.Background(), args, strings.NewReader("x"), &out, &errs); code != 2 || !strings.Contains(errs.String(), "belongs to no merge request") {
		t.Errorf("exit %d: %s", code, &errs)
	}
	errs.Reset()
	t.Setenv("GITLAB_TOKEN", "")
	if code := run(context.Background(), args, strings.NewReader("x"), &out, &errs); code != 2 || !strings.Contains(errs.String(), "the job token may not write notes") {
		t.Errorf("exit %d: %s", code, &errs)
	}
}
