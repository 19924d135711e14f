package access_test

import (
	"testing"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// TestWholeIDs holds that a unique id that is written in full names somebody, also where a pattern goes on after it: AWS makes
// none that is longer.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func TestWholeIDs(t *testing.T) {
	for pattern, want := range map[string]access.Public{
		"AROAEXAMPLEEXAMPLE123:*": access.No, "AROAEXAMPLEEXAMPLE123*": access.No, "AIDAEXAMPLEEXAMPLE123*": access.No, "AROAEXAMPLEEXAMPLE123????": access.No,
		"AROAEXAMPLEEXAMPLE*": access.Yes, "*EXAMPLEEXAMPLE123": access.Yes, "A*": access.Yes, "*AROAEXAMPLEEXAMPLE123*": access.Yes,
	} {
		doc := iam.Parse(unknown.Known(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
			"Condition": {"StringLike": {"aws:userid": "` + pattern + `"}}}]}`))
		if r := access.Analyze(doc, own(iam.Key)); r.Public != want {
			t.Errorf("%s: public %s (%s), want %s, witness %v", pattern, r.Public, r.Reason, want, r.Witness)
		}
	}
}

// TestUnknownVersion holds that a document whose version is not known is read with variables and without.
func TestUnknownVersion(t *testing.T) {
	for value, want := range map[string]access.Public{"${aws:PrincipalAccount}": access.Unsure, "111122223333": access.No, "*": access.No} {
		doc := iam.Parse(unknown.Text{Holes: []unknown.Symbol{{Ref: "var.version"}}, S: `{"Version": "` + unknown.Hole(0) + `", "Statement": [{"Effect": "Allow", "Principal": "*",
			"Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "` + value + `"}}}]}`})
		r := access.Analyze(doc, own(iam.Key))
		if r.Public != want || (len(r.DependsOn) > 0) != (want == access.Unsure) {
			t.Errorf("%s: public %s, depends on %v (%s), want %s", value, r.Public, r.DependsOn, r.Reason, want)
		}
	}
}

// TestOwnAccountInARN holds that the account of the caller in its own ARN says nothing.
func TestOwnAccountInARN(t *testing.T) {
	for _, row := range []struct {
		principal, operator, value string
		public                     access.Public
		accounts                   int
	}{
		{`{"AWS": "arn:aws:iam::444455556666:root"}`, "ArnLike", "arn:aws:iam::${aws:PrincipalAccount}:*", access.No, 1},
		{`{"AWS": "arn:aws:iam::444455556666:root"}`, "StringLike", "arn:aws:*::${kms:CallerAccount}:*", access.No, 1},
		{`{"AWS": "arn:aws:iam::444455556666:root"}`, "ArnLike", "arn:aws:iam::${aws:PrincipalAccount}:role/app", access.No, 0},
		{`"*"`, "StringEquals", "arn:aws:iam::${kms:CallerAccount}:role/app", access.Yes, 0},
		{`"*"`, "ArnNotLike", "arn:aws:*::${aws:PrincipalAccount}:*", access.No, 0},
	} {
		doc := iam.Parse(unknown.Known(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": ` + row.principal + `, "Action": "kms:Decrypt", "Resource": "*",
			"Condition": {"` + row.operator + `": {"aws:PrincipalArn": "` + row.value + `"}}}]}`))
		if r := access.Analyze(doc, own(iam.Key)); r.Public != row.public {
			t.Errorf("%v: public %s (%s)", row, r.Public, r.Reason)
		}
		if f := access.Statements(doc, own(iam.Key)); len(f[0].Accounts) != row.accounts {
			t.Errorf("%v: accounts %v", row, f[0].Accounts)
		}
	}
}

// TestOmitted holds that a condition keeps nobody out which holds for whoever leaves its key away.
func TestOmitted(t *testing.T) {
	for condition, want := range map[string]int{
		`"StringEquals": {"sts:ExternalId": "x"}`: 0, `"StringEqualsIfExists": {"sts:ExternalId": "x"}`: 1, `"StringNotEquals": {"sts:ExternalId": "x"}`: 1,
		`"StringLike": {"sts:RoleSessionName": "*"}`: 1, `"StringLike": {"sts:RoleSessionName": "a*"}`: 0, `"Null": {"sts:ExternalId": "true"}`: 1,
		`"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}`: 0,
	} {
		doc := iam.Parse(unknown.Known(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole",
			"Condition": {` + condition + `}}]}`))
		if f := access.Statements(doc, own(iam.Trust)); len(f[0].Accounts) != want {
			t.Errorf("%s: accounts %v, want %d", condition, f[0].Accounts, want)
		}
	}
}

// TestIssuerInCapitals holds that the claims of a provider are its own, in whichever case its url is written and where a part of
// that is not known.
func TestIssuerInCapitals(t *testing.T) {
	host := "oidc.eks." + unknown.Hole(0) + ".amazonaws.com/id/ABC"
	for _, condition := range []string{`"StringLike": {"` + host + `:sub": "system:serviceaccount:*"}`, `"StringEquals": {"` + host + `:aud": "sts.amazonaws.com"}`} {
		doc := iam.Parse(unknown.Text{Holes: []unknown.Symbol{{Ref: "var.region"}}, S: `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
			"Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/` + host + `"}, "Condition": {` + condition + `}}]}`})
		if r := access.Analyze(doc, own(iam.Trust)); r.Verdict != access.Federated || r.Public != access.No {
			t.Errorf("%s: %s, public %s", condition, r.Verdict, r.Public)
		}
	}
}

// TestUnsuitedOperators holds that an operator for values of another kind than the key has leaves a condition open, for the verdict and
// for the rows, but where requests pass by leaving the key away.
func TestUnsuitedOperators(t *testing.T) {
	for condition, want := range map[string]access.Public{
		`"IpAddress": {"aws:PrincipalArn": "203.0.113.7"}`: access.Unsure, `"NumericEquals": {"aws:PrincipalAccount": "444455556666"}`: access.Unsure,
		`"StringLike": {"aws:CurrentTime": "2019-*"}`: access.Unsure, `"StringLike": {"aws:SourceIp": "2*"}`: access.Unsure, `"NumericEquals": {"aws:SourceVpc": "5"}`: access.Unsure,
		`"NumericEquals": {"aws:username": "5"}`: access.Unsure, `"DateLessThan": {"aws:PrincipalOrgID": "2020-01-01"}`: access.Unsure,
		`"NumericLessThanIfExists": {"aws:PrincipalOrgID": "5"}`: access.Yes, `"NumericLessThanIfExists": {"aws:PrincipalArn": "5"}`: access.Unsure,
		`"NumericNotEquals": {"aws:PrincipalAccount": "111122223333"}`: access.Yes, `"StringLike": {"aws:SourceIp": "203.0.113.7"}`: access.No, `"NumericLessThan": {"aws:EpochTime": "99999999999"}`: access.Yes, `"IpAddress": {"aws:UserAgent": "10.0.0.0/8"}`: access.Yes,
	} {
		doc := iam.Parse(unknown.Known(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*", "Condition": {` + condition + `}}]}`))
		if r := access.Analyze(doc, own(iam.Key)); r.Public != want || (len(r.DependsOn) > 0) != (want == access.Unsure) {
			t.Errorf("%s: public %s (%s, %v), want %s", condition, r.Public, r.Reason, r.DependsOn, want)
		}
		for _, r := range access.Audiences(doc, own(iam.Key)).Rows {
			if r.Possible != (want == access.Unsure) {
				t.Errorf("%s: possible %t of %v", condition, r.Possible, r.Who)
			}
		}
	}
}

// TestUnsuitedDeny holds that a Deny with an operator that does not go with its key denies no request without the key.
func TestUnsuitedDeny(t *testing.T) {
	for condition, want := range map[string]access.Public{
		`"IpAddress": {"aws:SourceVpc": "10.0.0.0/8"}`: access.Yes, `"NumericEquals": {"aws:SourceAccount": "5"}`: access.Yes, `"StringLike": {"aws:SourceIp": "2001:db8:*"}`: access.Yes,
		`"NumericEquals": {"aws:PrincipalAccount": "5"}`: access.Unsure, `"StringLike": {"aws:CurrentTime": "2019-*"}`: access.Unsure,
	} {
		doc := iam.Parse(unknown.Known(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"},
			{"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*", "Condition": {` + condition + `}}]}`))
		if r := access.Analyze(doc, own(iam.Key)); r.Public != want {
			t.Errorf("%s: public %s (%s), want %s", condition, r.Public, r.Reason, want)
		}
	}
}
