package who

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/iam"
)

// differences finds what two worlds do not have in common. It is nil where that may be anything: who may become a role
// that becomes others changes what these may do.
func differences(after, before *world) *selection {
	out := &selection{keys: map[keyID]bool{}}
	was := map[string]string{}
	assumed := map[string]bool{}
	for _, p := range before.parties {
		was[p.ARN] = p.print()
		assumed[p.ARN] = p.assumesRoles()
	}
	named := trusted(after, before)
	if after.many != before.many {
		if len(before.openDepends) > 0 {
			return nil
		}
		out.beside = true
	}
	differ := func(p *party) bool {
		out.with(p)
		out.beside = out.beside || p.trust != nil && slices.ContainsFunc(p.trust.Docs, func(d *iam.Document) bool { return !onlyServices(d) })
		return named(p.ARN) || assumed[p.ARN] || p.assumesRoles() || len(p.depends) > 0 && !after.many
	}
	for _, p := range after.parties {
		print, there := was[p.ARN]
		delete(was, p.ARN)
		if (!there || print != p.print()) && differ(p) {
			return nil
		}
	}
	for _, p := range before.parties {
		if _, gone := was[p.ARN]; gone && differ(p) {
			return nil
		}
	}
	old := map[keyID]string{}
	for _, k := range before.keys {
		old[k.id()] += k.print()
	}
	for _, k := range after.keys {
		if print, there := old[k.id()]; !there || print != k.print() {
			out.keys[k.id()] = true
		}
		delete(old, k.id())
	}
	for id := range old {
		out.keys[id] = true
	}
	return out
}

// trusted says whether a trust policy names a principal, or may.
func trusted(worlds ...*world) func(arn string) bool {
	names, anyone := map[string]bool{}, false
	for _, w := range worlds {
		for _, p := range w.parties {
			if p.trust == nil {
				continue
			}
			for _, d := range p.trust.Docs {
				for s := range d.All() {
					if s.Principal == nil || s.Principal.Text.Set {
						anyone = true
						continue
					}
					for kind, v := range s.Principal.Values() {
						names[v.S] = true
						anyone = anyone || kind.S == "AWS" && strings.ContainsAny(v.S, "*?") || !v.Known()
					}
				}
			}
		}
	}
	return func(arn string) bool { return anyone || names[arn] }
}

// words joins what something is made of.
type words struct{ strings.Builder }

func (w *words) add(list ...string) {
	for _, s := range list {
		w.WriteString(s)
		w.WriteByte(0)
	}
}

func (w *words) sorted(m map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		w.add(name, m[name])
	}
}

// print tells what the rows of a key are made of, but for the parties.
func (k *key) print() string {
	var w words
	w.add(k.subject.Resource, k.subject.Region, k.subject.Account)
	w.add(k.depends...)
	for _, d := range k.docs {
		w.add(d.policy.Address, d.doc.Text.S)
		for _, h := range d.doc.Text.Holes {
			w.add(h.Ref)
		}
	}
	w.sorted(k.subject.Constants)
	w.add(k.subject.Whole...)
	w.add(check.Sorted(k.aliases)...)
	for _, g := range k.grants {
		w.add(g.Address, fmt.Sprint(g.Grant.Grantee.S, g.Grant.Key.S, g.Grant.Operations, g.Grant.MoreOperations, g.Grant.Constrained))
	}
	return w.String()
}

// print tells what a party is made of.
func (p *party) print() string {
	var w words
	w.add(p.address, p.maybe)
	w.sorted(p.Keys)
	w.add(p.UniqueID)
	w.add(p.Whole...)
	w.add(p.depends...)
	w.add(p.tags...)
	for i, d := range p.Policies {
		if p.held[i].policy != nil {
			w.add(p.held[i].policy.Address)
		}
		w.add(d.Text.S, fmt.Sprint(p.held[i].possible))
	}
	if p.trust != nil {
		for _, d := range p.trust.Docs {
			if w.add(d.Text.S); !onlyServices(d) {
				w.sorted(p.side.providers)
			}
		}
	}
	for _, d := range p.doors() {
		w.add(d.Service, d.By.Address, fmt.Sprint(d.Possible))
	}
	return w.String()
}
