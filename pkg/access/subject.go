package access

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Symbols of what is not known, as texts: they equal themselves, and nothing that AWS assigns. They are never shown.
const (
	ownAccountStandIn = "000000000002" // the own account where its id is not known
	someAccount       = "000000100000" // the account in a value that is not known; see accountSymbol
	keyStandIn        = "5eed5eed-0000-4000-8000-5eed5eed5eed"
	ownOrgStandIn     = "o-00000000000000000000000000000own"
	ownRegionStandIn  = "own-region"
	ownRootStandIn    = "r-" + unknown.FixedMark + "/" // the root of the own organization, and the units below it
)

// known says whether the ARN of the resource is known.
func (s Subject) known() bool {
	return s.Resource != "" && !s.unknownKey && !StandsIn(s.Resource)
}

// complete puts stand-ins for what the document may refer to although it is not known.
func (s Subject) complete(doc *iam.Document) Subject {
	if s.Partition == "" {
		s.Partition = partitionIn(doc, s.Resource)
	}
	if s.Account == "" && refersTo(doc, unknown.OwnAccount, unknown.RoleARN, unknown.UserARN, unknown.CallerARN, unknown.KeyARN, unknown.OwnARN, unknown.OIDCProvider, unknown.SAMLProvider, unknown.NetworkARN) {
		s.Account = ownAccountStandIn
	}
	if s.Account == "" && speaksOf(doc, "aws:resourceaccount") {
		s.Account = ownAccountStandIn
		if part := strings.SplitN(s.Resource, ":", 6); len(part) == 6 && part[4] != "" {
			s.Account = part[4]
		}
	}
	if s.Resource != "" || s.Kind == iam.Identity {
		return s
	}
	account := s.Account
	if account == "" {
		account = ownAccountStandIn
	}
	if s.Kind == iam.Trust {
		s.Resource = fmt.Sprintf("arn:%s:iam::%s:role/%s", s.partition(), account, keyStandIn)
		return s
	}
	s.Resource = fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", s.partition(), s.region(), account, keyStandIn)
	return s
}

// unname takes the symbols out of a witness: "*" is a resource that is not known, or a part of its ARN, or a property of it
// that the document asks for. It returns false where nothing is left that the document allows for certain.
func (s Subject) unname(doc *iam.Document, w *evaluate.Request) bool {
	var hidden []string
	for key, v := range w.Context {
		if slices.ContainsFunc(v.All, StandsIn) {
			hidden = append(hidden, key)
		}
	}
	w.Principal = shownPrincipal(w.Principal)
	for _, key := range hidden {
		delete(w.Context, key)
	}
	holds := func() bool { return len(doc.Text.Holes) > 0 || evaluate.Decide(doc, w) == evaluate.Allowed }
	if s.renamed(w, holds) {
		return true
	}
	for _, key := range hidden {
		w.Context[key] = evaluate.One("*")
	}
	return len(hidden) == 0 || s.renamed(w, holds)
}

// renamed names the resource by what is known of it, and says whether that will do.
func (s Subject) renamed(w *evaluate.Request, holds func() bool) bool {
	if s.known() {
		return holds()
	}
	arn, _ := aws.ParseARN(s.Resource)
	if arn.Region == ownRegionStandIn {
		arn.Region = "*"
	}
	if arn.Account == ownAccountStandIn {
		arn.Account = "*"
	}
	parts := arn.String()
	parts = parts[:strings.LastIndex(parts, "/")+1]
	for _, resource := range []string{"*", parts + "*", parts + "0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"} {
		if w.Resource = resource; holds() {
			return true
		}
	}
	w.Resource = "*"
	return false
}

// partitionIn is the partition of the resource, or else the only one that the document speaks of, "" where there is none.
func partitionIn(doc *iam.Document, resource string) string {
	if part := strings.SplitN(resource, ":", 3); len(part) == 3 && part[0] == "arn" {
		return part[1]
	}
	found := ""
	if refersTo(doc, unknown.PartitionID) {
		found = "aws"
	}
	for rest := doc.Text.S; ; {
		_, after, ok := strings.Cut(rest, "arn:aws")
		if !ok {
			return found
		}
		name, _, ok := strings.Cut(after, ":")
		if name = "aws" + name; ok && strings.Trim(name, sets.Lower+"-") == "" {
			if found != "" && found != name {
				return ""
			}
			found = name
		}
		rest = after
	}
}

// shown is a witness for people: a caller or a resource that is not known is "*", and a condition key whose value is not
// known is left out.
func (s Subject) shown(w *evaluate.Request) *evaluate.Request {
	if w == nil {
		return nil
	}
	if !s.known() {
		w.Resource = "*"
	}
	w.Principal = shownPrincipal(w.Principal)
	maps.DeleteFunc(w.Context, func(_ string, v evaluate.Values) bool { return slices.ContainsFunc(v.All, StandsIn) })
	return w
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

// ShownResource is how a witness names the resource: its ARN, or "*" where that is not known before apply.
func (s Subject) ShownResource() string {
	if !s.known() {
		return "*"
	}
	return s.Resource
}

// StandsIn says whether a text holds a symbol of what is not known before apply, which is never shown.
func StandsIn(s string) bool {
	return standsForAccount(s) || unknown.HasFixed(s) || strings.Contains(s, keyStandIn[:len(keyStandIn)-4]) || strings.Contains(s, ownOrgStandIn) || strings.Contains(s, ownRegionStandIn)
}

func (s Subject) partition() string {
	if s.Partition == "" {
		return "aws"
	}
	return s.Partition
}

// region is where the key is, a symbol where it is not known.
func (s Subject) region() string {
	if s.Region == "" {
		return ownRegionStandIn
	}
	return s.Region
}

func refersTo(doc *iam.Document, kinds ...unknown.Kind) bool {
	for _, h := range doc.Text.Holes {
		for _, k := range kinds {
			if h.Kind == k {
				return true
			}
		}
	}
	return false
}

// standIn is a text that stands for an unknown value of which something is known, and false where nothing is.
// Two places that refer to the same value get the same text.
func (s Subject) standIn(u unknown.Symbol, n int) (string, bool) {
	name := unknown.FixedText(n)
	account := cmp.Or(u.Account, s.Account, ownAccountStandIn)
	iamARN := func(rest string) string { return fmt.Sprintf("arn:%s:iam::%s:%s", s.partition(), account, rest) }
	self := u.Of != "" && u.Of == s.Address
	if arn := s.ARNs[u.Of]; arn != "" {
		switch u.Kind {
		case unknown.RoleARN, unknown.UserARN, unknown.KeyARN:
			return arn, true
		case unknown.KeyID:
			return arn[strings.LastIndex(arn, "/")+1:], true
		case unknown.PlainName: // of a role or user, which its ARN ends with
			if a, ok := aws.ParseARN(arn); ok && a.Service == "iam" {
				return arn[strings.LastIndex(arn, "/")+1:], true
			}
		}
	}
	switch u.Kind {
	case unknown.OwnAccount:
		return account, true
	case unknown.OwnOrg:
		if s.Organization != "" {
			return s.Organization, true
		}
		return ownOrgStandIn, true
	case unknown.PartitionID:
		return s.partition(), true
	case unknown.RegionName:
		return s.region(), true
	case unknown.RoleARN:
		if self && s.Kind == iam.Trust {
			return s.Resource, true
		}
		return iamARN("role/" + name), true
	case unknown.UserARN, unknown.CallerARN:
		return iamARN("user/" + name), true
	case unknown.KeyARN, unknown.KeyID:
		arn := fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", s.partition(), s.region(), account, name)
		if self {
			arn = s.Resource
		}
		if u.Kind == unknown.KeyID {
			return arn[strings.LastIndex(arn, "/")+1:], true
		}
		return arn, true
	case unknown.OwnARN:
		return fmt.Sprintf("arn:%s:%s:%s:%s:%s", s.partition(), "service", s.region(), account, name), true
	case unknown.UniqueID:
		return "AROA" + name, true
	case unknown.UserID:
		return "AIDA" + name, true
	case unknown.OIDCProvider:
		if host := s.Issuers[u.Of]; host != "" {
			return iamARN("oidc-provider/" + host), true
		}
		return "", false
	case unknown.SAMLProvider:
		return iamARN("saml-provider/" + name), true
	case unknown.NetworkID, unknown.EndpointID, unknown.RootID:
		return u.Kind.Prefix() + name, true
	case unknown.NetworkARN:
		return fmt.Sprintf("arn:%s:ec2:%s:%s:vpc/%s%s", s.partition(), s.region(), account, unknown.NetworkID.Prefix(), name), true
	case unknown.PlainName, unknown.PathName:
		return name, true
	case unknown.AccountID:
		return cmp.Or(u.Account, accountSymbol(n)), true
	case unknown.PrincipalARN:
		return fmt.Sprintf("arn:%s:iam::%s:role/%s", s.partition(), cmp.Or(u.Account, accountSymbol(n)), name), true
	}
	return "", false
}

// refs are the references of all unknown values in the document, in order of appearance.
func refs(doc *iam.Document) []string {
	var out []string
	for _, h := range doc.Text.Holes {
		for _, r := range h.Refs() {
			out = appendNew(out, r)
		}
	}
	return out
}
