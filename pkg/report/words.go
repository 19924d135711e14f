package report

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/finding"
)

// sentence says a witness in words: who may call what, and what of the request's context matters. Context that follows
// from the principal, such as its account, is left out. It is one line; a nil witness has none. A stranger's principal is
// one of many, and the sentence says so.
func sentence(w *finding.Witness, stranger bool) string {
	if w == nil {
		return ""
	}
	who := clip(visible(w.Principal), 300)
	call := " may call " + clip(visible(w.Action), 200)
	if w.Resource != "" && w.Resource != "*" {
		call += " on " + clip(visible(w.Resource), 300)
	}
	how := circumstances(w)
	federated := withToken(w)
	if federated {
		who = provider(who)
	}
	switch {
	case who == "" || who == "*":
		return "For example, a principal whose ARN is not known yet" + call + how + "."
	case federated && stranger:
		return "Anybody with a token of " + who + call + how + "."
	case federated:
		return "For example, a token of " + who + call + how + "."
	case isService(w.Principal):
		return "For example, the AWS service " + who + call + how + "."
	case stranger:
		return "Any AWS account" + call + ", for example as " + who + how + "."
	}
	return "For example, " + who + call + how + "."
}

// withToken says whether a request is made with the token of an identity provider.
func withToken(w *finding.Witness) bool {
	return strings.HasPrefix(strings.ToLower(w.Action), "sts:assumerolewith")
}

// provider is the name of an identity provider: of an OIDC provider its issuer, of others what the policy names.
func provider(principal string) string {
	if _, issuer, ok := strings.Cut(principal, ":oidc-provider/"); ok {
		return issuer
	}
	return principal
}

// isService says whether a principal is an AWS service, which is named by its domain.
func isService(principal string) bool {
	return strings.Contains(principal, ".amazonaws.com") && !strings.HasPrefix(principal, "arn:")
}

// phrases are the words for a context key, before and after its value. Other keys are named.
var phrases = map[string][2]string{
	aws.KeyViaService:     {"through "},
	aws.KeySourceVpce:     {"through the VPC endpoint "},
	aws.KeySourceVpc:      {"from the VPC "},
	aws.KeySourceIp:       {"from the address "},
	aws.KeyVpcSourceIp:    {"from the private address "},
	aws.KeyPrincipalOrgID: {"in the organization "},
	aws.KeySourceAccount:  {"for a resource of account "},
	aws.KeySourceArn:      {"for the resource "},
	aws.KeySourceOrgID:    {"for a resource of the organization "},
	aws.KeyExternalId:     {`with the external id "`, `"`},
	aws.KeyCurrentTime:    {"at "},
}

// circumstances says the context of a request, each part after a comma: ", through s3.amazonaws.com, with a = "b"".
func circumstances(w *finding.Witness) string {
	var out strings.Builder
	var with []string
	for _, k := range slices.Sorted(maps.Keys(w.Context)) {
		values := contextValues(w.Context[k])
		if implied(w, strings.ToLower(k), values) {
			continue
		}
		if words, ok := phrases[strings.ToLower(k)]; ok {
			out.WriteString(", " + words[0] + strings.Join(values, " and ") + words[1])
			continue
		}
		with = append(with, clip(visible(k), 200)+" = "+quoted(values))
	}
	if len(with) > 0 {
		out.WriteString(", with " + strings.Join(with, " and "))
	}
	return out.String()
}

func quoted(values []string) string {
	if len(values) == 0 {
		return "an empty list"
	}
	return `"` + strings.Join(values, `", "`) + `"`
}

// contextValues returns the value of a context key as a list of visible strings.
func contextValues(v any) []string {
	var raw []string
	switch v := v.(type) {
	case string:
		raw = []string{v}
	case []string:
		raw = v
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				raw = append(raw, s)
			}
		}
	}
	out := make([]string, len(raw))
	for i, s := range raw {
		out[i] = clip(visible(s), 300)
	}
	return out
}

// implied says whether a context key tells nothing that the principal and the action do not tell already.
func implied(w *finding.Witness, key string, values []string) bool {
	one := ""
	if len(values) == 1 {
		one = values[0]
	}
	own := aws.AccountOf(w.Principal)
	switch key {
	case aws.KeyPrincipalAccount, aws.KeyCallerAccount:
		return own != "" && one == own
	case aws.KeyPrincipalArn:
		return one == w.Principal || own != "" && aws.AccountOf(one) == own
	case aws.KeyPrincipalType, aws.KeyUserID, aws.KeyTokenIssueTime, aws.KeyPrincipalServiceNamesList:
		return true
	case aws.KeyPrincipalServiceName, aws.KeyFederatedProvider:
		return one == w.Principal
	case aws.KeyPrincipalIsAWSService:
		return one == "true" && isService(w.Principal) || one == "false" && !isService(w.Principal)
	case aws.KeySecureTransport:
		return one == "true"
	case aws.KeyViaAWSService, aws.KeyMultiFactorAuthPresent:
		return one == "false"
	case aws.KeyEpochTime:
		return hasKey(w, aws.KeyCurrentTime)
	case aws.KeyPrincipalOrgPaths:
		return hasKey(w, aws.KeyPrincipalOrgID)
	}
	return false
}

func hasKey(w *finding.Witness, key string) bool {
	for k := range w.Context {
		if strings.EqualFold(k, key) {
			return true
		}
	}
	return false
}

func itoa(n int) string { return strconv.Itoa(n) }
