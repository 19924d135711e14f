package access

import (
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/iam"
)

// actionSet is a set of the actions of one kind of policy, by their index in its table.
type actionSet uint64

// Class says what an action opens. Bigger is worse.
type Class int

// The classes of actions. Control covers taking a key over and destroying it.
const (
	Metadata Class = iota + 1
	Use            // Encrypt, Verify, …: use that reveals nothing
	Control
	Data
)

func (c Class) String() string {
	return [...]string{"", "metadata", "use", "control", "data"}[c]
}

// action is one permission. Foreign says that it works on a key of another account, onKey that it is about a key.
type action struct {
	name    string
	class   Class
	foreign bool
	onKey   bool
}

// keyActions are the permissions of AWS KMS, those first that make the best witness.
//
// Which operations work across accounts is said with each operation in the API reference:
// https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html, and in
// https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html.
var keyActions = []action{
	{"kms:Decrypt", Data, true, true},
	{"kms:CreateGrant", Control, true, true},
	{"kms:GenerateDataKey", Data, true, true},
	{"kms:Sign", Data, true, true},
	{"kms:ReEncryptFrom", Data, true, true},
	{"kms:GenerateMac", Data, true, true},
	{"kms:DeriveSharedSecret", Data, true, true},
	{"kms:GenerateDataKeyWithoutPlaintext", Data, true, true},
	{"kms:GenerateDataKeyPair", Data, true, true},
	{"kms:GenerateDataKeyPairWithoutPlaintext", Data, true, true},
	{"kms:Encrypt", Use, true, true},
	{"kms:ReEncryptTo", Use, true, true},
	{"kms:Verify", Use, true, true},
	{"kms:VerifyMac", Use, true, true},
	{"kms:RetireGrant", Use, true, true},
	{"kms:RevokeGrant", Control, true, true},
	{"kms:DescribeKey", Metadata, true, true},
	{"kms:GetPublicKey", Metadata, true, true},
	{"kms:GetKeyRotationStatus", Metadata, true, true},
	{"kms:ListGrants", Metadata, true, true},
	{"kms:PutKeyPolicy", Control, false, true},
	{"kms:ScheduleKeyDeletion", Control, false, true},
	{"kms:DisableKey", Control, false, true},
	{"kms:DeleteImportedKeyMaterial", Control, false, true},
	{"kms:ReplicateKey", Control, false, true},
	{"kms:UpdatePrimaryRegion", Control, false, true},
	{"kms:ImportKeyMaterial", Control, false, true},
	{"kms:CreateAlias", Use, false, true},
	{"kms:UpdateAlias", Use, false, true},
	{"kms:DeleteAlias", Use, false, true},
	{"kms:CancelKeyDeletion", Use, false, true},
	{"kms:EnableKey", Use, false, true},
	{"kms:EnableKeyRotation", Use, false, true},
	{"kms:DisableKeyRotation", Use, false, true},
	{"kms:RotateKeyOnDemand", Use, false, true},
	{"kms:TagResource", Use, false, true},
	{"kms:UntagResource", Use, false, true},
	{"kms:UpdateKeyDescription", Use, false, true},
	{"kms:SynchronizeMultiRegionKey", Use, false, true},
	{"kms:GetKeyPolicy", Metadata, false, true},
	{"kms:GetParametersForImport", Metadata, false, true},
	{"kms:ListKeyPolicies", Metadata, false, true},
	{"kms:ListKeyRotations", Metadata, false, true},
	{"kms:ListResourceTags", Metadata, false, true},
	{"kms:CreateKey", Use, false, false},
	{"kms:ListKeys", Metadata, false, false},
	{"kms:ListAliases", Metadata, false, false},
	{"kms:GenerateRandom", Use, false, false},
	{"kms:CreateCustomKeyStore", Use, false, false},
	{"kms:ConnectCustomKeyStore", Use, false, false},
	{"kms:DescribeCustomKeyStores", Metadata, false, false},
	{"kms:UpdateCustomKeyStore", Use, false, false},
	{"kms:DisconnectCustomKeyStore", Control, false, false},
	{"kms:DeleteCustomKeyStore", Control, false, false},
}

// trustActions are the ways to assume a role. Others, such as sts:TagSession, give no access alone.
var trustActions = []action{
	{"sts:AssumeRole", Control, true, true},
	{"sts:AssumeRoleWithWebIdentity", Control, true, true},
	{"sts:AssumeRoleWithSAML", Control, true, true},
}

var (
	actionsOnKeys = filter(keyActions, func(a action) bool { return a.onKey })
	assumeRole    = named(trustActions, "sts:AssumeRole")
)

// actionTable is what the actions of a kind of policy are.
func actionTable(k iam.Kind) []action {
	if k == iam.Trust {
		return trustActions
	}
	return keyActions
}

// matchActions are the actions that a pattern covers. Actions are not case-sensitive.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
func matchActions(table []action, pattern string) actionSet {
	if pattern == "*" {
		return all(table)
	}
	var set actionSet
	pattern = strings.ToLower(pattern)
	start, rest := pattern, ""
	if i := strings.IndexAny(pattern, "*?"); i >= 0 {
		start, rest = pattern[:i], pattern[i:]
	}
	names := lowered(table)
	at, _ := slices.BinarySearchFunc(names, start, func(n lowerName, s string) int { return strings.Compare(n.name, s) })
	for ; at < len(names); at++ {
		after, ok := strings.CutPrefix(names[at].name, start)
		if !ok {
			break
		}
		if rest == "*" || rest == after || rest != "" && glob(rest, after) {
			set |= names[at].action
		}
	}
	return set
}

// covered is matchActions, remembered: every shape asks for the same patterns.
func (q *question) covered(pattern string) actionSet {
	set, ok := q.patterns[pattern]
	if !ok {
		set = matchActions(q.table, pattern)
		if q.patterns == nil {
			q.patterns = map[string]actionSet{}
		}
		q.patterns[pattern] = set
	}
	return set
}

// lowerName is the name of an action in lower case.
type lowerName struct {
	name   string
	action actionSet
}

var (
	lowerKeyActions   = sync.OnceValue(func() []lowerName { return lowerNames(keyActions) })
	lowerTrustActions = sync.OnceValue(func() []lowerName { return lowerNames(trustActions) })
)

// lowered are the names of a table in order.
func lowered(table []action) []lowerName {
	if len(table) == len(trustActions) {
		return lowerTrustActions()
	}
	return lowerKeyActions()
}

func lowerNames(table []action) []lowerName {
	var out []lowerName
	for i, a := range table {
		out = append(out, lowerName{strings.ToLower(a.name), 1 << i})
	}
	slices.SortFunc(out, func(a, b lowerName) int { return strings.Compare(a.name, b.name) })
	return out
}

func all(table []action) actionSet { return 1<<len(table) - 1 }

// filter are the actions of the table that are wanted.
func filter(table []action, want func(action) bool) actionSet {
	var set actionSet
	for i := range table {
		if want(table[i]) {
			set |= 1 << i
		}
	}
	return set
}

func (s actionSet) names(table []action) []string {
	var out []string
	for i := range table {
		if s&(1<<i) != 0 {
			out = append(out, table[i].name)
		}
	}
	return out
}

// first is the index of the action that makes the best witness.
func (s actionSet) first() int { return bits.TrailingZeros64(uint64(s)) }

// named are the actions of the table with these names, spelled as there.
func named(table []action, names ...string) actionSet {
	return filter(table, func(a action) bool { return slices.Contains(names, a.name) })
}
