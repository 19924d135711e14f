package report

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/finding"
)

// distinct are the rows of a report, in which keys and callers that several inputs have at one address are named with their input.
func distinct(r *finding.Report) []finding.Access {
	if len(r.Inputs) < 2 {
		return r.Access
	}
	at := map[string]map[int]bool{}
	note := func(address string, input int) {
		if at[address] == nil {
			at[address] = map[int]bool{}
		}
		at[address][input] = true
	}
	for i := range r.Access {
		a := &r.Access[i]
		note(a.Key, a.Input)
		if a.Who.Address != "" {
			note(a.Who.Address, a.Who.Input)
		}
	}
	name := func(address string, input int) string {
		if len(at[address]) < 2 || input >= len(r.Inputs) {
			return address
		}
		return address + " of " + inputName(r.Inputs[input].Path)
	}
	out := slices.Clone(r.Access)
	for i := range out {
		a := &out[i]
		if a.Key = name(a.Key, a.Input); a.Who.Address != "" {
			a.Who.Address = name(a.Who.Address, a.Who.Input)
		}
	}
	return out
}
