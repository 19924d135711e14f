package access

import "github.com/keyproof/keyproof/pkg/aws"

// Uninformed says whether a part of a witness is that of the stranger who comes where the document asks for nothing, so
// that it tells nothing of the document.
func Uninformed(part string) bool {
	const account = "999999999999"
	if part == account {
		return true
	}
	arn, ok := aws.ParseARN(part)
	return ok && arn.Service == "iam" && arn.Account == account && arn.Resource == "role/stranger"
}
