package access

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// freeKey is a key whose value, or absence, the caller chooses.
func (sh *shape) freeKey(key string, info aws.Key) ref {
	d := domain{absent: aws.Has(key, sh.form()) != aws.Always, present: true, samples: slices.Concat(info.Samples, []string{"stranger"})}
	if key == aws.KeyTokenIssueTime && sh.as != nil && (sh.as.name == "AssumedRole" || sh.as.name == "FederatedUser") {
		d.absent = false // there are no other credentials of sessions
	}
	r := ref{view: wholeView, multi: info.Multi}
	family := sh.q.families[key]
	if info.Multi {
		d.kind = listDim
	}
	switch {
	case aws.OfAliases(key) && sh.q.Kind != iam.Identity: // whoever holds an identity policy asks for any key
		d.members = append(d.members, sh.q.aliasesElsewhere(key)...)
		d.absent = !(info.Multi && sh.q.hasAlias())
	case info.Multi:
	case family == numericFamily:
		d.kind, d.from, d.to, r.number = orderDim, info.From, info.To, true
		d.whole = info.Whole
		if info.Type != aws.Number {
			d.from = -1e15
		}
	case family == dateFamily:
		d.kind = orderDim
		r.view = &view{read: clockView("")}
		if key == aws.KeyTokenIssueTime && !sh.q.Now.IsZero() {
			d.from = float64(sh.q.Now.Add(-aws.LongestSession).UnixMilli())
		}
	case family == addressFamily:
		d.kind, d.addresses = addressDim, everyAddress()
	case key == aws.KeyEc2InstanceSourceVpc:
		d.members = []sets.Member{{In: sh.q.networkIDs("vpc-")}}
		d.samples = info.Samples
	case key == aws.KeyRequestedRegion:
		d.absent, d.members, d.samples = false, []sets.Member{{In: regionNames}}, []string{"us-east-1"}
		if sh.q.Kind == iam.Key { // its own, which is not known
			d.samples = []string{ownRegionStandIn, "us-east-1"}
		}
	default:
		d.written(info)
	}
	switch {
	case info.Enumerated:
		d.members = []sets.Member{{In: sh.q.lang("values:"+key, func() *sets.Language { return sh.q.values(key, info) })}}
	case measures(key):
		d.members, d.samples = []sets.Member{{In: hashes}}, []string{strings.Repeat("5", 96)}
		if sh.who.account == freshAccount && !sh.who.named {
			d.members = append(d.members, sets.Member{Not: true, In: sh.q.lang("measured", func() *sets.Language { return sets.Texts(sh.q.measured...) })})
		}
	case info.Type == aws.Principals:
		d.members = []sets.Member{{In: sh.q.lang("principals", func() *sets.Language { return principals(sh.q.Partition) })}}
	case info.Assigned:
		if sh.who.account == freshAccount {
			d.members = append(d.members, sets.Member{Not: true, In: sh.q.lang("written:"+key, func() *sets.Language { return sh.q.writtenOut(key) })})
		}
	case info.Tells == aws.Identity:
		// Keys of compute services and identity providers name the caller's account inside of an ARN.
		d.members = append(d.members, sh.q.foreignARNs(sh.who)...)
		d.samples = nil
		for _, v := range info.Samples {
			d.samples = append(d.samples, strings.Replace(strings.ReplaceAll(v, aws.Stranger, sh.q.stranger), "arn:aws:", "arn:"+sh.q.partition()+":", 1))
		}
		if len(d.samples) > 0 {
			d.samples = append(d.samples, sh.q.likely(key, d.samples[0])...)
		}
	}
	if info.Tells == aws.Network {
		d.members = append(d.members, sh.q.freshIDs(sh.who)...)
	}
	r.dim = sh.dim(key, func() domain { return d })
	return r
}

// values are those that AWS documents for a key, and what the document compares it with besides.
func (q *question) values(key string, info aws.Key) *sets.Language {
	l := sets.Texts(info.Samples...)
	for c, v := range compared(slices.Concat(q.statements, q.also), key) {
		if q.strangeValue(c.Condition, v) != "" {
			l.Alternatives = append(l.Alternatives, language(wholeView, func(b *sets.Builder) { writeValue(b, c.op.Name, v.S, wholeView) }).Alternatives...)
		}
	}
	return l
}

// hasAlias says whether an alias of the key is known.
func (q *question) hasAlias() bool {
	return slices.Contains(slices.Collect(maps.Values(q.Aliases)), q.Address)
}

// aliasesElsewhere keeps the aliases of other keys out of what conditions on a key write out.
func (q *question) aliasesElsewhere(key string) []sets.Member {
	var of []string
	for _, v := range compared(slices.Concat(q.statements, q.also), key) {
		if to, known := q.Aliases[v.S]; known && to != q.Address {
			of = append(of, v.S)
		}
	}
	if len(of) == 0 {
		return nil
	}
	return []sets.Member{{Not: true, In: q.lang("elsewhere:"+key, func() *sets.Language { return sets.Texts(of...) })}}
}

// written limits the texts of a key to what its type allows.
func (d *domain) written(info aws.Key) {
	switch info.Type {
	case aws.Boolean:
		d.members, d.samples = []sets.Member{{In: booleans}}, nil
	case aws.Number:
		d.members = []sets.Member{{In: numbers}}
		d.samples = slices.Concat(info.Samples, []string{strconv.FormatFloat(info.From+1, 'f', -1, 64)})
	case aws.Date:
		d.samples = append(slices.Clone(info.Samples), "2030-01-31T12:00:00Z")
	case aws.ARNs:
		d.members = []sets.Member{{In: anyARN}}
	}
}

var (
	numbers = sets.Of(
		func(b *sets.Builder) { b.Plus(sets.Digit) },
		func(b *sets.Builder) { b.Plus(sets.Digit).Text(".").Plus(sets.Digit) })
	anyARN = sets.Of(func(b *sets.Builder) {
		b.Text("arn:").Plus(sets.NotColon).Text(":").Plus(sets.NotColon).Text(":").Run(sets.NotColon).Text(":").Run(sets.NotColon).Text(":").Plus(sets.AnyChar)
	})
)

// notStrangers keeps out of a key of a service's request what is not a stranger's: ARNs of accounts that the document
// names, and where the question is who owns what a service works for, whatever the document writes out.
func (sh *shape) notStrangers(key string) []sets.Member {
	q := sh.q
	out := q.foreignARNs(sh.who)
	if !q.owned || sh.who.account != freshAccount {
		return out
	}
	return append(out, sets.Member{Not: true, In: q.lang("written:"+key, func() *sets.Language { return q.writtenOut(key) })})
}

// writtenOut are the values of a key that conditions write out: texts without wildcards, and what belongs to one
// resource whose ARN holds no account, such as the objects of one bucket.
func (q *question) writtenOut(key string) *sets.Language {
	l := &sets.Language{}
	for _, v := range compared(q.statements, key) {
		arn, ok := aws.ParseARN(v.S)
		name, _, within := strings.Cut(arn.Resource, "/")
		owner := ok && arn.Account == "" && within && name != "" && !strings.ContainsAny(name, "*?$")
		if owner || !strings.ContainsAny(v.S, "*?") {
			l.Add((&sets.Builder{IgnoreCase: true}).Glob(v.S, sets.AnyChar))
		}
	}
	return l
}

// foreignARNs keeps the ARNs of accounts that are not the caller's out of keys that hold an ARN of the caller. Names of
// resources that AWS asserts have no account id between colons, so that "arn:aws:cloudtrail:*:111122223333:trail/*" is
// not matched by a name with the id in it, whatever the operator. Paths of roles do, but they are not such names.
func (q *question) foreignARNs(who audience) []sets.Member {
	if who.account != freshAccount {
		return nil
	}
	return []sets.Member{{In: q.withinARN("named", q.accounts), Not: true}}
}
