package aws

import "strings"

// ARN is the name of a resource, taken apart. Its components may hold wildcards and variables where a policy writes it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
type ARN struct {
	Partition, Service, Region, Account string
	// Resource is the rest, colons included.
	Resource string
}

// ParseARN takes an ARN apart, and returns false for what is none.
func ParseARN(s string) (ARN, bool) {
	var part [5]string
	rest := s
	for i := range part {
		var ok bool
		if part[i], rest, ok = strings.Cut(rest, ":"); !ok {
			return ARN{}, false
		}
	}
	if part[0] != "arn" {
		return ARN{}, false
	}
	return ARN{Partition: part[1], Service: part[2], Region: part[3], Account: part[4], Resource: rest}, true
}

// String puts the ARN together again.
func (a ARN) String() string {
	return strings.Join([]string{"arn", a.Partition, a.Service, a.Region, a.Account, a.Resource}, ":")
}

// AccountOf is the account id in an ARN, "" where it names none or more than one.
func AccountOf(arn string) string {
	if a, ok := ParseARN(arn); ok && IsAccountID(a.Account) {
		return a.Account
	}
	return ""
}

// RootAccount is the account that a principal stands for as a whole, by its id or the ARN of its root user; false for others.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
func RootAccount(principal string) (string, bool) {
	if a, ok := ParseARN(principal); ok && a.Resource == "root" {
		principal = a.Account
	}
	return principal, IsAccountID(principal)
}

// IsSessionOf says whether an ARN is that of a session of a role. It does not tell the role's path.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
func IsSessionOf(session, role string) bool {
	s, ok := ParseARN(session)
	r, isARN := ParseARN(role)
	name, ok2 := strings.CutPrefix(s.Resource, "assumed-role/")
	if !ok || !isARN || !ok2 || s.Service != "sts" || s.Partition != r.Partition || s.Account != r.Account || !strings.HasPrefix(r.Resource, "role/") {
		return false
	}
	name, _, _ = strings.Cut(name, "/")
	return name == r.Resource[strings.LastIndex(r.Resource, "/")+1:]
}

// IsAccountID says whether a text is the id of an account: twelve digits.
// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html
func IsAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}
