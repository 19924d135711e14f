package unknown

import (
	"strings"
	"unicode"
)

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
)

// facts are what is certain of the values of a kind.
type facts struct {
	foreign Kind   // what remains if the account may be another one than the own
	prefix  string // how all of them begin
	digits  bool   // they are digits, and nothing else
	length  int    // of all of them, 0 where they differ
	others  string // what they may hold beside letters and digits
	// ofAccount says that they are, or hold, what belongs to the account of a provider configuration.
	ofAccount bool
}

// table has the facts of each kind but AnyText.
var table = map[Kind]facts{
	OwnAccount:   {foreign: AccountID, digits: true, length: 12, ofAccount: true},
	OwnOrg:       {foreign: PlainName, prefix: "o-", others: "-", ofAccount: true},
	PartitionID:  {foreign: PartitionID, prefix: "aws", others: "-"},
	RegionName:   {foreign: RegionName, others: "-"},
	RoleARN:      {foreign: PrincipalARN, prefix: "arn:", others: arnCharacters, ofAccount: true},
	UserARN:      {foreign: PrincipalARN, prefix: "arn:", others: arnCharacters, ofAccount: true},
	CallerARN:    {foreign: PrincipalARN, prefix: "arn:", others: arnCharacters, ofAccount: true},
	KeyARN:       {foreign: KeyARN, prefix: "arn:", others: arnCharacters, ofAccount: true},
	KeyID:        {foreign: KeyID, others: "-"},
	OwnARN:       {prefix: "arn:", others: arnCharacters, ofAccount: true},
	UniqueID:     {foreign: UniqueID, others: "-"},
	UserID:       {foreign: UserID, prefix: "AIDA"},
	OIDCProvider: {prefix: "arn:", others: arnCharacters, ofAccount: true},
	SAMLProvider: {prefix: "arn:", others: arnCharacters, ofAccount: true},
	PlainName:    {foreign: PlainName, others: "_+=,.@-"},
	AccountID:    {foreign: AccountID, digits: true, length: 12},
	PrincipalARN: {foreign: PrincipalARN, prefix: "arn:", others: arnCharacters},
	PathName:     {foreign: PathName, others: "_+=,.@-/"},
}

const arnCharacters = ":/_+=,.@-"

// Foreign is what a kind says when the account may be another one than the own.
func (k Kind) Foreign() Kind { return table[k].foreign }

// OfAccount says whether values of the kind belong to the account of the provider configuration that they come from.
func (k Kind) OfAccount() bool { return table[k].ofAccount }

// MayBe says whether a value of the kind may be the text. A text with holes may be anything.
func (k Kind) MayBe(text string) bool {
	f, ok := table[k]
	if !ok || HasHole(text) {
		return true
	}
	switch {
	case text == "" || strings.ContainsAny(text, "*? "), f.length > 0 && len(text) != f.length, f.digits && strings.Trim(text, "0123456789") != "":
		return false
	case f.prefix != "":
		return strings.HasPrefix(text, f.prefix)
	}
	return !strings.HasPrefix(text, "arn:")
}

// MayHold says whether a value of the kind can hold a character of the text. If it cannot, an occurrence of the text can
// neither lie in the value nor reach into it; the value might still be empty, which no kind but AnyText is.
func (k Kind) MayHold(text string) bool {
	f, ok := table[k]
	return !ok || strings.ContainsFunc(text, func(r rune) bool {
		if f.digits {
			return '0' <= r && r <= '9'
		}
		return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune(f.others, r)
	})
}
