package evaluate

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
)

// pattern puts the request's values into a value of the policy. Wildcards that come out of a variable are literal.
// ok is false where a variable has neither a value nor a default.
func (e *evaluation) pattern(s string) (string, bool) {
	if !e.variables || !strings.Contains(s, "${") {
		return s, true
	}
	var b strings.Builder
	for _, part := range iam.Variables(s) {
		if part.Key == "" && part.Literal {
			b.WriteString(literal(part.Text))
			continue
		}
		if part.Key == "" {
			b.WriteString(part.Text)
			continue
		}
		v, ok := e.req.lookup(part.Key)
		switch {
		case ok && !v.List && len(v.All) == 1:
			b.WriteString(literal(v.All[0]))
		case part.HasFallback && !ok: // a key with several values has one, which is none for a variable
			b.WriteString(literal(part.Fallback))
		default:
			return "", false
		}
	}
	return b.String(), true
}

// literal writes a text as a pattern that matches only itself.
func literal(s string) string {
	if !strings.ContainsAny(s, "*?") {
		return s
	}
	return strings.NewReplacer("*", string(literalStar), "?", string(literalQuestion)).Replace(s)
}
