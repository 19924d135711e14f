// Package spelling finds the name that somebody meant, and those that fit a pattern.
//
// It is no API: it may change in any version.
package spelling

import (
	"strings"

	"github.com/agext/levenshtein"
)

// Nearest returns the one of the names that a word was probably meant to be: the nearest one within a few keystrokes, with
// no regard to case, "" if none is near.
func Nearest(word string, names []string) string {
	best, distance := "", 1+max(2, len(word)/4)
	if len(word) > 100 {
		return ""
	}
	for _, n := range names {
		if d := levenshtein.Distance(strings.ToLower(word), strings.ToLower(n), nil); d < distance || d == distance && best != "" && n < best {
			best, distance = n, d
		}
	}
	return best
}
