package evaluate

import (
	"strings"
	"unicode"
)

// glob matches a pattern with * (any run of characters) and ? (one character). Escapes that [resolve] left in a
// pattern stand for the characters themselves.
func glob(pattern, s string) bool { return globRunes([]rune(pattern), []rune(s)) }

// globFold is glob without regard to case.
func globFold(pattern, s string) bool {
	p, t := []rune(pattern), []rune(s)
	for _, runes := range [][]rune{p, t} {
		for i, r := range runes {
			runes[i] = unicode.ToLower(r)
		}
	}
	return globRunes(p, t)
}

// Variables may put literal * and ? into a pattern. They are written as these private runes while matching.
const (
	literalStar     = '\uE0B0'
	literalQuestion = '\uE0B1'
	// AnyText stands for any text in a value of which nothing is known, also under operators without wildcards.
	AnyText = '\uE0B2'
)

func globRunes(p, s []rune) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(s) {
		switch {
		case i < len(p) && (p[i] == '*' || p[i] == AnyText):
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || same(p[i], s[j])):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && (p[i] == '*' || p[i] == AnyText) {
		i++
	}
	return i == len(p)
}

func same(p, s rune) bool {
	return p == s || p == literalStar && s == '*' || p == literalQuestion && s == '?'
}

// unescape gives the text that a pattern without wildcards stands for.
func unescape(pattern string) string {
	if !strings.ContainsRune(pattern, literalStar) && !strings.ContainsRune(pattern, literalQuestion) {
		return pattern
	}
	return strings.NewReplacer(string(literalStar), "*", string(literalQuestion), "?").Replace(pattern)
}

// matchARN matches an ARN against a pattern: the six components one by one, the sixth keeps further colons.
// What is no ARN matches nothing.
func matchARN(pattern, arn string) bool {
	p, a := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(p) != 6 || len(a) != 6 {
		return false
	}
	for i := range p {
		if !glob(p[i], a[i]) {
			return false
		}
	}
	return true
}

// matchResource matches one value of the Resource element. A star that ends a component may run on past the colon, so that
// arn:aws:kms:*:key/* is arn:aws:kms:*:*:key/*.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
func matchResource(pattern, arn string) bool {
	if pattern == "*" || matchARN(pattern, arn) {
		return true
	}
	p, a := strings.Split(pattern, ":"), strings.SplitN(arn, ":", 6)
	return len(p) < 6 && len(a) == 6 && matchComponents(p, a)
}

// matchComponents matches the components of an ARN with those of a pattern that has fewer.
func matchComponents(pattern, arn []string) bool {
	if len(pattern) == 0 || len(arn) == 0 {
		return len(pattern) == len(arn)
	}
	if !glob(pattern[0], arn[0]) {
		return false
	}
	most := 0 // how many components the star runs over besides
	if strings.HasSuffix(pattern[0], "*") {
		most = len(arn) - len(pattern)
	}
	for n := 0; n <= most; n++ {
		if matchComponents(pattern[1:], arn[1+n:]) {
			return true
		}
	}
	return false
}

// isARN says whether the text has the six components of an ARN.
func isARN(s string) bool { return strings.Count(s, ":") >= 5 }
