package evaluate_test

import (
	"encoding/json"
	"testing"

	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// TestDecide is what one condition, or one element, does with one request.
func TestDecide(t *testing.T) {
	const role = `"aws:PrincipalArn":"arn:aws:iam::444455556666:role/a:b/x"`
	tests := []struct {
		name, condition, context string
		allowed                  bool
	}{
		{"the sixth component keeps its colons", `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/a:b/*"}}`, role, true},
		{"and compares all of it", `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/a:c/*"}}`, role, false},
		{"to its end", `{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/a"}}`, role, false},
		{"wildcards of ARNs stay in their component", `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*b/x"}}`, role, false},
		{"wildcards of strings do not", `{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*b/x"}}`, role, true},
		{"a request value that is no ARN", `{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/x"}}`, `"aws:PrincipalArn":"none"`, false},
		{"IfExists without the key", `{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`, ``, true},
		{"IfExists with the key", `{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`, `"aws:PrincipalOrgID":"o-zzzzzzzzzz"`, false},
		{"no IfExists", `{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`, ``, false},
		{"negated without the key", `{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`, ``, true},
		{"ForAllValues without the key", `{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}`, ``, true},
		{"ForAllValues without values", `{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}`, `"aws:TagKeys":[]`, true},
		{"ForAllValues with one too many", `{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}`, `"aws:TagKeys":["a","b"]`, false},
		{"ForAnyValue without the key", `{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}}`, ``, false},
		{"ForAnyValue negated without the key", `{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}}`, ``, false},
		{"ForAnyValue negated with another", `{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}}`, `"aws:TagKeys":["a","b"]`, true},
		{"a list without a set operator", `{"StringNotEquals":{"aws:TagKeys":"x"}}`, `"aws:TagKeys":["a","b"]`, false},
		{"Null with the key", `{"Null":{"aws:PrincipalOrgID":"true"}}`, `"aws:PrincipalOrgID":"o-zzzzzzzzzz"`, false},
		{"Null both ways", `{"Null":{"aws:PrincipalOrgID":["true","false"]}}`, ``, true},
		{"a variable", `{"StringEquals":{"aws:PrincipalTag/team":"${aws:username}"}}`, `"aws:PrincipalTag/team":"alice","aws:username":"alice"`, true},
		{"a variable with a wildcard in its value", `{"StringLike":{"aws:PrincipalTag/team":"${aws:username}"}}`, `"aws:PrincipalTag/team":"alice","aws:username":"*"`, false},
		{"a variable without a value", `{"StringEquals":{"aws:PrincipalTag/team":"${aws:username}"}}`, `"aws:PrincipalTag/team":"alice"`, false},
		{"a variable with a default", `{"StringEquals":{"aws:PrincipalTag/team":"${aws:username, 'alice'}"}}`, `"aws:PrincipalTag/team":"alice"`, true},
		{"an escaped wildcard", `{"StringLike":{"aws:PrincipalTag/team":"a${*}"}}`, `"aws:PrincipalTag/team":"abc"`, false},
		{"the case of letters beyond ASCII", `{"StringEqualsIgnoreCase":{"aws:PrincipalTag/team":"É"}}`, `"aws:PrincipalTag/team":"é"`, true},
		{"bytes in base64", `{"BinaryEquals":{"aws:PrincipalTag/team":"AQI="}}`, `"aws:PrincipalTag/team":"AQI="`, true},
		{"an IPv4 address in IPv6", `{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, `"aws:SourceIp":"::ffff:203.0.113.7"`, true},
		{"another family", `{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, `"aws:SourceIp":"2001:db8::1"`, true},
		{"a number with a fraction", `{"NumericEquals":{"aws:MultiFactorAuthAge":"10.50"}}`, `"aws:MultiFactorAuthAge":"10.5"`, true},
		{"dates by their time", `{"DateEquals":{"aws:CurrentTime":"2026-01-01T01:00:00+01:00"}}`, `"aws:CurrentTime":"2026-01-01T00:00:00Z"`, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var req evaluate.Request
			if err := json.Unmarshal([]byte(`{"principal":"arn:aws:iam::444455556666:role/a:b/x","action":"kms:Decrypt","resource":"*","context":{`+test.context+`}}`), &req); err != nil {
				t.Fatal(err)
			}
			allow := `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*","Condition":` + test.condition + `}`
			doc := iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[` + allow + `]}`))
			if got := evaluate.Decide(doc, &req) == evaluate.Allowed; got != test.allowed {
				t.Errorf("allowed %v, want %v", got, test.allowed)
			}
		})
	}
}

// TestEvaluatePrincipals is whom Principal and NotPrincipal name.
func TestDecidePrincipals(t *testing.T) {
	tests := []struct {
		element, principal string
		matches            bool
	}{
		{`"Principal":{"AWS":"444455556666"}`, "arn:aws:iam::444455556666:role/x", true},
		{`"Principal":{"AWS":"arn:aws:iam::444455556666:root"}`, "arn:aws:sts::444455556666:assumed-role/x/y", true},
		{`"Principal":{"AWS":"arn:aws:iam::444455556666:role/path/x"}`, "arn:aws:sts::444455556666:assumed-role/x/y", true},
		{`"Principal":{"AWS":"arn:aws:sts::444455556666:assumed-role/x/y"}`, "arn:aws:sts::444455556666:assumed-role/x/z", false},
		{`"Principal":{"AWS":"arn:aws:iam::444455556666:role/x"}`, "arn:aws:iam::777777777777:role/x", false},
		{`"Principal":{"AWS":"*"}`, "s3.amazonaws.com", true},
		{`"Principal":{"Service":"s3.amazonaws.com"}`, "s3.amazonaws.com", true},
		{`"Principal":{"Service":"s3.amazonaws.com"}`, "arn:aws:iam::444455556666:role/s3.amazonaws.com", false},
		{`"NotPrincipal":{"AWS":"arn:aws:iam::444455556666:root"}`, "arn:aws:iam::444455556666:role/x", false},
		{`"NotPrincipal":{"AWS":"arn:aws:iam::444455556666:root"}`, "arn:aws:iam::777777777777:role/x", true},
		{`"NotPrincipal":{"AWS":"arn:aws:iam::444455556666:root"}`, "s3.amazonaws.com", true},
	}
	for _, test := range tests {
		doc := iam.Parse(unknown.Known(`{"Statement":[{"Effect":"Deny",` + test.element + `,"Action":"kms:*","Resource":"*"}]}`))
		got := evaluate.Decide(doc, &evaluate.Request{Principal: test.principal, Action: "kms:Decrypt", Resource: "*"}) == evaluate.ExplicitlyDenied
		if got != test.matches {
			t.Errorf("%s and %s: %v, want %v", test.element, test.principal, got, test.matches)
		}
	}
}
