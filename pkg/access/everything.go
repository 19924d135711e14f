package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// party is somebody who may call: principals of accounts, or a service.
type party struct {
	who     *sets.Language
	service bool
}

// everything finds the Allow statements that let one caller do everything with the key, after every Deny: by the index of
// the first of them, the indexes of all. Whole accounts do not count, as they give none of their principals anything.
func (q *question) everything() map[int][]int {
	if q.Kind != iam.Key {
		return nil
	}
	var allows, denies []*statement
	var granted actionSet
	for _, st := range q.statements {
		if !st.allow {
			denies = append(denies, st)
			continue
		}
		st = st.naming(withoutAccounts(st.Principal))
		if st.Principal == nil && st.NotPrincipal == nil || st.Principal != nil && nobody(st.Principal) {
			continue
		}
		allows = append(allows, st)
		granted |= st.actions
	}
	if granted&actionsOnKeys != actionsOnKeys {
		return nil
	}
	out := map[int][]int{}
	for i := range allows {
		for _, who := range q.parties(allows[i], denies) {
			for _, together := range q.together(who, allows, denies) {
				if known := out[together[0]]; known == nil || len(together) < len(known) {
					out[together[0]] = together
				}
			}
		}
	}
	return out
}

// parties are those whom a statement names, and one of those whom it lets in without a name.
func (q *question) parties(st *statement, denies []*statement) []party {
	var out []party
	unnamed := st.Principal == nil || st.Principal.Text.Set
	if !unnamed {
		for kind, v := range st.Principal.Values() {
			switch {
			case kind.S == "Service":
				out = append(out, party{&sets.Language{Alternatives: []sets.Pattern{(&sets.Builder{}).Glob(v.S, sets.AnyChar).Pattern()}}, true})
			case kind.S != "AWS":
			case strings.ContainsAny(v.S, "*?"):
				unnamed = true
			default:
				out = append(out, party{&sets.Language{Alternatives: callerPatterns(v.S, q.sessions)}, false})
			}
		}
	}
	if !unnamed {
		return out
	}
	one := q.of(append([]*statement{st}, denies...))
	a := one.ask(one.fromAccounts(anyone), actionsOnKeys)
	if a.piece == nil {
		return out
	}
	return append(out, party{who: sets.Texts(a.heldIn(a.sh.callerDim()))})
}

// open are the actions that the statements leave open to the party.
func (q *question) open(who party, statements []*statement) actionSet {
	one := q.of(statements)
	shapes := one.fromAccounts(anyone)
	if who.service {
		shapes = one.fromServices(anyone)
	}
	for _, sh := range shapes {
		sh.is(who)
	}
	return one.ask(shapes, actionsOnKeys).open
}

// is limits the callers of a shape.
func (sh *shape) is(who party) {
	i := 0
	if who.service {
		i = sh.serviceDim()
	} else {
		i = sh.callerDim()
	}
	sh.dims[i].members = append(sh.dims[i].members, sets.Member{In: who.who})
	sh.limits = append(sh.limits, i)
}

// together are the statements that leave everything open to the party: each that does so alone, else as few as it takes.
func (q *question) together(who party, allows, denies []*statement) [][]int {
	if q.open(who, slices.Concat(allows, denies)) != actionsOnKeys {
		return nil
	}
	var alone [][]int
	opens := make([]actionSet, len(allows))
	for i := range allows {
		opens[i] = q.open(who, append([]*statement{allows[i]}, denies...))
		if opens[i] == actionsOnKeys {
			alone = append(alone, []int{allows[i].Index})
		}
	}
	if alone != nil {
		return alone
	}
	need := make([]bool, len(allows))
	for i := range need {
		need[i] = opens[i] != 0
	}
	for i := range allows { // leave out what the others open as well
		var rest actionSet
		for k := range allows {
			if need[k] && k != i {
				rest |= opens[k]
			}
		}
		need[i] = need[i] && rest != actionsOnKeys
	}
	var some []int
	for i := range allows {
		if need[i] {
			some = append(some, allows[i].Index)
		}
	}
	return [][]int{some}
}
