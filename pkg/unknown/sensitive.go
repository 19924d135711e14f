package unknown

import "github.com/zclconf/go-cty/cty"

type mark string

// Sensitive is the cty mark of values that must never be printed.
const Sensitive = mark("sensitive")

// HiddenSource is in the Extra of a diagnostic whose source must not be shown, because it writes a sensitive value.
type HiddenSource struct{}

// IsSensitive says whether the value or a part of it carries the mark Sensitive.
func IsSensitive(v cty.Value) bool {
	if v == cty.NilVal {
		return false
	}
	_, paths := v.UnmarkDeepWithPaths()
	for _, p := range paths {
		if _, ok := p.Marks[Sensitive]; ok {
			return true
		}
	}
	return false
}
