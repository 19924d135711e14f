package check

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Owned are documents on a resource whose unknown values say whose they are: the account of another provider configuration
// than the resource's own is another account, and an alias of the set stands for its key.
func (o *Owners) Owned(docs []*iam.Document, r *tf.Resource, set *extract.Set) []*iam.Document {
	out := slices.Clone(docs)
	for i, d := range out {
		holes := o.said(d.Text.Holes, r)
		owned := holes != nil
		if !owned {
			holes = d.Text.Holes
		}
		for k, u := range holes {
			if to := set.Behind[u.Of]; to != "" {
				if !owned {
					holes, owned = slices.Clone(holes), true
				}
				holes[k].Of = to
			}
		}
		if owned {
			one := *d
			one.Text.Holes = holes
			out[i] = &one
		}
	}
	return out
}

// Granted is a grant on a resource whose unknown values say whose they are.
func (o *Owners) Granted(g *extract.Grant, r *tf.Resource) *extract.Grant {
	holes := o.said(g.Grantee.Holes, r)
	if holes == nil {
		return g
	}
	own := *g
	own.Grantee.Holes = holes
	return &own
}

// said are the unknown values of a text on a resource, nil where nothing is to be said of them.
func (o *Owners) said(list []unknown.Symbol, r *tf.Resource) []unknown.Symbol {
	var out []unknown.Symbol
	for i, u := range list {
		one, other := o.from(o.name(r.Provider), u)
		if one, other = o.ofInput(one), other || o.number > 0; !other {
			continue
		}
		if out == nil {
			out = slices.Clone(list)
		}
		out[i] = one
	}
	return out
}

// ofInput is an unknown value as one of the input: what has the same name in another one is another value.
func (o *Owners) ofInput(u unknown.Symbol) unknown.Symbol {
	u.Input = o.number
	return u
}

// from is what an unknown value is for a resource of the provider configuration home, and whether that is something else than
// it says of itself: an account or a region that is not the own one there.
func (o *Owners) from(home string, u unknown.Symbol) (unknown.Symbol, bool) {
	away := o.name(u.Provider)
	switch {
	case u.Provider == "" || away == home:
		return u, false
	case u.Kind == unknown.RegionName:
		there, here := o.regions[away], o.regions[home]
		if u.Kind = unknown.PlainName; there == "" || here == "" {
			u.Kind = unknown.AnyText // it may be the same one
		}
		return u, there != here || here == ""
	case u.Kind == unknown.DNSSuffix:
		there, here := aws.PartitionOf(o.regions[away]), aws.PartitionOf(o.regions[home])
		if there == "" || here == "" || there == here {
			return u, false
		}
		u.Kind = unknown.AnyText
		return u, true
	case !u.Kind.OfAccount():
		return u, false
	}
	there := o.id(away)
	if there == o.id(home) {
		return u, false
	}
	if u.Account = there; o.accounts[away] == nil {
		u.Kind = u.Kind.Foreign()
	}
	return u, true
}
