package aws

import (
	"strings"
	"sync"
)

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
	// Required says that each request for them has it: it is a parameter that they cannot do without.
	Required bool
	// Type is what values it has. Samples are values that a request may well have, most likely first; From and To bound
	// numbers, where To is not 0, and Whole says that they have no fraction.
	Type     Type
	Samples  []string
	From, To float64
	Whole    bool
	// Enumerated says that Samples are all the values that AWS documents. It adds to them: another one may be there, or not.
	Enumerated bool
	// Assigned says that AWS assigns the values, so that one that is written out is somebody's.
	Assigned bool
	// Sessions is the service whose sessions of roles alone have the key, as its principal begins: ec2, for ec2.amazonaws.com.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
	Sessions string
	// In is the key, in lower case, that a request has where it has this one: the list of what the keys of a family are called,
	// kms:EncryptionContextKeys, the list of which this one is an element, or the boolean that is true then.
	In string
}

// Type is what the values of a condition key are.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type Type int

// The types. Text is any text.
const (
	Text Type = iota
	Boolean
	Number
	Date
	ARNs
	Principals // ARNs of users, roles and their sessions
)

var (
	cryptographic = []string{"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
		"kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"}
	withAlias = []string{"kms:Decrypt", "kms:DeriveSharedSecret", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair",
		"kms:GenerateDataKeyPairWithoutPlaintext", "kms:GenerateDataKeyWithoutPlaintext", "kms:GenerateMac", "kms:GetPublicKey", "kms:ReEncryptFrom",
		"kms:ReEncryptTo", "kms:Sign", "kms:Verify", "kms:VerifyMac"}
	withContext  = append([]string{"kms:CreateGrant", "kms:RetireGrant"}, cryptographic...)
	grantCalls   = []string{"kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"}
	createGrant  = []string{"kms:CreateGrant"}
	attestable   = []string{"kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair", "kms:GenerateRandom", "kms:DeriveSharedSecret"}
	signing      = []string{"kms:Sign", "kms:Verify"}
	macs         = []string{"kms:GenerateMac", "kms:VerifyMac"}
	keyPairs     = []string{"kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext"}
	reEncryption = []string{"kms:ReEncryptFrom", "kms:ReEncryptTo"}

	// https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html#KMS-Sign-request-SigningAlgorithm,
	// and the pages of the operations that the other lists are of (looked at on 2026-11-28)
	signingAlgorithms = []string{"ECDSA_SHA_256", "RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512", "RSASSA_PKCS1_V1_5_SHA_256",
		"RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512", "ECDSA_SHA_384", "ECDSA_SHA_512", "SM2DSA", "ML_DSA_SHAKE_256", "ED25519_SHA_512", "ED25519_PH_SHA_512"}
	pairSpecs = []string{"RSA_2048", "ECC_NIST_P256", "RSA_3072", "RSA_4096", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "SM2",
		"ECC_NIST_EDWARDS25519"}
	wrappingAlgorithms = []string{"RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1", "RSAES_OAEP_SHA_1", "RSAES_PKCS1_V1_5", "SM2PKE"}
)

// Stranger is the account in samples: that of somebody whom no policy names.
const Stranger = "999999999999"

// Keys are the condition keys of requests to AWS KMS and STS, in lower case, each group under the page that describes it. Of the
// global keys, names, types, whether they have one value and when they are there were held against their page on 2026-11-28; the
// keys of KMS and STS, their types and their actions against the service authorization reference of 2026-08-22 on the same day.
var Keys = index([]Key{
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principal-properties
	{Name: "aws:PrincipalArn", Tells: Identity},
	{Name: "aws:PrincipalAccount", Tells: Identity},
	{Name: "aws:PrincipalOrgID", Tells: Identity},
	{Name: "aws:PrincipalOrgPaths", Tells: Identity, Multi: true},
	{Name: "aws:PrincipalIsAWSService", Tells: Source, Type: Boolean},
	{Name: "aws:PrincipalServiceName", Tells: Source},
	{Name: "aws:PrincipalServiceNamesList", Tells: Source, Multi: true},
	{Name: "aws:PrincipalType"},
	{Name: "aws:userid", Tells: Identity},
	{Name: "aws:username"},
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-role-session-properties
	{Name: "aws:AssumedRoot", Type: Boolean},
	{Name: "aws:FederatedProvider", Tells: Identity, Samples: []string{"arn:aws:iam::" + Stranger + ":oidc-provider/idp.example.com"}},
	{Name: "aws:TokenIssueTime", Type: Date, Samples: []string{"2025-01-31T12:00:00Z"}},
	{Name: "aws:SignInSessionArn", Tells: Identity, Type: ARNs, Samples: []string{"arn:aws:signin:us-east-1:" + Stranger + ":session/stranger"}},
	{Name: "aws:MultiFactorAuthAge", In: "aws:multifactorauthpresent", Type: Number, Whole: true, Samples: []string{"300"}},
	{Name: "aws:MultiFactorAuthPresent", Type: Boolean},
	{Name: "aws:ChatbotSourceArn", Type: ARNs, Samples: []string{"arn:aws:chatbot::" + Stranger + ":chat-configuration/slack-channel/stranger"}},
	{Name: "aws:Ec2InstanceSourceVpc", Sessions: "ec2", Tells: Network, Samples: []string{"vpc-0fffffffffffffff0"}},
	{Name: "aws:Ec2InstanceSourcePrivateIPv4", Sessions: "ec2", Samples: []string{"10.0.0.1"}},
	{Name: "aws:SourceIdentity"},
	{Name: "ec2:RoleDelivery", Sessions: "ec2", Type: Number, Samples: []string{"2.0"}},
	{Name: "ec2:SourceInstanceArn", Sessions: "ec2", Tells: Identity, Type: ARNs, Samples: []string{"arn:aws:ec2:us-east-1:" + Stranger + ":instance/i-0fffffffffffffff0"}},
	{Name: "glue:RoleAssumedBy", Sessions: "glue", Samples: []string{"glue.amazonaws.com"}},
	{Name: "glue:CredentialIssuingService", Sessions: "glue", Samples: []string{"glue.amazonaws.com"}},
	{Name: "codebuild:BuildArn", Sessions: "codebuild", Tells: Identity, Type: ARNs, Samples: []string{"arn:aws:codebuild:us-east-1:" + Stranger + ":build/stranger:1"}},
	{Name: "codebuild:ProjectArn", Sessions: "codebuild", Tells: Identity, Type: ARNs, Samples: []string{"arn:aws:codebuild:us-east-1:" + Stranger + ":project/stranger"}},
	{Name: "lambda:SourceFunctionArn", Sessions: "lambda", Tells: Identity, Type: ARNs, Samples: []string{"arn:aws:lambda:us-east-1:" + Stranger + ":function:stranger"}},
	{Name: "ssm:SourceInstanceArn", Sessions: "ssm", Tells: Identity, Type: ARNs, Samples: []string{"arn:aws:ec2:us-east-1:" + Stranger + ":instance/i-0fffffffffffffff0"}},
	{Name: "identitystore:UserId", Tells: Identity, Assigned: true, Samples: []string{"a1b2c3d4-5e6f-4071-8293-0a1b2c3d4e5f"}},
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-network-properties
	{Name: "aws:SourceIp", Tells: Network},
	{Name: "aws:SourceVpc", Tells: Network},
	{Name: "aws:SourceVpcArn", Tells: Network},
	{Name: "aws:SourceVpce", Tells: Network},
	{Name: "aws:VpceAccount", Tells: Network},
	{Name: "aws:VpceOrgID", Tells: Network},
	{Name: "aws:VpceOrgPaths", Tells: Network, Multi: true},
	{Name: "aws:VpcSourceIp"},
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resource-properties
	{Name: "aws:ResourceAccount", Tells: Constant},
	{Name: "aws:ResourceOrgID", Tells: Constant},
	{Name: "aws:ResourceOrgPaths", Tells: Constant, Multi: true},
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-request-properties
	{Name: "aws:CalledVia", Multi: true},
	{Name: "aws:CalledViaFirst", In: "aws:calledvia"},
	{Name: "aws:CalledViaLast", In: "aws:calledvia"},
	{Name: "aws:ViaAWSService", Type: Boolean},
	{Name: "aws:CalledViaAWSMCP", In: "aws:viaawsmcpservice", Samples: []string{"aws-mcp.amazonaws.com"}},
	// Of calls that the AWS MCP server makes with the caller's own credentials.
	{Name: "aws:ViaAWSMCPService", Type: Boolean},
	{Name: "aws:IsMcpServiceAction", Type: Boolean},
	{Name: "aws:CurrentTime", Type: Date},
	{Name: "aws:EpochTime", Type: Date},
	{Name: "aws:referer"},
	{Name: "aws:RequestedRegion"},
	{Name: "aws:TagKeys", Multi: true},
	{Name: "aws:SecureTransport", Type: Boolean},
	{Name: "aws:SourceAccount", Tells: Source},
	{Name: "aws:SourceArn", Tells: Source},
	{Name: "aws:SourceOrgID", Tells: Source},
	{Name: "aws:SourceOrgPaths", Tells: Source, Multi: true},
	{Name: "aws:UserAgent"},
	// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html;
	// types and actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
	{Name: "kms:ViaService"},
	{Name: "kms:CallerAccount", Tells: Identity},
	{Name: "kms:EncryptionContextKeys", Multi: true, Actions: withContext},
	{Name: "kms:GrantIsForAWSResource", Actions: grantCalls, Type: Boolean},
	{Name: "kms:GrantConstraintType", Actions: []string{"kms:CreateGrant", "kms:RetireGrant"}, Enumerated: true, Samples: []string{"EncryptionContextEquals", "EncryptionContextSubset"}},
	{Name: "kms:GrantOperations", Multi: true, Actions: createGrant, Enumerated: true, Required: true, Samples: GrantOperations},
	{Name: "kms:GranteePrincipal", Actions: createGrant, Type: Principals, Samples: []string{"arn:aws:iam::" + Stranger + ":role/stranger"}},
	{Name: "kms:RetiringPrincipal", Actions: createGrant, Type: Principals, Samples: []string{"arn:aws:iam::" + Stranger + ":role/stranger"}},
	// These three came in March 2026: https://docs.aws.amazon.com/kms/latest/developerguide/dochistory.html
	{Name: "kms:GranteeServicePrincipal", Actions: createGrant, Samples: []string{"s3.amazonaws.com"}},
	{Name: "kms:RetiringServicePrincipal", Actions: createGrant, Samples: []string{"s3.amazonaws.com"}},
	{Name: "kms:GrantConstraintSourceArn", Actions: createGrant, Type: ARNs, Samples: []string{"arn:aws:s3:::stranger"}},
	{Name: "kms:RequestAlias", Actions: withAlias, Samples: []string{"alias/stranger"}},
	{Name: "kms:ResourceAliases", Multi: true, Samples: []string{"alias/stranger"}},
	{Name: "kms:TrailingDaysWithoutKeyUsage", Actions: []string{"kms:ScheduleKeyDeletion", "kms:DisableKey"}, Type: Number, Whole: true, Samples: []string{"90"}},
	{Name: "kms:KeyOrigin", Tells: Constant, Samples: []string{"AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"}},
	{Name: "kms:KeySpec", Tells: Constant, Samples: []string{"SYMMETRIC_DEFAULT", "RSA_4096", "ECC_NIST_P256", "HMAC_256"}},
	{Name: "kms:KeyUsage", Tells: Constant, Samples: []string{"ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"}},
	{Name: "kms:MultiRegion", Tells: Constant, Type: Boolean},
	{Name: "kms:MultiRegionKeyType", Tells: Constant, Samples: []string{"PRIMARY", "REPLICA"}},
	{Name: "kms:CustomerMasterKeySpec", Tells: Constant, Samples: []string{"SYMMETRIC_DEFAULT", "RSA_4096", "ECC_NIST_P256", "HMAC_256"}},
	{Name: "kms:CustomerMasterKeyUsage", Tells: Constant, Samples: []string{"ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"}},
	{Name: "kms:EncryptionAlgorithm", Actions: cryptographic, Enumerated: true, Samples: []string{"SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1", "SM2PKE"}},
	{Name: "kms:SigningAlgorithm", Actions: signing, Enumerated: true, Required: true, Samples: signingAlgorithms},
	{Name: "kms:MessageType", Actions: signing, Enumerated: true, Samples: []string{"RAW", "DIGEST", "EXTERNAL_MU"}},
	{Name: "kms:MacAlgorithm", Actions: macs, Enumerated: true, Required: true, Samples: []string{"HMAC_SHA_256", "HMAC_SHA_512", "HMAC_SHA_224", "HMAC_SHA_384"}},
	{Name: "kms:KeyAgreementAlgorithm", Actions: []string{"kms:DeriveSharedSecret"}, Enumerated: true, Required: true, Samples: []string{"ECDH"}},
	{Name: "kms:DataKeyPairSpec", Actions: keyPairs, Enumerated: true, Required: true, Samples: pairSpecs},
	{Name: "kms:ReEncryptOnSameKey", Actions: reEncryption, Type: Boolean},
	{Name: "kms:WrappingAlgorithm", Actions: []string{"kms:GetParametersForImport"}, Enumerated: true, Required: true, Samples: wrappingAlgorithms},
	{Name: "kms:WrappingKeySpec", Actions: []string{"kms:GetParametersForImport"}, Enumerated: true, Required: true, Samples: []string{"RSA_4096", "RSA_3072", "RSA_2048", "SM2"}},
	{Name: "kms:ExpirationModel", Actions: []string{"kms:ImportKeyMaterial"}, Enumerated: true, Samples: []string{"KEY_MATERIAL_DOES_NOT_EXPIRE", "KEY_MATERIAL_EXPIRES"}},
	{Name: "kms:ValidTo", Actions: []string{"kms:ImportKeyMaterial"}, Type: Date},
	{Name: "kms:ReplicaRegion", Actions: []string{"kms:ReplicateKey"}, Required: true, Samples: []string{"us-west-2", "eu-west-1"}},
	{Name: "kms:PrimaryRegion", Actions: []string{"kms:UpdatePrimaryRegion"}, Required: true, Samples: []string{"us-west-2", "eu-west-1"}},
	// Of what an enclave measures, these are the role and the instance that it runs on; the rest is its code.
	// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-nitro-enclave.html
	{Name: "kms:RecipientAttestation:PCR3", Tells: Identity, Actions: attestable},
	{Name: "kms:RecipientAttestation:PCR4", Tells: Identity, Actions: attestable},
	{Name: "kms:RotationPeriodInDays", Actions: []string{"kms:EnableKeyRotation"}, Samples: []string{"365"}, Type: Number, Whole: true, From: 90, To: 2560},
	{Name: "kms:ScheduleKeyDeletionPendingWindowInDays", Actions: []string{"kms:ScheduleKeyDeletion"}, Samples: []string{"7"}, Type: Number, Whole: true, From: 7, To: 30},
	{Name: "kms:BypassPolicyLockoutSafetyCheck", Actions: []string{"kms:PutKeyPolicy", "kms:CreateKey"}, Type: Boolean},
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-sts;
	// types: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
	{Name: "sts:ExternalId"},
	{Name: "sts:RoleSessionName"},
	{Name: "sts:SourceIdentity"},
	{Name: "sts:TransitiveTagKeys", Multi: true},
	{Name: "sts:DurationSeconds", Type: Number, Whole: true, From: 900, To: 43200, Samples: []string{"3600"}},
	{Name: "sts:RoleAuthorizedByIdp", Type: Boolean},
	{Name: "sts:RequestContextProviders", Multi: true, Samples: []string{"arn:aws:iam::aws:contextProvider/IdentityCenter"}},
	// No page was found for this one; without the row it would be taken for a key of requests to Amazon ECS alone.
	{Name: "ecs:SourceTaskArn", Sessions: "ecs-tasks", Tells: Identity, Type: ARNs, Samples: []string{"arn:aws:ecs:us-east-1:" + Stranger + ":task/stranger/0a1b2c3d4e5f60718293a4b5c6d7e8f9"}},
})

// keyFamilies are the keys whose name goes on after a slash or colon: the first three are of the page of the global keys, those that
// begin with kms: of the page of AWS KMS, and iam: and sts: of
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
var keyFamilies = []Key{
	{Name: "aws:PrincipalTag/"},
	{Name: "aws:RequestTag/", In: "aws:tagkeys"},
	{Name: "aws:ResourceTag/", Tells: Constant},
	{Name: "iam:ResourceTag/", Tells: Constant},
	{Name: "sts:RequestContext/"},
	{Name: "kms:EncryptionContext:", Actions: withContext, In: "kms:encryptioncontextkeys"},
	{Name: "kms:RecipientAttestation:", Actions: attestable, Samples: []string{strings.Repeat("5", 96)}},
}

func index(keys []Key) map[string]Key {
	m := make(map[string]Key, len(keys))
	for _, k := range keys {
		m[strings.ToLower(k.Name)] = k
	}
	return m
}

// lowerNames are the names of the keys in lower case, by how AWS spells them.
var lowerNames = sync.OnceValue(func() map[string]string {
	out := make(map[string]string, len(Keys))
	for lower, info := range Keys {
		out[info.Name] = lower
	}
	return out
})

// Lower is the name of a condition key in lower case, as the functions here take it.
func Lower(key string) string {
	if lower, ok := lowerNames()[key]; ok {
		return lower
	}
	return strings.ToLower(key)
}

// Listed says whether a key, by its name in lower case, is in the tables here: whether requests have it is known. Those of
// other services and of identity providers are not.
func Listed(key string) bool {
	_, listed := lookup(key)
	return listed
}

func lookup(key string) (Key, bool) {
	if info, ok := Keys[key]; ok {
		return info, true
	}
	for i := range keyFamilies {
		if n := len(keyFamilies[i].Name); len(key) > n && strings.EqualFold(key[:n], keyFamilies[i].Name) {
			f := keyFamilies[i]
			f.Name += key[n:]
			return f, true
		}
	}
	return Key{}, false
}

// Describe looks a key up by its name in lower case. A name that AWS uses for no key is never in a request, and those of
// other services are in none to KMS or STS. Any other name may be: its value is taken as the caller's choice.
func Describe(key string) (info Key, exists bool) {
	if info, ok := lookup(key); ok {
		return info, true
	}
	if strings.HasPrefix(key, "aws:") || strings.HasPrefix(key, "kms:") || Elsewhere(key) {
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

// OfAliases says whether a condition key tells aliases of the key that is asked for: all of them, or the one by which it is
// called. An alias belongs to one key of its account and region.
// https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
func OfAliases(key string) bool {
	return strings.EqualFold(key, "kms:RequestAlias") || strings.EqualFold(key, "kms:ResourceAliases")
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

// Elsewhere says whether only requests to a service that is neither AWS KMS nor STS have a condition key, by its name in
// lower case: s3:prefix.
func Elsewhere(key string) bool {
	service, _, ok := strings.Cut(key, ":")
	return ok && strings.Contains(services, " "+service+" ") && !Listed(key)
}
