package access

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/aws"
)

// callerKind is who makes a request.
type callerKind = aws.Caller

const (
	accountCaller = aws.Principal
	serviceCaller = aws.ServiceSelf
	serviceFor    = aws.ServiceFor
	tokenCaller   = aws.Token
	holderCaller  = aws.Holder // whoever holds an identity policy
)

// shape is one form of requests: who calls, and by which way. It fixes which condition keys a request has. A request of
// the shape is a value for each of its dimensions, chosen independently.
type shape struct {
	q      *question
	who    audience
	caller callerKind
	origin aws.Origin
	// forwarded says that a service makes the call for the caller, chained that it passes the chain of calls on.
	forwarded, chained bool
	// as limits the principals of accounts to one type, nil for all.
	as *principalType
	// provider is the identity provider of a token, as the policy names it.
	provider string
	// guest says that the token is that of a guest, which an identity pool gives to anybody.
	guest bool
	// anyKey says that the question is about a key of which nothing is known (identity policies).
	anyKey bool
	// about is what the actions of an identity policy are asked for.
	about resourceKind
	dims  []domain
	names nameIndex // of the dimensions
	keys  nameIndex // of the refs
	refs  []ref
	// pinned are keys that are fixed to one value, or to none, because another key is compared with them, pins the constraints.
	pinned map[string]ref
	pins   []constraint
	// limits are dimensions that the audience itself limits, so that they may be empty before any condition.
	limits []int
	// ties are the keys that a request has together with others, see agree.
	ties []tie
}

// ref is how a shape has a condition key.
type ref struct {
	dim    int
	view   *view
	never  bool   // requests of the shape do not have it
	fixed  bool   // it always has the value
	value  string // of a fixed key
	multi  bool
	number bool // orderDim: plain numbers instead of seconds and dates
}

// tie is a key with the keys that are in it: by their own names, by their values, or because it is true of them.
type tie struct {
	list    ref
	key     string
	members []tied
}

// tied is a key that is in a list: by its name, or by its value where that is "".
type tied struct {
	ref
	key, name string
}

func (sh *shape) dim(name string, build func() domain) int {
	if i, ok := sh.names.find(name); ok {
		return i
	}
	d := build()
	if sh.dims == nil {
		sh.dims = make([]domain, 0, 2)
	}
	sh.dims = append(sh.dims, d)
	sh.names = append(sh.names, name)
	return len(sh.dims) - 1
}

// nameIndex numbers names in the order in which they are added.
type nameIndex []string

func (x nameIndex) find(name string) (int, bool) {
	i := slices.Index(x, name)
	return i, i >= 0
}

func never() ref             { return ref{never: true} }
func fixed(value string) ref { return ref{fixed: true, value: value} }

// form is the form of the shape's requests.
func (sh *shape) form() aws.Form {
	return aws.Form{Caller: sh.caller, Origin: sh.origin, Forwarded: sh.forwarded, Chained: sh.chained}
}

// box is a statement as a set of requests of one shape: those of its actions that meet every constraint.
type box struct {
	statement *statement
	deny      bool
	actions   actionSet
	where     []constraint
}

// resourceKind is what the actions of an identity policy are about.
type resourceKind int

const (
	keyResource resourceKind = iota
	aliasResource
	noResource // actions that are about no resource, such as kms:ListKeys
)
