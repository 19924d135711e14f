package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
)

// sarifSchema is the schema that the standard publishes.
var sarifSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	return c.Compile(filepath.Join("..", "..", "fixtures", "schemas", "sarif-2.1.0.json"))
})

func checkSARIF(t *testing.T, text []byte) sarif {
	t.Helper()
	schema, err := sarifSchema()
	if err != nil {
		t.Fatal(err)
	}
	checkSeen(t, text)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%v in\n%s", err, text)
	}
	var s sarif
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// sarif is what the tests read of a SARIF file.
type sarif struct {
	Runs []struct {
		Tool struct {
			Driver struct{ Rules []struct{ ID string } }
		}
		AutomationDetails struct{ ID string }
		Invocations       []struct {
			ExecutionSuccessful        bool
			ToolExecutionNotifications []struct{ Message struct{ Text string } }
		}
		Results []sarifResult
	}
}

type sarifResult struct {
	RuleID           string
	RuleIndex        int
	Level            string
	BaselineState    string
	Message          struct{ Text string }
	Locations        []sarifPlace
	RelatedLocations []sarifPlace
	CodeFlows        []struct {
		ThreadFlows []struct {
			Locations []struct{ Location sarifPlace }
		}
	}
	Suppressions        *[]struct{ Kind, Justification string }
	PartialFingerprints map[string]string
	Properties          struct{ Severity, Address string }
}

type sarifPlace struct {
	PhysicalLocation struct {
		ArtifactLocation struct{ URI, URIBaseID string }
		Region           struct{ StartLine, StartColumn, EndLine, EndColumn int }
	}
	LogicalLocations []struct{ FullyQualifiedName string }
}

func TestSARIFSchema(t *testing.T) {
	for name, r := range samples(t) {
		t.Run(name, func(t *testing.T) {
			s := checkSARIF(t, write(t, "sarif", r, report.Options{}))
			for _, run := range s.Runs {
				if run.Results == nil {
					t.Error("results are not there")
				}
				for _, res := range run.Results {
					if got := run.Tool.Driver.Rules[res.RuleIndex].ID; got != res.RuleID {
						t.Errorf("rule %s has the index of %s", res.RuleID, got)
					}
					// Without these, code scanning refuses the file.
					if p := res.Locations[0].PhysicalLocation; p.ArtifactLocation.URI == "" || p.Region.StartLine < 1 {
						t.Errorf("%s has no artifact", res.Message.Text)
					}
				}
			}
		})
	}
	t.Run("nothing at all", func(t *testing.T) {
		checkSARIF(t, write(t, "sarif", &finding.Report{Tool: finding.Tool{Name: "keyproof"}}, report.Options{}))
	})
}

func TestSARIFResults(t *testing.T) {
	run := checkSARIF(t, write(t, "sarif", full(t), report.Options{})).Runs[0]
	find := func(rule, address string) *sarifResult {
		for i, r := range run.Results {
			if r.RuleID == rule && r.Properties.Address == address {
				return &run.Results[i]
			}
		}
		t.Fatalf("no result of %s for %s", rule, address)
		return nil
	}
	public := find("kms-key-public", `module.vault["eu"].aws_kms_key.this`)
	p := public.Locations[0].PhysicalLocation
	if got := fmt.Sprint(p.ArtifactLocation, p.Region); got != "{infra/modules/vault/main.tf %SRCROOT%} {12 27 12 38}" {
		t.Errorf("location %s", got)
	}
	if public.Level != "error" || public.BaselineState != "new" || public.PartialFingerprints["keyproof/v1"] == "" || len(public.RelatedLocations) != 1 {
		t.Errorf("result %+v", public)
	}
	if !strings.Contains(public.Message.Text, "role/stranger may call kms:Decrypt") || !strings.Contains(public.Message.Text, "Fix: ") {
		t.Errorf("message %q", public.Message.Text)
	}
	if flows := find("kms-key-reachable", "aws_kms_key.sealed").CodeFlows; len(flows) != 1 || len(flows[0].ThreadFlows[0].Locations) != 2 {
		t.Errorf("code flows %+v", flows)
	}
	if got := find("kms-key-public", "aws_kms_key.closed").BaselineState; got != "absent" {
		t.Errorf("a resolved finding is %q", got)
	}
	if got := find("kms-key-deletion-window", "aws_kms_key.partner"); got.Level != "note" || got.Suppressions == nil || len(*got.Suppressions) != 0 {
		t.Errorf("result %+v", got)
	}
	silent := find("kms-key-deletion-window", "aws_kms_key.sealed")
	if s := *silent.Suppressions; len(s) != 1 || s[0].Kind != "inSource" || !strings.Contains(s[0].Justification, "test key") {
		t.Errorf("suppressions %+v", s)
	}
	for _, r := range run.Results {
		for _, l := range r.Locations {
			if strings.Contains(l.PhysicalLocation.ArtifactLocation.URI, "plan.json") {
				t.Errorf("%s points to the plan", r.Message.Text)
			}
			if len(l.LogicalLocations) != 1 || l.LogicalLocations[0].FullyQualifiedName != r.Properties.Address {
				t.Errorf("%s: logical locations %v", r.Message.Text, l.LogicalLocations)
			}
		}
	}
}

func TestSARIFCodeScanning(t *testing.T) {
	run := checkSARIF(t, write(t, "sarif", full(t), report.Options{CodeScanning: true})).Runs[0]
	if len(run.Results) != 7 {
		t.Errorf("%d results, want the 7 that count", len(run.Results))
	}
	for _, r := range run.Results {
		if r.BaselineState == "absent" || r.Suppressions != nil && len(*r.Suppressions) > 0 {
			t.Errorf("%s is shown as open", r.Message.Text)
		}
	}
}

func TestSARIFPaths(t *testing.T) {
	for _, tt := range []struct{ root, dir, file, uri, base string }{
		{"/repo", "/repo", "main.tf", "main.tf", "%SRCROOT%"},
		{"/repo", "/repo/infra/prod", "a b/ü%.tf", "infra/prod/a%20b/%C3%BC%25.tf", "%SRCROOT%"},
		{"/repo", "/repo/infra", "/repo/modules/x.tf", "modules/x.tf", "%SRCROOT%"},
		{"/repo", "/repo", "a:b.tf", "./a:b.tf", "%SRCROOT%"},
		{"/repo", "/repo", "..hidden/x.tf", "..hidden/x.tf", "%SRCROOT%"},
		{"/repo", "/repo", "/else where/x.tf", "file:///else%20where/x.tf", ""},
		{"", "", "main.tf", "main.tf", "%SRCROOT%"},
	} {
		r := calm()
		r.Root, r.Dir = tt.root, tt.dir
		l := finding.Location{File: tt.file, Start: finding.Pos{Line: 2, Column: 3}, End: finding.Pos{Line: 2, Column: 5}}
		r.Findings = []finding.Finding{{Rule: "x", Severity: finding.Low, Location: &l}}
		got := checkSARIF(t, write(t, "sarif", r, report.Options{})).Runs[0].Results[0].Locations[0].PhysicalLocation.ArtifactLocation
		if got.URI != tt.uri || got.URIBaseID != tt.base {
			t.Errorf("%s in %s: got %q %q, want %q %q", tt.file, tt.dir, got.URI, got.URIBaseID, tt.uri, tt.base)
		}
	}
}

// TestSARIFLimits holds what GitHub takes: 20 runs with ids of their own, 5,000 results in a run, the worst first.
func TestSARIFLimits(t *testing.T) {
	r := calm()
	r.Inputs = nil
	for i := range 25 {
		r.Inputs = append(r.Inputs, finding.Input{Path: fmt.Sprintf("plan%d.json", i/2), Kind: "plan"})
	}
	for i := range 6000 {
		f := finding.Finding{Rule: "low", Severity: finding.Low, Address: fmt.Sprint(i), Fingerprint: fmt.Sprint(i)}
		if i >= 5500 {
			f.Rule, f.Severity = "bad", finding.Critical
		}
		r.Findings = append(r.Findings, f)
	}
	r.Findings = append(r.Findings, finding.Finding{Rule: "last", Severity: finding.High, Input: 24})
	s := checkSARIF(t, write(t, "sarif", r, report.Options{}))
	if len(s.Runs) != 20 {
		t.Fatalf("%d runs", len(s.Runs))
	}
	ids := map[string]bool{}
	for _, run := range s.Runs {
		ids[run.AutomationDetails.ID] = true
	}
	if len(ids) != 20 {
		t.Errorf("%d different ids of 20 runs: %v", len(ids), ids)
	}
	first := s.Runs[0]
	if len(first.Results) != 5000 || first.Results[499].RuleID != "bad" || first.Results[500].RuleID != "low" {
		t.Errorf("%d results", len(first.Results))
	}
	if n := first.Invocations[0].ToolExecutionNotifications; len(n) != 1 || !strings.HasPrefix(n[0].Message.Text, "1000 results ") {
		t.Errorf("notifications %v", n)
	}
	if last := s.Runs[19].Results; len(last) != 1 || last[0].RuleID != "last" {
		t.Errorf("results of the last run: %v", last)
	}
}

func TestSARIFDiagnostics(t *testing.T) {
	run := checkSARIF(t, write(t, "sarif", broken(), report.Options{})).Runs[0]
	if inv := run.Invocations[0]; inv.ExecutionSuccessful || len(inv.ToolExecutionNotifications) != 2 {
		t.Errorf("invocation %+v", inv)
	}
	var texts []string
	for _, n := range checkSARIF(t, write(t, "sarif", empty(), report.Options{})).Runs[0].Invocations[0].ToolExecutionNotifications {
		texts = append(texts, n.Message.Text)
	}
	if diff := cmp.Diff([]string{"Nothing to judge: no key policy, grant or IAM policy was found."}, texts); diff != "" {
		t.Error(diff)
	}
}

// TestSARIFSchemaBites holds that the validation in these tests can fail.
func TestSARIFSchemaBites(t *testing.T) {
	schema, err := sarifSchema()
	if err != nil {
		t.Fatal(err)
	}
	text := bytes.Replace(write(t, "sarif", full(t), report.Options{}), []byte(`"level": "error"`), []byte(`"level": "bad"`), 1)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if schema.Validate(v) == nil {
		t.Error("a wrong level is accepted")
	}
}
