package aws

import "strings"

// Names of condition keys in lower case, as the functions here take them; Spelled gives them as AWS writes them. Each is a
// row of Keys, or, with a slash or colon at its end, of the families of keys.
const (
	KeyPrincipalArn              = "aws:principalarn"
	KeyPrincipalAccount          = "aws:principalaccount"
	KeyPrincipalOrgID            = "aws:principalorgid"
	KeyPrincipalOrgPaths         = "aws:principalorgpaths"
	KeyPrincipalType             = "aws:principaltype"
	KeyUserID                    = "aws:userid"
	KeyUserName                  = "aws:username"
	KeyPrincipalIsAWSService     = "aws:principalisawsservice"
	KeyPrincipalServiceName      = "aws:principalservicename"
	KeyPrincipalServiceNamesList = "aws:principalservicenameslist"
	KeySourceIdentity            = "aws:sourceidentity"
	KeyFederatedProvider         = "aws:federatedprovider"
	KeyAssumedRoot               = "aws:assumedroot"
	KeyTokenIssueTime            = "aws:tokenissuetime"
	KeySourceIp                  = "aws:sourceip"
	KeyVpcSourceIp               = "aws:vpcsourceip"
	KeySourceVpc                 = "aws:sourcevpc"
	KeySourceVpce                = "aws:sourcevpce"
	KeySourceVpcArn              = "aws:sourcevpcarn"
	KeyVpceAccount               = "aws:vpceaccount"
	KeyVpceOrgID                 = "aws:vpceorgid"
	KeyVpceOrgPaths              = "aws:vpceorgpaths"
	KeyEc2InstanceSourceVpc      = "aws:ec2instancesourcevpc"
	KeySecureTransport           = "aws:securetransport"
	KeyRequestedRegion           = "aws:requestedregion"
	KeyMultiFactorAuthPresent    = "aws:multifactorauthpresent"
	KeyMultiFactorAuthAge        = "aws:multifactorauthage"
	KeyCurrentTime               = "aws:currenttime"
	KeyEpochTime                 = "aws:epochtime"
	KeySourceArn                 = "aws:sourcearn"
	KeySourceAccount             = "aws:sourceaccount"
	KeySourceOrgID               = "aws:sourceorgid"
	KeySourceOrgPaths            = "aws:sourceorgpaths"
	KeyViaAWSService             = "aws:viaawsservice"
	KeyCalledVia                 = "aws:calledvia"
	KeyCalledViaFirst            = "aws:calledviafirst"
	KeyCalledViaLast             = "aws:calledvialast"
	KeyResourceAccount           = "aws:resourceaccount"
	KeyResourceOrgID             = "aws:resourceorgid"
	KeyResourceOrgPaths          = "aws:resourceorgpaths"
	KeyPrincipalTag              = "aws:principaltag/"
	KeyRequestTag                = "aws:requesttag/"
	KeyTagKeys                   = "aws:tagkeys"
	KeyResourceTag               = "aws:resourcetag/"

	KeyIAMResourceTag = "iam:resourcetag/"

	KeyViaService               = "kms:viaservice"
	KeyCallerAccount            = "kms:calleraccount"
	KeyEncryptionContextKeys    = "kms:encryptioncontextkeys"
	KeyGrantIsForAWSResource    = "kms:grantisforawsresource"
	KeyGrantOperations          = "kms:grantoperations"
	KeyRequestAlias             = "kms:requestalias"
	KeyResourceAliases          = "kms:resourcealiases"
	KeyKeyOrigin                = "kms:keyorigin"
	KeyKeySpec                  = "kms:keyspec"
	KeyKeyUsage                 = "kms:keyusage"
	KeyMultiRegion              = "kms:multiregion"
	KeyMultiRegionKeyType       = "kms:multiregionkeytype"
	KeyCustomerMasterKeySpec    = "kms:customermasterkeyspec"
	KeyCustomerMasterKeyUsage   = "kms:customermasterkeyusage"
	KeyRecipientAttestationPCR3 = "kms:recipientattestation:pcr3"
	KeyRecipientAttestationPCR4 = "kms:recipientattestation:pcr4"
	KeyEncryptionContext        = "kms:encryptioncontext:"
	KeyRecipientAttestation     = "kms:recipientattestation:"

	KeyExternalId        = "sts:externalid"
	KeyRoleSessionName   = "sts:rolesessionname"
	KeySTSSourceIdentity = "sts:sourceidentity"
)

// Spelled is the name of a condition key as AWS writes it, or the name itself where no table has it.
func Spelled(key string) string {
	for i := range keyFamilies {
		if strings.EqualFold(key, keyFamilies[i].Name) {
			return keyFamilies[i].Name
		}
	}
	info, _ := Describe(key)
	return info.Name
}
