package tf

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Reference is what an expression refers to, taken apart. Where it is a resource, Type is set and Path is what follows
// its address; otherwise Path is the whole of it, such as var.readers or each.value.policy, but for the module call
// of module.kms["a"].arn, whose Path is the output.
type Reference struct {
	// Call is the module call, nil where the reference does not begin with one.
	Call *ModuleStep
	// Mode, Type, Name and Key are those of [Address].
	Mode Mode
	Type string
	Name string
	Key  cty.Value
	Path []PathStep
}

// PathStep is a name with the keys in the brackets behind it.
type PathStep struct {
	Name string
	Keys []cty.Value
}

// ParseReference takes a reference apart as expressions and the plan's configuration write it. It returns false for a
// text that is none.
func ParseReference(s string) (Reference, bool) {
	p := addressParser{rest: s}
	var steps []PathStep
	for {
		step := PathStep{Name: p.name()}
		for key := p.key(); key != cty.NilVal; key = p.key() {
			step.Keys = append(step.Keys, key)
		}
		steps = append(steps, step)
		if p.err != nil || p.rest == "" {
			break
		}
		p.dot()
	}
	if p.err != nil {
		return Reference{}, false
	}
	return newReference(steps)
}

func newReference(steps []PathStep) (Reference, bool) {
	r := Reference{Mode: Managed}
	switch steps[0].Name {
	case "var", "local", "each", "count", "path", "terraform", "self":
		return Reference{Path: steps}, true
	case "module":
		if len(steps) < 2 || len(steps[1].Keys) > 1 {
			return Reference{}, false
		}
		return Reference{Call: &ModuleStep{steps[1].Name, onlyKey(steps[1])}, Path: steps[2:]}, true
	case "data", "ephemeral":
		r.Mode, steps = Mode(steps[0].Name), steps[1:]
	}
	if len(steps) < 2 || len(steps[0].Keys) > 0 || len(steps[1].Keys) > 1 {
		return Reference{}, false
	}
	r.Type, r.Name, r.Key, r.Path = steps[0].Name, steps[1].Name, onlyKey(steps[1]), steps[2:]
	return r, true
}

func onlyKey(s PathStep) cty.Value {
	if len(s.Keys) == 0 {
		return cty.NilVal
	}
	return s.Keys[0]
}

// Longest are the references without those that are only the beginning of another one, each once.
func Longest(refs []string) []string {
	var out []string
	for _, r := range refs {
		begins := func(o string) bool {
			return len(o) > len(r) && strings.HasPrefix(o, r) && strings.ContainsRune(".[", rune(o[len(r)]))
		}
		if !slices.ContainsFunc(refs, begins) && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// Attribute is the name of the resource's attribute where the reference is to one as a whole, and "" otherwise.
func (r Reference) Attribute() string {
	if r.Type == "" || len(r.Path) != 1 || len(r.Path[0].Keys) > 0 {
		return ""
	}
	return r.Path[0].Name
}

// ConfigKey is the key of the resource in ModuleConfig.Resources, "" where the reference is to something else.
func (r Reference) ConfigKey() string {
	if r.Type == "" {
		return ""
	}
	return Address{Mode: r.Mode, Type: r.Type, Name: r.Name}.ConfigKey()
}
