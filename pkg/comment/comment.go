// Package comment keeps one comment for each key on a pull request up to date: the report of the latest run, in place of
// the one before. It speaks the documented REST APIs of GitHub and GitLab.
//
// The token is sent to the API's own host alone and is in no error.
//
// It is no API: it may change in any version.
package comment

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

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

// Upsert puts the body, which is Markdown, on a pull request of a repository ("owner/name"; at GitLab also the project's id).
// It replaces the comment of its key that the token's owner wrote; where there is none, it posts one. Jobs that run at
// the same time leave one comment of a key: the oldest stays, with the text of one of them.
//
// The token of a workflow, or of an app, has no user that the API would tell: then comments by bots count as its own.
// Requests are repeated when GitHub fails or asks for patience, within bounds and until the context is done.
func (c *Client) Upsert(ctx context.Context, repository string, pullRequest int, body string) (Result, error) {
	s, err := c.session(repository, pullRequest)
	if err != nil {
		return Result{}, err
	}
	if body, err = s.withMarker(body); err != nil {
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

// withMarker is the text with its marker and, where it has one, its key.
func (s *session) withMarker(body string) (string, error) {
	if line, rest, _ := strings.Cut(body, "\n"); strings.TrimSpace(line) == Marker {
		body = rest
	}
	if strings.TrimSpace(body) == "" {
		return "", errors.New("there is nothing to comment: the report is empty")
	}
	body = s.marker + "\n" + body
	if s.Key != "" {
		body = strings.TrimRight(body, "\n") + "\n" + shown(s.Key)
	}
	if n := utf8.RuneCountInString(body); n > s.service.max {
		return "", fmt.Errorf("the report has %d characters, and %s allows %d in a comment; keyproof check --report markdown=FILE writes one that fits", n, s.service.Name, s.service.max)
	}
	return body, nil
}

func (c *Client) session(repository string, pullRequest int) (*session, error) {
	s := &session{Client: c, service: c.Service, marker: marker(c.Key), repository: repository, pullRequest: pullRequest, token: strings.TrimSpace(c.Token), patience: maxPatience}
	if s.service == nil {
		s.service = GitHub()
	}
	switch {
	case len(c.Key) > maxKey:
		return nil, fmt.Errorf("the key of the comment has %d characters, and at most %d are allowed", len(c.Key), maxKey)
	case !s.service.valid(repository):
		return nil, fmt.Errorf("%q is not a repository: write it as owner/name", repository)
	case pullRequest <= 0:
		return nil, fmt.Errorf("%d is not the number of a pull request", pullRequest)
	case s.token == "" || strings.ContainsFunc(s.token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, errors.New("there is no usable token: it must be one line of printable characters")
	}
	u, err := url.Parse(strings.TrimSuffix(cmp.Or(c.BaseURL, s.service.DefaultURL), "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return nil, fmt.Errorf("the API's address must look like %s", s.service.DefaultURL)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return nil, fmt.Errorf("the API's address must begin with https://, because the token is sent there: %s", u)
	}
	s.base, s.http = u, plainHTTP(c.HTTP)
	return s, nil
}

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// maxKey bounds a key, so that it leaves room for the report.
const maxKey = 300

// upsert looks for the comment and writes it once.
func (s *session) upsert(ctx context.Context, body string) (Result, error) {
	if err := s.identify(ctx); err != nil {
		return Result{}, err
	}
	found, err := s.find(ctx)
	if err != nil {
		return Result{}, err
	}
	action := Updated
	if len(found) == 0 {
		posted, err := s.write(ctx, http.MethodPost, s.service.list(s.repository, s.pullRequest), body)
		if err != nil {
			return Result{}, err
		}
		// Another job may have posted at the same time: then both find both, and keep the older one.
		if found, err = s.find(ctx); err != nil || len(found) == 0 {
			return Result{URL: posted.URL, Action: Posted}, nil
		}
		action = Posted
	}
	for _, younger := range found[1:] {
		if err := s.remove(ctx, s.service.one(s.repository, s.pullRequest, younger.ID)); err != nil {
			return Result{}, err
		}
	}
	kept := found[0]
	if sameText(kept.Body, body) {
		if action == Updated {
			action = Unchanged
		}
		return Result{URL: kept.URL, Action: action}, nil
	}
	written, err := s.write(ctx, s.service.edit, s.service.one(s.repository, s.pullRequest, kept.ID), body)
	return Result{URL: written.URL, Action: Updated}, err
}

// remove deletes a comment; one that is gone already is as good.
func (s *session) remove(ctx context.Context, path []string) error {
	_, err := s.do(ctx, http.MethodDelete, s.base.JoinPath(path...), nil, nil)
	var refused *statusError
	if errors.As(err, &refused) && refused.status == http.StatusNotFound {
		return nil
	}
	return err
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
	var user owner
	_, err := s.get(ctx, s.base.JoinPath("user"), &user)
	var refused *statusError
	if errors.As(err, &refused) && (refused.status == http.StatusForbidden || refused.status == http.StatusNotFound) {
		err = nil
	}
	s.me, s.known = user.login(s.service.login), err == nil
	if err == nil && s.me == "" && !s.service.anonymous {
		return fmt.Errorf("%s does not say who the token's owner is: %s", s.service.Name, s.service.permission)
	}
	return err
}

// find returns the comments that are ours, the oldest first. Anybody can write the marker, and could change the text
// afterwards, so the author counts, too.
func (s *session) find(ctx context.Context) ([]remark, error) {
	var found []remark
	err := pages(ctx, s, s.service.list(s.repository, s.pullRequest), s.service.query, "comments", func(r remark) {
		if r.begins(s.marker) && s.wrote(&r) {
			found = append(found, r)
		}
	})
	slices.SortFunc(found, func(a, b remark) int { return cmp.Compare(a.ID, b.ID) })
	return found, err
}

// wrote says whether the token's owner wrote a comment.
func (s *session) wrote(r *remark) bool {
	if s.me == "" {
		return r.User.Type == "Bot"
	}
	return strings.EqualFold(r.login(), s.me)
}

func (s *session) write(ctx context.Context, method string, path []string, body string) (remark, error) {
	data, err := json.Marshal(map[string]string{"body": body})
	if err != nil {
		return remark{}, err
	}
	var written remark
	_, err = s.do(ctx, method, s.base.JoinPath(path...), data, &written)
	return written, err
}
