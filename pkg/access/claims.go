package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// isClaim says whether the key is named after an identity provider: those names are hosts, and those of AWS services have
// no dots. A host with a scheme is none.
func isClaim(key string) bool {
	vendor, rest, _ := strings.Cut(key, ":")
	return strings.Contains(vendor, ".") || strings.HasPrefix(rest, "//")
}

// claimOf is the claim that a condition key names, false where it is none of the issuer's. A slash at the end of the
// issuer's url makes no difference.
func claimOf(host, key string) (string, bool) {
	rest, ok := strings.CutPrefix(key, strings.TrimSuffix(host, "/"))
	claim, own := strings.CutPrefix(strings.TrimPrefix(rest, "/"), ":")
	return claim, ok && own
}

// claimKey is the condition key of a claim, or the key that stands in its place.
func claimKey(host, claim string) string {
	if strings.HasPrefix(claim, "sts:") {
		return claim
	}
	return host + ":" + claim
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// NamesTenant says whether a condition key tells the customers of an identity provider apart, which is named as in a
// policy. It is false for a provider that has only one.
func (s Subject) NamesTenant(provider, key string) bool {
	host, _ := aws.ProviderHost(provider)
	iss, ok := aws.FindIssuer(provider, s.SharedIssuers)
	return ok && slices.ContainsFunc(iss.Tenants, func(t aws.Tenant) bool { return strings.EqualFold(key, claimKey(host, t.Claim)) })
}

// TenantKey is the condition key that tells the customers of an identity provider apart, "" where it has only one.
func (s Subject) TenantKey(provider string) string {
	host, _ := aws.ProviderHost(provider)
	iss, ok := aws.FindIssuer(provider, s.SharedIssuers)
	if !ok || !iss.Shared() {
		return ""
	}
	return claimKey(host, iss.Tenants[0].Claim)
}

// ofOthers says whether only requests to another service have a key: those to STS have none of KMS, and the other way round.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
func (s *Subject) ofOthers(key string) bool {
	if s.Kind == iam.Trust {
		return strings.HasPrefix(key, "kms:")
	}
	return strings.HasPrefix(key, "sts:") || strings.HasPrefix(key, "iam:")
}
