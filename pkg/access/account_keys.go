package access

import (
	"strconv"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/sets"
)

// accountKey resolves the keys that tell of a principal of an account, and of its way.
func (sh *shape) accountKey(key string) (ref, bool) {
	switch key {
	case aws.KeyPrincipalArn:
		if sh.q.sessions {
			return ref{dim: sh.callerDim(), view: sessionView}, true
		}
		return ref{dim: sh.callerDim(), view: wholeView}, true
	case aws.KeyPrincipalAccount, aws.KeyCallerAccount:
		return ref{dim: sh.callerDim(), view: accountView}, true
	case aws.KeyPrincipalType:
		return ref{dim: sh.callerDim(), view: typeView}, true
	case aws.KeyUserName:
		return ref{dim: sh.callerDim(), view: usernameView}, true
	case aws.KeyUserID:
		return ref{dim: sh.dim("userid", func() domain { return sh.q.userIDs(sh.who, sh.as) }), view: wholeView}, true
	case aws.KeyPrincipalOrgID:
		return ref{dim: sh.orgDim("org", sh.who.org), view: orgView}, true
	case aws.KeyPrincipalOrgPaths:
		return ref{dim: sh.orgDim("org", sh.who.org), view: wholeView, multi: true}, true
	case aws.KeyPrincipalIsAWSService:
		return fixed("false"), true
	case aws.KeyViaAWSService:
		return fixed(strconv.FormatBool(sh.forwarded)), true
	case aws.KeyCalledVia, aws.KeyCalledViaFirst, aws.KeyCalledViaLast, aws.KeyViaService:
		return sh.forwardedKey(key), true
	}
	return sh.networkKey(key)
}

// viaServices are the values of kms:ViaService in the partition.
func (q *question) viaServices() *sets.Language {
	if q.Partition == "" || q.Partition == "aws-cn" {
		return chineseServices
	}
	return regionalServices
}

func (sh *shape) forwardedKey(key string) ref {
	d := domain{present: true, absent: aws.Has(key, sh.form()) == aws.Perhaps, members: []sets.Member{{In: serviceNames}}, samples: chainSamples}
	if key == aws.KeyViaService {
		d.members, d.samples = []sets.Member{{In: sh.q.viaServices()}}, viaSamples
	}
	if key == aws.KeyCalledVia {
		d.kind = listDim
	}
	return ref{dim: sh.dim(key, func() domain { return d }), view: wholeView, multi: key == aws.KeyCalledVia}
}

// Services to try first: some that call KMS for their callers, and those that pass the chain of calls on.
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia
var (
	viaSamples   = []string{"s3.us-east-1.amazonaws.com", "ec2.us-east-1.amazonaws.com", "lambda.us-east-1.amazonaws.com", "rds.eu-west-1.amazonaws.com"}
	chainSamples = []string{"athena.amazonaws.com", "cloudformation.amazonaws.com", "dynamodb.amazonaws.com", "kms.amazonaws.com"}
)
