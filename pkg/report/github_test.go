package report_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
)

// command is a workflow command as the runner reads it.
type command struct {
	level, message string
	props          map[string]string
}

var commandLine = regexp.MustCompile(`^::([a-z]+) ([^:]*)::(.*)$`)

// checkGitHub reads text as the runner does, and holds that each line but the last is a command.
func checkGitHub(t *testing.T, text []byte) []command {
	t.Helper()
	checkSeen(t, text)
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if last := lines[len(lines)-1]; strings.Contains(last, "::") || strings.Contains(last, "##[") {
		t.Errorf("the last line is not plain: %q", last)
	}
	var out []command
	for _, line := range lines[:len(lines)-1] {
		m := commandLine.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("not a command: %q", line)
			continue
		}
		c := command{level: m[1], message: unescape(m[3]), props: map[string]string{}}
		for p := range strings.SplitSeq(m[2], ",") {
			name, value, ok := strings.Cut(p, "=")
			if _, again := c.props[name]; again || !ok {
				t.Errorf("property %q in %q", p, line)
			}
			c.props[name] = unescape(value)
		}
		for name := range c.props {
			switch name {
			case "file", "title":
			case "line", "endLine", "col", "endColumn":
				if n, err := strconv.Atoi(c.props[name]); err != nil || n < 1 {
					t.Errorf("%s=%s", name, c.props[name])
				}
			default:
				t.Errorf("property %q in %q", name, line)
			}
		}
		out = append(out, c)
	}
	return out
}

func unescape(s string) string {
	for _, p := range [][2]string{{"%0D", "\r"}, {"%0A", "\n"}, {"%3A", ":"}, {"%2C", ","}, {"%25", "%"}} {
		s = strings.ReplaceAll(s, p[0], p[1])
	}
	return s
}

func TestGitHubCommands(t *testing.T) {
	got := checkGitHub(t, write(t, "github", full(t), report.Options{}))
	var levels []string
	for _, c := range got {
		levels = append(levels, c.level+" "+c.props["file"]+":"+c.props["line"])
	}
	want := []string{
		"error infra/main.tf:11", "error infra/main.tf:40", "error infra/modules/vault/main.tf:12", "error infra/main.tf:24",
		"error :", "notice infra/main.tf:17", "warning :",
	}
	if diff := cmp.Diff(want, levels); diff != "" {
		t.Error(diff)
	}
	public := got[2]
	wantProps := map[string]string{
		"file": "infra/modules/vault/main.tf", "line": "12", "endLine": "12", "col": "27", "endColumn": "38",
		"title": "Critical: Key policy lets anyone use the key (kms-key-public, new)",
	}
	if diff := cmp.Diff(wantProps, public.props); diff != "" {
		t.Error(diff)
	}
	for _, part := range []string{"lets any AWS account", "\nFor example, arn:aws:iam::999999999999:role/stranger may call kms:Decrypt", "\nFix: Name", "\nAlso in module.vault[\"us\"]"} {
		if !strings.Contains(public.message, part) {
			t.Errorf("%q is not in %q", part, public.message)
		}
	}
	if _, ok := got[3].props["col"]; ok {
		t.Error("columns over several lines")
	}
}

func TestGitHubEscapes(t *testing.T) {
	r := calm()
	r.Findings = []finding.Finding{{
		Rule: "r,:%", Severity: finding.Medium, Message: "50%: a, b\n::error::x", Remedy: "%0A",
		Location: &finding.Location{File: "a,b:c%.tf", Start: finding.Pos{Line: 3, Column: 1}, End: finding.Pos{Line: 4, Column: 1}},
	}}
	got := checkGitHub(t, write(t, "github", r, report.Options{}))
	want := []command{{
		level: "warning", message: "50%: a, b ::error::x\nFix: %0A",
		props: map[string]string{"file": "a,b:c%.tf", "line": "3", "endLine": "3", "title": "Medium: r,:%"},
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(command{})); diff != "" {
		t.Error(diff)
	}
}

// TestGitHubLimits holds that no level has more annotations than are shown, the worst are kept and the rest is counted.
func TestGitHubLimits(t *testing.T) {
	r := calm()
	for i := range 15 {
		for _, s := range []finding.Severity{finding.Low, finding.Medium, finding.High, finding.Critical} {
			r.Findings = append(r.Findings, finding.Finding{Rule: "r", Severity: s, Address: fmt.Sprint(i), Message: s.String()})
		}
	}
	r.Diagnostics = []finding.Diagnostic{{Severity: "error", Summary: "unreadable"}, {Severity: "warning", Summary: "odd"}}
	got := checkGitHub(t, write(t, "github", r, report.Options{}))
	n := map[string]int{}
	for _, c := range got {
		n[c.level+" "+c.message]++
	}
	delete(n, "notice "+got[len(got)-1].message)
	want := map[string]int{"error unreadable": 1, "error critical": 9, "warning medium": 10, "notice low": 9}
	if diff := cmp.Diff(want, n); diff != "" {
		t.Error(diff)
	}
	rest := "Not annotated, because GitHub shows 10 annotations of a kind: 32 findings: 6 critical, 15 high, 5 medium, 6 low; 1 problem of the input."
	if last := got[len(got)-1]; last.message != rest {
		t.Errorf("got %q, want %q", last.message, rest)
	}
}
