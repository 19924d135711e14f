package access

import (
	"slices"
	"sync"
)

// ofAccounts are the ARNs of the accounts.
func (q *question) ofAccounts(name string, ids []string) *language {
	return q.lang("accounts:"+name, func() *language {
		l := &language{tags: map[string]bool{}}
		for _, id := range ids {
			l.tags[id] = true
			l.alts = append(l.alts, accountPatterns(accountView, id)...)
		}
		return l
	})
}

// accountPatterns are the values whose view is the account.
func accountPatterns(v *view, id string) []pattern {
	var out []pattern
	for _, w := range v.wrap {
		b := &builder{}
		w(b, func(b *builder) { b.text(id) })
		p := b.pattern()
		p.tag = id
		out = append(out, p)
	}
	return out
}

// callers are all that may call. Most questions are about the partition aws, and share what is built for it.
func (q *question) callers() *language {
	if q.partition == "aws" && !q.sessions {
		return commonCallers()
	}
	return q.lang("callers", func() *language { return callers(q.partition, q.sessions) })
}

var commonCallers = sync.OnceValue(func() *language { return callers("aws", false) })

// callerDim is who calls: the ARN that aws:PrincipalArn tells, with the account in it.
func (sh *shape) callerDim() int {
	return sh.dim("caller", func() domain {
		q := sh.q
		d := domain{present: true, members: []member{{lang: q.callers()}}}
		partition := q.partitionName()
		role := func(account string) string { return "arn:" + partition + ":iam::" + account + ":role/stranger" }
		switch sh.who.account {
		case freshAccount:
			d.members = append(d.members, member{lang: q.ofAccounts("named", q.accounts), not: true})
			d.samples = []string{role(q.stranger), "arn:" + partition + ":iam::" + q.stranger + ":user/stranger"}
		case foreignAccount:
			d.members = append(d.members, member{lang: q.ofAccounts("foreign", q.foreign)})
			for _, a := range q.foreign {
				d.samples = append(d.samples, role(a))
			}
		case trustedAccount:
			d.members = append(d.members, member{lang: q.ofAccounts("trusted", q.trusted)})
			for _, a := range q.trusted {
				d.samples = append(d.samples, role(a))
			}
		case anyAccount:
			d.samples = []string{role(q.stranger)}
		}
		return d
	})
}

// sourceDim is the resource that a service works for.
func (sh *shape) sourceDim() int {
	return sh.dim("source", func() domain {
		q := sh.q
		d := domain{present: true, members: []member{{lang: sources}}}
		owned := func(id string) string { return "aarn:" + q.partitionName() + ":sns:us-east-1:" + id + ":stranger" }
		in := func(name string, ids []string) *language {
			return q.lang("sources:"+name, func() *language {
				l := &language{tags: map[string]bool{}}
				for _, id := range ids {
					l.tags[id] = true
					l.alts = append(l.alts, accountPatterns(sourceAccountView, id)...)
					without := (&builder{}).text("b")
					accountView.wrap[0](without, func(b *builder) { b.text(id) })
					l.alts = append(l.alts, without.pattern())
				}
				return l
			})
		}
		bare := q.lang("sources:bare", func() *language {
			l := &language{}
			for _, arn := range q.bareARNs {
				l.alts = append(l.alts, (&builder{}).text("c").run(digits).text("|").text(arn).pattern(), (&builder{}).text("e").text(arn).pattern())
			}
			return l
		})
		switch sh.who.account {
		case freshAccount:
			d.members = append(d.members, member{lang: in("named", q.accounts), not: true}, member{lang: bare, not: true},
				member{lang: q.withinARN("named", q.accounts), not: true})
			d.samples = []string{"f", owned(q.stranger), "d" + q.stranger, "earn:" + q.partitionName() + ":s3:::stranger"}
		case foreignAccount:
			d.members = append(d.members, member{lang: in("foreign", q.foreign)})
			if !q.mentioned("aws:sourceaccount") && !q.mentioned("kms:calleraccount") {
				// One named bucket belongs to whom it belongs, whichever accounts are named elsewhere.
				d.members = append(d.members, member{lang: bare, not: true})
			}
			for _, a := range q.foreign {
				d.samples = append(d.samples, owned(a), "d"+a)
			}
		case trustedAccount:
			l := in("trusted", q.trusted)
			d.members = append(d.members, member{lang: &language{alts: append(slices.Clone(l.alts), bare.alts...)}})
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
		d := domain{kind: listDim, single: true, present: true, absent: true, members: []member{{lang: orgPaths}}}
		in := func(name string, ids []string) *language {
			return q.lang("orgs:"+name, func() *language {
				l := &language{}
				for _, id := range ids {
					l.alts = append(l.alts, (&builder{}).text(id).text("/").run(anyChar).pattern())
				}
				return l
			})
		}
		sample := func(id string) string { return id + "/r-ab12/" }
		switch class {
		case freshOrg:
			named := append(slices.Clone(q.orgs), q.trustedOrgs...)
			if o := q.constants["aws:resourceorgid"]; o != "" {
				named = append(named, o)
			}
			d.members = append(d.members, member{lang: in("named", named), not: true})
			d.samples = []string{sample("o-stranger00")}
		case foreignOrg:
			d.absent = false
			d.members = append(d.members, member{lang: in("foreign of "+name, q.strangeOrgs(name))})
		case trustedOrg:
			d.absent = false
			d.members = append(d.members, member{lang: in("trusted of "+name, q.ownOrgs(name))})
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
	own := q.constants["aws:resourceorgid"]
	if q.mentioned("aws:resourceorgid") && !slices.Contains(q.trustedOrgs, own) {
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
		return domain{kind: listDim, single: true, present: true, members: []member{{lang: lang(func(b *builder) { b.plus(hostChars) })}}, samples: []string{"sns.amazonaws.com"}}
	})
}

// userIDs are the unique ids of callers with their session names, the latter freely chosen.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
func (q *question) userIDs(who audience) domain {
	id := chars(upper + digit)
	d := domain{present: true, members: []member{{lang: q.lang("userids", func() *language {
		return lang(
			func(b *builder) { b.text("AROA").times(id, 12).run(id).text(":").times(nameChars, 2).run(nameChars) },
			func(b *builder) { b.text("AIDA").times(id, 12).run(id) },
			func(b *builder) { b.times(digits, 12) })
	})}}, samples: []string{"AROASTRANGER00000:stranger"}}
	// The user id of a root user is its account.
	switch {
	case who.named:
		d.members = append(d.members, member{not: true, lang: q.lang("ids:named", func() *language { return texts(q.accounts...) })})
	case who.account == foreignAccount && len(q.trusted) > 0:
		d.members = append(d.members, member{not: true, lang: q.lang("ids:trusted", func() *language { return texts(q.trusted...) })})
	case who.account == trustedAccount && len(q.foreign) > 0:
		d.members = append(d.members, member{not: true, lang: q.lang("ids:foreign", func() *language { return texts(q.foreign...) })})
	}
	if who.account == freshAccount && !who.named {
		d.members = append(d.members, member{not: true, lang: q.lang("userids:named", func() *language {
			l := &language{}
			for _, u := range q.uniqueIDs {
				l.alts = append(l.alts, (&builder{}).text(u).pattern(), (&builder{}).text(u).text(":").run(anyChar).pattern())
			}
			for _, a := range q.accounts {
				l.alts = append(l.alts, (&builder{}).text(a).pattern())
			}
			return l
		})})
	}
	return d
}

// foreignARNs keeps the ARNs of accounts that are not the caller's out of keys that hold an ARN of the caller. Names of
// resources that AWS asserts have no account id between colons, so that "arn:aws:cloudtrail:*:111122223333:trail/*" is
// not matched by a name with the id in it, whatever the operator. Paths of roles do, but they are not such names.
func (q *question) foreignARNs(who audience) []member {
	if who.account != freshAccount {
		return nil
	}
	return []member{{lang: q.withinARN("named", q.accounts), not: true}}
}

// withinARN are the texts with one of the ids between two colons.
func (q *question) withinARN(name string, ids []string) *language {
	return q.lang("within:"+name, func() *language {
		l := &language{tags: map[string]bool{}}
		for _, id := range ids {
			l.tags[id] = true
			l.alts = append(l.alts, (&builder{}).run(anyChar).text(":").text(id).text(":").run(anyChar).pattern())
		}
		return l
	})
}

// freshIDs keeps named VPCs, endpoints, accounts and organizations out of a network that is not named.
func (q *question) freshIDs(who audience) []member {
	if who.net != freshNetwork {
		return nil
	}
	return []member{{not: true, lang: q.lang("networks:named", func() *language {
		l := texts(append(slices.Clone(q.ids), q.accounts...)...)
		l.alts = append(l.alts, q.ofAccounts("named", q.accounts).alts...)
		for _, id := range q.ids {
			l.alts = append(l.alts, (&builder{}).run(anyChar).text("/").text(id).pattern())
		}
		return l
	})}}
}
