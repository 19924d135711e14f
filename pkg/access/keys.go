package access

import "strings"

// trust says what a condition on a key can tell of who calls.
type trust int

const (
	free     trust = iota // the caller chooses the value
	identity              // AWS says who calls
	network               // AWS says where the call comes from
	source                // AWS says for which resource one of its services calls
	constant              // a property of the key itself
)

// Restricts says whether conditions on the key can limit who calls: identity, network and source keys.
func (t trust) restricts() bool { return t == identity || t == network || t == source }

// keyInfo describes a condition key.
type keyInfo struct {
	name  string // as AWS spells it
	trust trust
	multi bool
	// actions are the KMS actions whose requests have the key, nil for all of them.
	actions []string
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

// knownKeys are the condition keys of requests to AWS KMS and STS, in lower case.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
var knownKeys = index([]keyInfo{
	{name: "aws:PrincipalArn", trust: identity},
	{name: "aws:PrincipalAccount", trust: identity},
	{name: "aws:PrincipalOrgID", trust: identity},
	{name: "aws:PrincipalOrgPaths", trust: identity, multi: true},
	{name: "aws:PrincipalType"},
	{name: "aws:userid", trust: identity},
	{name: "aws:username"},
	{name: "aws:PrincipalIsAWSService", trust: source},
	{name: "aws:PrincipalServiceName", trust: source},
	{name: "aws:PrincipalServiceNamesList", trust: source, multi: true},
	{name: "aws:SourceIdentity"},
	{name: "aws:TagKeys", multi: true},
	{name: "aws:FederatedProvider", trust: identity},
	{name: "aws:AssumedRoot"},
	{name: "aws:ChatbotSourceArn"},
	{name: "aws:TokenIssueTime"},
	{name: "aws:SourceIp", trust: network},
	{name: "aws:VpcSourceIp"},
	{name: "aws:SourceVpc", trust: network},
	{name: "aws:SourceVpce", trust: network},
	{name: "aws:SourceVpcArn", trust: network},
	{name: "aws:VpceAccount", trust: network},
	{name: "aws:VpceOrgID", trust: network},
	{name: "aws:VpceOrgPaths", trust: network, multi: true},
	{name: "aws:Ec2InstanceSourceVpc", trust: network},
	{name: "aws:Ec2InstanceSourcePrivateIPv4"},
	{name: "ec2:SourceInstanceArn", trust: identity},
	{name: "lambda:SourceFunctionArn", trust: identity},
	{name: "codebuild:ProjectArn", trust: identity},
	{name: "ecs:SourceTaskArn", trust: identity},
	{name: "aws:SecureTransport"},
	{name: "aws:RequestedRegion"},
	{name: "aws:MultiFactorAuthPresent"},
	{name: "aws:MultiFactorAuthAge"},
	{name: "aws:CurrentTime"},
	{name: "aws:EpochTime"},
	{name: "aws:UserAgent"},
	{name: "aws:referer"},
	{name: "aws:SourceArn", trust: source},
	{name: "aws:SourceAccount", trust: source},
	{name: "aws:SourceOrgID", trust: source},
	{name: "aws:SourceOrgPaths", trust: source, multi: true},
	{name: "aws:ViaAWSService"},
	{name: "aws:CalledVia", multi: true},
	{name: "aws:CalledViaFirst"},
	{name: "aws:CalledViaLast"},
	{name: "aws:IsMcpServiceAction"},
	{name: "aws:ResourceAccount", trust: constant},
	{name: "aws:ResourceOrgID", trust: constant},
	{name: "aws:ResourceOrgPaths", trust: constant, multi: true},
	{name: "kms:ViaService"},
	{name: "kms:CallerAccount", trust: identity},
	{name: "kms:EncryptionContextKeys", multi: true, actions: withContext},
	{name: "kms:GrantIsForAWSResource", actions: grantCalls},
	{name: "kms:GrantConstraintType", actions: createGrant},
	{name: "kms:GrantOperations", multi: true, actions: createGrant},
	{name: "kms:GranteePrincipal", actions: createGrant},
	{name: "kms:RetiringPrincipal", actions: createGrant},
	{name: "kms:RequestAlias"},
	{name: "kms:ResourceAliases", multi: true},
	{name: "kms:KeyOrigin", trust: constant},
	{name: "kms:KeySpec", trust: constant},
	{name: "kms:KeyUsage", trust: constant},
	{name: "kms:MultiRegion", trust: constant},
	{name: "kms:MultiRegionKeyType", trust: constant},
	{name: "kms:CustomerMasterKeySpec", trust: constant},
	{name: "kms:CustomerMasterKeyUsage", trust: constant},
	{name: "kms:EncryptionAlgorithm", actions: cryptographic},
	{name: "kms:SigningAlgorithm", actions: signing},
	{name: "kms:MessageType", actions: signing},
	{name: "kms:MacAlgorithm", actions: macs},
	{name: "kms:KeyAgreementAlgorithm", actions: []string{"kms:DeriveSharedSecret"}},
	{name: "kms:DataKeyPairSpec", actions: keyPairs},
	{name: "kms:ReEncryptOnSameKey", actions: reEncryption},
	{name: "kms:WrappingAlgorithm", actions: []string{"kms:GetParametersForImport"}},
	{name: "kms:WrappingKeySpec", actions: []string{"kms:GetParametersForImport"}},
	{name: "kms:ExpirationModel", actions: []string{"kms:ImportKeyMaterial"}},
	{name: "kms:ValidTo", actions: []string{"kms:ImportKeyMaterial"}},
	{name: "kms:ReplicaRegion", actions: []string{"kms:ReplicateKey"}},
	{name: "kms:PrimaryRegion", actions: []string{"kms:UpdatePrimaryRegion"}},
	// Of what an enclave measures, these are the role and the instance that it runs on; the rest is its code.
	// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-nitro-enclave.html
	{name: "kms:RecipientAttestation:PCR3", trust: identity, actions: attestable},
	{name: "kms:RecipientAttestation:PCR4", trust: identity, actions: attestable},
	{name: "kms:RotationPeriodInDays", actions: []string{"kms:EnableKeyRotation"}},
	{name: "kms:ScheduleKeyDeletionPendingWindowInDays", actions: []string{"kms:ScheduleKeyDeletion"}},
	{name: "kms:BypassPolicyLockoutSafetyCheck", actions: []string{"kms:PutKeyPolicy", "kms:CreateKey"}},
	{name: "sts:ExternalId"},
	{name: "sts:RoleSessionName"},
	{name: "sts:SourceIdentity"},
	{name: "sts:TransitiveTagKeys", multi: true},
	{name: "sts:DurationSeconds"},
})

// keyFamilies are the keys whose name goes on after a slash or colon.
var keyFamilies = []keyInfo{
	{name: "aws:PrincipalTag/"},
	{name: "aws:RequestTag/"},
	{name: "aws:ResourceTag/", trust: constant},
	{name: "kms:EncryptionContext:", actions: withContext},
	{name: "kms:RecipientAttestation:", actions: attestable},
}

func index(keys []keyInfo) map[string]keyInfo {
	m := make(map[string]keyInfo, len(keys))
	for _, k := range keys {
		m[strings.ToLower(k.name)] = k
	}
	return m
}

// describe looks a key up by its name in lower case. A name that AWS uses for no key is never in a request; the keys of
// other services and of identity providers may be, so they are taken as the caller's choice.
func describe(key string) (info keyInfo, exists bool) {
	if info, ok := knownKeys[key]; ok {
		return info, true
	}
	for _, f := range keyFamilies {
		if n := len(f.name); len(key) > n && strings.EqualFold(key[:n], f.name) {
			f.name += key[n:]
			return f, true
		}
	}
	if strings.HasPrefix(key, "aws:") || strings.HasPrefix(key, "kms:") {
		return keyInfo{name: key}, false
	}
	return keyInfo{name: key, multi: strings.HasSuffix(key, ":amr")}, true
}
