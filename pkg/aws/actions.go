package aws

import "slices"

// Class says what an action opens. Bigger is worse.
type Class int

// The classes of actions. Control covers taking a key over and destroying it.
const (
	Metadata Class = iota + 1
	Use            // Encrypt, Verify, …: use that reveals nothing
	Control
	Data
)

// String is the name of the class, as reports and rules write it.
func (c Class) String() string {
	return [...]string{"", "metadata", "use", "control", "data"}[c]
}

// Action is one permission.
type Action struct {
	Name  string
	Class Class
	// CrossAccount says that it works on a key of another account.
	CrossAccount bool
	// OnKey says that it is about a key (or role), and not about the account as a whole.
	OnKey bool
}

// KeyActions are the permissions of AWS KMS, those first that make the best witness, as of September 2026:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
//
// Which operations work across accounts is said with each operation in the API reference:
// https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html, and in
// https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html.
var KeyActions = [...]Action{
	{"kms:Decrypt", Data, true, true},
	{"kms:CreateGrant", Control, true, true},
	{"kms:GenerateDataKey", Data, true, true},
	{"kms:Sign", Data, true, true},
	{"kms:ReEncryptFrom", Data, true, true},
	{"kms:GenerateMac", Data, true, true},
	{"kms:DeriveSharedSecret", Data, true, true},
	{"kms:GenerateDataKeyWithoutPlaintext", Data, true, true},
	{"kms:GenerateDataKeyPair", Data, true, true},
	{"kms:GenerateDataKeyPairWithoutPlaintext", Data, true, true},
	{"kms:Encrypt", Use, true, true},
	{"kms:ReEncryptTo", Use, true, true},
	{"kms:Verify", Use, true, true},
	{"kms:VerifyMac", Use, true, true},
	{"kms:RetireGrant", Use, true, true},
	{"kms:RevokeGrant", Control, true, true},
	{"kms:DescribeKey", Metadata, true, true},
	{"kms:GetPublicKey", Metadata, true, true},
	{"kms:GetKeyRotationStatus", Metadata, true, true},
	{"kms:ListGrants", Metadata, true, true},
	{"kms:PutKeyPolicy", Control, false, true},
	{"kms:ScheduleKeyDeletion", Control, false, true},
	{"kms:DisableKey", Control, false, true},
	{"kms:DeleteImportedKeyMaterial", Control, false, true},
	{"kms:ReplicateKey", Control, false, true},
	{"kms:UpdatePrimaryRegion", Control, false, true},
	{"kms:ImportKeyMaterial", Control, false, true},
	{"kms:CreateAlias", Use, false, true},
	{"kms:UpdateAlias", Use, false, true},
	{"kms:DeleteAlias", Use, false, true},
	{"kms:CancelKeyDeletion", Use, false, true},
	{"kms:EnableKey", Use, false, true},
	{"kms:EnableKeyRotation", Use, false, true},
	{"kms:DisableKeyRotation", Use, false, true},
	{"kms:RotateKeyOnDemand", Use, false, true},
	{"kms:TagResource", Use, false, true},
	{"kms:UntagResource", Use, false, true},
	{"kms:UpdateKeyDescription", Use, false, true},
	{"kms:SynchronizeMultiRegionKey", Use, false, true},
	{"kms:GetKeyPolicy", Metadata, false, true},
	{"kms:GetParametersForImport", Metadata, false, true},
	{"kms:ListKeyPolicies", Metadata, false, true},
	{"kms:ListKeyRotations", Metadata, false, true},
	{"kms:ListResourceTags", Metadata, false, true},
	{"kms:GetKeyLastUsage", Metadata, false, true},
	{"kms:CreateKey", Use, false, false},
	{"kms:ListKeys", Metadata, false, false},
	{"kms:ListAliases", Metadata, false, false},
	{"kms:ListRetirableGrants", Metadata, false, false},
	{"kms:GenerateRandom", Use, false, false},
	{"kms:CreateCustomKeyStore", Use, false, false},
	{"kms:ConnectCustomKeyStore", Use, false, false},
	{"kms:DescribeCustomKeyStores", Metadata, false, false},
	{"kms:UpdateCustomKeyStore", Use, false, false},
	{"kms:DisconnectCustomKeyStore", Control, false, false},
	{"kms:DeleteCustomKeyStore", Control, false, false},
}

// KeyAction is the permission of AWS KMS with a name in AWS's spelling, false where there is none.
func KeyAction(name string) (Action, bool) {
	if i := slices.IndexFunc(KeyActions[:], func(a Action) bool { return a.Name == name }); i >= 0 {
		return KeyActions[i], true
	}
	return Action{}, false
}

// GrantOperations are what a grant can be for.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html#KMS-CreateGrant-request-Operations
var GrantOperations = []string{"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo", "Sign", "Verify",
	"GetPublicKey", "CreateGrant", "RetireGrant", "DescribeKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateMac", "VerifyMac",
	"DeriveSharedSecret"}

// TrustActions are the ways to assume a role. Others, such as sts:TagSession, give no access alone.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
var TrustActions = [...]Action{
	{"sts:AssumeRole", Control, true, true},
	{"sts:AssumeRoleWithWebIdentity", Control, true, true},
	{"sts:AssumeRoleWithSAML", Control, true, true},
}
