package aws

import "time"

// LongestSession is how long temporary credentials are valid at most.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html#API_GetSessionToken_RequestParameters
const LongestSession = 36 * time.Hour

// How many characters AWS accepts in a policy document; for IAM white space does not count. The quotas of inline policies
// are for all of one user, group or role together.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (looked at on 2026-11-27)
// https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
const (
	ManagedPolicySize = 6144
	UserPolicySize    = 2048
	GroupPolicySize   = 5120
	RolePolicySize    = 10240
	TrustPolicySize   = 4096 // on request; 2,048 without
	KeyPolicySize     = 32768
)
