package check

import (
	"strconv"

	"github.com/zclconf/go-cty/cty"
)

// answers remember what conditions came to, by the facts that they name: most policies are alike in these. It is for
// one goroutine.
type answers struct {
	known map[*question]map[string]bool
	key   []byte
}

// mostAnswers bounds what is remembered of one question.
const mostAnswers = 1 << 10

// appendFact adds a known boolean, an empty list or a short string.
func appendFact(key []byte, v cty.Value) ([]byte, bool) {
	const short = 40
	if v.IsMarked() || !v.IsKnown() || v.IsNull() {
		return key, false
	}
	switch t := v.Type(); {
	case t == cty.Bool && v.True():
		return append(key, 't'), true
	case t == cty.Bool:
		return append(key, 'f'), true
	case t == cty.String && len(v.AsString()) <= short:
		return strconv.AppendQuote(key, v.AsString()), true
	case t.IsListType() && v.LengthInt() == 0:
		return append(key, '0'), true
	}
	return key, false
}

// remembered is what the question came to for the same facts.
func (a *answers) remembered(q *question, key []byte) (value, ok bool) {
	value, ok = a.known[q][string(key)]
	return value, ok
}

func (a *answers) remember(q *question, key []byte, value bool) {
	if a.known == nil {
		a.known = map[*question]map[string]bool{}
	}
	of := a.known[q]
	if of == nil {
		of = map[string]bool{}
		a.known[q] = of
	}
	if len(of) < mostAnswers {
		of[string(key)] = value
	}
}
