package aws

import "testing"

// The presence of keys that AWS documents, by the form of the request.
func TestHas(t *testing.T) {
	for _, test := range []struct {
		key  string
		form Form
		want Presence
	}{
		{"aws:sourceip", Form{}, Always},
		{"aws:sourceip", Form{Origin: Endpoint}, Never},
		{"aws:sourceip", Form{Caller: Token, Origin: Endpoint}, Never},
		{"aws:sourcevpc", Form{Origin: Unseen, Forwarded: true}, Never},
		{"aws:sourcevpc", Form{Caller: ServiceSelf}, Never},
		{"aws:calledvia", Form{Forwarded: true}, Never},
		{"aws:calledvia", Form{Forwarded: true, Chained: true}, Always},
		{"kms:viaservice", Form{}, Never},
		{"kms:viaservice", Form{Forwarded: true}, Perhaps},
		{"aws:sourceaccount", Form{Caller: Holder}, Never},
		{"aws:sourceaccount", Form{Caller: ServiceSelf}, Perhaps},
		{"aws:principaltag/team", Form{Caller: ServiceSelf}, Never},
		{"aws:principaltag/x509subject/cn", Form{Caller: ServiceSelf}, Perhaps},
		{"aws:username", Form{}, Perhaps},
		{"aws:ec2instancesourcevpc", Form{Caller: ServiceFor}, Never},
		{"aws:federatedprovider", Form{Caller: Token}, Always},
		{"aws:useragent", Form{Caller: Token}, Perhaps},
	} {
		if got := Has(test.key, test.form); got != test.want {
			t.Errorf("%s in %+v: %d, want %d", test.key, test.form, got, test.want)
		}
	}
}
