package access_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// seeds are the documents of every fixture.
func seeds(t testing.TB) []string {
	var out []string
	for _, file := range []string{"labelled.jsonl", "more.jsonl"} {
		for _, row := range readLabelled(t, file) {
			out = append(out, string(row.Policy))
		}
	}
	files, err := filepath.Glob("../../fixtures/policies/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no policies in folders", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	return out
}

var kindByNumber = []iam.Kind{iam.Key, iam.Trust, iam.Identity}

// FuzzAnalyze holds that any text gets an answer in time, and that the answer keeps its promises. Parts between ⟨ and ⟩
// are values that are not known.
func FuzzAnalyze(f *testing.F) {
	for i, s := range seeds(f) {
		f.Add(s, byte(i))
		f.Add(s, byte(0))
	}
	f.Fuzz(func(t *testing.T, text string, kind byte) {
		if len(text) > 40_000 {
			return
		}
		doc := iam.Parse(fuzzedHoles(text))
		s := own(kindByNumber[int(kind)%3])
		if kind&0x40 != 0 {
			s = access.Subject{Kind: s.Kind, Now: now} // nothing is known of the owner
		}
		start := spent()
		r := access.Analyze(doc, s)
		if took := spent() - start; took > 5*adversarialTime {
			t.Errorf("it took %v", took)
		}
		if r.Public == access.Yes && len(doc.Text.Holes) == 0 && s.Account != "" {
			checkResult(t, doc, s, r)
		}
		if again := access.Analyze(iam.Parse(fuzzedHoles(text)), s); again.Verdict != r.Verdict || show(again.Witness) != show(r.Witness) || again.Reason != r.Reason {
			t.Errorf("two analyses differ: %s %s and %s %s", r.Verdict, show(r.Witness), again.Verdict, show(again.Witness))
		}
	})
}

func fuzzedHoles(s string) unknown.Text {
	var out unknown.Text
	var b strings.Builder
	for len(out.Holes) < 20 {
		before, rest, ok := strings.Cut(s, "⟨")
		hole, after, closed := strings.Cut(rest, "⟩")
		if !ok || !closed {
			break
		}
		b.WriteString(before + unknown.Hole(len(out.Holes)))
		out.Holes = append(out.Holes, unknown.Symbol{Ref: hole, Kind: unknown.Kind(len(hole) % 15)})
		s = after
	}
	out.S = b.String() + s
	return out
}

// FuzzEvaluate holds that any document and request get a decision.
func FuzzEvaluate(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s, `{"principal":"arn:aws:iam::999999999999:role/stranger","action":"kms:Decrypt","resource":"*","context":{"aws:PrincipalOrgID":"o-a1b2c3d4e5","aws:TagKeys":["a"]}}`)
	}
	if file, err := os.Open("../../fixtures/decisions.jsonl.gz"); err == nil {
		defer file.Close()
		z, err := gzip.NewReader(file)
		if err != nil {
			f.Fatal(err)
		}
		d := json.NewDecoder(io.LimitReader(z, 1<<20))
		var row struct{ Policy, Request json.RawMessage }
		for d.Decode(&row) == nil {
			f.Add(string(row.Policy), string(row.Request))
		}
	}
	f.Fuzz(func(t *testing.T, text, request string) {
		var req evaluate.Request
		if json.Unmarshal([]byte(request), &req) != nil || len(text)+len(request) > 40_000 {
			return
		}
		doc := iam.Parse(fuzzedHoles(text))
		switch d := evaluate.Decide(doc, &req); d {
		case evaluate.Allowed, evaluate.ExplicitlyDenied, evaluate.ImplicitlyDenied:
		default:
			t.Errorf("the decision %q", d)
		}
	})
}
