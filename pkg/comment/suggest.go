package comment

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Suggestion is a change of some lines, on those lines of a pull request: https://docs.github.com/rest/pulls/comments
type Suggestion struct {
	// ID tells it from others of the same key, in later runs too.
	ID string
	// Path is the file from the repository's root; Start and End are its first and last line.
	Path       string
	Start, End int
	// Old are these lines as the change was made for. Where the pull request has others there, nothing is suggested.
	Old []string
	// Body is the comment, with its block of the kind suggestion.
	Body string
}

// Suggested says what became of suggestions.
type Suggested struct {
	Posted, Updated, Unchanged, Removed int
	// Outside is how many are on lines that the pull request does not show as changed or beside a change.
	Outside int
	// More is how many there are above the number that is posted.
	More int
}

// MaxSuggestions is how many suggestions a pull request gets.
const MaxSuggestions = 30

// Suggest puts suggestions on the lines of a pull request. Those of earlier runs with the same key are updated, and deleted where
// they are not made any more; none is outside of what the pull request changes. The token needs the permission pull-requests: write.
func (c *Client) Suggest(ctx context.Context, repository string, pullRequest int, list []Suggestion) (Suggested, error) {
	var out Suggested
	s, err := c.session(repository, pullRequest)
	if err != nil {
		return out, err
	}
	if s.service.reviews == nil {
		return out, fmt.Errorf("suggestions are put on pull requests of GitHub; %s has another form of them, which keyproof does not write", s.service.Name)
	}
	err = s.suggest(ctx, list, &out)
	return out, s.explain(err)
}

// review is a comment on a line.
type review struct {
	remark
	Path string `json:"path"`
	// Line is the last line, null where the pull request no longer shows it.
	Line  *int `json:"line"`
	Start *int `json:"start_line"`
}

func (s *session) suggest(ctx context.Context, list []Suggestion, out *Suggested) error {
	if err := s.identify(ctx); err != nil {
		return err
	}
	var head struct {
		Head struct {
			SHA string `json:"sha"`
		} `json:"head"`
	}
	if _, err := s.get(ctx, s.base.JoinPath(s.service.pull(s.repository, s.pullRequest)...), &head); err != nil {
		return err
	}
	shown, err := s.changed(ctx)
	if err != nil {
		return err
	}
	old, err := s.suggestions(ctx)
	if err != nil {
		return err
	}
	for i := range list {
		g := &list[i]
		if !shown.holds(g) {
			out.Outside++
			continue
		}
		if out.Posted+out.Updated+out.Unchanged == MaxSuggestions {
			out.More++
			continue
		}
		body := s.suggestionMarker(g.ID) + "\n" + g.Body
		k := slices.IndexFunc(old, func(r review) bool { return r.begins(s.suggestionMarker(g.ID)) && r.on(g) })
		if k < 0 {
			if err := s.post(ctx, head.Head.SHA, g, body); err != nil {
				return err
			}
			out.Posted++
			continue
		}
		there := old[k]
		old = slices.Delete(old, k, k+1)
		if sameText(there.Body, body) {
			out.Unchanged++
			continue
		}
		if _, err := s.write(ctx, http.MethodPatch, s.service.review(s.repository, there.ID), body); err != nil {
			return err
		}
		out.Updated++
	}
	for _, r := range old {
		if err := s.remove(ctx, s.service.review(s.repository, r.ID)); err != nil {
			return err
		}
		out.Removed++
	}
	return nil
}

// on says whether a comment still is where the suggestion goes.
func (r *review) on(g *Suggestion) bool {
	if r.Path != g.Path || r.Line == nil || *r.Line != g.End {
		return false
	}
	if g.Start == g.End {
		return r.Start == nil || *r.Start == g.End
	}
	return r.Start != nil && *r.Start == g.Start
}

// suggestionMarker begins the comment of one suggestion, with the key and what the suggestion is for.
func (s *session) suggestionMarker(id string) string {
	return s.suggestionPrefix() + escaped(id) + " -->"
}

func (s *session) suggestionPrefix() string {
	return "<!-- keyproof-suggestion: " + escaped(s.Key) + " / "
}

// suggestions are those of this key that are there, the oldest first.
func (s *session) suggestions(ctx context.Context) ([]review, error) {
	var found []review
	err := pages(ctx, s, s.service.reviews(s.repository, s.pullRequest), "per_page=100", "comments on lines", func(r review) {
		if strings.HasPrefix(r.Body, s.suggestionPrefix()) && s.wrote(&r.remark) {
			found = append(found, r)
		}
	})
	slices.SortFunc(found, func(a, b review) int { return cmp.Compare(a.ID, b.ID) })
	return found, err
}

func (s *session) post(ctx context.Context, commit string, g *Suggestion, body string) error {
	in := map[string]any{"body": body, "commit_id": commit, "path": g.Path, "line": g.End, "side": "RIGHT"}
	if g.Start < g.End {
		in["start_line"], in["start_side"] = g.Start, "RIGHT"
	}
	data, err := json.Marshal(in)
	if err != nil {
		return err
	}
	var written review
	_, err = s.do(ctx, http.MethodPost, s.base.JoinPath(s.service.reviews(s.repository, s.pullRequest)...), data, &written)
	return err
}

// diff is what a pull request shows of the new files: by path, the hunks, each with its lines.
type diff map[string][]hunk

type hunk struct {
	start int
	lines []string
}

// holds says whether one hunk shows all lines of a suggestion, as the suggestion was made for.
func (d diff) holds(g *Suggestion) bool {
	for _, h := range d[g.Path] {
		from, to := g.Start-h.start, g.End-h.start+1
		if g.Start > 0 && from >= 0 && to <= len(h.lines) && from < to && slices.Equal(h.lines[from:to], g.Old) {
			return true
		}
	}
	return false
}

// changedFile is a file that a pull request changes.
type changedFile struct {
	Filename string `json:"filename"`
	// Patch is absent for large and binary files, where nothing can be commented.
	Patch string `json:"patch"`
}

// changed reads what the pull request changes.
func (s *session) changed(ctx context.Context) (diff, error) {
	out := diff{}
	err := pages(ctx, s, s.service.files(s.repository, s.pullRequest), "per_page=100", "changed files", func(f changedFile) {
		out[f.Filename] = hunks(f.Patch)
	})
	return out, err
}

// hunks are the new sides of the hunks of a patch.
func hunks(patch string) []hunk {
	var out []hunk
	for line := range strings.SplitSeq(strings.TrimSuffix(patch, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "@@ "):
			h := hunk{}
			if _, rest, ok := strings.Cut(line, " +"); ok {
				number, _, _ := strings.Cut(rest, " ")
				number, _, _ = strings.Cut(number, ",")
				h.start, _ = strconv.Atoi(number)
			}
			out = append(out, h)
		case len(out) == 0 || line == "" || line[0] != '+' && line[0] != ' ':
		default:
			h := &out[len(out)-1]
			h.lines = append(h.lines, strings.TrimSuffix(line[1:], "\r"))
		}
	}
	return out
}
