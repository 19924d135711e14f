package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/scan"
	"github.com/keyproof/keyproof/pkg/unknown"
)

func evaluateCommand() *cli.Command {
	return &cli.Command{
		Name:  "evaluate",
		Usage: "answer for single requests: JSON lines in, JSON lines out",
		Description: "Each line of the standard input is {\"policy\": …, \"request\": {\"principal\", \"action\", \"resource\", \"context\"}};\n" +
			"each line of the output is {\"decision\": \"Allowed\"}, ExplicitlyDenied or ImplicitlyDenied, or {\"error\": …}.\n" +
			"It answers for the one policy, as if every caller's own IAM policies allowed everything.\n\n" +
			"Exit codes: 0, or 2 where a line could not be read.",
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return fmt.Errorf("evaluate takes no arguments: give the lines on the standard input")
			}
			awaits(c, "lines with a policy and a request")
			return evaluateLines(file.Decoded(c.App.Reader), c.App.Writer)
		},
	}
}

// question is one line of the input.
type question struct {
	Policy  json.RawMessage `json:"policy"`
	Request json.RawMessage `json:"request"`
}

// maxLine bounds a line: far more than the largest policy and request.
const maxLine = 16 << 20

// evaluateLines answers line by line. A line that it cannot read gets an error as its answer, and the next one is read; the exit
// code is 2 then.
func evaluateLines(in io.Reader, out io.Writer) error {
	var ended error
	r := bufio.NewReaderSize(in, 1<<16)
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for {
		line, err := readLine(r)
		if err == io.EOF && len(line) == 0 {
			return cmp.Or(w.Flush(), ended)
		}
		if err != nil && err != io.EOF && err != errLong {
			return fmt.Errorf("read the standard input: %w", err)
		}
		if len(bytes.TrimSpace(line)) > 0 || err == errLong {
			answer := answerLine(line, err)
			if answer["error"] != "" {
				ended = exit(scan.ExitProblem)
			}
			if err := enc.Encode(answer); err != nil {
				return fmt.Errorf("write the answer: %w", err)
			}
		}
	}
}

var errLong = fmt.Errorf("the line is longer than %d bytes", maxLine)

func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; !long {
			line = append(line, part...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if long && (err == nil || err == io.EOF) {
			return nil, errLong
		}
		return line, err
	}
}

func answerLine(line []byte, readErr error) map[string]string {
	if readErr == errLong {
		return map[string]string{"error": readErr.Error()}
	}
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return map[string]string{"error": "the line is not a JSON object with policy and request: " + err.Error()}
	}
	switch {
	case len(q.Policy) == 0:
		return map[string]string{"error": "the line has no policy"}
	case len(q.Request) == 0 || string(q.Request) == "null":
		return map[string]string{"error": "the line has no request"}
	}
	var request evaluate.Request
	strict := json.NewDecoder(bytes.NewReader(q.Request))
	strict.DisallowUnknownFields() // a context that is misspelt would be no context
	if err := strict.Decode(&request); err != nil {
		return map[string]string{"error": "the request cannot be read: " + err.Error()}
	}
	if request.Action == "" || request.Principal == "" {
		return map[string]string{"error": "the request needs a principal and an action"}
	}
	if !isPrincipal(request.Principal) {
		return map[string]string{"error": "the principal is not one that calls: it is an IAM or STS ARN such as arn:aws:iam::111122223333:role/app, a service such as " +
			"s3.amazonaws.com, or an identity provider as the policy names it"}
	}
	if name := request.Twice(); name != "" {
		return map[string]string{"error": "the context has " + name + " twice: case does not tell condition keys apart"}
	}
	if !isAction(request.Action) {
		return map[string]string{"error": "the action is not one that is called: it is written with its service, such as kms:Decrypt"}
	}
	text := string(q.Policy)
	if text[0] == '"' {
		if err := json.Unmarshal(q.Policy, &text); err != nil {
			return map[string]string{"error": "the policy is not a JSON document: " + err.Error()}
		}
	}
	doc := iam.Parse(unknown.Known(text))
	for _, p := range doc.Problems {
		if p.Syntax {
			return map[string]string{"error": "the policy cannot be read: " + p.Message}
		}
	}
	return map[string]string{"decision": string(evaluate.Decide(doc, &request))}
}

// isAction says whether a request may name what is called so: a service and an action of it, without wildcards.
func isAction(s string) bool {
	service, name, ok := strings.Cut(s, ":")
	return ok && service != "" && name != "" && !strings.ContainsAny(s, " *?\t") && !strings.Contains(name, ":")
}

// isPrincipal says whether a request may name its caller so: by the ARN of a user, role or session, of an account's root or an
// identity provider, or by the domain of a service or provider.
func isPrincipal(s string) bool {
	if a, ok := aws.ParseARN(s); ok {
		kind, name, named := strings.Cut(a.Resource, "/")
		switch {
		case !aws.IsAccountID(a.Account) || a.Region != "" || strings.ContainsAny(s, " *?\t"):
			return false
		case a.Service == "iam" && a.Resource == "root":
			return true
		case a.Service == "iam":
			return name != "" && slices.Contains([]string{"user", "role", "oidc-provider", "saml-provider"}, kind)
		}
		return a.Service == "sts" && named && name != "" && (kind == "assumed-role" || kind == "federated-user")
	}
	labels := strings.Split(s, ".")
	return len(labels) > 1 && !slices.Contains(labels, "") && !strings.ContainsAny(s, " *?:\t")
}
