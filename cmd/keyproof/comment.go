package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/comment"
	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
)

const (
	// maxComment bounds the report that is read: more than GitHub takes, so that GitHub's limit is what is told.
	maxComment = 1 << 20
	// maxEvent bounds the file that describes a workflow's event.
	maxEvent = 32 << 20
)

func commentCommand() *cli.Command {
	return &cli.Command{
		Name:  "comment",
		Usage: "post or update the comment on a pull or merge request from a Markdown report",
		Description: "The comment of the same key that keyproof wrote before is replaced, so that there is one for each key. In jobs of GitHub\n" +
			"Actions and GitLab CI the request is known. The token is read from the environment alone:\n" +
			"    GitHub  KEYPROOF_GITHUB_TOKEN or GITHUB_TOKEN, with the permission pull-requests: write\n" +
			"    GitLab  KEYPROOF_GITLAB_TOKEN or GITLAB_TOKEN, a project access token with the scope api; the job token may not write notes\n\n" +
			"With --suggest, fixes that are one change of some lines become suggestions on these lines, where the pull request changes them: updated by each\n" +
			"run, deleted when they are not made any more, never elsewhere. Run it where check ran: it reads the files that the report names.\n\n" +
			"Example: keyproof check --report markdown=report.md --report json=report.json plan.json; keyproof comment --file report.md --suggest report.json",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "file", Usage: "the report, a Markdown `FILE`, or - for the standard input", EnvVars: variable("file")},
			&cli.StringFlag{Name: "suggest", Usage: "put the fixes of a JSON `REPORT` as suggestions on the lines that the pull request changes (GitHub)", EnvVars: variable("suggest")},
			&cli.StringFlag{Name: "comment-key", Usage: "the `KEY` of the comment, for jobs that each have one (default: the workflow, the job and the inputs of the report)", EnvVars: variable("comment-key")},
			&cli.StringFlag{Name: "host", Usage: "the code `HOST`: github, gitlab (default: gitlab in GitLab CI, else github)", EnvVars: variable("host")},
			&cli.StringFlag{Name: "repository", Usage: "the repository, as `OWNER/NAME`, at GitLab also its id (default: that of the job)", EnvVars: variable("repository")},
			&cli.IntFlag{Name: "pull-request", Usage: "the `NUMBER` of the pull or merge request", DefaultText: "that of the job", EnvVars: variable("pull-request")},
			&cli.StringFlag{Name: "api-url", Usage: "the `URL` of the API (default: that of the job, else " + comment.DefaultURL + " or GitLab's)", EnvVars: variable("api-url")},
		},
		Action: runComment,
	}
}

// place is where a comment goes.
type place struct {
	service    *comment.Service
	token      string
	repository string
	number     int
	url        string
	job        string // what tells this job from others of the pipeline
}

func runComment(c *cli.Context) error {
	if c.Args().Present() {
		return errors.New("comment takes no arguments: give the report as --file")
	}
	p, err := commentPlace(c)
	if err != nil {
		return err
	}
	var body string
	if c.String("file") != "" || c.String("suggest") == "" {
		if body, err = markdown(c.String("file"), c.App.Reader); err != nil {
			return err
		}
		if strings.TrimSpace(body) == "" { // what was posted before would stay
			return errors.New("there is nothing to comment: the report is empty. Did the job that should write it fail?")
		}
	}
	var r *finding.Report
	if path := c.String("suggest"); path != "" {
		if r, err = readReport(path); err != nil {
			return err
		}
	}
	key := c.String("comment-key")
	if !c.IsSet("comment-key") {
		key = defaultKey(p.job, cmp.Or(body, inputsLine(r)))
	}
	client := comment.Client{Service: p.service, BaseURL: p.url, Token: p.token, Key: key}
	if body != "" {
		result, err := client.Upsert(c.Context, p.repository, p.number, body)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(c.App.Writer, strings.TrimSpace(result.Action+" "+oneLine(result.URL))); err != nil {
			return err
		}
	}
	if r == nil {
		return nil
	}
	return suggest(c, &client, p, r)
}

// defaultKey is made of the job and of the inputs that the report names in its second line.
func defaultKey(job, body string) string {
	lines := strings.SplitN(body, "\n", 3)
	inputs := ""
	if len(lines) > 1 {
		if text, ok := strings.CutPrefix(strings.TrimSpace(lines[1]), "<!-- inputs: "); ok {
			inputs = strings.TrimSuffix(text, " -->")
		}
	}
	key := strings.TrimSpace(job + " " + inputs)
	if len(key) > 300 { // two keys that begin alike stay two
		key = fmt.Sprintf("%.280s %x", key, sha256.Sum256([]byte(key)))[:300]
	}
	return key
}

// commentPlace finds out where the comment goes: what the flags leave open, the job's environment tells.
func commentPlace(c *cli.Context) (*place, error) {
	host := c.String("host")
	if host == "" && os.Getenv("GITLAB_CI") == "true" {
		host = "gitlab"
	}
	p := &place{repository: c.String("repository"), number: c.Int("pull-request"), url: c.String("api-url")}
	var err error
	switch host {
	case "", "github":
		p.service = comment.GitHub()
		p.repository = cmp.Or(p.repository, os.Getenv("GITHUB_REPOSITORY"))
		p.url = cmp.Or(p.url, os.Getenv("GITHUB_API_URL"))
		p.job = joinedBy(" / ", os.Getenv("GITHUB_WORKFLOW"), os.Getenv("GITHUB_JOB"))
		if p.token, err = tokenOf("GITHUB", "one that may write to pull requests"); err == nil && !c.IsSet("pull-request") {
			p.number, err = pullRequest(os.Getenv("GITHUB_REF"), os.Getenv("GITHUB_EVENT_PATH"))
		}
	case "gitlab":
		p.service = comment.GitLab()
		p.repository = cmp.Or(p.repository, os.Getenv("CI_PROJECT_ID"))
		p.url = cmp.Or(p.url, os.Getenv("CI_API_V4_URL"))
		p.job = os.Getenv("CI_JOB_NAME")
		if p.token, err = tokenOf("GITLAB", "a project access token with the scope api; the job token may not write notes"); err == nil && !c.IsSet("pull-request") {
			if p.number, err = strconv.Atoi(os.Getenv("CI_MERGE_REQUEST_IID")); err != nil {
				err = errors.New("this job belongs to no merge request that could be commented on: run it in a merge request pipeline, or give --pull-request NUMBER")
			}
		}
	default:
		return nil, fmt.Errorf("--host: %q is not one of github, gitlab", host)
	}
	if err == nil && p.repository == "" {
		err = errors.New("there is no repository to comment in: give --repository OWNER/NAME")
	}
	return p, err
}

// joinedBy are the texts that are not empty, with something between them.
func joinedBy(between string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), between)
}

// tokenOf is read from the environment alone: a flag would show it to everybody who may list processes.
func tokenOf(host, kind string) (string, error) {
	if token := cmp.Or(os.Getenv("KEYPROOF_"+host+"_TOKEN"), os.Getenv(host+"_TOKEN")); token != "" {
		return token, nil
	}
	return "", fmt.Errorf("there is no token: set %[1]s_TOKEN or KEYPROOF_%[1]s_TOKEN to %[2]s", host, kind)
}

func markdown(path string, stdin io.Reader) (string, error) {
	switch path {
	case "":
		return "", errors.New("there is no report to post: give --file FILE, such as one that keyproof check --report markdown=FILE wrote")
	case "-":
		data, err := io.ReadAll(io.LimitReader(file.Decoded(stdin), maxComment))
		if err != nil {
			return "", fmt.Errorf("read the report: %w", err)
		}
		return string(data), nil
	}
	data, err := file.Text(path, maxComment)
	if err != nil {
		return "", fmt.Errorf("read the report: %w", err)
	}
	return string(data), nil
}

// pullRequest is the number of the pull request that a workflow runs for: told by its ref, such as refs/pull/7/merge, or
// by the file that describes its event.
func pullRequest(ref, event string) (int, error) {
	none := errors.New("this run belongs to no pull request that could be commented on: give --pull-request NUMBER")
	if m := regexp.MustCompile(`^refs/pull/([0-9]+)/`).FindStringSubmatch(ref); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return n, nil
		}
	}
	if event == "" {
		return 0, none
	}
	data, err := file.Read(event, maxEvent)
	if err != nil {
		return 0, fmt.Errorf("read the workflow's event: %w", err)
	}
	type numbered struct {
		Number      int              `json:"number"`
		PullRequest *json.RawMessage `json:"pull_request"`
	}
	var e struct {
		PullRequest *numbered `json:"pull_request"`
		// Issue is that of a comment; a pull request is an issue, too.
		Issue *numbered `json:"issue"`
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return 0, fmt.Errorf("read the workflow's event: %s is no event: %w", event, err)
	}
	switch {
	case e.PullRequest != nil && e.PullRequest.Number > 0:
		return e.PullRequest.Number, nil
	case e.Issue != nil && e.Issue.PullRequest != nil && e.Issue.Number > 0:
		return e.Issue.Number, nil
	}
	return 0, none
}
