package aws

import "strings"

// Tells says what a condition on a key can tell of who calls.
type Tells int

// What a key tells. The zero value is nothing.
const (
	Free     Tells = iota // the caller chooses the value
	Identity              // AWS says who calls
	Network               // AWS says where the call comes from
	Source                // AWS says for which resource one of its services calls
	Constant              // a property of the key itself
)

// Restricts says whether conditions on the key can limit who calls: identity, network and source keys.
func (t Tells) Restricts() bool { return t == Identity || t == Network || t == Source }

// Key describes a condition key.
type Key struct {
	// Name is as AWS spells it.
	Name  string
	Tells Tells
	// Multi says that requests have a list of values for it.
	Multi bool
	// Actions are the KMS actions whose requests have the key, nil for all of them.
	Actions []string
}

var (
	cryptographic = []string{"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
		"kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"}
	withContext  = append([]string{"kms:CreateGrant", "kms:RetireGrant"}, cryptographic...)
	grantCalls   = []string{"kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"}
	createGrant  = []string{"kms:CreateGrant"}
	attestable   = []string{"kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair", "kms:GenerateRandom", "kms:DeriveSharedSecret"}
	signing      = []string{"kms:Sign", "kms:Verify"}
	macs         = []string{"kms:GenerateMac", "kms:VerifyMac"}
	keyPairs     = []string{"kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext"}
	reEncryption = []string{"kms:ReEncryptFrom", "kms:ReEncryptTo"}
)

// Keys are the condition keys of requests to AWS KMS and STS, in lower case.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
var Keys = index([]Key{
	{Name: "aws:PrincipalArn", Tells: Identity},
	{Name: "aws:PrincipalAccount", Tells: Identity},
	{Name: "aws:PrincipalOrgID", Tells: Identity},
	{Name: "aws:PrincipalOrgPaths", Tells: Identity, Multi: true},
	{Name: "aws:PrincipalType"},
	{Name: "aws:userid", Tells: Identity},
	{Name: "aws:username"},
	{Name: "aws:PrincipalIsAWSService", Tells: Source},
	{Name: "aws:PrincipalServiceName", Tells: Source},
	{Name: "aws:PrincipalServiceNamesList", Tells: Source, Multi: true},
	{Name: "aws:SourceIdentity"},
	{Name: "aws:TagKeys", Multi: true},
	{Name: "aws:FederatedProvider", Tells: Identity},
	{Name: "aws:AssumedRoot"},
	{Name: "aws:ChatbotSourceArn"},
	{Name: "aws:TokenIssueTime"},
	{Name: "aws:SourceIp", Tells: Network},
	{Name: "aws:VpcSourceIp"},
	{Name: "aws:SourceVpc", Tells: Network},
	{Name: "aws:SourceVpce", Tells: Network},
	{Name: "aws:SourceVpcArn", Tells: Network},
	{Name: "aws:VpceAccount", Tells: Network},
	{Name: "aws:VpceOrgID", Tells: Network},
	{Name: "aws:VpceOrgPaths", Tells: Network, Multi: true},
	{Name: "aws:Ec2InstanceSourceVpc", Tells: Network},
	{Name: "aws:Ec2InstanceSourcePrivateIPv4"},
	{Name: "ec2:SourceInstanceArn", Tells: Identity},
	{Name: "lambda:SourceFunctionArn", Tells: Identity},
	{Name: "codebuild:ProjectArn", Tells: Identity},
	{Name: "ecs:SourceTaskArn", Tells: Identity},
	{Name: "aws:SecureTransport"},
	{Name: "aws:RequestedRegion"},
	{Name: "aws:MultiFactorAuthPresent"},
	{Name: "aws:MultiFactorAuthAge"},
	{Name: "aws:CurrentTime"},
	{Name: "aws:EpochTime"},
	{Name: "aws:UserAgent"},
	{Name: "aws:referer"},
	{Name: "aws:SourceArn", Tells: Source},
	{Name: "aws:SourceAccount", Tells: Source},
	{Name: "aws:SourceOrgID", Tells: Source},
	{Name: "aws:SourceOrgPaths", Tells: Source, Multi: true},
	{Name: "aws:ViaAWSService"},
	{Name: "aws:CalledVia", Multi: true},
	{Name: "aws:CalledViaFirst"},
	{Name: "aws:CalledViaLast"},
	{Name: "aws:IsMcpServiceAction"},
	{Name: "aws:ResourceAccount", Tells: Constant},
	{Name: "aws:ResourceOrgID", Tells: Constant},
	{Name: "aws:ResourceOrgPaths", Tells: Constant, Multi: true},
	{Name: "kms:ViaService"},
	{Name: "kms:CallerAccount", Tells: Identity},
	{Name: "kms:EncryptionContextKeys", Multi: true, Actions: withContext},
	{Name: "kms:GrantIsForAWSResource", Actions: grantCalls},
	{Name: "kms:GrantConstraintType", Actions: createGrant},
	{Name: "kms:GrantOperations", Multi: true, Actions: createGrant},
	{Name: "kms:GranteePrincipal", Actions: createGrant},
	{Name: "kms:RetiringPrincipal", Actions: createGrant},
	{Name: "kms:RequestAlias"},
	{Name: "kms:ResourceAliases", Multi: true},
	{Name: "kms:KeyOrigin", Tells: Constant},
	{Name: "kms:KeySpec", Tells: Constant},
	{Name: "kms:KeyUsage", Tells: Constant},
	{Name: "kms:MultiRegion", Tells: Constant},
	{Name: "kms:MultiRegionKeyType", Tells: Constant},
	{Name: "kms:CustomerMasterKeySpec", Tells: Constant},
	{Name: "kms:CustomerMasterKeyUsage", Tells: Constant},
	{Name: "kms:EncryptionAlgorithm", Actions: cryptographic},
	{Name: "kms:SigningAlgorithm", Actions: signing},
	{Name: "kms:MessageType", Actions: signing},
	{Name: "kms:MacAlgorithm", Actions: macs},
	{Name: "kms:KeyAgreementAlgorithm", Actions: []string{"kms:DeriveSharedSecret"}},
	{Name: "kms:DataKeyPairSpec", Actions: keyPairs},
	{Name: "kms:ReEncryptOnSameKey", Actions: reEncryption},
	{Name: "kms:WrappingAlgorithm", Actions: []string{"kms:GetParametersForImport"}},
	{Name: "kms:WrappingKeySpec", Actions: []string{"kms:GetParametersForImport"}},
	{Name: "kms:ExpirationModel", Actions: []string{"kms:ImportKeyMaterial"}},
	{Name: "kms:ValidTo", Actions: []string{"kms:ImportKeyMaterial"}},
	{Name: "kms:ReplicaRegion", Actions: []string{"kms:ReplicateKey"}},
	{Name: "kms:PrimaryRegion", Actions: []string{"kms:UpdatePrimaryRegion"}},
	// Of what an enclave measures, these are the role and the instance that it runs on; the rest is its code.
	// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-nitro-enclave.html
	{Name: "kms:RecipientAttestation:PCR3", Tells: Identity, Actions: attestable},
	{Name: "kms:RecipientAttestation:PCR4", Tells: Identity, Actions: attestable},
	{Name: "kms:RotationPeriodInDays", Actions: []string{"kms:EnableKeyRotation"}},
	{Name: "kms:ScheduleKeyDeletionPendingWindowInDays", Actions: []string{"kms:ScheduleKeyDeletion"}},
	{Name: "kms:BypassPolicyLockoutSafetyCheck", Actions: []string{"kms:PutKeyPolicy", "kms:CreateKey"}},
	{Name: "sts:ExternalId"},
	{Name: "sts:RoleSessionName"},
	{Name: "sts:SourceIdentity"},
	{Name: "sts:TransitiveTagKeys", Multi: true},
	{Name: "sts:DurationSeconds"},
})

// keyFamilies are the keys whose name goes on after a slash or colon.
var keyFamilies = []Key{
	{Name: "aws:PrincipalTag/"},
	{Name: "aws:RequestTag/"},
	{Name: "aws:ResourceTag/", Tells: Constant},
	{Name: "kms:EncryptionContext:", Actions: withContext},
	{Name: "kms:RecipientAttestation:", Actions: attestable},
}

func index(keys []Key) map[string]Key {
	m := make(map[string]Key, len(keys))
	for _, k := range keys {
		m[strings.ToLower(k.Name)] = k
	}
	return m
}

// Describe looks a key up by its name in lower case. A name that AWS uses for no key is never in a request; the keys of
// other services and of identity providers may be, so they are taken as the caller's choice.
func Describe(key string) (info Key, exists bool) {
	if info, ok := Keys[key]; ok {
		return info, true
	}
	for _, f := range keyFamilies {
		if n := len(f.Name); len(key) > n && strings.EqualFold(key[:n], f.Name) {
			f.Name += key[n:]
			return f, true
		}
	}
	if strings.HasPrefix(key, "aws:") || strings.HasPrefix(key, "kms:") {
		return Key{Name: key}, false
	}
	return Key{Name: key, Multi: strings.HasSuffix(key, ":amr")}, true
}

// Chosen says whether the caller chooses the value of a condition key, so that a condition on it keeps nobody out.
func Chosen(key string) bool {
	info, exists := Describe(strings.ToLower(key))
	return exists && info.Tells == Free
}

// OfTheKey says whether a condition key is a property of the key itself, which tells nothing of the caller.
func OfTheKey(key string) bool {
	info, exists := Describe(strings.ToLower(key))
	return exists && info.Tells == Constant
}

// Limits says whether a condition key tells who calls, from where or for which resource, so that a condition on it can
// keep strangers out.
func Limits(key string) bool {
	info, exists := Describe(strings.ToLower(key))
	return exists && info.Tells.Restricts()
}

// Single says whether a condition key has one value at most.
func Single(key string) bool {
	info, _ := Describe(strings.ToLower(key))
	return !info.Multi
}
