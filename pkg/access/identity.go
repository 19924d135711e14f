package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/sets"
)

// extent is what an identity policy allows.
type extent struct {
	all, some, other actionSet // on all keys, on any, on what is no key
	answer           answer
}

func (q *question) extent() extent {
	r := extent{answer: q.ask(q.holder(keyResource, true), actionsOnKeys)}
	r.all = r.answer.open
	r.some = r.all | q.ask(q.holder(keyResource, false), actionsOnKeys).open
	if r.some == 0 {
		r.other = q.ask(q.holder(aliasResource, false), named(keyActions, aliasActions...)).open |
			q.ask(q.holder(noResource, false), all(keyActions)&^actionsOnKeys).open
	}
	return r
}

func (r extent) verdict() Verdict {
	switch {
	case r.all&filter(keyActions, func(a aws.Action) bool { return a.Class != aws.Metadata }) != 0:
		return Broad
	case r.some|r.other != 0:
		return Scoped
	}
	return None
}

// decideIdentity finds out how far an identity policy reaches.
func (q *question) decideIdentity() Result {
	least, most := q.forOneHolder()
	got := least.extent()
	if most != least {
		wider := most.extent()
		got.some, got.other = got.some|wider.some, got.other|wider.other
		if least.inexact != "" || most.inexact != "" { // there is more to be read both ways
			least, most = q, q
			got = q.extent()
		}
	}
	q = least
	verdict := got.verdict()
	reason := ""
	if q.inexact != "" {
		least, most := q.bounds(got)
		got, verdict = least, least.verdict()
		if most != verdict {
			verdict, reason = Unknown, "it depends on "+q.inexact
		}
	}
	r := Result{Statement: -1, Public: No, Verdict: verdict, Reason: reason}
	r.AllKeys = got.all.names(keyActions)
	r.SomeKeys = got.some.names(keyActions)
	r.AllActions = got.some == actionsOnKeys && (got.all == got.some || most.everythingOnOne())
	if verdict == Broad && got.answer.piece != nil {
		r.explain(q, &got.answer)
		r.Witness = nil // nobody is let in by an identity policy alone
	}
	return r
}

// bounds are what is certainly allowed, and the verdict on what may be, where a comparison of two free values decides.
func (q *question) bounds(got extent) (extent, Verdict) {
	read := func(r reading, preferred string) (extent, *question) {
		again := q.again(r, preferred)
		return again.extent(), again
	}
	most, _ := read(loose, "")
	least, _ := read(strict, "")
	add := func(r extent, asked *question) {
		if asked.overread {
			return
		}
		if least.answer.piece == nil {
			least.answer = r.answer
		}
		least.all, least.some, least.other = least.all|r.all, least.some|r.some, least.other|r.other
	}
	add(got, q)
	for _, value := range q.candidates() {
		if least.all == most.all && least.some == most.some && least.other == most.other || q.work.Over() {
			break // no candidate can add anything
		}
		add(read(pinned, value))
	}
	return least, most.verdict()
}

// everythingOnOne says whether an identity policy allows every action on one and the same key: one that it names, or one
// that a statement's pattern covers.
func (q *question) everythingOnOne() bool {
	ask := func(statements []*statement, key string) answer {
		one := q.of(statements)
		shapes := one.holder(keyResource, false)
		if key != "" {
			i := shapes[0].keyDim()
			shapes[0].dims[i].members = append(shapes[0].dims[i].members, sets.Member{In: sets.Texts(key)})
			shapes[0].limits = append(shapes[0].limits, i)
		}
		return one.ask(shapes, actionsOnKeys)
	}
	var keys []string
	denies := deniesOf(q.statements)
	for _, st := range q.statements {
		if !st.allow {
			continue
		}
		for _, v := range st.Resource.All() {
			if strings.Contains(v.S, ":key/") && !strings.ContainsAny(v.S, "*?$") {
				keys = appendNew(keys, v.S)
			}
		}
		if a := ask(append([]*statement{st}, denies...), ""); a.piece != nil {
			if w := a.heldIn(a.sh.keyDim()); w != "" {
				keys = appendNew(keys, w)
			}
		}
	}
	return slices.ContainsFunc(keys, func(key string) bool { return ask(q.statements, key).open == actionsOnKeys })
}
