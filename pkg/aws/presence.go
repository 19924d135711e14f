package aws

import "strings"

// Form is one form of requests: who calls, and by which way. It fixes which condition keys a request has.
type Form struct {
	Caller Caller
	Origin Origin
	// Forwarded says that a service makes the call for the caller, with the caller's credentials; Chained that the service
	// is one of those that pass the chain of calls on.
	Forwarded, Chained bool
}

// Caller is who makes a request.
type Caller int

// The callers. The zero value is a principal of an account.
const (
	Principal   Caller = iota // a principal of an AWS account
	ServiceSelf               // an AWS service, as itself
	ServiceFor                // an AWS service, as itself, for an account that kms:CallerAccount names
	Token                     // a token of an identity provider
	Holder                    // a principal that holds an identity policy
)

// Origin is where a request comes from.
type Origin int

// The origins. The zero value is the internet.
const (
	Internet Origin = iota
	Endpoint        // a VPC endpoint
	Unseen          // a service forwards the call and passes no network on
)

// Presence says whether requests of a form have a condition key.
type Presence int

// The zero value says that they may have it.
const (
	Perhaps Presence = iota
	Always
	Never
)

// longestFamily is how long the names in byCaller are that others begin with.
const longestFamily = len("aws:principaltag/x509subject/")

// byCaller is which keys the callers have: Principal, ServiceSelf, ServiceFor, Token, Holder. What is not listed, all of
// them may have. Each key's "Availability" is on its page:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (looked at on 2026-11-27);
// kms:CallerAccount and kms:ViaService are on https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html.
var byCaller = map[string][5]Presence{
	"aws:principalarn":              {Always, Never, Never, Never, Always},
	"aws:principalaccount":          {Always, Always, Always, Never, Always},
	"aws:principaltype":             {Always, Never, Never, Never, Always},
	"aws:principalorgid":            {Perhaps, Never, Never, Never, Perhaps},
	"aws:principalorgpaths":         {Perhaps, Never, Never, Never, Perhaps},
	"aws:userid":                    {Always, Never, Never, Never, Always},
	"aws:username":                  {Perhaps, Never, Never, Never, Perhaps}, // of users only
	"aws:principalisawsservice":     {Always, Always, Always, Never, Always}, // of signed requests: those with a token are not
	"aws:principalservicename":      {Never, Always, Always, Never, Never},
	"aws:principalservicenameslist": {Never, Always, Always, Never, Never},
	"aws:sourcearn":                 {Never, Perhaps, Perhaps, Never, Never},
	"aws:sourceaccount":             {Never, Perhaps, Perhaps, Never, Never},
	"aws:sourceorgid":               {Never, Perhaps, Perhaps, Never, Never},
	"aws:sourceorgpaths":            {Never, Perhaps, Perhaps, Never, Never},
	"aws:principaltag/":             {Perhaps, Never, Never, Never, Perhaps},
	"aws:multifactorauthpresent":    {Perhaps, Never, Never, Never, Perhaps},
	"aws:multifactorauthage":        {Perhaps, Never, Never, Never, Perhaps},
	"aws:tokenissuetime":            {Perhaps, Never, Never, Perhaps, Perhaps},
	"aws:federatedprovider":         {Perhaps, Never, Never, Always, Perhaps},
	"sts:rolesessionname":           {Always, Always, Always, Always, Never}, // every way to assume a role gives the session a name
	"aws:viaawsservice":             {Always, Always, Always, Always, Always},
	"aws:securetransport":           {Always, Always, Always, Always, Always},
	"aws:currenttime":               {Always, Always, Always, Always, Always},
	"aws:epochtime":                 {Always, Always, Always, Always, Always},
	"aws:requestedregion":           {Always, Always, Always, Always, Always},
	"kms:calleraccount":             {Always, Always, Always, Never, Always},
	"kms:viaservice":                {Perhaps, Never, Perhaps, Never, Perhaps},
	// IAM Roles Anywhere passes the fields of a certificate as tags.
	// https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
	"aws:principaltag/x509subject/": {Perhaps, Perhaps, Never, Never, Perhaps},
	"aws:principaltag/x509issuer/":  {Perhaps, Perhaps, Never, Never, Perhaps},
	"aws:principaltag/x509san/":     {Perhaps, Perhaps, Never, Never, Perhaps},
}

// byOrigin is which keys requests have by where they come from: Internet, Endpoint, Unseen. Services call from networks of
// AWS, which are none of these. The pages are those of byCaller.
var byOrigin = map[string][3]Presence{
	"aws:sourceip":     {Always, Never, Never},
	"aws:vpcsourceip":  {Never, Always, Never},
	"aws:sourcevpc":    {Never, Always, Never},
	"aws:sourcevpce":   {Never, Always, Never},
	"aws:sourcevpcarn": {Never, Always, Never},
	"aws:vpceaccount":  {Never, Always, Never},
	"aws:vpceorgid":    {Never, Perhaps, Never},
	"aws:vpceorgpaths": {Never, Perhaps, Never},
}

// NetworkKeys are the keys that tell where a request comes from, in lower case; ForwardedKeys those that tell whether a
// service forwards it, and ChainKeys those of them that not every such service passes on.
var (
	NetworkKeys   = []string{"aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"}
	ForwardedKeys = []string{"kms:viaservice", "aws:viaawsservice", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast"}
	ChainKeys     = []string{"aws:calledvia", "aws:calledviafirst", "aws:calledvialast"}
)

// ByPrincipal says whether a key that a principal's requests may lack, by its name in lower case, is there or not by what the
// principal is and how it signed in: aws:username. The caller does not leave such a key away. The pages are those of byCaller.
func ByPrincipal(key string) bool {
	if i := strings.IndexByte(key, '/'); i >= 0 {
		key = key[:i+1]
	}
	row, ok := byCaller[key]
	return ok && row[Principal] == Perhaps && key != KeyViaService
}

// Has says whether requests of a form have a condition key, by its name in lower case. It says nothing of the actions that a
// key belongs to, see [Key].
func Has(key string, f Form) Presence {
	service := f.Caller == ServiceSelf || f.Caller == ServiceFor
	if row, ok := byOrigin[key]; ok && f.Caller != Holder {
		if service {
			return Never
		}
		return row[f.Origin]
	}
	switch key {
	case "aws:calledvia", "aws:calledviafirst", "aws:calledvialast":
		switch {
		case f.Caller == Holder:
			return Perhaps
		case f.Forwarded && f.Chained:
			return Always
		}
		return Never
	case "kms:viaservice":
		if f.Caller == Principal && !f.Forwarded {
			return Never
		}
	}
	if row, ok := byCaller[key]; ok {
		return row[f.Caller]
	}
	family := key[:min(len(key), longestFamily)]
	for i := strings.LastIndexByte(family, '/'); i >= 0; i = strings.LastIndexByte(family[:i], '/') {
		if row, ok := byCaller[key[:i+1]]; ok { // of a family of keys
			return row[f.Caller]
		}
	}
	info, known := Describe(key)
	switch {
	case !known:
		return Perhaps
	case service && (info.Tells == Identity || info.Tells == Network):
		return Never
	case f.Caller == Token && (info.Tells == Identity || info.Tells == Source):
		return Never
	}
	return Perhaps
}
