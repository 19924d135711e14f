package value

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// maxPicked is how many elements an unknown key is held against.
const maxPicked = 8

// Pick is the element of a known collection under a key that is not known, in the outcome that decide tells: it is one of the
// elements, or orElse where none has the key. Without orElse one has it, because Terraform would refuse the index. It is false
// where that cannot be told.
func (e *Run) Pick(decide func(Choice) Outcome, coll, k, orElse cty.Value) (cty.Value, bool) {
	raw, _ := coll.Unmark()
	key, _ := k.Unmark()
	if key.IsKnown() && !(IsString(key) && unknown.HasHole(key.AsString())) || IsSecret(k) || IsOpen(coll) {
		return cty.NilVal, false
	}
	if !raw.IsKnown() || raw.IsNull() || raw.Type().IsSetType() || !raw.CanIterateElements() || raw.LengthInt() > maxPicked {
		return cty.NilVal, false
	}
	var may []Element
	for _, el := range Elements(coll) {
		if e.Same(k, el.Key) != No {
			may = append(may, el)
		}
	}
	for i, el := range may {
		if orElse == cty.NilVal && i == len(may)-1 {
			return el.Value, true
		}
		name, err := plainString(WithoutMarks(el.Key))
		if err != nil {
			return cty.NilVal, false
		}
		refs := RefNames(e.Derived(cty.String, "", k))
		is := decide(Choice{Key: Signature(e.Equal(k, el.Key)), Condition: fmt.Sprintf("%s == %q", strings.Join(refs, ", "), name), Waits: refs})
		switch is {
		case Yes:
			return el.Value, true
		case Undecided:
			return cty.NilVal, false
		}
	}
	return orElse, orElse != cty.NilVal
}

// Put gives a map a member, in place of an earlier one of that name. One whose name is not known takes the place of each that it
// may be called like, in the outcome that decide tells.
func (e *Run) Put(decide func(Choice) Outcome, members map[string]cty.Value, name string, v cty.Value) {
	if unknown.HasHole(name) {
		key := e.Untoken(cty.StringVal(name))
		for n, other := range slices.Sorted(maps.Keys(members)) {
			if unknown.HasHole(other) {
				continue
			}
			is := e.Same(key, cty.StringVal(other))
			if is == Undecided && n < maxPicked {
				refs := e.Waits(hcl.Range{}, key)
				is = decide(Choice{Key: Signature(e.Equal(key, cty.StringVal(other))), Condition: fmt.Sprintf("%s == %q", strings.Join(refs, ", "), other), Waits: refs})
			}
			switch is {
			case Yes:
				members[other] = v
			case Undecided:
				members[other] = e.Derived(cty.DynamicPseudoType, "or", key, v, members[other])
			}
		}
	}
	members[name] = v
}
