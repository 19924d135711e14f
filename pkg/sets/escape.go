package sets

import "strings"

// Private runes of patterns: characters that are wildcards elsewhere, taken as themselves.
const (
	LiteralStar     = '\uE0B0'
	LiteralQuestion = '\uE0B1'
	// AnyRun stands for any text in a value of which nothing is known, also under operators without wildcards.
	AnyRun = '\uE0B2'
	// AnyField is AnyRun for a text without a colon.
	AnyField = '\uE0B4'
)

// Unescape gives the text that a pattern without wildcards stands for.
func Unescape(pattern string) string {
	if !strings.ContainsRune(pattern, LiteralStar) && !strings.ContainsRune(pattern, LiteralQuestion) {
		return pattern
	}
	return strings.NewReplacer(string(LiteralStar), "*", string(LiteralQuestion), "?").Replace(pattern)
}

// Literal writes a text as a pattern that matches only itself.
func Literal(s string) string {
	if !strings.ContainsAny(s, "*?") {
		return s
	}
	return strings.NewReplacer("*", string(LiteralStar), "?", string(LiteralQuestion)).Replace(s)
}
