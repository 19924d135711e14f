package access

import (
	"slices"
	"strconv"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/sets"
)

// freeKey is a key whose value, or absence, the caller chooses.
func (sh *shape) freeKey(key string, info aws.Key) ref {
	d := domain{absent: true, present: true, samples: slices.Concat(info.Samples, []string{"stranger"})}
	r := ref{view: wholeView, multi: info.Multi}
	family := sh.q.families[key]
	switch {
	case info.Multi:
		d.kind = listDim
	case family == numericFamily:
		d.kind, d.from, d.to, r.number = orderDim, info.From, info.To, true
		if info.Type != aws.Number {
			d.from = -1e15
		}
	case family == dateFamily:
		d.kind = orderDim
		r.view = &view{read: clockView("")}
	case family == addressFamily:
		d.kind, d.addresses = addressDim, everyAddress()
	case key == "aws:requestedregion":
		d.absent, d.members, d.samples = false, []sets.Member{{In: regionNames}}, []string{"us-east-1"}
	default:
		d.written(info)
	}
	switch {
	case measures(key):
		d.members, d.samples = []sets.Member{{In: hashes}}, []string{strings.Repeat("5", 96)}
		if sh.who.account == freshAccount && !sh.who.named {
			d.members = append(d.members, sets.Member{Not: true, In: sh.q.lang("measured", func() *sets.Language { return sets.Texts(sh.q.measured...) })})
		}
	case info.Assigned:
		if sh.who.account == freshAccount {
			d.members = append(d.members, sets.Member{Not: true, In: sh.q.lang("written:"+key, func() *sets.Language { return sh.q.writtenOut(key) })})
		}
	case info.Tells == aws.Identity:
		// Keys of compute services and identity providers name the caller's account inside of an ARN.
		d.members = append(d.members, sh.q.foreignARNs(sh.who)...)
		d.samples = nil
		for _, v := range info.Samples {
			d.samples = append(d.samples, strings.Replace(strings.ReplaceAll(v, aws.Stranger, sh.q.stranger), "arn:aws:", "arn:"+sh.q.partitionName()+":", 1))
		}
	}
	if info.Tells == aws.Network {
		d.members = append(d.members, sh.q.freshIDs(sh.who)...)
	}
	r.dim = sh.dim(key, func() domain { return d })
	return r
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
		d.samples = []string{"2030-01-31T12:00:00Z"}
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
