package access

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// known says whether the ARN of the resource is known.
func (s Subject) known() bool {
	return s.Resource != "" && !s.unknownKey && !StandsIn(s.Resource)
}

// inPartition is the subject in the only partition that a document speaks of. That of a resource whose ARN is not known is any,
// and its own ARN is taken for one of those that the document may be about.
func (s Subject) inPartition(name string) Subject {
	if rest, ok := strings.CutPrefix(s.Resource, "arn:aws:"); ok && name != "" && name != "aws" {
		return s.WithARN("arn:" + name + ":" + rest)
	}
	s.Partition = name
	return s
}

// complete puts stand-ins for what the document may refer to although it is not known.
func (s Subject) complete(doc *iam.Document) Subject {
	if s.Partition == "" {
		s = s.inPartition(partitionIn(doc, s))
	}
	if s.Account == "" && refersTo(doc, unknown.OwnAccount, unknown.RoleARN, unknown.UserARN, unknown.CallerARN, unknown.KeyARN, unknown.OwnARN, unknown.OIDCProvider, unknown.SAMLProvider, unknown.NetworkARN) {
		s.Account = s.own()
	}
	if s.Account == "" && speaksOf(doc, aws.KeyResourceAccount) {
		s.Account = s.own()
		if arn, ok := aws.ParseARN(s.Resource); ok && arn.Account != "" {
			s.Account = arn.Account
		}
	}
	if s.Resource != "" || s.Kind == iam.Identity {
		return s
	}
	s.Resource = s.KeyARN(keyStandIn)
	if s.Kind == iam.Trust {
		s.Resource = s.Named("role/" + keyStandIn)
	}
	return s
}

func (s Subject) partition() string { return cmp.Or(s.Partition, "aws") }

// region is where the key is, a symbol where it is not known.
func (s Subject) region() string { return cmp.Or(s.Region, ownRegionStandIn) }

// Subject is what a document governs, and whom its owner trusts. The zero value of a field means that it is not known.
type Subject struct {
	Kind iam.Kind
	// Resource is the ARN of the key or role.
	Resource string
	// Account is the own account, Organization the own organization.
	Account      string
	Organization string
	// TrustedAccounts and TrustedOrganizations count as the own account does.
	TrustedAccounts      []string
	TrustedOrganizations []string
	Partition            string
	Region               string
	// Constants are condition keys that are properties of the key, by name: kms:KeySpec, aws:ResourceTag/team.
	Constants map[string]string
	// Whole are beginnings of condition keys of which Constants has all that there are: aws:ResourceTag/.
	Whole []string
	// Aliases are the aliases that are known in the account and region of the key, by name, with the address in Terraform of
	// the key behind each: an alias belongs to one key.
	Aliases map[string]string
	// MayBeMultiRegion says that it is not known whether a new key is a multi-Region key, whose id has another form.
	MayBeMultiRegion bool
	// Address is the resource's address in Terraform, which an unknown ARN may refer to.
	Address string
	// Index tells apart instances that have that address, see [unknown.Symbol].
	Index string
	// Input is the number of the input, Others are the subjects of further inputs by theirs, for references of documents there.
	Input  int
	Others map[int]*Subject
	// ARNs are those of roles, users and keys by their address in Terraform, for references to them. Where the ARN is not
	// known before apply it may be one that [StandIn] made.
	ARNs map[string]string
	// Names are those of roles and users whose name is not known before apply, with their path, by the ARN that stands for theirs.
	Names map[string]unknown.Text
	// Looked are the names of roles and users that data sources look up, by their address.
	Looked map[string]unknown.Text
	// Issuers are the hosts of identity providers by their address in Terraform.
	Issuers map[string]string
	// OwnIssuers are identity providers by their address in Terraform whose host is not known, and is one customer's own: the
	// issuer of a cluster.
	OwnIssuers map[string]bool
	// Keys are condition keys that the user knows, by name in lower case.
	Keys map[string]aws.Key
	// SharedIssuers are identity providers that sign for many customers, besides those that are known.
	SharedIssuers []aws.Issuer
	// Now is the time of the decision: a window of dates that has passed lets nobody in. The zero time is 1970.
	Now time.Time
	// OwnSymbol is the symbol of the own account where that is not known; "" is that of a configuration alone. AccountNames are
	// what such symbols stand for.
	OwnSymbol    string
	AccountNames map[string]string
	// unite is a symbol of an account that is read as another one, and that one.
	unite [2]string
	// unknownKey says that the ARN of the resource is one of several that it may have, noOrganization that the own account
	// is in none. See readings.
	unknownKey, noOrganization bool
	// orgPath is where the own account is in its organization, see readings.
	orgPath string
	// MaxSize is how many characters AWS accepts for the document, 0 for what its kind may have.
	MaxSize int
	// IPv4Bits and IPv6Bits are the prefix lengths of the broadest networks that count as narrow: 8 and 32 by default, as in
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html.
	IPv4Bits, IPv6Bits int
}

// Party is a role or user that the configuration knows, with what its requests have.
type Party struct {
	// ARN is that of the role or user.
	ARN string
	// Keys are condition keys with the value that every request of the party has: aws:PrincipalTag/team. Whole are
	// beginnings of keys of which Keys has all that there are.
	Keys  map[string]string
	Whole []string
	// NoDevice says that none of its sessions was made with a device for MFA.
	NoDevice bool
	// UniqueID is the id that AWS gave a role, which aws:userid begins with; "" where it is not known.
	UniqueID string
	// Policies are the identity policies that it holds.
	Policies []*iam.Document
	// Abroad are those that it holds besides if its account is another one than that of the key.
	Abroad []*iam.Document
	// apart are its account and that of the key, where one is not known and they are read as two.
	apart [2]string
}

// Named is the ARN of a role or user with that name, as in role/path/name; where the own account is not known it has the symbol
// of that.
func (s Subject) Named(resource string) string {
	return fmt.Sprintf("arn:%s:iam::%s:%s", s.partition(), cmp.Or(s.Account, s.own()), resource)
}

// KeyARN is the ARN of a key with that id; where its account or region is not known it has the symbol of that.
func (s Subject) KeyARN(id string) string {
	return fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", s.partition(), s.region(), cmp.Or(s.Account, s.own()), id)
}

// StandIn is an ARN for a role, user or key whose own is not known before apply, so that documents that refer to it can
// be compared. It is like no ARN of AWS; n tells resources apart. The kinds are key, multi-Region key, and role or user with a
// path.
func (s Subject) StandIn(kind string, n int) string {
	switch kind {
	case "key":
		return s.KeyARN(fmt.Sprintf("%s%04d", unknown.KeyIDText, n))
	case "multi-Region key":
		return s.KeyARN(fmt.Sprintf("%s%04d", unknown.MultiKeyIDText, n))
	}
	return s.Named(fmt.Sprintf("%s/%s%04d", kind, unknown.KeyIDText, n))
}

// WithARN is the subject with that ARN.
func (s Subject) WithARN(arn string) Subject {
	if s.united(s.ARNs[s.Address]) == s.Resource {
		s.ARNs = maps.Clone(s.ARNs)
		s.ARNs[s.Address] = arn
	}
	s.Resource = arn
	return s
}

// AsMultiRegion is the stand-in for the ARN of the key, with the id of a multi-Region key.
func (s Subject) AsMultiRegion() string {
	return strings.Replace(s.Resource, unknown.KeyIDText, unknown.MultiKeyIDText, 1)
}

// standIn is a text that stands for an unknown value of which something is known, and false where nothing is.
// Two places that refer to the same value get the same text.
func (s Subject) standIn(u unknown.Symbol, n int) (string, bool) {
	text, ok := s.standInFor(u, n)
	return s.united(text), ok
}

func (s Subject) standInFor(u unknown.Symbol, n int) (string, bool) {
	name := unknown.FixedText(n)
	account := cmp.Or(u.Account, s.Account, s.own())
	iamARN := func(rest string) string { return fmt.Sprintf("arn:%s:iam::%s:%s", s.partition(), account, rest) }
	self := u.SameInstance(s.Address, s.Index) && u.Input == s.Input
	ofKey := u.Kind == unknown.KeyARN || u.Kind == unknown.KeyID
	if arn := s.arnOf(u); arn != "" && (!ofKey || u.Index == "" || self) {
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
	case unknown.DNSSuffix:
		return aws.DNSSuffixOf(s.partition()), true
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
		if host := s.in(u).Issuers[u.Of]; host != "" {
			return iamARN("oidc-provider/" + host), true
		}
		return "", false
	case unknown.SAMLProvider:
		return iamARN("saml-provider/" + name), true
	case unknown.NetworkID, unknown.EndpointID, unknown.RootID, unknown.UnitID:
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

// holding is what the identity policies of a party are about: what they call their own is the party's.
func (s Subject) holding(p Party) Subject {
	s.Kind = iam.Identity
	if account := aws.AccountOf(p.ARN); account != "" {
		s.Account = account
		if s.OwnSymbol = ""; standsForAccount(account) {
			s.OwnSymbol = account
		}
	}
	return s
}

// in is the subject of the input that an unknown value is of.
func (s Subject) in(u unknown.Symbol) *Subject {
	if other := s.Others[u.Input]; other != nil && u.Input != s.Input {
		return other
	}
	return &s
}

// arnOf is the ARN of what an unknown value is an attribute of, "" where nothing is known of that.
func (s Subject) arnOf(u unknown.Symbol) string { return s.in(u).ARNs[u.Of] }

// nameOf is the name, with its path, of a role or user for whose name something stands in the ARN, and whether it is such a one.
func (s Subject) nameOf(arn string) (unknown.Text, bool) {
	name, open := s.Names[arn]
	for _, other := range s.Others {
		if !open {
			name, open = other.Names[arn]
		}
	}
	return name, open
}

// own is the symbol of the own account where its id is not known.
func (s Subject) own() string { return cmp.Or(s.OwnSymbol, ownAccountStandIn) }

// account is the account of the key or role, or its symbol.
func (s Subject) account() string {
	if id := aws.AccountOf(s.Resource); id != "" && !standsForAccount(id) {
		return id
	}
	return cmp.Or(s.Account, s.own())
}

// accountName is what an account is called that may not be known.
func (s Subject) accountName(id string) string {
	switch name := s.AccountNames[id]; {
	case name != "":
		return name
	case standsForAccount(id):
		return "the own account"
	}
	return "account " + id
}

// united is a text in the reading in which two accounts are one.
func (s Subject) united(text string) string {
	if s.unite[0] == "" {
		return text
	}
	return strings.ReplaceAll(text, s.unite[0], s.unite[1])
}

// partitionIn is the partition of the resource, where its ARN is known, or else the only one that the document speaks of, ""
// where there is none.
func partitionIn(doc *iam.Document, s Subject) string {
	if part := strings.SplitN(s.Resource, ":", 3); len(part) == 3 && part[0] == "arn" && s.known() {
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
