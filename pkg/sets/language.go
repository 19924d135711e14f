package sets

import "slices"

// finite says whether the language is a list of strings.
func (l *Language) finite() bool {
	for i := range l.Alternatives {
		if !l.Alternatives[i].only {
			return false
		}
	}
	return true
}

// Of makes a language of one pattern each.
func Of(alts ...func(*Builder)) *Language {
	l := &Language{}
	for _, f := range alts {
		b := &Builder{}
		f(b)
		l.Add(b)
	}
	return l
}

// Add adds patterns that were put together.
func (l *Language) Add(list ...*Builder) {
	for _, b := range list {
		l.Alternatives = append(l.Alternatives, b.Pattern())
	}
}

// Each is the language of a pattern for each of some texts.
func Each(list []string, write func(b *Builder, s string)) *Language {
	l := &Language{}
	for _, s := range list {
		b := &Builder{}
		write(b, s)
		l.Add(b)
	}
	return l
}

// Texts is the language of the strings themselves.
func Texts(list ...string) *Language {
	return Each(list, func(b *Builder, s string) { b.Text(s) })
}

// Matches says whether the language holds a string of Latin-1 bytes.
func (l *Language) Matches(s string) bool { return l.Contains(s, nil) }

// Contains is Matches with the work counted; it is not where work is nil.
func (l *Language) Contains(s string, work *Budget) bool {
	if l == nil {
		return false
	}
	steps := len(l.Alternatives)
	for i := range l.Alternatives {
		ok, n := l.Alternatives[i].match(s)
		steps += n
		if ok {
			work.Spend(steps / stepsPerUnit)
			return true
		}
	}
	work.Spend(steps / stepsPerUnit)
	return false
}

// maxWithin bounds how many patterns are compared to see whether one language is plainly in another.
const maxWithin = 1000

// apart says whether it is plain to see that two languages share nothing: all their patterns have different tags.
func (l *Language) apart(o *Language) bool {
	for i := range l.Alternatives {
		for j := range o.Alternatives {
			a, b := l.Alternatives[i].Tag, o.Alternatives[j].Tag
			if a == "" || b == "" || a == b {
				return false
			}
		}
	}
	return len(l.Alternatives) > 0 && len(o.Alternatives) > 0
}

// within says whether it is plain to see that o holds all of l.
func (l *Language) within(o *Language, work *Budget) bool {
	if len(o.Tags) == 0 && len(l.Alternatives)*len(o.Alternatives) > maxWithin {
		return false
	}
	for i := range l.Alternatives {
		a := &l.Alternatives[i]
		if a.Tag != "" && o.Tags[a.Tag] {
			continue
		}
		work.Spend(1 + len(o.Alternatives)/4)
		if len(o.Alternatives) > maxWithin || !slices.ContainsFunc(o.Alternatives, func(b Pattern) bool {
			return a.only == b.only && a.Literal == b.Literal && slices.EqualFunc(a.Elements, b.Elements, Element.equal)
		}) {
			return false
		}
	}
	return true
}
