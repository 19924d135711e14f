// Package comment keeps one comment on a pull request up to date: the report of the latest run, in place of the one
// before. It speaks GitHub's documented REST API.
//
// The token is sent to the API's own host alone and is in no error.
package comment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Marker is the first line of the comments that Upsert writes, and what it knows them by.
const Marker = "<!-- keyproof -->"

// MaxBody is how many characters GitHub allows in a comment.
const MaxBody = 65536

// DefaultURL is the API of github.com.
const DefaultURL = "https://api.github.com"

// Client is somebody who comments. A Client is for one goroutine at a time.
type Client struct {
	// BaseURL is the API's address, DefaultURL where it is "".
	BaseURL string
	// Token is a token that may write to pull requests.
	Token string
	// HTTP sends the requests; nil stands for a client with a timeout. Its CheckRedirect is not used: redirects are
	// followed on the API's own host only.
	HTTP *http.Client

	// now and sleep are the clock, nil for the real one.
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

// Result is what Upsert did.
type Result struct {
	// URL is where people see the comment.
	URL string
	// Action is one of Posted, Updated, Unchanged.
	Action string
}

// The actions of a Result.
const (
	Posted    = "posted"
	Updated   = "updated"
	Unchanged = "unchanged"
)

// remark is a comment as the API gives it.
type remark struct {
	ID   int64  `json:"id"`
	Body string `json:"body"`
	URL  string `json:"html_url"`
	User struct {
		Login string `json:"login"`
		Type  string `json:"type"`
	} `json:"user"`
}

// maxTries bounds how often a request is sent, and a comment looked for.
const maxTries = 5

// Upsert puts the body, which is Markdown, on a pull request of a repository ("owner/name"). It replaces the comment that
// begins with Marker and was written by the token's owner; where there is none, it posts one. A body without the marker
// gets it.
//
// The token of a workflow, or of an app, has no user that the API would tell: then comments by bots count as its own.
// Requests are repeated when GitHub fails or asks for patience, within bounds and until the context is done.
func (c *Client) Upsert(ctx context.Context, repository string, pullRequest int, body string) (Result, error) {
	body, err := withMarker(body)
	if err != nil {
		return Result{}, err
	}
	s, err := c.session(repository, pullRequest)
	if err != nil {
		return Result{}, err
	}
	for try := 1; ; try++ {
		result, err := s.upsert(ctx, body)
		var again *uncertainError
		if err == nil || !errors.As(err, &again) || try == maxTries {
			return result, s.explain(err)
		}
		// The request may have been carried out: look again before it is sent again.
		if err := s.pause(ctx, backoff(try)); err != nil {
			return Result{}, s.explain(err)
		}
	}
}

func withMarker(body string) (string, error) {
	if strings.TrimSpace(strings.Replace(body, Marker, "", 1)) == "" {
		return "", errors.New("there is nothing to comment: the report is empty")
	}
	if !marked(body) {
		body = Marker + "\n" + body
	}
	if n := utf8.RuneCountInString(body); n > MaxBody {
		return "", fmt.Errorf("the report has %d characters, and GitHub allows %d in a comment; keyproof check --report markdown=FILE writes one that fits", n, MaxBody)
	}
	return body, nil
}

func marked(body string) bool {
	line, _, _ := strings.Cut(body, "\n")
	return strings.TrimSpace(line) == Marker
}

// session is the work on one pull request.
type session struct {
	*Client
	http *http.Client
	base *url.URL
	// repository and pullRequest name the place for people; token is without the white space around it.
	repository  string
	pullRequest int
	token       string
	// me is the login of the token's owner, "" where the API does not tell; known says that it was asked.
	me    string
	known bool
	// patience is how much longer the session may wait in all.
	patience time.Duration
}

func (c *Client) session(repository string, pullRequest int) (*session, error) {
	s := &session{Client: c, repository: repository, pullRequest: pullRequest, token: strings.TrimSpace(c.Token), patience: maxPatience}
	switch {
	case !validRepository(repository):
		return nil, fmt.Errorf("%q is not a repository: write it as owner/name", repository)
	case pullRequest <= 0:
		return nil, fmt.Errorf("%d is not the number of a pull request", pullRequest)
	case s.token == "" || strings.ContainsFunc(s.token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, errors.New("there is no usable token: it must be one line of printable characters")
	}
	base := c.BaseURL
	if base == "" {
		base = DefaultURL
	}
	u, err := url.Parse(strings.TrimSuffix(base, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return nil, fmt.Errorf("the API's address must look like %s", DefaultURL)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return nil, fmt.Errorf("the API's address must begin with https://, because the token is sent there: %s", u)
	}
	s.base, s.http = u, plainHTTP(c.HTTP)
	return s, nil
}

func validRepository(name string) bool {
	owner, repo, ok := strings.Cut(name, "/")
	valid := func(s string) bool {
		return s != "" && s != "." && s != ".." && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
	}
	return ok && valid(owner) && valid(repo)
}

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// upsert looks for the comment and writes it once.
func (s *session) upsert(ctx context.Context, body string) (Result, error) {
	if err := s.identify(ctx); err != nil {
		return Result{}, err
	}
	old, err := s.find(ctx)
	switch {
	case err != nil:
		return Result{}, err
	case old == nil:
		return s.write(ctx, Posted, http.MethodPost, fmt.Sprintf("issues/%d/comments", s.pullRequest), body)
	case sameText(old.Body, body):
		return Result{URL: old.URL, Action: Unchanged}, nil
	}
	return s.write(ctx, Updated, http.MethodPatch, "issues/comments/"+strconv.FormatInt(old.ID, 10), body)
}

// sameText compares what was sent with what came back: GitHub may give line ends of its own.
func sameText(a, b string) bool {
	return strings.ReplaceAll(a, "\r\n", "\n") == strings.ReplaceAll(b, "\r\n", "\n")
}

// identify asks who the token's owner is. An installation's token has none and is refused.
func (s *session) identify(ctx context.Context) error {
	if s.known {
		return nil
	}
	var user struct {
		Login string `json:"login"`
	}
	_, err := s.get(ctx, s.base.JoinPath("user"), &user)
	var refused *statusError
	if errors.As(err, &refused) && (refused.status == http.StatusForbidden || refused.status == http.StatusNotFound) {
		err = nil
	}
	s.me, s.known = user.Login, err == nil
	return err
}

// maxPages bounds the search: far more comments than GitHub allows on a pull request.
const maxPages = 100

// find returns the first comment that is ours, nil where there is none.
func (s *session) find(ctx context.Context) (*remark, error) {
	next := s.path(fmt.Sprintf("issues/%d/comments", s.pullRequest))
	next.RawQuery = "per_page=100"
	for range maxPages {
		var page []remark
		header, err := s.get(ctx, next, &page)
		if err != nil {
			return nil, err
		}
		for i := range page {
			if s.ours(&page[i]) {
				return &page[i], nil
			}
		}
		if next, err = s.nextPage(next, header); next == nil || err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("the pull request has more than %d pages of comments", maxPages)
}

// ours says whether a comment is one that we wrote. Anybody can write the marker, and could change the text afterwards.
func (s *session) ours(r *remark) bool {
	if !marked(r.Body) {
		return false
	}
	if s.me == "" {
		return r.User.Type == "Bot"
	}
	return strings.EqualFold(r.User.Login, s.me)
}

func (s *session) write(ctx context.Context, action, method, path, body string) (Result, error) {
	data, err := json.Marshal(map[string]string{"body": body})
	if err != nil {
		return Result{}, err
	}
	var written remark
	if _, err := s.do(ctx, method, s.path(path), data, &written); err != nil {
		return Result{}, err
	}
	return Result{URL: written.URL, Action: action}, nil
}

// path is the address of something in the repository.
func (s *session) path(rest string) *url.URL {
	return s.base.JoinPath("repos", s.repository, rest)
}
