package unknown

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Symbol is a value that is not known before apply.
type Symbol struct {
	// Ref is what decides it, as an expression would write it: aws_iam_role.app.arn.
	Ref string
	// Kind is what is known of it all the same.
	Kind Kind
	// Of is the full address of the resource instance whose attribute it is, "" where it is none or not known.
	Of string
	// Index tells apart the instances of a resource whose keys are not known, which all have one address in Of: it is "" for each
	// of them, and the same for two that have the same key.
	Index string
	// Input is the number of the input that it is of: what has the same name in another one is another value.
	Input int
	// Provider is the provider configuration that it comes from, such as aws.audit, for kinds that belong to an account (see
	// [Kind.OfAccount]); "" is that of whatever the value is used in.
	Provider string
	// Account is the id of the account that it belongs to, "" for the own one of whatever the value is used in.
	Account string
	// Sensitive says that the value is sensitive when it becomes known.
	Sensitive bool
	// Variant tells apart different values that the same Ref decides: equal unknowns are one value. It is 0 where the
	// value is Ref itself.
	Variant int
}

// Join is the unknown that stands for a value which depends on all of refs: its Ref joins theirs with ", ".
// Without refs it is an AnyText without a name. See [Symbol.Refs].
func Join(refs []Symbol) Symbol {
	if len(refs) == 1 {
		return refs[0]
	}
	var out Symbol
	seen := map[string]bool{}
	var names []string
	for _, u := range refs {
		out.Sensitive = out.Sensitive || u.Sensitive
		for _, name := range u.Refs() {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	out.Ref = strings.Join(names, ", ")
	return out
}

// Refs are the references that Ref joins. What stands in quotes or brackets is one reference, such as an expression;
// one that was cut short ends with "…".
func (u Symbol) Refs() []string {
	var out []string
	quoted, depth, start := false, 0, 0
	for i := 0; i < len(u.Ref); i++ {
		switch c := u.Ref[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth = max(depth-1, 0)
		}
		if strings.HasPrefix(u.Ref[i:], ", ") && (!quoted && depth == 0 || strings.HasSuffix(u.Ref[:i], "…")) {
			out = append(out, u.Ref[start:i])
			quoted, depth, start = false, 0, i+len(", ")
		}
	}
	if start < len(u.Ref) {
		out = append(out, u.Ref[start:])
	}
	return out
}

// Member is the reference to a member of what ref refers to.
func Member(ref, name string) string {
	if hclsyntax.ValidIdentifier(name) {
		return ref + "." + name
	}
	return ref + "[" + strconv.Quote(name) + "]"
}

// Kind is what is known of a value that is not known. The zero value is nothing.
type Kind int

// The kinds. All of them but AnyText are free of wildcards and not empty.
const (
	AnyText      Kind = iota
	OwnAccount        // the id of the own account
	OwnOrg            // the id of the own organization
	PartitionID       // aws, aws-cn, aws-us-gov, …
	RegionName        // us-east-1, …
	RoleARN           // the ARN of a role of the own account
	UserARN           // the ARN of a user of the own account
	CallerARN         // the ARN of whoever runs Terraform, of the own account
	KeyARN            // the ARN of a key of the own account
	KeyID             // the id of a key, without the ARN around it
	OwnARN            // some other ARN of the own account that names one resource (a bucket's ARN has no account)
	UniqueID          // AROA…, ANPA…: the unique id of a role, policy or other thing of IAM, or one that may be a user's
	UserID            // AIDA…: the unique id of a user, which is its aws:userid
	OIDCProvider      // the ARN of an OIDC provider of the own account; Detail of Of may tell the issuer
	SAMLProvider      // the ARN of a SAML provider of the own account
	PlainName         // a name or id that AWS or Terraform makes: no wildcard, no colon, no slash
	AccountID         // the id of some account, which may be another one than the own
	PrincipalARN      // the ARN of a role or user of some account
	PathName          // a name with the path in front of it: no wildcard, no colon
	NetworkID         // the id of a VPC
	EndpointID        // the id of a VPC endpoint
	NetworkARN        // the ARN of a VPC of the own account
	RootID            // the id of the root of an organization
	Address           // an IPv4 address
	IssuerURL         // the https URL of an identity provider that one customer has for itself, such as that of a cluster
	UnitID            // the id of a unit of an organization
	DNSSuffix         // amazonaws.com, …: how the names of services end in the partition
)
