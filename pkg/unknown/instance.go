package unknown

import "strings"

// SomeIndex is the Index of an instance of which nothing is known.
const SomeIndex = "?"

// FirstIndex is the Index of the first instance of several that are counted.
const FirstIndex = "0"

// SameInstance says that both are surely of one resource instance. One that is of each of several instances is of any of them.
func (u Symbol) SameInstance(of, index string) bool {
	return u.Of != "" && u.Of == of && (u.Index == "" || u.Index == index)
}

// MayBeInstance says that a value may be of the resource instance with that address and index, as far as these tell.
func (u Symbol) MayBeInstance(of, index string) bool {
	if u.Of == of && u.Index == index {
		return true
	}
	a, b := keyed(u.Of, u.Index), keyed(of, index)
	for {
		x, restX, moreX := strings.Cut(a, "[")
		y, restY, moreY := strings.Cut(b, "[")
		if x != y || moreX != moreY {
			return false
		}
		if !moreX {
			return true
		}
		keyX, keyY := firstKey(restX), firstKey(restY)
		if keyX != keyY && keyX != "*" && keyY != "*" {
			return false
		}
		a, b = restX[len(keyX):], restY[len(keyY):]
	}
}

// keyed is an address with the key that the index is, where that is one.
func keyed(of, index string) string {
	if before, ok := strings.CutSuffix(of, "[*]"); ok && index == FirstIndex {
		return before + "[" + FirstIndex + "]"
	}
	return of
}

// firstKey is an instance key up to its bracket, which may stand in quotes before.
func firstKey(s string) string {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ']' && !quoted:
			return s[:i]
		}
	}
	return s
}
