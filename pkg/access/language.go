package access

import "slices"

// language is a union of patterns: a set of strings. The nil language is empty.
type language struct {
	alts []pattern
	// tags are those whose every string the language holds.
	tags map[string]bool
}

// finite says whether the language is a list of strings.
func (l *language) finite() bool {
	for i := range l.alts {
		if !l.alts[i].only {
			return false
		}
	}
	return true
}

// lang makes a language of one pattern each.
func lang(alts ...func(*builder)) *language {
	l := &language{}
	for _, f := range alts {
		b := &builder{}
		f(b)
		l.alts = append(l.alts, b.pattern())
	}
	return l
}

// texts is the language of the strings themselves.
func texts(list ...string) *language {
	l := &language{}
	for _, s := range list {
		l.alts = append(l.alts, (&builder{}).text(s).pattern())
	}
	return l
}

func (l *language) matches(s string) bool { return l.contains(s, nil) }

// contains is matches with the work counted; it is not where work is nil.
func (l *language) contains(s string, work *budget) bool {
	if l == nil {
		return false
	}
	steps := len(l.alts)
	for i := range l.alts {
		ok, n := l.alts[i].match(s)
		steps += n
		if ok {
			work.spend(steps / stepsPerUnit)
			return true
		}
	}
	work.spend(steps / stepsPerUnit)
	return false
}

// maxWithin bounds how many patterns are compared to see whether one language is plainly in another.
const maxWithin = 1000

// apart says whether it is plain to see that two languages share nothing: all their patterns have different tags.
func (l *language) apart(o *language) bool {
	for i := range l.alts {
		for j := range o.alts {
			a, b := l.alts[i].tag, o.alts[j].tag
			if a == "" || b == "" || a == b {
				return false
			}
		}
	}
	return len(l.alts) > 0 && len(o.alts) > 0
}

// within says whether it is plain to see that o holds all of l.
func (l *language) within(o *language, work *budget) bool {
	if len(o.tags) == 0 && len(l.alts)*len(o.alts) > maxWithin {
		return false
	}
	for i := range l.alts {
		a := &l.alts[i]
		if a.tag != "" && o.tags[a.tag] {
			continue
		}
		work.spend(1 + len(o.alts)/4)
		if len(o.alts) > maxWithin || !slices.ContainsFunc(o.alts, func(b pattern) bool {
			return a.only == b.only && a.lit == b.lit && slices.EqualFunc(a.elems, b.elems, elem.equal)
		}) {
			return false
		}
	}
	return true
}
