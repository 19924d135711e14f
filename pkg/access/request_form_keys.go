package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// ref resolves a condition key, in lower case.
func (sh *shape) ref(key string) ref {
	if i, ok := sh.keys.find(key); ok {
		return sh.refs[i]
	}
	r := sh.resolve(key)
	sh.keys = append(sh.keys, key)
	sh.refs = append(sh.refs, r)
	if r.never {
		return r
	}
	info, _ := aws.Describe(key)
	if info.In != "" {
		sh.tie(key, r, info)
	}
	if !r.fixed {
		d := &sh.dims[r.dim]
		d.keys = append(d.keys, dimensionKey{info.Name, r.view.read})
		if info.Actions != nil && sh.q.Kind != iam.Trust {
			d.actions, d.required = named(sh.q.table, info.Actions...), info.Required
		}
	}
	return r
}

// tie notes that a key is in the list of another one, where the document speaks of that.
func (sh *shape) tie(key string, r ref, info aws.Key) {
	name := ""
	if i := strings.IndexAny(key[len("aws:"):], ":/"); i >= 0 {
		if name = key[len("aws:")+i+1:]; !sh.q.mentioned(info.In) || sh.q.untags(info.In) {
			return
		}
	}
	list := sh.ref(info.In)
	i := slices.IndexFunc(sh.ties, func(t tie) bool { return t.key == info.In })
	if i < 0 {
		i = len(sh.ties)
		sh.ties = append(sh.ties, tie{list: list, key: info.In})
	}
	sh.ties[i].members = append(sh.ties[i].members, tied{r, key, name})
}

// untags says whether the key is that of the names of tags and a statement about it is about taking tags away, too: those requests
// have the names, and no tags.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
func (q *question) untags(key string) bool {
	untag := named(q.table, "kms:UntagResource")
	return key == aws.KeyTagKeys && slices.ContainsFunc(q.statements, func(s *statement) bool {
		return s.actions&untag != 0 && slices.ContainsFunc(s.conditions, func(c condition) bool { return c.key == key || strings.HasPrefix(c.key, aws.KeyRequestTag) })
	})
}

func (sh *shape) resolve(key string) ref {
	if v, ok := sh.q.constant(key); ok {
		info, _ := aws.Describe(key)
		return ref{fixed: true, value: v, multi: info.Multi}
	}
	if sh.q.lacks(key) {
		return never()
	}
	info, exists := sh.q.describe(key)
	if !exists || sh.q.ofOthers(key) {
		return never()
	}
	if aws.Has(key, sh.form()) == aws.Never {
		return never()
	}
	switch key {
	case aws.KeySecureTransport:
		return fixed("true")
	case aws.KeyCurrentTime, aws.KeyEpochTime:
		return ref{dim: sh.dim("clock", func() domain {
			return domain{kind: orderDim, present: true, from: float64(sh.q.Now.UnixMilli())}
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

// serviceKey resolves the keys that tell of an AWS service. Its calls come from AWS's own network and accounts.
func (sh *shape) serviceKey(key string) (ref, bool) {
	switch key {
	case aws.KeyPrincipalIsAWSService:
		return fixed("true"), true
	case aws.KeyPrincipalServiceName:
		return ref{dim: sh.serviceDim(), view: wholeView}, true
	case aws.KeyPrincipalServiceNamesList:
		return ref{dim: sh.serviceDim(), view: servicesView, multi: true}, true
	case aws.KeySourceArn:
		return ref{dim: sh.sourceDim(), view: sourceARNView}, true
	case aws.KeySourceAccount:
		return ref{dim: sh.sourceDim(), view: sourceAccountView}, true
	case aws.KeySourceOrgID:
		return ref{dim: sh.orgDim("sourceorg", sh.who.org), view: orgView}, true
	case aws.KeySourceOrgPaths:
		return ref{dim: sh.orgDim("sourceorg", sh.who.org), view: wholeView, multi: true}, true
	case aws.KeyCallerAccount:
		if sh.caller == serviceFor {
			return ref{dim: sh.sourceDim(), view: sourceAccountView}, true
		}
		return fixed(awsOwned), true
	case aws.KeyPrincipalAccount:
		return fixed(awsOwned), true
	case aws.KeyViaService:
		return ref{dim: sh.dim(key, func() domain {
			return domain{present: true, absent: true, members: append(sh.notStrangers(key), sets.Member{In: sh.q.viaServices()}), samples: viaSamples}
		}), view: wholeView}, true
	case aws.KeyViaAWSService:
		return fixed("false"), true
	}
	if rest, ok := strings.CutPrefix(key, aws.KeyEncryptionContext); ok && rest != "" {
		// A service names the resource that it works for in the encryption context.
		return ref{dim: sh.dim(key, func() domain {
			return domain{absent: true, present: true, members: sh.notStrangers(key), samples: []string{"stranger"}}
		}), view: wholeView}, true
	}
	return ref{}, false
}

// awsOwned stands for the accounts of AWS itself, which no policy names.
const awsOwned = "000000000000"
