package unknown

import "strings"

// facts are what is certain of the values of a kind.
type facts struct {
	foreign Kind   // what remains if the account may be another one than the own
	prefix  string // how all of them begin
	length  int    // of all of them, 0 where they differ
	chars   string // all that they may hold
	// ofAccount says that they are, or hold, what belongs to the account of a provider configuration.
	ofAccount bool
}

const (
	digits        = "0123456789"
	lower         = "abcdefghijklmnopqrstuvwxyz"
	alphanumeric  = digits + lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	nameCharacter = alphanumeric + "_+=,.@-"
	arnCharacter  = nameCharacter + ":/"
)

// table has the facts of each kind but AnyText.
var table = map[Kind]facts{
	OwnAccount:   {foreign: AccountID, chars: digits, length: 12, ofAccount: true},
	OwnOrg:       {foreign: PlainName, prefix: "o-", chars: alphanumeric + "-", ofAccount: true},
	PartitionID:  {foreign: PartitionID, prefix: "aws", chars: lower + "-"},
	RegionName:   {foreign: RegionName, chars: digits + lower + "-"},
	DNSSuffix:    {foreign: DNSSuffix, chars: lower + "2.-"},
	RoleARN:      {foreign: PrincipalARN, prefix: "arn:", chars: arnCharacter, ofAccount: true},
	UserARN:      {foreign: PrincipalARN, prefix: "arn:", chars: arnCharacter, ofAccount: true},
	CallerARN:    {foreign: PrincipalARN, prefix: "arn:", chars: arnCharacter, ofAccount: true},
	KeyARN:       {foreign: KeyARN, prefix: "arn:", chars: arnCharacter, ofAccount: true},
	KeyID:        {foreign: KeyID, chars: alphanumeric + "-"},
	OwnARN:       {prefix: "arn:", chars: arnCharacter, ofAccount: true},
	UniqueID:     {foreign: UniqueID, prefix: "A", chars: alphanumeric + "-"},
	UserID:       {foreign: UserID, prefix: "AIDA", chars: alphanumeric},
	OIDCProvider: {prefix: "arn:", chars: arnCharacter, ofAccount: true},
	SAMLProvider: {prefix: "arn:", chars: arnCharacter, ofAccount: true},
	PlainName:    {foreign: PlainName, chars: nameCharacter},
	AccountID:    {foreign: AccountID, chars: digits, length: 12},
	PrincipalARN: {foreign: PrincipalARN, prefix: "arn:", chars: arnCharacter},
	NetworkID:    {foreign: NetworkID, prefix: "vpc-", chars: alphanumeric + "-"},
	EndpointID:   {foreign: EndpointID, prefix: "vpce-", chars: alphanumeric + "-"},
	NetworkARN:   {foreign: AnyText, prefix: "arn:", chars: arnCharacter, ofAccount: true},
	RootID:       {foreign: RootID, prefix: "r-", chars: alphanumeric + "-"},
	UnitID:       {foreign: UnitID, prefix: "ou-", chars: alphanumeric + "-"},
	PathName:     {foreign: PathName, chars: nameCharacter + "/"},
	Address:      {foreign: Address, chars: digits + "."},
	IssuerURL:    {foreign: IssuerURL, prefix: "https://", chars: nameCharacter + ":/"},
}

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
	case text == "" || strings.ContainsAny(text, "*? "), f.length > 0 && len(text) != f.length, f.chars == digits && strings.Trim(text, digits) != "":
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
	return !ok || strings.ContainsAny(text, f.chars)
}

// Length is how many characters all values of the kind have, 0 where they differ.
func (k Kind) Length() int { return table[k].length }

// Prefix is how all values of the kind begin, "" where nothing is certain of that.
func (k Kind) Prefix() string { return table[k].prefix }

// Unique says whether the value is an id that AWS makes for the resource that it comes from, and for no other one. What a
// data source tells may be that of any resource, and all aws_default_vpc are the one that the region has.
func (u Symbol) Unique() bool {
	switch u.Kind {
	case RoleARN, UserARN, KeyARN, KeyID, UniqueID, UserID, NetworkID, EndpointID, NetworkARN:
		return u.Of != "" && !strings.HasPrefix(u.Of, "data.") && !strings.Contains(u.Of, ".data.") && !strings.Contains(u.Of, "aws_default_")
	}
	return false
}

// NewAccount says whether the value is the id of an account that the configuration adds to its organization.
func (u Symbol) NewAccount() bool {
	return u.Kind == AccountID && u.Account == "" && strings.Contains("."+u.Of, ".aws_organizations_account.")
}
