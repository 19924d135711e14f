package access

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/sets"
)

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

// covers says whether a value of the Resource element of a key or trust policy covers the resource.
func covers(pattern, arn string) bool { return coversAs(pattern, arn, false) }

// coversAs is covers for other policies, too. Completed is as in [resourcePatterns].
func coversAs(pattern, arn string, completed bool) bool {
	return pattern == "*" || isARN(arn) && resourceLanguage(pattern, completed).Matches(sets.ToLatin(arn))
}

// resourceLanguage are the ARNs that a value of the Resource element covers. Completed is as in [resourcePatterns].
func resourceLanguage(pattern string, completed bool) *sets.Language {
	l := &sets.Language{}
	if pattern == "*" {
		return sets.Of(func(b *sets.Builder) { b.Run(sets.AnyChar) })
	}
	for _, p := range resourcePatterns(pattern, completed) {
		b := &sets.Builder{}
		if writeARN(b, p) {
			l.Add(b)
		}
	}
	return l
}
