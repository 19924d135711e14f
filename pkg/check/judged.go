package check

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
)

// judged is a policy with its verdict. Of several possible documents the result is what holds for all of them, and doc
// the one that decided it.
type judged struct {
	policy  *extract.Policy
	from    extract.From
	subject access.Subject
	docs    []*iam.Document
	doc     *iam.Document
	result  access.Result
	// wrong is the policy as an invalid document where only some of those that it may be are invalid, else nil.
	wrong *judged
	// statements are the facts of doc's Allow statements.
	statements []access.StatementFacts
	// others are what is decided of the other documents that it may be.
	others []*decision
	// sensitive says that nothing of the document may be shown.
	sensitive bool
	// assumed says in words what the verdict takes for true without knowing it.
	assumed []string
	// old says that it is the policy as it was before the plan.
	old bool
	// before is the policy as it was before the plan, nil where there was none.
	before    *judged
	lockedOut bool
	// reach is a way from a stranger through a role to the key, reachable are the actions of all such ways.
	reach     *reach
	reachable []string
	// grant is what a grant gives.
	grant *extract.Grant
}

// reach is a way from a stranger through a role to a key.
type reach struct {
	reach *access.Reach
	key   *judged
	role  *judged // the trust policy that lets the stranger in
	// chain are the trust policies of the roles that are assumed next, one after the other; the last one's uses the key.
	chain []*judged
	// grant is the grant that lets the role in, nil where the key policy does.
	grant *judged
	// grants is the identity policy that allows the action, nil where the key policy lets the role in by itself; by says
	// which resource gives the role a policy of AWS's own.
	grants *judged
	by     string
	// others are the judged policies beside the key's that shaped the witness: the one in grants.
	others []*judged
	// possible says that it is a way only for some values of what is not known; depends are the references that decide.
	possible bool
	depends  []string
}

// refused is a policy on the way that AWS refuses as it is written, nil where there is none.
func (r *reach) refused() *judged {
	for _, j := range append([]*judged{r.key, r.role, r.grants}, r.chain...) {
		if j != nil && iam.Refused(j.result.Problems) {
			return j
		}
	}
	return nil
}

// undecided says whether a value that is not known before apply decides.
func (j *judged) undecided() bool {
	return j.result.Public == access.Unsure || j.result.Verdict == access.Unknown
}

// invalid says whether AWS would refuse the document or ignore a part of it, Allow with NotPrincipal aside.
func (j *judged) invalid() bool { return j.wrong != nil || wrong(j.result) }

// asInvalid is the policy as the document that is invalid.
func (j *judged) asInvalid() *judged {
	if j.wrong != nil {
		return j.wrong
	}
	return j
}

func (j *judged) values() cty.Value {
	if j.old {
		return j.policy.Resource.Before
	}
	return j.policy.Resource.After
}

// The actions that rules on identity policies tell apart.
var (
	decryptActions = []string{"kms:Decrypt", "kms:ReEncryptFrom"}
	controlActions = []string{"kms:PutKeyPolicy", "kms:CreateGrant", "kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial"}
)

// onAllKeys says whether one of the actions is allowed on all keys.
func (j *judged) onAllKeys(actions ...string) bool {
	return slices.ContainsFunc(actions, func(a string) bool { return slices.Contains(j.result.AllKeys, a) })
}

// wrong says whether AWS would refuse a document or ignore a part of it, Allow with NotPrincipal aside.
func wrong(r access.Result) bool {
	return slices.ContainsFunc(r.Problems, func(p iam.Problem) bool { return !p.NotPrincipal })
}

// perhaps says whether AWS may as well accept the document, whatever is wrong with it.
func perhaps(r access.Result) bool {
	return wrong(r) && !slices.ContainsFunc(r.Problems, func(p iam.Problem) bool { return !p.NotPrincipal && !p.Perhaps })
}
