package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

// leakSample is one of how many cases the ordinary suite runs. KEYPROOF_LEAKS=all runs them all, which takes minutes;
// KEYPROOF_LEAKS=TEXT those with the text in their names.
const leakSample = 800

// TestLeaks puts one sensitive value at a time into every position of plans, states, sources and values, and looks for it, for its
// parts and for its hashes in every format and on every stream of every command. Besides, another secret of the same form
// must give the same bytes: otherwise whoever reads them could try values until they fit.
func TestLeaks(t *testing.T) {
	cases := leakCases()
	which := os.Getenv("KEYPROOF_LEAKS")
	part, of := 0, leakSample
	if n, _ := fmt.Sscanf(which, "%d/%d", &part, &of); n == 2 {
		which = ""
	}
	dir := t.TempDir()
	ran, failed := 0, 0
	for i, c := range cases {
		if which == "" && i%of != part || which != "" && which != "all" && !strings.Contains(c.name, which) {
			continue
		}
		ran++
		if leaks(t, filepath.Join(dir, "case"), c) {
			failed++
		}
	}
	t.Logf("%d of %d cases, %d leak", ran, len(cases), failed)
}

// leaks runs a case with two secrets.
func leaks(t *testing.T, dir string, c leakCase) bool {
	t.Helper()
	one := outputs(t, dir, c, c.shape.a, report.Formats(), report.AccessFormats())
	for where, text := range one {
		if at := shows(text, c.shape.a); at != "" {
			t.Errorf("%s: %s shows it: %q", c.name, where, at)
			return true
		}
	}
	// What the formats show is in the report, which JSON shows as a whole, and in the excerpts, which are in the text.
	for where, b := range outputs(t, dir, c, c.shape.b, []string{"json", "text"}, nil) {
		if a := one[where]; a != b {
			t.Errorf("%s: %s tells two secrets apart:\n%s", c.name, where, apart(a, b))
			return true
		}
	}
	return false
}

// outputs are what the commands print about a case, by command and stream, in some formats of check and who.
func outputs(t *testing.T, dir string, c leakCase, secret string, formats, access []string) map[string]string {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for name, text := range c.files(secret) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.hcl"), []byte(leakConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	out := map[string]string{}
	do := func(args ...string) {
		var stdout, stderr bytes.Buffer
		run(context.Background(), append([]string{"keyproof"}, args...), strings.NewReader(""), &stdout, &stderr)
		name := strings.Join(args, " ")
		out[name+" (stdout)"], out[name+" (stderr)"] = stdout.String(), stderr.String()
	}
	now := []string{"--now", "2026-11-23", "--config", "config.hcl"}
	reported(t, c.options(), out, formats, access)
	if len(c.name)%3 == 0 {
		do(slices.Concat([]string{"fix", "--format", []string{"text", "json"}[len(c.name)%2]}, now, c.args)...)
		do(slices.Concat([]string{"fix", "--policy", "aws_kms_key.k"}, now, c.args)...)
		do(slices.Concat([]string{"check", "--format", "text"}, now, c.args)...)
	}
	return out
}

// options are the arguments of a case for the library: starting the program for each format would take the time that
// other cases need.
func (c leakCase) options() scan.Options {
	opts := scan.Options{Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), ConfigFile: "config.hcl", Access: scan.AccessAll, Fixes: 3, WriteBaseline: "baseline.json"}
	for i := 0; i < len(c.args); i++ {
		switch c.args[i] {
		case "--untrusted":
			opts.Untrusted = true
		case "--account":
			i++
			opts.Account = c.args[i]
		case "--source":
			i++
			opts.Sources = append(opts.Sources, c.args[i])
		case "--var-file":
			i++
			opts.Values = append(opts.Values, scan.Value{File: c.args[i]})
		default:
			opts.Paths = append(opts.Paths, c.args[i])
		}
	}
	return opts
}

// reported takes one run in formats of check and who, and the answers of can.
func reported(t *testing.T, opts scan.Options, out map[string]string, formats, access []string) {
	t.Helper()
	result, err := scan.Run(context.Background(), opts)
	if err != nil {
		out["the error"] = err.Error()
		return
	}
	write := func(name string, do func(w io.Writer) error) {
		var b bytes.Buffer
		if err := do(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = b.String()
	}
	write("the messages", func(w io.Writer) error { return report.WriteDiagnostics(w, result.Report, report.Options{}) })
	for _, f := range formats {
		write("check as "+f, func(w io.Writer) error { return report.Write(w, f, result.Report, report.Options{CodeScanning: true}) })
	}
	text, _ := os.ReadFile(opts.WriteBaseline)
	out["the baseline"] = string(text)
	if result.Map == nil {
		return
	}
	result.Report.Access = who.Filter{}.Of(result.Map)
	for _, f := range access {
		write("who as "+f, func(w io.Writer) error { return report.WriteAccess(w, f, result.Report, report.Options{}) })
	}
	for _, about := range [][]string{{"stranger", "kms:Decrypt"}, {"aws_iam_role.r", "kms:Decrypt"}, {"999988887777", "kms:CreateGrant"}, {"s3.amazonaws.com", "kms:GenerateDataKey"}} {
		q := who.Question{Principal: about[0], Action: about[1], Key: "aws_kms_key.k"}
		a, err := result.Map.Can(context.Background(), q)
		if err != nil {
			out["can "+about[0]] = err.Error()
			continue
		}
		write("can "+about[0], func(w io.Writer) error { return writeAnswer(w, q, a) })
		write("can "+about[0]+" as JSON", func(w io.Writer) error { return writeAnswerJSON(w, q, a) })
	}
}

const leakConfig = `
account = "111122223333"
expect "k" {
  key = "*"
  only {
    data    = ["aws_iam_role.other"]
    control = ["account"]
  }
  keeps {
    data = ["aws_iam_role.r"]
  }
  reason = "written down"
}
exception "kms-key-rotation" {
  address = "aws_kms_key.k*"
  reason  = "a test"
}
`

var tokens = regexp.MustCompile(`[a-z]{6,}[0-9]*|[0-9]{8,}|[0-9a-f]{8}-[0-9a-f]{4}|\d+\.\d+\.\d+\.\d+|\d{4}-\d\d-\d\d`)

// shows finds a secret, its parts, and what can be made of it, in a text.
func shows(text, secret string) string {
	low := strings.ToLower(text)
	parts := tokens.FindAllString(strings.ToLower(secret), -1)
	for _, p := range parts {
		if p == "amazonaws" {
			continue
		}
		if at := strings.Index(low, p); at >= 0 {
			return text[max(0, at-100):min(len(text), at+60)]
		}
	}
	for _, s := range append(parts, secret) {
		for _, h := range hashes(s) {
			if at := strings.Index(text, h); at >= 0 {
				return "a hash: " + text[max(0, at-100):min(len(text), at+60)]
			}
		}
	}
	return ""
}

func hashes(s string) []string {
	var out []string
	one, two, three, four := md5.Sum([]byte(s)), sha1.Sum([]byte(s)), sha256.Sum256([]byte(s)), sha512.Sum512([]byte(s))
	for _, sum := range [][]byte{one[:], two[:], three[:], four[:]} {
		out = append(out, hex.EncodeToString(sum)[:12], base64.StdEncoding.EncodeToString(sum)[:12], base64.URLEncoding.EncodeToString(sum)[:12])
	}
	if len(s) >= 8 {
		out = append(out, hex.EncodeToString([]byte(s)))
		for i := range 3 {
			out = append(out, base64.StdEncoding.EncodeToString([]byte(s[i:]))[:(len(s)-i)/3*4])
		}
		if e := url.QueryEscape(s); e != s {
			out = append(out, e)
		}
	}
	return out
}

// apart is where two texts differ.
func apart(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			other := ""
			if i < len(y) {
				other = y[i]
			}
			at := 0
			for at < min(len(x[i]), len(other)) && x[i][at] == other[at] {
				at++
			}
			from := max(0, at-80)
			return fmt.Sprintf("  %.200s\n  %.200s", x[i][from:], other[min(from, len(other)):])
		}
	}
	return fmt.Sprintf("  %d and %d lines", len(x), len(y))
}

// leakCases are all cases, in order.
func leakCases() []leakCase {
	var out []leakCase
	for scene, resources := range scenes {
		for i, r := range resources {
			for _, s := range spots(r.attrs, false) {
				for _, sh := range shapes {
					around := sh.around
					if around == "" {
						around = s.text + mark
					}
					if s.key && (strings.HasPrefix(sh.around, "arn:") || sh.name == "an address") {
						continue
					}
					changed := replaced(resources, i, resource{r.typ, r.name, s.set(around).(object)})
					name := fmt.Sprintf("%s in %s.%s %s (%s)", sh.name, r.typ, r.name, s.path, scene)
					out = append(out, treeCases(name, resources, changed, sh)...)
				}
			}
		}
	}
	out = append(out, textCases()...)
	sort.Slice(out, func(i, j int) bool { return out[i].name < out[j].name })
	return slices.Clip(out)
}

// treeCases are a tree with a secret in the ways that it may come: two of them for each, by turns.
func treeCases(name string, base, changed []resource, sh shape) []leakCase {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	turn := int(h.Sum32() % 10007)
	single := func(how string, args []string, files func(string) map[string]string) leakCase {
		return leakCase{name: name + ", " + how, files: files, args: args, shape: sh}
	}
	one := func(file string, text func(string) string) func(string) map[string]string {
		return func(s string) map[string]string { return map[string]string{file: text(s)} }
	}
	ways := []leakCase{
		single("plan", []string{"plan.json"}, one("plan.json", func(s string) string { return planOf(changed, nil, s, false) })),
		single("plan, untrusted", []string{"--untrusted", "--account", "111122223333", "plan.json"}, one("plan.json", func(s string) string { return planOf(changed, nil, s, false) })),
		single("state", []string{"state.json"}, one("state.json", func(s string) string { return stateOf(changed, s) })),
		single("what was before", []string{"plan.json"}, one("plan.json", func(s string) string { return planOf(base, changed, s, false) })),
		single("before and after", []string{"plan.json"}, one("plan.json", func(s string) string { return planOf(changed, changed, s, false) })),
		single("plan and sources", []string{"--source", ".", "plan.json"}, func(s string) map[string]string {
			files := tfvars(`variable "s" { sensitive = true }`)(s)
			files["main.tf"], files["plan.json"] = sourcesOf(changed, "var.s"), planOf(changed, nil, s, true)
			return files
		}),
	}
	carrier := carriers[turn%len(carriers)]
	source := single("sources, "+carrier.name, append(append([]string{}, carrier.args...), "."), func(s string) map[string]string {
		files := carrier.files(s)
		files["main.tf"] = sourcesOf(changed, carrier.expression)
		return files
	})
	if turn%3 == 0 {
		return []leakCase{ways[turn%len(ways)], source}
	}
	return []leakCase{append(ways, source)[turn%(len(ways)+1)]}
}
