package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/sets"
)

// glob matches a pattern with * (any run of characters) and ? (one character). Escapes that [resolve] left in a
// pattern stand for the characters themselves.
func glob(pattern, s string) bool { return globRunes([]rune(pattern), []rune(s)) }

// globFold is glob without regard to case.
func globFold(pattern, s string) bool { return glob(strings.ToLower(pattern), strings.ToLower(s)) }

func globRunes(p, s []rune) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(s) {
		switch {
		case i < len(p) && (p[i] == '*' || p[i] == sets.AnyRun):
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
	for i < len(p) && (p[i] == '*' || p[i] == sets.AnyRun) {
		i++
	}
	return i == len(p)
}

func same(p, s rune) bool {
	return p == s || p == sets.LiteralStar && s == '*' || p == sets.LiteralQuestion && s == '?'
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

// resourcePatterns are the ARN patterns of six components that a Resource stands for. A star that ends a component may run
// on past the colon, so that arn:aws:kms:*:key/* is arn:aws:kms:*:*:key/*. In an identity policy AWS adds the components
// that are missing: arn:aws:kms is arn:aws:kms:*:*:*.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
func resourcePatterns(pattern string, completed bool) []string {
	parts := strings.Split(pattern, ":")
	if len(parts) >= 6 {
		return []string{pattern}
	}
	var out []string
	if completed {
		out = append(out, pattern+strings.Repeat(":*", 6-len(parts)))
	}
	var spread func(before string, rest []string, missing int)
	spread = func(before string, rest []string, missing int) {
		if len(rest) == 0 {
			if missing == 0 {
				out = appendNew(out, before[1:])
			}
			return
		}
		most := 0
		if strings.HasSuffix(rest[0], "*") {
			most = missing
		}
		for n := 0; n <= most; n++ {
			spread(before+":"+rest[0]+strings.Repeat(":*", n), rest[1:], missing-n)
		}
	}
	spread("", parts, 6-len(parts))
	return out
}

// matchResource matches one value of the Resource element of a key policy.
func matchResource(pattern, arn string) bool {
	return pattern == "*" || slices.ContainsFunc(resourcePatterns(pattern, false), func(p string) bool { return matchARN(p, arn) })
}

// isARN says whether the text has the six components of an ARN.
func isARN(s string) bool { return strings.Count(s, ":") >= 5 }
