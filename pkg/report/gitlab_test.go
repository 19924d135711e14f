package report_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
)

// issue is a code quality issue as GitLab documents it.
type issue struct {
	Description string `json:"description"`
	CheckName   string `json:"check_name"`
	Fingerprint string `json:"fingerprint"`
	Severity    string `json:"severity"`
	Location    struct {
		Path  string `json:"path"`
		Lines struct {
			Begin int `json:"begin"`
		} `json:"lines"`
	} `json:"location"`
}

func checkGitLab(t *testing.T, text []byte) []issue {
	t.Helper()
	if _, ok := checkJSON(t, text).([]any); !ok {
		t.Fatalf("not a list:\n%s", text)
	}
	var issues []issue
	if err := json.Unmarshal(text, &issues); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, i := range issues {
		switch i.Severity {
		case "info", "minor", "major", "critical", "blocker":
		default:
			t.Errorf("severity %q", i.Severity)
		}
		if i.Description == "" || i.Fingerprint == "" || i.Location.Path == "" || i.Location.Lines.Begin < 1 {
			t.Errorf("something is missing in %+v", i)
		}
		if seen[i.Fingerprint] {
			t.Errorf("fingerprint %s stands twice", i.Fingerprint)
		}
		seen[i.Fingerprint] = true
	}
	return issues
}

func TestGitLab(t *testing.T) {
	var got []string
	for _, i := range checkGitLab(t, write(t, "gitlab", full(t), report.Options{})) {
		got = append(got, i.Severity+" "+i.CheckName+" "+i.Location.Path)
	}
	want := []string{
		"blocker iam-role-public infra/main.tf", "blocker kms-key-reachable infra/main.tf",
		"blocker kms-key-public infra/modules/vault/main.tf", "blocker kms-key-public infra/modules/vault/main.tf",
		"critical kms-key-external-account infra/main.tf", "critical policy-undecided plan.json",
		"minor kms-key-deletion-window infra/main.tf", "info gate plan.json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := checkGitLab(t, write(t, "gitlab", broken(), report.Options{})); len(got) != 2 || got[0].Severity != "blocker" {
		t.Errorf("unreadable inputs: %+v", got)
	}
	if got := string(write(t, "gitlab", calm(), report.Options{})); got != "[]\n" {
		t.Errorf("no findings: %q", got)
	}
}

func TestGitLabSameFingerprint(t *testing.T) {
	r := calm()
	f := finding.Finding{Rule: "x", Severity: finding.Low, Message: "m", Fingerprint: "1"}
	r.Findings = []finding.Finding{f, f, f}
	if got := checkGitLab(t, write(t, "gitlab", r, report.Options{})); len(got) != 3 {
		t.Errorf("%d issues", len(got))
	}
}
