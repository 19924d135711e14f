package access

import (
	"slices"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// ofAccounts are the ARNs of the accounts.
func (q *question) ofAccounts(name string, ids []string) *sets.Language {
	return q.lang("accounts:"+name, func() *sets.Language {
		l := &sets.Language{Tags: map[string]bool{}}
		for _, id := range ids {
			l.Tags[id] = true
			l.Alternatives = append(l.Alternatives, accountPatterns(accountView, id)...)
		}
		return l
	})
}

// accountPatterns are the values whose view is the account.
func accountPatterns(v *view, id string) []sets.Pattern {
	var out []sets.Pattern
	for _, w := range v.wrap {
		b := &sets.Builder{}
		w(b, func(b *sets.Builder) { b.Text(id) })
		p := b.Pattern()
		p.Tag = id
		out = append(out, p)
	}
	return out
}

// idsOf are the accounts of a class by their ids, and what they are called; for strangers, and for anyone, those that are named.
func (q *question) idsOf(class accountClass) (name string, ids []string) {
	switch class {
	case foreignAccount:
		return "foreign", q.foreign
	case trustedAccount:
		return "trusted", q.trusted
	}
	return "named", q.accounts
}

// callers are all that may call. Most questions are about the partition aws, and share what is built for it.
func (q *question) callers() *sets.Language {
	if q.Partition == "aws" && !q.sessions {
		return commonCallers()
	}
	return q.lang("callers", func() *sets.Language { return callers(q.Partition, q.sessions) })
}

var commonCallers = sync.OnceValue(func() *sets.Language { return callers("aws", false) })

// callerDim is who calls: the ARN that aws:PrincipalArn tells, with the account in it.
func (sh *shape) callerDim() int {
	return sh.dim("caller", func() domain {
		q := sh.q
		d := domain{present: true, members: []sets.Member{{In: q.callers()}}}
		if sh.as != nil {
			d.members = append(d.members, sets.Member{In: sh.as.lang})
		}
		if sh.caller == holderCaller { // a root user holds no policy
			d.members = append(d.members, sets.Member{In: rootUsers, Not: true})
			if q.Account != "" && !StandsIn(q.Account) {
				d.members = append(d.members, sets.Member{In: q.ofAccounts("holder", []string{q.Account})})
			}
		}
		partition := q.partition()
		role := func(account string) string { return "arn:" + partition + ":iam::" + account + ":role/stranger" }
		name, ids := q.idsOf(sh.who.account)
		switch sh.who.account {
		case freshAccount:
			d.samples = append([]string{role(q.stranger), "arn:" + partition + ":iam::" + q.stranger + ":user/stranger"}, q.likely(aws.KeyPrincipalArn, role(q.stranger))...)
			d.members = append(d.members, sets.Member{In: q.ofAccounts(name, ids), Not: true})
			return d
		case anyAccount:
			d.samples = []string{role(q.stranger)}
			ids = ids[:min(len(ids), 8)]
		default:
			d.members = append(d.members, sets.Member{In: q.ofAccounts(name, ids)})
		}
		for _, id := range ids {
			d.samples = append(d.samples, role(id))
		}
		return d
	})
}

// sourceDim is the resource that a service works for.
func (sh *shape) sourceDim() int {
	return sh.dim("source", func() domain {
		q := sh.q
		d := domain{present: true, members: []sets.Member{{In: sources}}}
		owned := func(id string) string { return "aarn:" + q.partition() + ":sns:us-east-1:" + id + ":stranger" }
		in := func() *sets.Language {
			name, ids := q.idsOf(sh.who.account)
			return q.lang("sources:"+name, func() *sets.Language {
				l := &sets.Language{Tags: map[string]bool{}}
				for _, id := range ids {
					l.Tags[id] = true
					l.Alternatives = append(l.Alternatives, accountPatterns(sourceAccountView, id)...)
					without := (&sets.Builder{}).Text("b")
					accountView.wrap[0](without, func(b *sets.Builder) { b.Text(id) })
					l.Add(without)
				}
				return l
			})
		}
		bare := q.lang("sources:bare", func() *sets.Language {
			l := &sets.Language{}
			for _, arn := range q.bareARNs {
				l.Add((&sets.Builder{}).Text("c").Run(sets.Digit).Text("|").Text(arn), (&sets.Builder{}).Text("e").Text(arn))
			}
			return l
		})
		switch sh.who.account {
		case freshAccount:
			d.members = append(d.members, sets.Member{In: in(), Not: true}, sets.Member{In: bare, Not: true},
				sets.Member{In: q.withinARN("named", q.accounts), Not: true})
			d.samples = []string{"f", owned(q.stranger), "d" + q.stranger, "earn:" + q.partition() + ":s3:::stranger"}
			for _, arn := range q.likely(aws.KeySourceArn, owned(q.stranger)[1:]) {
				d.samples = append(d.samples, "a"+arn)
			}
		case foreignAccount:
			d.members = append(d.members, sets.Member{In: in()})
			if !q.mentioned(aws.KeySourceAccount) && !q.mentioned(aws.KeyCallerAccount) {
				// One named bucket belongs to whom it belongs, whichever accounts are named elsewhere.
				d.members = append(d.members, sets.Member{In: bare, Not: true})
			}
			for _, a := range q.foreign {
				d.samples = append(d.samples, owned(a), "d"+a)
			}
		case trustedAccount:
			d.members = append(d.members, sets.Member{In: &sets.Language{Alternatives: slices.Concat(in().Alternatives, bare.Alternatives)}})
			for _, a := range q.trusted {
				d.samples = append(d.samples, owned(a), "d"+a)
			}
		case anyAccount:
			d.samples = []string{"f", owned(q.stranger)}
		}
		return d
	})
}

// orgDim is an organization with the path of the account in it, or no organization.
func (sh *shape) orgDim(name string, class orgClass) int {
	return sh.dim(name, func() domain {
		q := sh.q
		d := domain{kind: listDim, single: true, present: true, absent: true, members: []sets.Member{{In: orgPaths}}}
		in := func(name string, ids []string) *sets.Language {
			return q.each("orgs:"+name, ids, func(b *sets.Builder, id string) { b.Text(id).Text("/").Run(sets.AnyChar) })
		}
		sample := func(id string) string { return id + "/r-ab12/" }
		switch class {
		case freshOrg:
			named := append(slices.Clone(q.orgs), q.trustedOrgs...)
			if o := q.constants[aws.KeyResourceOrgID]; o != "" {
				named = append(named, o)
			}
			d.members = append(d.members, sets.Member{In: in("named", named), Not: true})
			d.samples = []string{sample("o-stranger00")}
		case foreignOrg:
			d.absent = false
			d.members = append(d.members, sets.Member{In: in("foreign of "+name, q.strangeOrgs(name))})
		case trustedOrg:
			d.absent = false
			d.members = append(d.members, sets.Member{In: in("trusted of "+name, q.ownOrgs(name))})
		case outsideOrg:
			d.members = append(d.members, sets.Member{In: in("trusted of "+name, q.ownOrgs(name)), Not: true})
			d.samples = []string{sample("o-stranger00")}
		case anyOrg:
			d.samples = []string{sample("o-stranger00")}
		}
		return d
	})
}

// ownOrgs are the trusted organizations, and for services the own one.
func (q *question) ownOrgs(name string) []string {
	if name == "sourceorg" && q.Organization != "" {
		return append(slices.Clone(q.trustedOrgs), q.Organization)
	}
	return q.trustedOrgs
}

// strangeOrgs are the organizations that the document names and nobody said to trust. Services that work for the own
// organization are its own; its principals are not, unless it is trusted.
func (q *question) strangeOrgs(name string) []string {
	out := slices.Clone(q.foreignOrgs)
	own := q.constants[aws.KeyResourceOrgID]
	if q.mentioned(aws.KeyResourceOrgID) && !slices.Contains(q.trustedOrgs, own) {
		out = append(out, own)
	}
	if name == "sourceorg" {
		out = slices.DeleteFunc(out, func(o string) bool { return o == own })
	}
	return out
}

// serviceDim is the name of the calling service.
func (sh *shape) serviceDim() int {
	return sh.dim("service", func() domain {
		return domain{kind: listDim, single: true, present: true, members: []sets.Member{{In: hostNames}}, samples: []string{"sns.amazonaws.com"}}
	})
}

// userIDs are the ids of callers of a type: those of users and sessions are unique, and the names in them freely chosen.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
func (q *question) userIDs(who audience, as *principalType) domain {
	id := sets.CharsOf(sets.Upper + sets.Digits + unknown.FixedChars)
	kind := ""
	if as != nil {
		kind = as.name
	}
	name := func(b *sets.Builder) { b.Text(":").Times(nameChars, 2).Run(nameChars) }
	forms := map[string]func(*sets.Builder){
		"AssumedRole":   func(b *sets.Builder) { b.Text("AROA").Times(id, 12).Run(id); name(b) },
		"User":          func(b *sets.Builder) { b.Text("AIDA").Times(id, 12).Run(id) },
		"Account":       func(b *sets.Builder) { b.Times(sets.Digit, 12) },
		"FederatedUser": func(b *sets.Builder) { b.Times(sets.Digit, 12); name(b) },
	}
	d := domain{present: true, samples: []string{"AROASTRANGER00000:stranger", q.stranger + ":stranger"}}
	d.members = []sets.Member{{In: q.lang("userids:"+kind, func() *sets.Language {
		if form, ok := forms[kind]; ok {
			return sets.Of(form)
		}
		return sets.Of(forms["AssumedRole"], forms["User"], forms["Account"], forms["FederatedUser"])
	})}}
	// The id of a root user and of a federated user begins with the account.
	ofAccounts := func(name string, ids []string) *sets.Language {
		return q.lang("ids:"+name, func() *sets.Language {
			l := &sets.Language{}
			for _, a := range ids {
				if isUnique(a) {
					l.Add((&sets.Builder{}).Text(a).Run(sets.AnyChar))
					continue
				}
				l.Add((&sets.Builder{}).Text(a), (&sets.Builder{}).Text(a).Text(":").Run(sets.AnyChar))
			}
			return l
		})
	}
	if q.roleID != "" {
		d.members = append(d.members, sets.Member{In: q.lang("userids of the role", func() *sets.Language {
			return sets.Of(func(b *sets.Builder) { b.Text(q.roleID); name(b) })
		})})
	}
	owned := kind == "Account" || kind == "FederatedUser"
	if fresh := who.account == freshAccount; fresh || owned && who.account != anyAccount {
		d.members = append(d.members, sets.Member{Not: fresh, In: ofAccounts(q.idsOf(who.account))})
	}
	if who.account == freshAccount && !who.named {
		d.members = append(d.members, sets.Member{Not: true, In: ofAccounts("unique", q.uniqueIDs)})
	}
	return d
}

// withinARN are the texts with one of the ids between two colons.
func (q *question) withinARN(name string, ids []string) *sets.Language {
	return q.lang("within:"+name, func() *sets.Language {
		l := sets.Each(ids, func(b *sets.Builder, id string) { b.Run(sets.AnyChar).Text(":" + id + ":").Run(sets.AnyChar) })
		l.Tags = make(map[string]bool, len(ids))
		for _, id := range ids {
			l.Tags[id] = true
		}
		return l
	})
}

// networkIDs are the ids of networks or endpoints, of hexadecimal digits, and those that the document writes out.
func (q *question) networkIDs(prefix string) *sets.Language {
	return q.lang("networks:"+prefix, func() *sets.Language {
		l := sets.Of(func(b *sets.Builder) { b.Text(prefix).Times(hexChars, 8).Run(hexChars) })
		for _, id := range q.ids {
			if strings.HasPrefix(id, prefix) {
				l.Add((&sets.Builder{}).Text(id))
			}
		}
		return l
	})
}

// freshIDs keeps named VPCs, endpoints, accounts and organizations out of a network that is not named.
func (q *question) freshIDs(who audience) []sets.Member {
	if who.net != freshNetwork {
		return nil
	}
	return []sets.Member{{Not: true, In: q.lang("networks:named", func() *sets.Language {
		l := sets.Texts(append(slices.Clone(q.ids), q.accounts...)...)
		l.Alternatives = append(l.Alternatives, q.ofAccounts("named", q.accounts).Alternatives...)
		for _, id := range q.ids {
			l.Add((&sets.Builder{}).Run(sets.AnyChar).Text("/").Text(id))
		}
		return l
	})}}
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

// networkKey resolves the keys that tell where a request comes from.
func (sh *shape) networkKey(key string) (ref, bool) {
	d := domain{present: true, absent: aws.Has(key, sh.form()) != aws.Always}
	switch key {
	case aws.KeySourceIp:
		d.kind, d.addresses = addressDim, internet()
		return ref{dim: sh.dim("sourceip", func() domain { return d }), view: wholeView}, true
	case aws.KeyVpcSourceIp:
		d.kind, d.addresses = addressDim, everyAddress()
	case aws.KeySourceVpc:
		d.members, d.samples = []sets.Member{{In: sh.q.networkIDs("vpc-")}}, []string{"vpc-0fffffffffffffff0"}
	case aws.KeySourceVpce:
		d.members, d.samples = []sets.Member{{In: sh.q.networkIDs("vpce-")}}, []string{"vpce-0fffffffffffffff0"}
	case aws.KeySourceVpcArn:
		d.members = []sets.Member{{In: vpcARNs}}
		d.samples = []string{"arn:" + sh.q.partition() + ":ec2:us-east-1:" + sh.q.stranger + ":vpc/vpc-0fffffffffffffff0"}
	case aws.KeyVpceAccount:
		d.members, d.samples = []sets.Member{{In: accountIDs}}, []string{sh.q.stranger}
	case aws.KeyVpceOrgID, aws.KeyVpceOrgPaths:
		org := anyOrg
		if sh.who.net == freshNetwork {
			org = freshOrg
		}
		v := orgView
		if key == aws.KeyVpceOrgPaths {
			v = wholeView
		}
		return ref{dim: sh.orgDim("vpceorg", org), view: v, multi: v == wholeView}, true
	default:
		return ref{}, false
	}
	if key != aws.KeyVpcSourceIp {
		d.members = append(d.members, sh.q.freshIDs(sh.who)...)
	}
	return ref{dim: sh.dim(key, func() domain { return d }), view: wholeView}, true
}
