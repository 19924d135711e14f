package access

import "strings"

// Variables may put literal * and ? into a pattern. They are written as these private runes while matching.
const (
	literalStar     = '\uE0B0'
	literalQuestion = '\uE0B1'
	// anyText stands for any text in a value of which nothing is known, also under operators without wildcards.
	anyText = '\uE0B2'
)

// unescape gives the text that a pattern without wildcards stands for.
func unescape(pattern string) string {
	if !strings.ContainsRune(pattern, literalStar) && !strings.ContainsRune(pattern, literalQuestion) {
		return pattern
	}
	return strings.NewReplacer(string(literalStar), "*", string(literalQuestion), "?").Replace(pattern)
}

// literal writes a text as a pattern that matches only itself.
func literal(s string) string {
	if !strings.ContainsAny(s, "*?") {
		return s
	}
	return strings.NewReplacer("*", string(literalStar), "?", string(literalQuestion)).Replace(s)
}
