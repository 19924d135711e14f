package comment

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Service is a code host and how its API speaks of comments.
type Service struct {
	// Name is what people call it.
	Name string
	// DefaultURL is its public API.
	DefaultURL string

	// anonymous says that tokens of workflows have no user that the API tells.
	anonymous bool

	max int // characters of a comment
	// permission is what a token needs that is refused.
	permission string
	login      string // the member of /user that names the token's owner
	edit       string // the method that changes a comment
	header     func(h http.Header, token string)
	// list and one are the paths of the comments of a pull request, and of one of them; query orders the list.
	list  func(repository string, number int) []string
	one   func(repository string, number int, id int64) []string
	query string
	// pull and files are the paths of a pull request and of what it changes; reviews and review those of comments on lines, and of one
	// of them. They are nil where suggestions are not written.
	pull, files, reviews func(repository string, number int) []string
	review               func(repository string, id int64) []string
	// valid says whether a text names a repository.
	valid func(repository string) bool
}

// GitHub is github.com, or a GitHub Enterprise Server: https://docs.github.com/rest/issues/comments
func GitHub() *Service {
	return &Service{
		Name: "GitHub", DefaultURL: DefaultURL, max: MaxBody, anonymous: true, login: "login", edit: http.MethodPatch, query: "per_page=100", valid: validRepository,
		permission: "the token needs the permission pull-requests: write, which runs for forks do not get",
		header: func(h http.Header, token string) {
			h.Set("Accept", "application/vnd.github+json")
			h.Set("X-GitHub-Api-Version", "2022-11-28")
			h.Set("Authorization", "Bearer "+token)
		},
		list: func(repository string, number int) []string {
			return []string{"repos", repository, "issues", strconv.Itoa(number), "comments"}
		},
		one: func(repository string, _ int, id int64) []string {
			return []string{"repos", repository, "issues", "comments", strconv.FormatInt(id, 10)}
		},
		pull:    pull(),
		files:   pull("files"),
		reviews: pull("comments"),
		review: func(repository string, id int64) []string {
			return []string{"repos", repository, "pulls", "comments", strconv.FormatInt(id, 10)}
		},
	}
}

func pull(below ...string) func(repository string, number int) []string {
	return func(repository string, number int) []string {
		return append([]string{"repos", repository, "pulls", strconv.Itoa(number)}, below...)
	}
}

// GitLab is gitlab.com or a server of one's own: https://docs.gitlab.com/api/notes/#merge-requests. Its job token may not
// write notes, so it needs a project access token with the scope api.
func GitLab() *Service {
	notes := func(repository string, number int) []string {
		return []string{"projects", url.PathEscape(repository), "merge_requests", strconv.Itoa(number), "notes"}
	}
	return &Service{
		Name: "GitLab", DefaultURL: "https://gitlab.com/api/v4", max: 1_000_000, login: "username", edit: http.MethodPut,
		permission: "the token must be a project or personal access token with the scope api; the job token may not write notes",
		query:      "per_page=100&sort=asc&order_by=created_at",
		header:     func(h http.Header, token string) { h.Set("PRIVATE-TOKEN", token) },
		list:       notes,
		one: func(repository string, number int, id int64) []string {
			return append(notes(repository, number), strconv.FormatInt(id, 10))
		},
		valid: func(repository string) bool {
			return repository != "" && !strings.ContainsAny(repository, " ?#%\\") && !strings.Contains(repository, "..")
		},
	}
}

// marker is the first line of a comment with a key. What could end the line or the HTML comment is escaped.
func marker(key string) string {
	if key == "" {
		return Marker
	}
	return "<!-- keyproof: " + escaped(key) + " -->"
}

// escaped is a text in an HTML comment, on one line.
func escaped(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c == '-' && strings.HasSuffix(b.String(), "-") || c < ' ' || c > '~' || c == '<' || c == '>' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Text of a key that a comment shows: Markdown's and HTML's characters mean nothing in it.
func shown(key string) string {
	return "\n<sub>`" + strings.Map(func(r rune) rune {
		if r < ' ' || r == '`' || r == 0x7F {
			return '?'
		}
		return r
	}, key) + "`</sub>\n"
}

// remark is a comment as the APIs give it.
type remark struct {
	ID   int64  `json:"id"`
	Body string `json:"body"`
	URL  string `json:"html_url"`
	User struct {
		Login string `json:"login"`
		Type  string `json:"type"`
	} `json:"user"`
	// Author is GitLab's user.
	Author struct {
		Username string `json:"username"`
	} `json:"author"`
}

// begins says whether the first line of a comment is a marker.
func (r *remark) begins(marker string) bool {
	line, _, _ := strings.Cut(r.Body, "\n")
	return strings.TrimSpace(line) == marker
}

// login is the name of who wrote a comment.
func (r *remark) login() string {
	if r.Author.Username != "" {
		return r.Author.Username
	}
	return r.User.Login
}

// owner is the login in the answer of /user.
type owner map[string]json.RawMessage

func (o owner) login(member string) string {
	var s string
	if json.Unmarshal(o[member], &s) != nil {
		return ""
	}
	return s
}

// Marker is the first line of the comments without a key, and what they are known by.
const Marker = "<!-- keyproof -->"

// MaxBody is how many characters GitHub allows in a comment.
const MaxBody = 65536

// DefaultURL is the API of github.com.
const DefaultURL = "https://api.github.com"

func validRepository(name string) bool {
	owner, repo, ok := strings.Cut(name, "/")
	valid := func(s string) bool {
		return s != "" && s != "." && s != ".." && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
	}
	return ok && valid(owner) && valid(repo)
}
