package access

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
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
	// pinned are keys that are fixed to one value because another key is compared with them, pins the constraints.
	pinned map[string]string
	pins   []constraint
	// limits are dimensions that the audience itself limits, so that they may be empty before any condition.
	limits []int
}

// limit makes the dimensions that the audience limits.
func (sh *shape) limit() {
	if sh.limits != nil {
		return
	}
	org, account := "org", sh.callerDim
	switch sh.caller {
	case accountCaller:
	case serviceCaller, serviceFor:
		org, account = "sourceorg", sh.sourceDim
	default:
		return
	}
	if sh.who.account == foreignAccount || sh.who.account == trustedAccount {
		sh.limits = append(sh.limits, account())
	}
	if sh.who.org == foreignOrg || sh.who.org == trustedOrg {
		sh.limits = append(sh.limits, sh.orgDim(org, sh.who.org))
	}
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

func (sh *shape) dim(name string, build func() domain) int {
	if i, ok := sh.names.find(name); ok {
		return i
	}
	d := build()
	if sh.dims == nil {
		sh.dims = make([]domain, 0, 2)
	}
	sh.dims = append(sh.dims, d)
	return sh.names.add(name)
}

// nameIndex numbers names in the order in which they are added. Few are looked through one by one.
type nameIndex struct {
	names []string
	index map[string]int
}

const fewNames = 12

func (x *nameIndex) find(name string) (int, bool) {
	if x.index != nil {
		i, ok := x.index[name]
		return i, ok
	}
	i := slices.Index(x.names, name)
	return i, i >= 0
}

func (x *nameIndex) add(name string) int {
	if x.names == nil {
		x.names = make([]string, 0, 4)
	}
	x.names = append(x.names, name)
	n := len(x.names)
	switch {
	case x.index != nil:
		x.index[name] = n - 1
	case n > fewNames:
		x.index = map[string]int{}
		for i, name := range x.names {
			x.index[name] = i
		}
	}
	return n - 1
}

// ref resolves a condition key, in lower case.
func (sh *shape) ref(key string) ref {
	if i, ok := sh.keys.find(key); ok {
		return sh.refs[i]
	}
	r := sh.resolve(key)
	sh.keys.add(key)
	sh.refs = append(sh.refs, r)
	if !r.never && !r.fixed {
		info, _ := aws.Describe(key)
		d := &sh.dims[r.dim]
		d.keys = append(d.keys, dimensionKey{info.Name, r.view.read})
		if info.Actions != nil && sh.q.kind != iam.Trust {
			d.actions = named(sh.q.table, info.Actions...)
		}
	}
	return r
}

func never() ref             { return ref{never: true} }
func fixed(value string) ref { return ref{fixed: true, value: value} }

func (sh *shape) resolve(key string) ref {
	if v, ok := sh.q.constant(key); ok {
		info, _ := aws.Describe(key)
		return ref{fixed: true, value: v, multi: info.Multi}
	}
	if sh.q.lacks(key) {
		return never()
	}
	info, exists := sh.q.describe(key)
	if !exists || sh.q.kind == iam.Trust && strings.HasPrefix(key, "kms:") {
		return never()
	}
	if aws.Has(key, sh.form()) == aws.Never {
		return never()
	}
	switch key {
	case "aws:securetransport":
		return fixed("true")
	case "aws:currenttime", "aws:epochtime":
		return ref{dim: sh.dim("clock", func() domain {
			return domain{kind: orderDim, present: true, from: float64(sh.q.now.UnixMilli())}
		}), view: &view{read: clockView(key)}}
	}
	switch sh.caller {
	case accountCaller:
		if r, ok := sh.accountKey(key); ok {
			return r
		}
	case serviceCaller, serviceFor:
		if r, ok := sh.serviceKey(key); ok {
			return r
		}
	case tokenCaller:
		if r, ok := sh.tokenKey(key); ok {
			return r
		}
	case holderCaller:
		if r, ok := sh.holderKey(key); ok {
			return r
		}
	}
	return sh.freeKey(key, info)
}

// form is the form of the shape's requests.
func (sh *shape) form() aws.Form {
	return aws.Form{Caller: sh.caller, Origin: sh.origin, Forwarded: sh.forwarded, Chained: sh.chained}
}

func clockView(key string) func(string) (string, bool) {
	return func(ms string) (string, bool) {
		f, err := strconv.ParseFloat(ms, 64)
		if err != nil {
			return "", false
		}
		if key == "aws:epochtime" {
			return strconv.FormatFloat(f/1000, 'f', -1, 64), true // with its fraction, so that it is still later than what it is compared with
		}
		t := time.UnixMilli(int64(f)).UTC()
		if t.Year() > 9999 {
			return strconv.FormatFloat(f/1000, 'f', -1, 64), true
		}
		return t.Format("2006-01-02T15:04:05.999Z"), true
	}
}

// accountKey resolves the keys that tell of a principal of an account, and of its way.
func (sh *shape) accountKey(key string) (ref, bool) {
	switch key {
	case "aws:principalarn":
		if sh.q.sessions {
			return ref{dim: sh.callerDim(), view: sessionView}, true
		}
		return ref{dim: sh.callerDim(), view: wholeView}, true
	case "aws:principalaccount", "kms:calleraccount":
		return ref{dim: sh.callerDim(), view: accountView}, true
	case "aws:principaltype":
		return ref{dim: sh.callerDim(), view: typeView}, true
	case "aws:username":
		return ref{dim: sh.callerDim(), view: usernameView}, true
	case "aws:userid":
		return ref{dim: sh.dim("userid", func() domain { return sh.q.userIDs(sh.who, sh.as) }), view: wholeView}, true
	case "aws:principalorgid":
		return ref{dim: sh.orgDim("org", sh.who.org), view: orgView}, true
	case "aws:principalorgpaths":
		return ref{dim: sh.orgDim("org", sh.who.org), view: wholeView, multi: true}, true
	case "aws:principalisawsservice":
		return fixed("false"), true
	case "aws:viaawsservice":
		return fixed(strconv.FormatBool(sh.forwarded)), true
	case "aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "kms:viaservice":
		return sh.forwardedKey(key), true
	}
	return sh.networkKey(key)
}

func (sh *shape) forwardedKey(key string) ref {
	lang, sample := serviceNames, "athena.amazonaws.com"
	if key == "kms:viaservice" {
		lang, sample = regionalServices, "s3.us-east-1.amazonaws.com"
	}
	d := domain{present: true, absent: aws.Has(key, sh.form()) == aws.Perhaps, members: []sets.Member{{In: lang}}, samples: []string{sample}}
	if key == "aws:calledvia" {
		d.kind = listDim
	}
	return ref{dim: sh.dim(key, func() domain { return d }), view: wholeView, multi: key == "aws:calledvia"}
}

// networkKey resolves the keys that tell where a request comes from.
func (sh *shape) networkKey(key string) (ref, bool) {
	d := domain{present: true}
	switch key {
	case "aws:sourceip":
		return ref{dim: sh.dim("sourceip", func() domain {
			return domain{kind: addressDim, present: true, addresses: internet()}
		}), view: wholeView}, true
	case "aws:vpcsourceip":
		d.kind, d.addresses = addressDim, everyAddress()
	case "aws:sourcevpc":
		d.members, d.samples = []sets.Member{{In: vpcIDs}}, []string{"vpc-0fffffffffffffff0"}
	case "aws:sourcevpce":
		d.members, d.samples = []sets.Member{{In: vpceIDs}}, []string{"vpce-0fffffffffffffff0"}
	case "aws:sourcevpcarn":
		d.members = []sets.Member{{In: vpcARNs}}
		d.samples = []string{"arn:" + sh.q.partitionName() + ":ec2:us-east-1:" + sh.q.stranger + ":vpc/vpc-0fffffffffffffff0"}
	case "aws:vpceaccount":
		d.members, d.samples = []sets.Member{{In: accountIDs}}, []string{sh.q.stranger}
	case "aws:vpceorgid", "aws:vpceorgpaths":
		org := anyOrg
		if sh.who.net == freshNetwork {
			org = freshOrg
		}
		v := orgView
		if key == "aws:vpceorgpaths" {
			v = wholeView
		}
		return ref{dim: sh.orgDim("vpceorg", org), view: v, multi: v == wholeView}, true
	default:
		return ref{}, false
	}
	if key != "aws:vpcsourceip" {
		d.members = append(d.members, sh.q.freshIDs(sh.who)...)
	}
	return ref{dim: sh.dim(key, func() domain { return d }), view: wholeView}, true
}

// serviceKey resolves the keys that tell of an AWS service. Its calls come from AWS's own network and accounts.
func (sh *shape) serviceKey(key string) (ref, bool) {
	switch key {
	case "aws:principalisawsservice":
		return fixed("true"), true
	case "aws:principalservicename":
		return ref{dim: sh.serviceDim(), view: wholeView}, true
	case "aws:principalservicenameslist":
		return ref{dim: sh.serviceDim(), view: wholeView, multi: true}, true
	case "aws:sourcearn":
		return ref{dim: sh.sourceDim(), view: sourceARNView}, true
	case "aws:sourceaccount":
		return ref{dim: sh.sourceDim(), view: sourceAccountView}, true
	case "aws:sourceorgid":
		return ref{dim: sh.orgDim("sourceorg", sh.who.sourceOrg()), view: orgView}, true
	case "aws:sourceorgpaths":
		return ref{dim: sh.orgDim("sourceorg", sh.who.sourceOrg()), view: wholeView, multi: true}, true
	case "kms:calleraccount":
		if sh.caller == serviceFor {
			return ref{dim: sh.sourceDim(), view: sourceAccountView}, true
		}
		return fixed(awsOwned), true
	case "aws:principalaccount":
		return fixed(awsOwned), true
	case "kms:viaservice":
		return ref{dim: sh.dim(key, func() domain {
			return domain{present: true, absent: true, members: append(sh.notStrangers(key), sets.Member{In: regionalServices}), samples: []string{"s3.us-east-1.amazonaws.com"}}
		}), view: wholeView}, true
	case "aws:viaawsservice":
		return fixed("false"), true
	}
	if rest, ok := strings.CutPrefix(key, "kms:encryptioncontext:"); ok && rest != "" {
		// A service names the resource that it works for in the encryption context.
		return ref{dim: sh.dim(key, func() domain {
			return domain{absent: true, present: true, members: sh.notStrangers(key), samples: []string{"stranger"}}
		}), view: wholeView}, true
	}
	return ref{}, false
}

// awsOwned stands for the accounts of AWS itself, which no policy names.
const awsOwned = "000000000000"
