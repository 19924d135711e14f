package report_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
)

// TestJSONRoundTrip holds that the JSON report is the report, as far as it is meant to be.
func TestJSONRoundTrip(t *testing.T) {
	for name, want := range samples(t) {
		finding.Sort(want.Findings)
		var got finding.Report
		d := json.NewDecoder(bytes.NewReader(write(t, "json", want, report.Options{})))
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		ignore := []cmp.Option{
			cmpopts.IgnoreFields(finding.Report{}, "Rules", "Files", "Root", "Dir", "Paths"),
			cmpopts.IgnoreFields(finding.Location{}, "Hidden"),
			cmpopts.IgnoreFields(finding.Policy{}, "Key", "Named"),
			cmpopts.IgnoreFields(finding.Fix{}, "Diff"),
			cmp.FilterPath(isContext, cmp.Comparer(func(a, b map[string]any) bool { return cmp.Equal(lists(a), lists(b)) })),
			cmp.FilterPath(func(p cmp.Path) bool { return !isContext(p) }, cmpopts.EquateEmpty()),
		}
		if diff := cmp.Diff(want, &got, ignore...); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func isContext(p cmp.Path) bool { return p.Last().Type() == reflect.TypeFor[map[string]any]() }

func lists(m map[string]any) map[string][]string {
	out := map[string][]string{}
	for k, v := range m {
		switch v := v.(type) {
		case string:
			out[k] = []string{"one", v}
		case []string:
			out[k] = append(out[k], v...)
		case []any:
			for _, e := range v {
				out[k] = append(out[k], e.(string))
			}
		}
	}
	return out
}

// TestJSONNoNull holds that lists are never null; only the action of a policy without a plan is.
func TestJSONNoNull(t *testing.T) {
	r := calm()
	r.Findings = []finding.Finding{{Rule: "x", Severity: finding.Low, Witness: &finding.Witness{Action: "a", Context: map[string]any{"k": []string(nil), "l": []any(nil)}}}}
	for _, r := range []*finding.Report{r, empty(), {}} {
		text := string(write(t, "json", r, report.Options{}))
		if got := strings.ReplaceAll(text, `"action": null`, ""); strings.Contains(got, "null") {
			t.Errorf("null in\n%s", text)
		}
		if !strings.HasSuffix(text, "}\n") {
			t.Errorf("does not end with one line break: %q", text[len(text)-3:])
		}
	}
}

func TestJSONText(t *testing.T) {
	r := calm()
	r.Policies[0].Address = "a<b>&\u202e\U000e0041\u009b\x7f\u2028é"
	text := write(t, "json", r, report.Options{})
	checkSeen(t, text)
	if want := []byte(`"a<b>&\u202e\udb40\udc41\u009b\u007f\u2028é"`); !bytes.Contains(text, want) {
		t.Errorf("%s is not in\n%s", want, text)
	}
}

// checkJSON holds that text is JSON that shows all of its characters, and returns its value.
func checkJSON(t *testing.T, text []byte) any {
	t.Helper()
	checkSeen(t, text)
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return v
}
