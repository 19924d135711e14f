package unknown

import "strings"

// Symbol is a value that is not known before apply.
type Symbol struct {
	// Ref is what decides it, as an expression would write it: aws_iam_role.app.arn.
	Ref string
	// Kind is what is known of it all the same.
	Kind Kind
	// Of is the full address of the resource instance whose attribute it is, "" where it is none or not known.
	Of string
	// Sensitive says that the value is sensitive when it becomes known.
	Sensitive bool
	// Variant tells apart different values that the same Ref decides: equal unknowns are one value. It is 0 where the
	// value is Ref itself.
	Variant int
}

// Kind is what is known of a value that is not known. The zero value is nothing.
type Kind int

// The kinds. All of them are free of wildcards.
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
	UniqueID          // AROA…, AIDA…: the unique id of a role or user
	OIDCProvider      // the ARN of an OIDC provider of the own account; Detail of Of may tell the issuer
	SAMLProvider      // the ARN of a SAML provider of the own account
	PlainName         // a name or id that AWS or Terraform makes: no wildcard, no colon, no slash
)

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

// Refs are the references that Ref joins.
func (u Symbol) Refs() []string {
	var out []string
	quoted, start := false, 0
	for i := 0; i < len(u.Ref); i++ {
		switch {
		case quoted && u.Ref[i] == '\\':
			i++
		case u.Ref[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(u.Ref[i:], ", "):
			out = append(out, u.Ref[start:i])
			start = i + len(", ")
		}
	}
	if start < len(u.Ref) {
		out = append(out, u.Ref[start:])
	}
	return out
}
