package access_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// TestNothingKnown is what is said of a key of which neither the account nor the ARN is known.
func TestNothingKnown(t *testing.T) {
	tests := []struct {
		statement string
		verdict   access.Verdict
	}{
		{`"Principal":{"AWS":"*"},"Resource":"*"`, access.Everyone},
		{`"Principal":{"AWS":"*"},"Resource":"arn:aws:kms:us-east-1:111122223333:key/*"`, access.Unknown},
		{`"Principal":{"AWS":"*"},"Resource":"arn:aws:kms:eu-west-1:111122223333:*"`, access.Unknown},
		{`"Principal":{"AWS":"*"},"Resource":"arn:aws:kms:*:*:key/*"`, access.Everyone},
		{`"Principal":{"AWS":"*"},"Resource":"arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/*"`, access.Unknown},
		{`"Principal":{"AWS":"*"},"Resource":"arn:aws:s3:::bucket"`, access.None},
		{`"Principal":{"AWS":"*"},"NotResource":"arn:aws:kms:*:*:key/*"`, access.None},
		{`"Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Resource":"*"`, access.External},
		{`"Principal":{"AWS":"*"},"Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}}`, access.ExternalOrg},
		{`"Principal":{"AWS":"*"},"Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`, access.ExternalOrg},
	}
	for _, test := range tests {
		doc := iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt",` + test.statement + `}]}`))
		s := access.Subject{Kind: iam.Key, Now: now}
		r := access.Analyze(doc, s)
		if r.Verdict != test.verdict {
			t.Errorf("%s: %s (%s), want %s", test.statement, r.Verdict, r.Reason, test.verdict)
		}
		checkResult(t, doc, s, r)
	}
}

// TestOwnerUnknown holds the analysis against the search where nothing is known of the owner.
func TestOwnerUnknown(t *testing.T) {
	c := tally{undecided: 30} // what is compared with the owner
	c.repeat(t, 8, func(t *rapid.T) {
		p := genKeyPolicy(t)
		doc := iam.Parse(unknown.Known(p.json(false)))
		s := access.Subject{Kind: p.kind, Now: now}
		r := access.Analyze(doc, s)
		c.add(r)
		checkResult(t, doc, s, r)
		u := own(p.kind)
		u.Account, u.Organization = ownAccount, "o-whoever0000" // whoever they are, every request has them
		u.Resource = "arn:aws:kms:us-east-1:111122223333:key/5eed5eed-0000-4000-8000-5eed5eed5eed"
		var strangers []universe
		for _, one := range audiences(doc, u) {
			if one.verdict == access.Everyone {
				strangers = append(strangers, one)
			}
		}
		searchAll(t, &c, doc, s, r, strangers)
	})
}
