package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/comment"
	"github.com/keyproof/keyproof/pkg/file"
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
		Usage: "post or update the comment on a pull request from a Markdown report",
		Description: "The comment that keyproof wrote before is replaced, so that there is one. The token is read from\n" +
			"KEYPROOF_GITHUB_TOKEN or GITHUB_TOKEN and needs the permission pull-requests: write. In a workflow of\n" +
			"GitHub Actions the other values are known.\n\n" +
			"Example: keyproof check --report markdown=report.md plan.json; keyproof comment --file report.md",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "file", Usage: "the report, a Markdown `FILE`, or - for the standard input", EnvVars: variable("file")},
			&cli.StringFlag{Name: "repository", Usage: "the repository, as `OWNER/NAME` (default: $GITHUB_REPOSITORY)", EnvVars: variable("repository")},
			&cli.IntFlag{Name: "pull-request", Usage: "the `NUMBER` of the pull request", DefaultText: "that of the workflow's event", EnvVars: variable("pull-request")},
			&cli.StringFlag{Name: "api-url", Usage: "the `URL` of GitHub's API (default: $GITHUB_API_URL, else " + comment.DefaultURL + ")", EnvVars: variable("api-url")},
		},
		Action: runComment,
	}
}

func runComment(c *cli.Context) error {
	if c.Args().Present() {
		return errors.New("comment takes no arguments: give the report as --file")
	}
	token, err := githubToken()
	if err != nil {
		return err
	}
	repository := cmp.Or(c.String("repository"), os.Getenv("GITHUB_REPOSITORY"))
	if repository == "" {
		return errors.New("there is no repository to comment in: give --repository OWNER/NAME")
	}
	number := c.Int("pull-request")
	if !c.IsSet("pull-request") {
		if number, err = pullRequest(os.Getenv("GITHUB_REF"), os.Getenv("GITHUB_EVENT_PATH")); err != nil {
			return err
		}
	}
	body, err := markdown(c.String("file"), c.App.Reader)
	if err != nil {
		return err
	}
	client := comment.Client{BaseURL: cmp.Or(c.String("api-url"), os.Getenv("GITHUB_API_URL")), Token: token}
	result, err := client.Upsert(c.Context, repository, number, body)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.App.Writer, "%s %s\n", result.Action, visible(result.URL))
	return err
}

// githubToken is read from the environment alone: a flag would show it to everybody who may list processes.
func githubToken() (string, error) {
	if token := cmp.Or(os.Getenv("KEYPROOF_GITHUB_TOKEN"), os.Getenv("GITHUB_TOKEN")); token != "" {
		return token, nil
	}
	return "", errors.New("there is no token: set GITHUB_TOKEN or KEYPROOF_GITHUB_TOKEN to one that may write to pull requests")
}

func markdown(path string, stdin io.Reader) (string, error) {
	switch path {
	case "":
		return "", errors.New("there is no report to post: give --file FILE, such as one that keyproof check --report markdown=FILE wrote")
	case "-":
		data, err := io.ReadAll(io.LimitReader(stdin, maxComment))
		if err != nil {
			return "", fmt.Errorf("read the report: %w", err)
		}
		return string(data), nil
	}
	data, err := file.Read(path, maxComment)
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
