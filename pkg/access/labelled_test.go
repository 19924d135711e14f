package access_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

const (
	ownAccount = "111122223333"
	ownOrg     = "o-a1b2c3d4e5"
	ownKey     = "arn:aws:kms:us-east-1:111122223333:key/ffffffff-0000-4000-8000-000000000001"
	ownRole    = "arn:aws:iam::111122223333:role/own"
)

var now = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// own is the subject of the labelled policies: a key or role of the account that they call their own.
func own(kind iam.Kind) access.Subject {
	s := access.Subject{Kind: kind, Account: ownAccount, Organization: ownOrg, Partition: "aws", Region: "us-east-1", Now: now}
	switch kind {
	case iam.Key:
		s.Resource = ownKey
	case iam.Trust:
		s.Resource = ownRole
	}
	return s
}

// labelled is one line of the labelled policies. Rows that are sure of nothing ("?") are not counted. Public is how a
// document that AWS would refuse is read, where the row says so.
type labelled struct {
	ID      string          `json:"id"`
	Kind    iam.Kind        `json:"kind"`
	Policy  json.RawMessage `json:"policy"`
	Verdict access.Verdict  `json:"verdict"`
	Public  access.Public   `json:"public"`
	Sure    string          `json:"sure"`
	Why     string          `json:"why"`
}

func readLabelled(t testing.TB, file string) []labelled {
	t.Helper()
	f, err := os.Open("../../fixtures/policies/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []labelled
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var r labelled
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v: %s", file, err, lines.Text())
		}
		rows = append(rows, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestLabelled holds the verdict of every labelled policy, and asks for a witness of a stranger where it is public.
func TestLabelled(t *testing.T) {
	for _, file := range []string{"labelled.jsonl", "more.jsonl"} {
		t.Run(file, func(t *testing.T) {
			rows := readLabelled(t, file)
			if len(rows) < 80 {
				t.Fatalf("only %d rows were read", len(rows))
			}
			for _, row := range rows {
				t.Run(row.ID, func(t *testing.T) {
					doc := iam.Parse(unknown.Known(string(row.Policy)))
					s := own(row.Kind)
					r := access.Analyze(doc, s)
					if r.Verdict != row.Verdict {
						report := t.Errorf
						if row.Sure == "?" {
							report = t.Logf
						}
						report("got %s (%s), want %s (sure: %s): %s\n%s", r.Verdict, r.Reason, row.Verdict, row.Sure, row.Why, row.Policy)
					}
					if row.Public != "" && r.Public != row.Public {
						t.Errorf("public %s (%s), want %s: %s\n%s", r.Public, r.Reason, row.Public, row.Why, row.Policy)
					}
					checkResult(t, doc, s, r)
					checkFacts(t, doc, s)
				})
			}
		})
	}
}

// checkResult holds what every result promises, whatever the document.
func checkResult(t failer, doc *iam.Document, s access.Subject, r access.Result) {
	t.Helper()
	if strings.Contains(r.Reason, "disagree") {
		t.Errorf("the evaluators disagree: %s\n%s", r.Reason, doc.Text.S)
	}
	if r.Verdict == access.Everyone && r.Public != access.Yes || r.Public == access.Yes && r.Verdict != access.Everyone && r.Verdict != access.Invalid {
		t.Errorf("the verdict %s with public %s\n%s", r.Verdict, r.Public, doc.Text.S)
	}
	if r.Public == access.Yes && r.Witness == nil && s.Account != "" { // what has to be said of an owner who is not known cannot be written
		t.Errorf("public without a witness\n%s", doc.Text.S)
	}
	if r.Witness == nil || len(doc.Text.Holes) > 0 {
		return
	}
	if d := evaluate.Decide(doc, r.Witness); d != evaluate.Allowed {
		t.Errorf("the witness is %s: %s\n%s", d, show(r.Witness), doc.Text.S)
	}
	if r.Public != access.Yes {
		return
	}
	for _, problem := range strangerProblems(doc, s, r.Witness) {
		t.Errorf("the witness is no stranger's: %s: %s\n%s", problem, show(r.Witness), doc.Text.S)
	}
}

// checkFacts holds what the facts of every statement promise: a condition that keeps no stranger out has a witness that
// the statement allows.
func checkFacts(t failer, doc *iam.Document, s access.Subject) {
	t.Helper()
	for _, f := range access.Statements(doc, s) {
		for _, b := range f.Broad {
			if b.Dead != (b.Witness == nil) {
				t.Errorf("statement %d: the condition on %s is dead: %t, with the witness %s", f.Index, b.Condition.Key.S, b.Dead, show(b.Witness))
			}
			alone := &iam.Document{Version: doc.Version, Statements: []iam.Statement{*f.Statement}}
			if !b.Dead && evaluate.Decide(alone, b.Witness) != evaluate.Allowed {
				t.Errorf("statement %d: the witness of the condition on %s is not let in: %s", f.Index, b.Condition.Key.S, show(b.Witness))
			}
		}
	}
}

func show(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// failer is a test, or a property of rapid.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
}
