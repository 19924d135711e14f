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

// TestAccountsNotKnown holds that an account which is not known in full is an external one where it is surely neither the own one nor
// trusted, and that a named one is perhaps where what else the statement says is not known.
func TestAccountsNotKnown(t *testing.T) {
	x := unknown.Symbol{Ref: "var.x"}
	member := unknown.Symbol{Ref: "aws_organizations_account.m.id", Of: "aws_organizations_account.m", Kind: unknown.AccountID}
	first := unknown.Symbol{Ref: "data.aws_caller_identity.me.account_id", Kind: unknown.OwnAccount}
	for _, row := range []struct {
		principal string
		rest      string // of the statement
		hole      unknown.Symbol
		trusted   []string
		want      string // certain, possible or no
	}{
		{"arn:aws:iam::⟨⟩:root", "", member, nil, "certain"},
		{"⟨⟩", "", member, nil, "certain"},
		{"⟨⟩", "", member, []string{"555566667777"}, "possible"},
		{"⟨⟩", "", unknown.Symbol{Ref: "data.aws_organizations_organization.o.master_account_id", Kind: unknown.AccountID}, nil, "no"},
		{"arn:aws:iam::⟨⟩:root", "", x, nil, "no"},
		{"arn:aws:iam::⟨⟩:root", "", first, nil, "no"},
		{"arn:aws:iam::44445555⟨⟩:root", "", x, nil, "certain"},
		{"arn:aws:iam::44445555⟨⟩:role/app", "", x, nil, "certain"},
		{"44445555⟨⟩", "", x, nil, "certain"},
		{"44445555⟨⟩", "", x, []string{"444455556666"}, "no"},
		{"1111⟨⟩", "", x, nil, "no"},
		{"arn:aws:iam::44445555666⟨⟩", "", x, nil, "certain"},
		{"arn:aws:iam::⟨⟩44", "", x, nil, "no"},
		{"⟨⟩:role/app", "", x, nil, "no"},
		{"arn:⟨⟩:iam::444455556666:root", "", x, nil, "certain"},
		{"arn:⟨⟩:iam::111122223333:root", "", x, nil, "no"},
		{"arn:aws:iam::444455556666:root", `,"Action":"⟨⟩"`, x, nil, "possible"},
		{"arn:aws:iam::444455556666:root", `,"Condition":{"StringLike":{"aws:PrincipalArn":"⟨⟩"}}`, x, nil, "possible"},
		{"arn:aws:iam::444455556666:root", `,"Condition":{"StringEquals":{"aws:PrincipalArn":"⟨⟩"}}`, x, nil, "no"},
		{"arn:aws:iam::444455556666:root", `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"⟨⟩"}}`, x, nil, "no"}, // either value keeps some out
	} {
		action := `,"Action":"kms:Decrypt"`
		if strings.Contains(row.rest, "Action") {
			action = ""
		}
		text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Principal":{"AWS":"` + row.principal + `"}` + action + row.rest + `}]}`
		doc := iam.Parse(unknown.Text{S: strings.ReplaceAll(text, "⟨⟩", unknown.Hole(0)), Holes: []unknown.Symbol{row.hole}})
		subject := own(iam.Key)
		subject.TrustedAccounts, subject.TrustedOrganizations = row.trusted, nil
		got := "no"
		for _, f := range access.Statements(doc, subject) {
			switch {
			case len(f.Accounts) > 0 && f.Perhaps:
				got = "possible"
			case len(f.Accounts) > 0:
				got = "certain"
			}
		}
		if got != row.want {
			t.Errorf("%s%s, trusted %v: %s, want %s", row.principal, row.rest, row.trusted, got, row.want)
		}
	}
}
