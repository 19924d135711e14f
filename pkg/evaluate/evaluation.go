package evaluate

import "github.com/keyproof/keyproof/pkg/iam"

// evaluation is one document asked about one request.
type evaluation struct {
	req       *Request
	variables bool // whether ${…} is a variable: only in documents of version 2012-10-17
	deny      bool // whether the statement at hand is a Deny
	// federated says that the caller is a token of an identity provider: not an ARN of IAM's users and roles, no service.
	federated bool
}

// unknown is the answer for what is not known: the one that lets fewer requests through.
func (e *evaluation) unknown() bool { return e.deny }

// any says whether one of the values matches. A list that misses holes is not decided by them alone.
func (e *evaluation) any(l *iam.List, match func(string) bool) bool {
	for _, v := range l.Items {
		if !v.Known() {
			if e.unknown() {
				return true
			}
			continue
		}
		if match(v.S) {
			return true
		}
	}
	return false
}
