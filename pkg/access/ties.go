package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/sets"
)

// open are the states of all dimensions before any condition.
func (sh *shape) open() []state {
	out := make([]state, len(sh.dims))
	for i := range sh.dims {
		out[i] = sh.dims[i].open()
	}
	return out
}

// agree narrows the states to requests in which the keys agree that one request has together, and holds values that do:
// a key is in the list of another one where it is there. It returns false where there is no such request.
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context-keys
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthage
func (sh *shape) agree(states []state) ([]state, bool) {
	out := append(make([]state, 0, len(sh.dims)), states...)
	for i := len(out); i < len(sh.dims); i++ {
		out = append(out, sh.dims[i].open())
	}
	for i := range sh.ties {
		t := &sh.ties[i]
		agree := sh.elements
		switch {
		case t.members[0].name != "":
			agree = sh.named
		case !t.list.multi:
			agree = sh.whereTrue
		}
		if !agree(t, out) {
			return nil, false
		}
	}
	return out, true
}

var booleanTrue = sets.Texts("true")

// may says whether a key may be absent, and whether it may be there.
func (sh *shape) may(r ref, states []state) (absent, present bool) {
	if r.never || r.fixed {
		return r.never, r.fixed
	}
	st := states[r.dim]
	absent, st.absent = st.absent, false
	return absent, st.solve(&sh.dims[r.dim], sh.q.work)
}

// settle makes a key absent, or there, which it may be.
func (sh *shape) settle(r ref, states []state, present bool) {
	if !r.never && !r.fixed {
		st := &states[r.dim]
		st.absent, st.present = st.absent && !present, st.present && present
		st.solve(&sh.dims[r.dim], sh.q.work)
	}
}

// named makes the list have the names of those keys that are there, and of no other.
func (sh *shape) named(t *tie, states []state) bool {
	open := make([]bool, len(t.members)) // may be there or not
	for i, m := range t.members {
		absent, present := sh.may(m.ref, states)
		if open[i] = absent && present; open[i] {
			continue
		}
		if !absent && !present || !sh.lists(t.list, states, fold(m.name), present) {
			return false
		}
	}
	held := sample{absent: true}
	switch {
	case t.list.fixed:
		held = sample{texts: []string{sets.ToLatin(t.list.value)}}
	case !t.list.never:
		st := &states[t.list.dim]
		if !st.solve(&sh.dims[t.list.dim], sh.q.work) {
			return false
		}
		held = st.held
	}
	for i, m := range t.members {
		if open[i] {
			sh.settle(m.ref, states, slices.ContainsFunc(held.texts, fold(m.name).Matches))
		}
	}
	sh.settle(t.list, states, !held.absent)
	return true
}

// fold is a name in whichever case: a key is the same then.
func fold(name string) *sets.Language {
	return sets.Of(func(b *sets.Builder) {
		b.IgnoreCase = true
		b.Text(strings.ToLower(name))
	})
}

// lists narrows a list to those that have one of the texts, or none of them.
func (sh *shape) lists(list ref, states []state, texts *sets.Language, has bool) bool {
	if list.fixed {
		return texts.Matches(sets.ToLatin(list.value)) == has
	}
	if list.never {
		return !has
	}
	return states[list.dim].add(&sh.dims[list.dim], &constraint{absent: !has, value: valueTest{not: !has, some: has, lang: texts}}, sh.q.work)
}

// elements makes the keys elements of the list: all of them are there, or none is.
func (sh *shape) elements(t *tie, states []state) bool {
	all := append([]tied{{ref: t.list}}, t.members...)
	absent, present := true, true
	for i, m := range all {
		if i > 0 && !sh.isElement(m.ref, t.list, states) {
			return false
		}
	}
	for _, m := range all {
		mayLack, mayHave := sh.may(m.ref, states)
		absent, present = absent && mayLack, present && mayHave
	}
	if !absent && !present {
		return false
	}
	for _, m := range all {
		sh.settle(m.ref, states, !absent)
	}
	if absent || t.list.fixed || sh.q.work.Over() {
		return !sh.q.work.Over()
	}
	texts := slices.Clone(states[t.list.dim].held.texts)
	for _, m := range t.members {
		text := sets.ToLatin(m.value)
		if !m.fixed {
			text = states[m.dim].held.texts[0]
		}
		if at := len(texts) - 1; m.key != aws.KeyCalledViaFirst && texts[at] != text {
			texts = append(texts, text)
		} else if m.key == aws.KeyCalledViaFirst && texts[0] != text {
			texts = slices.Insert(texts, 0, text)
		}
	}
	states[t.list.dim].held.texts = texts
	return true
}

// whereTrue makes the key true where one that goes with it is there.
func (sh *shape) whereTrue(t *tie, states []state) bool {
	for _, m := range t.members {
		absent, present := sh.may(m.ref, states)
		if absent && present {
			sh.settle(m.ref, states, false)
		} else if !absent && (!present || !sh.lists(t.list, states, booleanTrue, true)) {
			return false
		}
	}
	return true
}

// isElement narrows a key to the values that the list may have, and the list to those that have the key's.
func (sh *shape) isElement(r, list ref, states []state) bool {
	switch {
	case r.fixed:
		return sh.lists(list, states, sets.Texts(r.value), true)
	case list.never:
		return states[r.dim].add(&sh.dims[r.dim], &constraint{absent: true, value: valueTest{all: true, not: true}}, sh.q.work)
	case list.fixed:
		return states[r.dim].add(&sh.dims[r.dim], &constraint{absent: true, value: valueTest{lang: sets.Texts(list.value)}}, sh.q.work)
	}
	for _, test := range states[list.dim].tests {
		if !test.some && !states[r.dim].add(&sh.dims[r.dim], &constraint{absent: true, value: test}, sh.q.work) {
			return false
		}
	}
	return true
}
