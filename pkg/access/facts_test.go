package access_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// The facts of statements, each line a statement after the account's own: what is expected, then the statement.
func TestStatementFacts(t *testing.T) {
	src, err := os.ReadFile("testdata/statements.txt")
	if err != nil {
		t.Fatal(err)
	}
	const root = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
	for n, line := range strings.Split(string(src), "\n") {
		want, statements, ok := strings.Cut(line, " | ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		doc := iam.Parse(unknown.Text{S: `{"Version":"2012-10-17","Statement":[` + root + `,` + statements + `]}`})
		if len(doc.Statements) == 0 {
			t.Fatalf("line %d cannot be read", n+1)
		}
		subject := access.Subject{Kind: iam.Key, Account: "111122223333", Resource: "arn:aws:kms:us-east-1:111122223333:key/5f3c1d2e-0b4a-4c6d-8e7f-9a0b1c2d3e4f", Region: "us-east-1",
			Now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
		var got []string
		for _, f := range access.Statements(doc, subject) {
			for _, a := range f.Accounts {
				got = append(got, fmt.Sprintf("account %d %s", f.Index, a))
			}
			for _, s := range f.Services {
				got = append(got, fmt.Sprintf("service %d %s", f.Index, s))
			}
			if len(f.Everything) > 0 {
				got = append(got, fmt.Sprintf("everything %v", f.Everything))
			}
		}
		if text := strings.Join(got, ", "); text != strings.TrimSpace(want) && (text != "" || strings.TrimSpace(want) != "nothing") {
			t.Errorf("line %d: got %q, want %q\n%s", n+1, text, want, statements)
		}
	}
}
