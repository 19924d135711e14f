package comment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxPatience is how long a session waits in all for GitHub to recover or to lift a limit.
	maxPatience = 5 * time.Minute
	// maxResponse bounds an answer: a page of the longest comments, escaped, fits.
	maxResponse = 64 << 20
	// maxRedirects bounds how often a request is sent elsewhere on the same host, as after a repository was renamed.
	maxRedirects = 5
	timeout      = 30 * time.Second
)

// plainHTTP is the client without its own handling of redirects.
func plainHTTP(given *http.Client) *http.Client {
	c := &http.Client{Timeout: timeout}
	if given != nil {
		*c = *given
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// statusError is an answer that is no success.
type statusError struct {
	status  int
	message string // GitHub's own, without the token
}

func (e *statusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", e.status, http.StatusText(e.status), e.message))
}

// uncertainError says that a request may or may not have been carried out, or that what it was about has gone.
type uncertainError struct{ err error }

func (e *uncertainError) Error() string { return e.err.Error() }
func (e *uncertainError) Unwrap() error { return e.err }

func (s *session) get(ctx context.Context, u *url.URL, into any) (http.Header, error) {
	return s.do(ctx, http.MethodGet, u, nil, into)
}

// do sends a request, and again while that may help, and decodes the answer. Only what GitHub certainly did not carry
// out, or what does no harm twice, is sent again.
func (s *session) do(ctx context.Context, method string, u *url.URL, body []byte, into any) (http.Header, error) {
	for try, redirects := 1, 0; ; {
		answer, err := s.send(ctx, method, u, body)
		var wait time.Duration
		switch {
		case err != nil && (ctx.Err() != nil || method == http.MethodPost || try == maxTries):
			if method == http.MethodPost && ctx.Err() == nil {
				err = &uncertainError{err}
			}
			return nil, err
		case err != nil:
			wait = backoff(try)
		case answer.redirects():
			if redirects++; redirects > maxRedirects {
				return nil, errors.New(s.service.Name + " redirects in a circle")
			}
			if u, err = s.follow(u, answer.header.Get("Location")); err != nil {
				return nil, err
			}
			continue
		case answer.limited(), answer.status >= 500:
			if method == http.MethodPost && !answer.limited() {
				return nil, &uncertainError{s.refusal(answer)}
			}
			if wait = answer.patience(s.clock(), try); try == maxTries {
				return nil, s.refusal(answer)
			}
		case answer.status >= 300 || answer.status < 200:
			err := error(s.refusal(answer))
			if method == s.service.edit && answer.status == http.StatusNotFound {
				err = &uncertainError{err} // somebody deleted the comment
			}
			return nil, err
		default:
			if into == nil {
				return answer.header, nil
			}
			if err := json.Unmarshal(answer.body, into); err != nil {
				return nil, fmt.Errorf("the answer of %s is not the API's: %w", s.base.Host, err)
			}
			return answer.header, nil
		}
		try++
		if err := s.pause(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (s *session) send(ctx context.Context, method string, u *url.URL, body []byte) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	s.service.header(req.Header, s.token)
	req.Header.Set("User-Agent", "keyproof")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse+1))
	if err == nil && len(data) > maxResponse {
		err = errors.New("the answer is too long")
	}
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return &answer{resp.StatusCode, resp.Header, data}, nil
}

func (a *answer) redirects() bool {
	return slices.Contains([]int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}, a.status)
}

// limited says whether GitHub asks for patience: the primary limit leaves no requests, the secondary one says when to
// come back, or says its name.
func (a *answer) limited() bool {
	switch a.status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return a.header.Get("Retry-After") != "" || a.header.Get("X-RateLimit-Remaining") == "0" ||
			strings.Contains(strings.ToLower(a.message()), "rate limit")
	}
	return false
}

// patience is how long to wait before the next try.
func (a *answer) patience(now time.Time, try int) time.Duration {
	if after := a.header.Get("Retry-After"); after != "" {
		if n, err := strconv.Atoi(after); err == nil && n >= 0 {
			return time.Duration(min(n, 1<<30)) * time.Second
		}
		if t, err := http.ParseTime(after); err == nil {
			return max(t.Sub(now), time.Second)
		}
	}
	if a.header.Get("X-RateLimit-Remaining") == "0" {
		if reset, err := strconv.ParseInt(a.header.Get("X-RateLimit-Reset"), 10, 64); err == nil {
			return max(time.Unix(reset, 0).Sub(now)+time.Second, time.Second)
		}
	}
	if a.limited() {
		return time.Minute << (try - 1) // what GitHub's manual asks for where no header says more
	}
	return backoff(try)
}

func backoff(try int) time.Duration { return time.Second << (try - 1) }

// message is what the answer says for people.
func (a *answer) message() string {
	var m struct {
		Message string `json:"message"`
		Errors  []any  `json:"errors"`
	}
	if json.Unmarshal(a.body, &m) != nil || m.Message == "" {
		return ""
	}
	for _, e := range m.Errors {
		switch e := e.(type) {
		case string:
			m.Message += "; " + e
		case map[string]any:
			if text, ok := e["message"].(string); ok {
				m.Message += "; " + text
			}
		}
	}
	return m.Message
}

// maxMessage bounds what is shown of the server's words.
const maxMessage = 500

func (s *session) refusal(a *answer) *statusError {
	message := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return ' '
		}
		return r
	}, strings.ReplaceAll(a.message(), s.token, "***"))
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + "…"
	}
	return &statusError{a.status, message}
}

// follow returns where a redirect leads. It must be the API's own host, because the token goes along.
func (s *session) follow(from *url.URL, location string) (*url.URL, error) {
	to, err := from.Parse(location)
	if err != nil || location == "" {
		return nil, errors.New(s.service.Name + " redirects to an address that cannot be read")
	}
	if to.Scheme != s.base.Scheme || to.Host != s.base.Host || to.User != nil {
		return nil, fmt.Errorf("%s redirects to %s, and the token is not sent to another host; if that is the right one, give it as --api-url", s.base.Host, to.Host)
	}
	return to, nil
}

// maxPages bounds a list: far more comments than GitHub allows on a pull request.
const maxPages = 100

// pages calls do with each element of a list, page by page. What are the elements, for an error.
func pages[T any](ctx context.Context, s *session, path []string, query, what string, do func(T)) error {
	next := s.base.JoinPath(path...)
	next.RawQuery = query
	for range maxPages {
		var page []T
		header, err := s.get(ctx, next, &page)
		if err != nil {
			return err
		}
		for _, e := range page {
			do(e)
		}
		if next, err = s.nextPage(next, header); next == nil || err != nil {
			return err
		}
	}
	return fmt.Errorf("the pull request has more than %d pages of %s", maxPages, what)
}

// nextPage returns the address of the next page, nil after the last one.
func (s *session) nextPage(from *url.URL, header http.Header) (*url.URL, error) {
	for _, line := range header.Values("Link") {
		for link := range strings.SplitSeq(line, ",") {
			address, params, _ := strings.Cut(strings.TrimSpace(link), ">")
			if !strings.HasPrefix(address, "<") || !isNext(params) {
				continue
			}
			return s.follow(from, address[1:])
		}
	}
	return nil, nil
}

func isNext(params string) bool {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(name, "rel") && strings.Trim(value, `"`) == "next" {
			return true
		}
	}
	return false
}

func (s *session) clock() time.Time {
	if s.now != nil {
		return s.now()
	}
	return time.Now()
}

// pause waits, within the session's patience.
func (s *session) pause(ctx context.Context, wait time.Duration) error {
	if wait > s.patience {
		return fmt.Errorf("%s asks to wait %s, which is longer than keyproof waits; run it again after %s",
			s.service.Name, wait.Round(time.Second), s.clock().Add(wait).UTC().Format("15:04 UTC"))
	}
	s.patience -= wait
	if s.sleep != nil {
		return s.sleep(ctx, wait)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// explain says what was wanted, and what to do where an answer tells.
func (s *session) explain(err error) error {
	if err == nil {
		return nil
	}
	advice := ""
	var e *statusError
	if errors.As(err, &e) {
		switch e.status {
		case http.StatusUnauthorized:
			advice = ": the token is wrong or has expired"
		case http.StatusForbidden, http.StatusTooManyRequests:
			advice = ": " + s.service.permission
			if strings.Contains(strings.ToLower(e.message), "rate limit") {
				advice = ": the rate limit of " + s.service.Name + " is exhausted"
			}
		case http.StatusNotFound:
			advice = ": there is no such pull request, or the token may not see it"
		case http.StatusUnprocessableEntity:
			advice = ": " + s.service.Name + " does not accept the comment"
		}
	}
	return fmt.Errorf("comment on %s#%d%s: %w", s.repository, s.pullRequest, advice, err)
}

// maxTries bounds how often a request is sent, and a comment looked for.
const maxTries = 5

// session is the work on one pull request.
type session struct {
	*Client
	service *Service
	marker  string
	http    *http.Client
	base    *url.URL
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

// Client is somebody who comments. A Client is for one goroutine at a time.
type Client struct {
	// Service is the code host, nil for GitHub.
	Service *Service
	// BaseURL is the API's address, the service's public one where it is "".
	BaseURL string
	// Token is a token that may write to pull requests.
	Token string
	// Key tells the comments of several jobs apart: each has one of its own, which shows the key.
	Key string
	// HTTP sends the requests; nil stands for a client with a timeout. Its CheckRedirect is not used: redirects are
	// followed on the API's own host only.
	HTTP *http.Client

	// now and sleep are the clock, nil for the real one.
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}
