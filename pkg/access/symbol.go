package access

import (
	"fmt"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Symbols of what is not known, as texts: they equal themselves, and nothing that AWS assigns. They are never shown.
const (
	ownAccountStandIn = unknown.OwnAccountText        // the own account where its id is not known
	someAccount       = unknown.AccountText + "00000" // the account in a value that is not known; see accountSymbol
	keyStandIn        = unknown.KeyIDText + "5eed"
	ownOrgStandIn     = unknown.OwnOrgText
	ownRegionStandIn  = unknown.OwnRegionText
	addressStandIn    = "2a0f:ffff:5eed:5eed:5eed:5eed:1:" // and a number: an address
	ownRootStandIn    = "r-" + unknown.FixedMark + "/"     // the root of the own organization, and the units below it
)

// StandsIn says whether a text holds a symbol of what is not known before apply, which is never shown.
func StandsIn(s string) bool {
	return standsForAccount(s) || unknown.HasFixed(s) || strings.Contains(s, unknown.KeyIDText) || strings.Contains(s, unknown.MultiKeyIDText) || strings.Contains(s, ownOrgStandIn) || strings.Contains(s, ownRegionStandIn) ||
		strings.Contains(s, addressStandIn)
}

// networkSymbol is a network of one address: that which the unknown value of a number is.
func networkSymbol(n int) string { return fmt.Sprintf("%s%x/128", addressStandIn, n%0xffff) }

// accountSymbol is the account that the unknown value of a number is, or holds: equal to itself, and to another one
// perhaps.
func accountSymbol(n int) string { return fmt.Sprintf("%s%05d", someAccount[:7], n%100000) }

// isAccountSymbol says whether an account id is a symbol of one that is not known: of a value, or of a provider configuration.
func isAccountSymbol(id string) bool {
	return len(id) == len(someAccount) && strings.HasPrefix(id, someAccount[:6]) && id[6] != '0' && strings.Trim(id, sets.Digits) == ""
}

// standsForAccount says whether a text is, or holds where ARNs and ids have their account, one that is not known.
func standsForAccount(s string) bool {
	if !strings.Contains(s, someAccount[:6]) {
		return false
	}
	for _, part := range strings.Split(s, ":") {
		if part == ownAccountStandIn || isAccountSymbol(part) {
			return true
		}
	}
	return false
}

// isAccountPlace says whether what follows a text is the account of an ARN.
func isAccountPlace(s string) bool {
	return strings.HasPrefix(s, "arn:") && strings.HasSuffix(s, ":") && strings.Count(s, ":") == 4
}

// shownPrincipal is who makes a request: an identity provider by its host, where only that is known, and "*" where nothing is.
func shownPrincipal(who string) string {
	if !StandsIn(who) {
		return who
	}
	if _, host, ok := strings.Cut(who, ":oidc-provider/"); ok && !StandsIn(host) {
		return host
	}
	return "*"
}

// Uninformed says whether a part of a witness is that of the stranger who comes where the document asks for nothing, so
// that it tells nothing of the document.
func Uninformed(part string) bool {
	const account = "999999999999"
	if part == account {
		return true
	}
	arn, ok := aws.ParseARN(part)
	return ok && arn.Service == "iam" && arn.Account == account && arn.Resource == "role/stranger"
}

// AccountOf is the account that a value of Principal.AWS names, or names a principal of; "" where it is none.
func AccountOf(value string) string {
	if arn, ok := aws.ParseARN(value); ok {
		value = arn.Account
	}
	if !aws.IsAccountID(value) {
		return ""
	}
	return value
}

// AccountPart is the part of a value of Principal.AWS that is the account, also where it is not known in full: of an ARN its account,
// else the whole.
func AccountPart(value string) string {
	if part := strings.SplitN(value, ":", 6); len(part) >= 5 && part[0] == "arn" {
		return part[4]
	}
	return value
}
