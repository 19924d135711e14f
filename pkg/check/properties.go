package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// manyValues is how many values of a property are tried one by one. What lies beyond is not told apart from any other value.
const manyValues = 12

// inEachProperty judges a policy on its key or role. Where the policy speaks of properties that are not known, what holds
// whatever they are holds.
func inEachProperty(s access.Subject, docs []*iam.Document, judge func(access.Subject) *judged) *judged {
	names := askedOf(s, docs)
	if len(names) == 0 {
		return judge(s)
	}
	which := strings.Join(names, ", ")
	if slices.ContainsFunc(docs, func(d *iam.Document) bool { return d.Text.SensitiveAt(0, len(d.Text.S)) }) {
		which = "a property"
	}
	return inEach(propertyReadings(s, docs, names), judge, which+propertyOf+s.Address)
}

// askedOf are the properties that the documents ask for and that are not known, sorted.
func askedOf(s access.Subject, docs []*iam.Document) []string {
	var out []string
	for _, d := range docs {
		for i := range d.Statements {
			for _, c := range d.Statements[i].Conditions {
				if c.Key.Known() && isProperty(c.Key.S) && !tells(s, c.Key.S) {
					out = append(out, c.Key.S)
				}
			}
		}
	}
	return Sorted(out)
}

// propertyReadings are the subject as it is, so that a property may be whatever lets somebody in, and with each of the
// properties: absent where it may be, as another value, and as each value that the documents write out, or one that fits their pattern.
func propertyReadings(s access.Subject, docs []*iam.Document, names []string) []access.Subject {
	with := func(value func(name string) (string, bool)) access.Subject {
		one := s
		one.Constants, one.Whole = map[string]string{}, append(slices.Clip(s.Whole), names...)
		maps.Copy(one.Constants, s.Constants)
		for _, name := range names {
			if v, there := value(name); there {
				one.Constants[name] = v
			}
		}
		return one
	}
	out := []access.Subject{
		s,
		with(func(name string) (string, bool) { return unknown.FixedText(0), !mayLack(name) }),
		with(func(string) (string, bool) { return unknown.FixedText(0), true }),
	}
	for _, name := range names {
		values := valuesOf(docs, name)
		for _, v := range values[:min(len(values), manyValues)] {
			out = append(out, with(func(n string) (string, bool) {
				if n == name {
					return v, true
				}
				return unknown.FixedText(0), true
			}))
		}
	}
	return out
}

// tells says whether a subject has a property, or has all that there are of its kind.
func tells(s access.Subject, name string) bool {
	for have := range s.Constants {
		if strings.EqualFold(have, name) {
			return true
		}
	}
	return slices.ContainsFunc(s.Whole, func(w string) bool { return len(name) >= len(w) && strings.EqualFold(name[:len(w)], w) })
}

// isProperty says whether a condition key tells a property of the key or role itself that neither a plan nor sources have to
// tell, its account aside.
func isProperty(key string) bool {
	switch strings.ToLower(key) {
	case aws.KeyResourceAccount, aws.KeyResourceOrgID, aws.KeyResourceOrgPaths:
		return false
	}
	return aws.OfTheKey(key)
}

// mayLack says whether a key or role may lack a property: a tag, or what it is among keys of several Regions.
func mayLack(property string) bool {
	property = strings.ToLower(property)
	return property == aws.KeyMultiRegionKeyType || strings.HasPrefix(property, aws.KeyResourceTag) || strings.HasPrefix(property, aws.KeyIAMResourceTag)
}

// wildcards puts characters in place of wildcards.
var wildcards = strings.NewReplacer("*", "", "?", "a")

// valuesOf are the values that documents compare a condition key with, sorted, as far as they are known; of a pattern one
// value that fits.
func valuesOf(docs []*iam.Document, key string) []string {
	var out []string
	for _, d := range docs {
		for i := range d.Statements {
			for _, c := range d.Statements[i].Conditions {
				for _, v := range c.Values.Items {
					if c.Key.S == key && v.Known() && !strings.Contains(v.S, "${") {
						out = append(out, v.S, wildcards.Replace(v.S))
					}
				}
			}
		}
	}
	return Sorted(out)
}
