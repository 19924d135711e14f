package who

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// doors are those to whom a service gives the role because a resource says so, where the trust policy lets the service in:
// pods of a service account, devices, holders of certificates, users of an identity pool.
func (w *world) doors(role *party, d document) []entrance {
	var out []entrance
	for _, door := range role.doors() {
		s, waits := role.subject(), role.severalTexts(d)
		if door.Possible {
			waits = append([]string{door.By.Address}, waits...)
		}
		for _, r := range access.Audiences(d.doc, s).Rows {
			if (r.Who.Kind != access.WhoService && r.Who.Kind != access.WhoProvider) || r.Who.Name != door.Service {
				continue
			}
			out = append(out, entrance{who: finding.Who{Kind: string(r.Who.Kind), Name: door.Service, Address: door.By.Address, Trusted: r.Who.Kind == access.WhoService},
				veil: veilOf(&key{subject: s}, d), conditions: r.Conditions, possible: r.Possible || len(waits) > 0, dependsOn: slices.Concat(r.DependsOn, waits),
				through: append(d.steps(nil, r.Statements), step{by: door.By, statement: -1})})
		}
	}
	return out
}

// severalTexts is what decides whether the trust policy of a role is the one text of it, nil where it has no other.
func (p *party) severalTexts(d document) []string {
	switch {
	case len(p.trust.Docs) < 2:
		return nil
	case len(d.doc.Text.DependsOn) > 0:
		return d.doc.Text.DependsOn
	}
	return dependsOn(p.trust)
}

// doors are the resources that give the role to somebody.
func (p *party) doors() []extract.Door {
	if p.address == "" {
		return nil
	}
	return p.side.doors[p.address]
}

// providersOf are the identity providers of a plan by their ARNs and by what refers to these, with what says by whose word their users
// come in.
func (s *side) providersOf(plan *tf.Plan) map[string]string {
	out := map[string]string{}
	for _, r := range plan.Resources {
		kind, argument := "", "url"
		switch {
		case r.Mode != tf.Managed:
		case r.Type == "aws_iam_openid_connect_provider":
			kind = "oidc-provider/"
		case r.Type == "aws_iam_saml_provider":
			kind, argument = "saml-provider/", "name"
		}
		if kind == "" {
			continue
		}
		word := " "
		for _, name := range []string{"saml_metadata_document", "client_id_list", "thumbprint_list"} {
			if v, ok := unknown.Lookup(r.After, name); ok {
				v, _ = v.UnmarkDeep()
				word += v.GoString()
			}
		}
		name, _ := unknown.OpenString(r.After, argument)
		arn, known := unknown.OpenString(r.After, "arn")
		if !known {
			arn = s.in.Owners.Subject(s.subject, r).Named(kind + strings.TrimPrefix(name, "https://"))
		}
		out[arn], out[r.Address+".arn"] = word, word
	}
	return out
}

// word is by whose word the users of a provider come in, as far as that is known, and whether the provider is there: one that the plan
// creates was not, and one that it deletes is not any more.
func (s *side) word(who access.Who) (word string, there bool) {
	if who.Kind != access.WhoProvider {
		return "", true
	}
	id := cmp.Or(who.Ref, who.Name)
	word, here := s.providers[id]
	_, other := s.otherProviders[id]
	return word, here || !other
}
