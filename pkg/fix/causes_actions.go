package fix

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// The actions of the statements that AWS's console writes for users and administrators of a key.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
var (
	userActions          = []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"}
	administratorActions = []string{"kms:CancelKeyDeletion", "kms:Create*", "kms:Delete*", "kms:Describe*", "kms:Disable*", "kms:Enable*", "kms:Get*", "kms:List*",
		"kms:Put*", "kms:Revoke*", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:Update*"}
)

// users are the actions of a key's users, by what the key is for.
func (m *maker) users() []string {
	spec := m.Subject.Constants[aws.Spelled(aws.KeyKeySpec)]
	switch m.Subject.Constants[aws.Spelled(aws.KeyKeyUsage)] {
	case "SIGN_VERIFY":
		return []string{"kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"}
	case "GENERATE_VERIFY_MAC":
		return []string{"kms:DescribeKey", "kms:GenerateMac", "kms:VerifyMac"}
	case "KEY_AGREEMENT":
		return []string{"kms:DeriveSharedSecret", "kms:DescribeKey", "kms:GetPublicKey"}
	}
	if strings.HasPrefix(spec, "RSA_") || spec == "SM2" {
		return []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GetPublicKey", "kms:ReEncrypt*"}
	}
	return userActions
}

// listedActions lists what a principal does instead of everything.
func (m *maker) listedActions(st *iam.Statement) []candidate {
	one := func(strategy, what string, actions []string) candidate {
		if apart, ok := m.othersApart(st, actions); ok {
			apart.title += what
			apart.strategy += strategy
			return apart
		}
		return candidate{title: "List what " + label(st) + " is for instead of all actions: " + what, strategy: strategy,
			steps: []step{{kind: setElement, statement: st.Index, element: "Action", val: strs(actions...)}}}
	}
	if len(m.Used) > 0 {
		out := []candidate{one("used", "the actions that the identity policies of the plan give the principal", m.Used), one("use", "AWS's list for users of a key", m.users())}
		if within(m.Used, m.users()) {
			slices.Reverse(out) // it takes less away
		}
		return out
	}
	use, administer := one("use", "AWS's list for users of a key", m.users()), one("administer", "AWS's list for administrators of a key", administratorActions)
	for _, p := range principalNames(st) {
		if strings.Contains(lower(p), "admin") || strings.Contains(lower(p), "owner") {
			return []candidate{administer, use}
		}
	}
	return []candidate{use, administer}
}

// othersApart gives those who stand beside the root of the own account a statement of their own: the root keeps what it has.
func (m *maker) othersApart(st *iam.Statement, actions []string) (candidate, bool) {
	if st.Principal == nil || len(st.Principal.Entries) != 1 || st.Resource == nil || st.ConditionHole != "" || !m.namesOwn(st) {
		return candidate{}, false
	}
	e := st.Principal.Entries[0]
	take := step{kind: removeStrings, statement: st.Index}
	with := *st
	with.Principal, with.Action = &iam.Principals{Entries: []iam.Entry{{Type: e.Type}}}, &iam.List{}
	others := &with.Principal.Entries[0].Values
	for _, v := range e.Values.Items {
		if !m.isOwn(v.S) {
			take.leaves, others.Items = append(take.leaves, v), append(others.Items, v)
		}
	}
	for _, name := range actions {
		with.Action.Items = append(with.Action.Items, iam.String{S: name})
	}
	return candidate{title: "Leave all actions of " + label(st) + " to the root of the account, and give the others a statement of their own: ", strategy: "apart ",
		steps: []step{take, {kind: addStatement, statement: st.Index, val: statementFor(&with, nil)}}, keeps: "The own account keeps all actions."}, len(others.Items) > 0
}

func principalNames(st *iam.Statement) []string {
	if st.Principal == nil {
		return nil
	}
	out := []string{st.Sid.S}
	for _, v := range st.Principal.Values() {
		out = append(out, v.S)
	}
	return out
}
