package access

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/sets"
)

// variable is a ${…} in a value of a policy, or the text between two of them.
type variable struct {
	text       string // text, where key is ""
	key        string
	fallback   string
	hasDefault bool
}

// splitVariables takes a value apart. ${*}, ${?} and ${$} are the characters themselves.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func splitVariables(s string) []variable {
	var out []variable
	for {
		i := strings.Index(s, "${")
		j := -1
		if i >= 0 {
			j = strings.IndexByte(s[i:], '}')
		}
		if j < 0 {
			return append(out, variable{text: s})
		}
		if i > 0 {
			out = append(out, variable{text: s[:i]})
		}
		name := strings.TrimSpace(s[i+2 : i+j])
		s = s[i+j+1:]
		switch name {
		case "*":
			out = append(out, variable{text: string(sets.LiteralStar)})
		case "?":
			out = append(out, variable{text: string(sets.LiteralQuestion)})
		case "$":
			out = append(out, variable{text: "$"})
		default:
			v := variable{key: name}
			if key, def, ok := strings.Cut(name, ","); ok {
				v.key, v.hasDefault = strings.TrimSpace(key), true
				v.fallback = strings.Trim(strings.TrimSpace(def), "'")
			}
			out = append(out, v)
		}
		if s == "" {
			return out
		}
	}
}

// pattern puts the request's values into a value of the policy. Wildcards that come out of a variable are literal.
// ok is false where a variable has neither a value nor a default.
func (e *evaluation) pattern(s string) (string, bool) {
	if !e.variables || !strings.Contains(s, "${") {
		return s, true
	}
	var b strings.Builder
	for _, part := range splitVariables(s) {
		if part.key == "" {
			b.WriteString(part.text)
			continue
		}
		v, ok := e.req.lookup(part.key)
		switch {
		case ok && !v.List && len(v.All) == 1:
			b.WriteString(sets.Literal(v.All[0]))
		case part.hasDefault:
			b.WriteString(sets.Literal(part.fallback))
		default:
			return "", false
		}
	}
	return b.String(), true
}
