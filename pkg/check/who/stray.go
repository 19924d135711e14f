package who

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// strayKeys are the keys that identity policies and grants name by their ARN, and that no input has: what their policy says
// is not known, and decides.
func (w *world) strayKeys() {
	known := map[string]bool{}
	for _, k := range w.keys {
		known[k.subject.Resource], known[k.address] = true, true
	}
	stray := map[string]*key{}
	add := func(s *side, arn string, told bool) *key {
		of, ok := aws.ParseARN(arn)
		if !ok || known[arn] || of.Service != "kms" || !strings.HasPrefix(of.Resource, "key/") || strings.ContainsAny(arn, "*?$") {
			return nil
		}
		k := stray[arn]
		if k == nil {
			shown := arn
			if !told {
				shown = check.Hidden
			}
			k = &key{side: s, address: shown, stray: true, depends: []string{"the policy of " + shown}, subject: check.KeySubject(s.subject, nil, cty.NilVal, arn)}
			k.subject.Resource, k.subject.Region, k.subject.Account = arn, of.Region, of.Account
			stray[arn] = k
		}
		return k
	}
	for _, arn := range slices.Sorted(maps.Keys(w.named)) {
		add(w.named[arn][0].side, arn, w.told[arn])
	}
	for _, s := range w.sides {
		for _, p := range s.set.Policies {
			if p.Kind == iam.Grant && p.Key == nil && p.Grant != nil {
				id := p.Grant.Key
				if k := w.keyNamed(id.S); k != nil {
					one := *p
					one.Perhaps = false // its own input does not tell which key it is
					k.grants = append(k.grants, grant{&one, s})
				} else if k := add(s, id.S, !p.Sensitive && !id.SensitiveAt(0, len(id.S))); k != nil {
					k.grants = append(k.grants, grant{p, s})
				}
			}
		}
	}
	keys := slices.Collect(maps.Values(stray))
	slices.SortFunc(keys, func(a, b *key) int { // where a secret one stands must not tell it
		return cmp.Or(strings.Compare(a.address, b.address), strings.Compare(a.subject.Resource, b.subject.Resource))
	})
	w.keys = append(w.keys, keys...)
}

// keyNamed is the key of some input that has the ARN or id, nil where none has it or several do.
func (w *world) keyNamed(id string) *key {
	var found *key
	for _, k := range w.keys {
		arn := k.subject.Resource
		if id == "" || k.res == nil || access.StandsIn(arn) || arn != id && !strings.HasSuffix(arn, ":key/"+id) {
			continue
		}
		if found != nil {
			return nil
		}
		found = k
	}
	return found
}

// strayRows are what parties may do with a key that no input has if its own policy leaves it to them, and what grants give.
func (w *world) strayRows(k *key, list []*party) (rows []*row, more string) {
	rows, more = w.ifAllowed(k, everythingFor(), list)
	return append(rows, w.grantRows(k)...), more
}

// ifAllowed are the rows of parties if the policy of a key that no input has is the document.
func (w *world) ifAllowed(k *key, doc *iam.Document, list []*party) (rows []*row, more string) {
	for _, p := range list {
		of, left := w.partyRows(k, document{doc: doc}, p)
		if left != "" {
			more = left
		}
		for _, r := range of {
			r.possible, r.witness, r.through = true, nil, r.through[1:] // the first one is the policy that is not known
			r.dependsOn = append(slices.Clone(r.dependsOn), k.depends...)
			rows = append(rows, r)
		}
	}
	return rows, more
}

// anyones is a policy that lets everyone do everything.
func anyones() *iam.Document {
	d := *anything()
	d.Statements = slices.Clone(d.Statements)
	for i := range d.Statements {
		d.Statements[i].Principal = everyone()
	}
	return &d
}

// unknownPolicy is whatever callers may do with a key of whose policy nothing is known.
func unknownPolicy(k *key) *row {
	return &row{key: k, who: finding.Who{Kind: string(access.WhoStranger)}, actions: actionsOfKeys(), via: "key-policy", possible: true, anyone: true,
		dependsOn: k.depends, through: []step{{policy: k.policy, statement: -1}}}
}
