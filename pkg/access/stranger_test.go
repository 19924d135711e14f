package access_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// What a request of a stranger is, said once more and independently of the analysis: who AWS says it is, is nobody whom
// the document names, and the keys that belong together agree.

var (
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
	orgID      = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	orgPath    = regexp.MustCompile(`^(o-[a-z0-9]{10,32})/r-[0-9a-z]{4,32}/(ou-[0-9a-z-]+/)*$`)
	sessionARN = regexp.MustCompile(`^arn:aws[a-z-]*:sts::([0-9]{12}):assumed-role/([^/]+)/[\w+=,.@-]{2,64}$`)
	callerARN  = regexp.MustCompile(`^arn:aws[a-z-]*:(?:iam|sts)::([0-9]{12}):(?:root|user/.+|role/.+|federated-user/.+)$`)
	idInText   = regexp.MustCompile(`[0-9]{12,}`)
	globInText = regexp.MustCompile(`[*?]`)
)

// namesAccount says whether a value of the document names the account: its id stands there, not as a part of more
// digits, and no wildcard touches it.
func namesAccount(doc *iam.Document, id string) bool {
	return slices.ContainsFunc(valuesOf(doc), func(v string) bool {
		for _, at := range idInText.FindAllStringIndex(v, -1) {
			if v[at[0]:at[1]] == id && !touched(v, at) {
				return true
			}
		}
		return false
	})
}

func names(doc *iam.Document, text string) bool {
	return slices.ContainsFunc(valuesOf(doc), func(v string) bool {
		at := strings.Index(v, text)
		return at >= 0 && !touched(v, []int{at, at + len(text)})
	})
}

// touched says whether a wildcard stands next to the part.
func touched(v string, at []int) bool {
	return at[0] > 0 && globInText.MatchString(v[at[0]-1:at[0]]) || at[1] < len(v) && globInText.MatchString(v[at[1]:at[1]+1])
}

// valuesOf are the principals and condition values of a document.
func valuesOf(doc *iam.Document) []string {
	var out []string
	for _, s := range doc.Statements {
		for _, p := range []*iam.Principals{s.Principal, s.NotPrincipal} {
			if p == nil {
				continue
			}
			out = append(out, p.Text.S)
			for _, e := range p.Entries {
				for _, v := range e.Values.Items {
					out = append(out, v.S)
				}
			}
		}
		for _, c := range s.Conditions {
			for _, v := range c.Values.Items {
				out = append(out, v.S)
			}
		}
	}
	return out
}

// strangerProblems are the reasons why a stranger could not make the request, none where it could.
func strangerProblems(doc *iam.Document, s access.Subject, r *evaluate.Request) []string {
	var out []string
	problem := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	context := map[string]evaluate.Values{}
	for k, v := range r.Context {
		context[strings.ToLower(k)] = v
	}
	one := func(key string) string {
		if v := context[key]; len(v.All) == 1 && !v.List {
			return v.All[0]
		}
		return ""
	}
	if s.Kind == iam.Trust && r.Action != "sts:AssumeRole" {
		return tokenProblems(doc, r)
	}
	m := callerARN.FindStringSubmatch(r.Principal)
	if m == nil {
		m = sessionARN.FindStringSubmatch(r.Principal)
	}
	if m == nil {
		return []string{"the principal is no ARN of a caller"}
	}
	account := m[1]
	if account == s.Account || slices.Contains(s.TrustedAccounts, account) || namesAccount(doc, account) {
		problem("the account %s is trusted or named", account)
	}
	if a := one("aws:principalarn"); a != "" && a != r.Principal && (len(m) < 3 || a != "arn:aws:iam::"+account+":role/"+m[2]) {
		problem("aws:PrincipalArn is %s", a)
	}
	for _, key := range []string{"aws:principalaccount", "kms:calleraccount"} {
		if v, ok := context[key]; ok && one(key) != account {
			problem("%s is %v", key, v.All)
		}
	}
	org := one("aws:principalorgid")
	if _, ok := context["aws:principalorgid"]; ok && (!orgID.MatchString(org) || org == s.Organization || names(doc, org)) {
		problem("aws:PrincipalOrgID is %q", org)
	}
	if v, ok := context["aws:principalorgpaths"]; ok {
		for _, path := range v.All {
			m := orgPath.FindStringSubmatch(path)
			if m == nil || names(doc, m[1]) || m[1] == s.Organization || org != "" && m[1] != org {
				problem("aws:PrincipalOrgPaths is %q", v.All)
			}
		}
	}
	for _, key := range []string{"aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid"} {
		if v, ok := context[key]; ok && (names(doc, one(key)) || one(key) == "") {
			problem("%s is %v", key, v.All)
		}
		if _, ok := context["aws:sourceip"]; ok && context[key].All != nil {
			problem("both aws:SourceIp and %s are there", key)
		}
	}
	if v, ok := context["aws:sourceip"]; ok {
		if a, err := netip.ParseAddr(one("aws:sourceip")); err != nil || a.IsPrivate() || a.IsLoopback() {
			problem("aws:SourceIp is %v", v.All)
		}
	}
	for _, key := range []string{"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalservicename", "aws:principalservicenameslist"} {
		if v, ok := context[key]; ok {
			problem("%s is %v", key, v.All)
		}
	}
	if v := one("aws:principalisawsservice"); v != "" && v != "false" {
		problem("aws:PrincipalIsAWSService is %s", v)
	}
	return append(out, constantProblems(s, context, one)...)
}

// constantProblems are values of the key's own properties that are not the key's.
func constantProblems(s access.Subject, context map[string]evaluate.Values, one func(string) string) []string {
	var out []string
	for key, want := range s.Constants {
		if v, ok := context[strings.ToLower(key)]; ok && one(strings.ToLower(key)) != want {
			out = append(out, fmt.Sprintf("%s is %v", key, v.All))
		}
	}
	for key, want := range map[string]string{"aws:resourceaccount": s.Account, "aws:resourceorgid": s.Organization, "aws:securetransport": "true"} {
		if v, ok := context[key]; ok && want != "" && one(key) != want {
			out = append(out, fmt.Sprintf("%s is %v", key, v.All))
		}
	}
	for _, key := range []string{"aws:currenttime", "aws:epochtime"} {
		if v, ok := context[key]; ok && one(key) < now.Format("2006-01-02") && key == "aws:currenttime" {
			out = append(out, fmt.Sprintf("%s is %v, which has passed", key, v.All))
		}
	}
	return append(out, tieProblems(context)...)
}

// tieProblems are keys that do not agree although one request has them, where both are there.
func tieProblems(context map[string]evaluate.Values) []string {
	var out []string
	for list, family := range lists {
		list, family = strings.ToLower(list), strings.ToLower(family)
		names, there := context[list]
		for key := range context {
			if name, ok := strings.CutPrefix(key, family); ok && there && !slices.ContainsFunc(names.All, func(s string) bool { return strings.EqualFold(s, name) }) {
				out = append(out, fmt.Sprintf("%s is there, and not in %s %v", key, list, names.All))
			}
		}
	}
	if v, ok := context["aws:multifactorauthpresent"]; ok && context["aws:multifactorauthage"].All != nil && v.All[0] != "true" {
		out = append(out, "aws:MultiFactorAuthAge is there without MFA")
	}
	for _, key := range []string{"aws:calledviafirst", "aws:calledvialast"} {
		if v, ok := context[key]; ok && context["aws:calledvia"].All != nil && !slices.Contains(context["aws:calledvia"].All, v.All[0]) {
			out = append(out, fmt.Sprintf("%s is %v, and not in %v", key, v.All, context["aws:calledvia"].All))
		}
	}
	return out
}

// tokenProblems are the reasons why nobody could have such a token: only shared providers give tokens to anybody, and
// the claims that tell the tenant name nobody of the document, unless the tenant's guests are meant.
func tokenProblems(doc *iam.Document, r *evaluate.Request) []string {
	host := strings.ToLower(r.Principal)
	if _, h, ok := strings.Cut(host, ":oidc-provider/"); ok {
		host = h
	}
	if !slices.Contains(sharedHosts, host) {
		return []string{"the provider " + host + " is not one that anybody can use"}
	}
	var out []string
	for k, v := range r.Context {
		claim, ok := strings.CutPrefix(strings.ToLower(k), host+":")
		if !ok || !slices.Contains([]string{"sub", "repository", "repository_owner", "repository_owner_id"}, claim) {
			continue
		}
		guest := slices.Contains(r.Context[host+":amr"].All, "unauthenticated")
		for _, one := range v.All {
			if names(doc, one) && !guest {
				out = append(out, fmt.Sprintf("the claim %s is %q, which the document names", k, one))
			}
		}
	}
	return out
}

var sharedHosts = []string{"token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io", "agent.buildkite.com", "cognito-identity.amazonaws.com",
	"accounts.google.com", "www.amazon.com", "graph.facebook.com",
	"login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", "appleid.apple.com"}
