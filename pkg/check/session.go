package check

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
)

// SessionLacks are the condition keys that no request of a role with that trust policy has: a source identity is set only where
// the trust policy lets somebody do so, an identity provider stands behind a session only where it lets tokens in, a token brings
// no device for MFA with it, and what a service tells of its sessions is there only where it makes some. aws:AssumedRoot is of
// sessions of a root user.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
func SessionLacks(trust *extract.Policy) []string {
	out := []string{aws.KeyAssumedRoot}
	if trust == nil || len(trust.Docs) == 0 {
		return out
	}
	for key, action := range map[string]string{
		aws.KeySourceIdentity:     "sts:SetSourceIdentity",
		aws.KeyFederatedProvider:  "sts:AssumeRoleWithWebIdentity",
		aws.KeyMultiFactorAuthAge: "sts:AssumeRole",
	} {
		if !MayAllow(trust.Docs, action) {
			out = append(out, key)
		}
	}
	out = append(out, ofServices(func(service string) bool { return !mayServe(trust, service) })...)
	slices.Sort(out)
	return out
}

// NoDevice says that no session of a role with that trust policy is made with a device for MFA: tokens bring none.
func NoDevice(trust *extract.Policy) bool {
	return trust != nil && len(trust.Docs) > 0 && !MayAllow(trust.Docs, "sts:AssumeRole")
}

// SessionHas are condition keys with the value that every request of a role with that trust policy has: the identity provider
// behind its sessions, where that is the only way in. A sensitive one is not told: witnesses print what a session has.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-federatedprovider
func SessionHas(trust *extract.Policy) map[string]string {
	if trust == nil || MayAllow(trust.Docs, "sts:AssumeRole") || MayAllow(trust.Docs, "sts:AssumeRoleWithSAML") {
		return nil
	}
	providers := map[string]bool{}
	for _, d := range trust.Docs {
		for s := range d.All() {
			switch p := s.Principal; {
			case s.Effect.S == "Deny":
			case p == nil || p.Text.Set:
				return nil
			default:
				for kind, v := range p.Values() {
					if kind.S != "Federated" || !v.Known() || trust.Sensitive || d.Text.SensitiveAt(v.Start, v.End) {
						return nil
					}
					providers[v.S] = true
				}
			}
		}
	}
	if provider := sole(providers); provider != "" {
		return map[string]string{aws.Spelled(aws.KeyFederatedProvider): provider}
	}
	return nil
}

// ofServices are the keys that only sessions of a service have, of the services asked for.
func ofServices(wanted func(service string) bool) []string {
	var out []string
	for name, k := range aws.Keys {
		if k.Sessions != "" && wanted(k.Sessions) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// mayServe says whether a trust policy lets a service in, or may: ec2 for ec2.amazonaws.com.
func mayServe(trust *extract.Policy, service string) bool {
	named := func(v iam.String) bool { return !v.Known() || v.S == "*" || strings.HasPrefix(v.S, service+".") }
	return slices.ContainsFunc(trust.Docs, func(d *iam.Document) bool {
		return d.Opaque || slices.ContainsFunc(d.Statements, func(s iam.Statement) bool {
			switch p := s.Principal; {
			case s.Effect.S == "Deny":
				return false
			case s.Hole != "" || p == nil || p.Text.Set:
				return true
			default:
				return slices.ContainsFunc(p.Entries, func(e iam.Entry) bool { return slices.ContainsFunc(e.Values.Items, named) })
			}
		})
	})
}

// MayAllow says whether one of some documents allows an action, or may.
func MayAllow(docs []*iam.Document, action string) bool {
	return slices.ContainsFunc(docs, func(d *iam.Document) bool {
		return d.Opaque || slices.ContainsFunc(d.Statements, func(s iam.Statement) bool {
			yes, late := includes(&s, action)
			return s.Hole != "" || s.Effect.S != "Deny" && (yes || late)
		})
	})
}

// MayTag says whether whoever assumes a role with that trust policy may give the session tags of its own, or perhaps may: some
// of them, under conditions, or where what is not known of the policy stands for actions or for whole statements.
func MayTag(trust *extract.Policy) (may, perhaps bool) {
	if trust == nil || len(trust.Docs) == 0 {
		return false, true
	}
	denied := false
	for _, d := range trust.Docs {
		perhaps = perhaps || d.Opaque
		for s := range d.All() {
			tags, late := includes(s, "sts:TagSession")
			assumes, _ := includes(s, "sts:AssumeRole")
			switch {
			case s.Hole != "" || !s.Effect.Known():
				perhaps = true
			case s.Effect.S == "Deny":
				denied = denied || tags || late
			default:
				may = may || tags && assumes && len(s.Conditions) == 0 && s.ConditionHole == "" // those who come in, whatever the tags
				perhaps = perhaps || tags || late
			}
		}
	}
	return may && !denied && len(trust.Docs) == 1, perhaps
}

// includes says whether the actions of a statement include one, and whether an action that is not known may.
func includes(s *iam.Statement, action string) (yes, late bool) {
	is := func(a iam.String) bool { return a.Known() && evaluate.CoversAction(a.S, action) }
	unknown := func(a iam.String) bool { return !a.Known() }
	switch {
	case s.Action != nil:
		return slices.ContainsFunc(s.Action.Items, is), slices.ContainsFunc(s.Action.Items, unknown)
	case s.NotAction != nil:
		return !slices.ContainsFunc(s.NotAction.Items, is) && !slices.ContainsFunc(s.NotAction.Items, unknown), slices.ContainsFunc(s.NotAction.Items, unknown)
	}
	return true, false
}
