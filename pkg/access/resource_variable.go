package access

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// covered adds what a list of resources asks of the caller, and returns false where the statement is not about the
// resource. Excludes says that the list is NotResource.
func (sh *shape) covered(b *box, l *iam.List, excludes bool) bool {
	var asks []constraint
	for _, r := range l.Items {
		asked, match := sh.covering(b, r.S, excludes)
		if match {
			return !excludes
		}
		asks = append(asks, asked...)
	}
	if len(asks) == 0 {
		return excludes
	}
	one := asks[0]
	for _, c := range asks[1:] {
		if c.dim != one.dim {
			sh.q.inexact = "several variables in Resource"
			return sh.q.holds(b.deny)
		}
		one.value.lang = &sets.Language{Alternatives: append(one.value.lang.Alternatives[:len(one.value.lang.Alternatives):len(one.value.lang.Alternatives)], c.value.lang.Alternatives...)}
	}
	if excludes {
		one.absent, one.value.not = true, true
	}
	b.where = append(b.where, one)
	return true
}

// standsFor is where the variable stood in a value.
const standsFor = '\uE0B3'

// covering says whether one value covers the resource, or what a variable in it has to be so that it does.
func (sh *shape) covering(b *box, s string, excludes bool) (asks []constraint, match bool) {
	inexact := func() ([]constraint, bool) { return nil, sh.q.variableResource(s, b.deny) != excludes }
	if !sh.q.variables || !strings.Contains(s, "${") {
		return nil, covers(s, sh.q.Resource)
	}
	var pattern strings.Builder
	var variable *iam.Part
	for _, p := range iam.Variables(s) {
		if p.Key == "" {
			pattern.WriteString(spelled(p))
			continue
		}
		r := sh.ref(aws.Lower(p.Key))
		switch {
		case r.fixed && !r.multi:
			pattern.WriteString(sets.Literal(r.value))
		case (r.never || r.multi) && p.HasFallback:
			pattern.WriteString(sets.Literal(p.Fallback))
		case r.never || r.multi:
			return nil, false // it has no value, and covers nothing
		case variable != nil || p.HasFallback:
			return inexact()
		default:
			variable = &p
			pattern.WriteRune(standsFor)
		}
	}
	if variable == nil {
		return nil, covers(pattern.String(), sh.q.Resource)
	}
	r := sh.ref(aws.Lower(variable.Key))
	value, exact, possible := fitting(pattern.String(), sh.q.Resource)
	switch {
	case !exact || r.view == typeView || sh.numbers([]ref{r}):
		return inexact()
	case !possible:
		return nil, false
	}
	return []constraint{{dim: r.dim, value: valueTest{lang: language(r.view, func(b *sets.Builder) { b.Text(value) })}}}, false
}

// fitting is the text in place of the variable with which a pattern covers the resource. It is exact where no wildcard
// stands beside the variable, so that one text at most will do.
func fitting(pattern, arn string) (value string, exact, possible bool) {
	want, have := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(want) != 6 || len(have) != 6 {
		return "", false, false
	}
	for i := range want {
		before, after, here := strings.Cut(want[i], string(standsFor))
		if !here {
			continue
		}
		if strings.ContainsAny(before+after, "*?") {
			return "", false, false
		}
		before, after = sets.Unescape(before), sets.Unescape(after)
		if len(have[i]) <= len(before)+len(after) || !strings.HasPrefix(have[i], before) || !strings.HasSuffix(have[i], after) {
			return "", true, false
		}
		value = have[i][len(before) : len(have[i])-len(after)]
		want[i] = "*"
	}
	return value, true, covers(strings.Join(want, ":"), arn)
}

// variableResource says whether a Resource with a variable that is not known is taken to match.
func (q *question) variableResource(s string, deny bool) bool {
	q.inexact, q.overread = "a Resource with the variable "+s, true
	return q.holds(deny)
}

// resourceDim adds the resources that a statement of an identity policy covers.
func (sh *shape) resourceDim(b *box) bool {
	q := sh.q
	dim := sh.keyDim()
	add := func(l *iam.List, not bool) {
		t := valueTest{lang: &sets.Language{}, not: not}
		for _, r := range l.Items {
			pattern, ok := q.constantPattern(q.ofAnyKey(r.S))
			if !ok {
				if q.variableResource(r.S, b.deny) == not {
					continue
				}
				pattern = "*"
			}
			t.lang.Alternatives = append(t.lang.Alternatives, resourceLanguage(pattern, true).Alternatives...)
		}
		b.where = append(b.where, constraint{dim: dim, value: t})
	}
	s := b.statement
	if s.Resource == nil && s.NotResource == nil {
		return false
	}
	if s.Resource != nil {
		add(s.Resource, false)
	}
	if s.NotResource != nil {
		add(s.NotResource, true)
	}
	return true
}
