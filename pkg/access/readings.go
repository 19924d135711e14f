package access

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// The own organization and account, and the ARN of a key, are one fixed value each, whether it is known or not. One that
// is not known is a symbol: it equals itself, and a text of the document perhaps. So the document is read several times:
// once with values that it does not name, and once with each that it compares them with. What all readings say is certain.

// maxReadings bounds how many readings are tried, and tooManyReadings says what an answer lacks that is not of them all.
const (
	maxReadings     = 64
	tooManyReadings = "the document compares what is not known of the owner or the key with too many values to try each"
)

// readings are the subject in the readings of what is not known of it, and whether they are all that there are. The first takes
// nothing for what the document names.
func (s Subject) readings(doc *iam.Document) (out []Subject, all bool) {
	first := s.complete(doc)
	out = []Subject{first}
	for _, arn := range s.keysNamed(doc, first) {
		one := first.WithARN(arn)
		one.unknownKey = true
		if a, ok := aws.ParseARN(arn); ok && s.Account == "" {
			one.Account = a.Account
		}
		out = append(out, one)
	}
	if s.Kind == iam.Identity && s.Account == "" {
		for _, account := range append(valuesNamed(doc, aws.KeyPrincipalAccount, accountIDs), valuesNamed(doc, aws.KeyCallerAccount, accountIDs)...) {
			one := first
			one.Account = account
			out = append(out, one)
		}
		return bounded(out)
	}
	if account := aws.AccountOf(s.Resource); s.Account == "" && (account == "" || StandsIn(account)) {
		for _, account := range s.accountsNamed(doc, first) {
			one := first
			one.Account, one.unknownKey = account, true
			if a, ok := aws.ParseARN(first.Resource); ok {
				a.Account = account
				one.Resource = a.String()
			}
			out = append(out, one)
		}
	}
	out, all = bounded(taggedTwice(doc, out))
	out, every := bounded(s.ownOrganizations(doc, out))
	return out, all && every
}

// bounded are as many readings as are tried, and whether they are all of them.
func bounded(readings []Subject) ([]Subject, bool) {
	return readings[:min(len(readings), maxReadings)], len(readings) <= maxReadings
}

// ownOrganizations reads a document with each organization, and each place in it, that it compares the own account's with;
// and with none.
func (s Subject) ownOrganizations(doc *iam.Document, readings []Subject) []Subject {
	id, paths := speaksOf(doc, aws.KeyResourceOrgID), speaksOf(doc, aws.KeyResourceOrgPaths)
	if !paths && (!id || s.Organization != "") {
		return readings
	}
	possible := orgPaths
	if s.Organization != "" {
		possible = sets.Of(func(b *sets.Builder) { b.Text(s.Organization).Text("/").Run(sets.AnyChar) })
	}
	out := readings
	for _, one := range readings {
		if s.Organization == "" {
			for _, org := range valuesNamed(doc, aws.KeyResourceOrgID, orgIDs) {
				one.Organization = org
				out = append(out, one)
			}
		}
		for _, path := range valuesNamed(doc, aws.KeyResourceOrgPaths, possible) {
			one.orgPath = path
			one.Organization, _, _ = strings.Cut(path, "/")
			out = append(out, one)
		}
		if s.Organization == "" && (tested(doc, aws.KeyResourceOrgID) || tested(doc, aws.KeyResourceOrgPaths)) {
			one.Organization, one.orgPath, one.noOrganization = "", "", true
			out = append(out, one)
		}
	}
	return out
}

// taggedTwice reads a document with each of two tags whose keys differ only in upper and lower case, where it speaks of
// them: the names of condition keys do not tell them apart.
// https://docs.aws.amazon.com/kms/latest/developerguide/tagging-keys.html
func taggedTwice(doc *iam.Document, readings []Subject) []Subject {
	if !twins(readings[0].Constants) {
		return readings
	}
	byKey := map[string][]string{}
	for name := range readings[0].Constants {
		key := strings.ToLower(name)
		byKey[key] = append(byKey[key], name)
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		spelled := byKey[key]
		if len(spelled) < 2 || !speaksOf(doc, key) {
			continue
		}
		slices.Sort(spelled)
		var out []Subject
		for _, s := range readings {
			for _, keep := range spelled {
				one := s
				one.Constants = maps.Clone(s.Constants)
				maps.DeleteFunc(one.Constants, func(name, _ string) bool { return strings.ToLower(name) == key && name != keep })
				out = append(out, one)
			}
		}
		readings = out
	}
	return readings
}

// twins says whether two names differ in upper and lower case only.
func twins(named map[string]string) bool {
	names := slices.Collect(maps.Keys(named))
	for i, a := range names {
		if slices.ContainsFunc(names[:i], func(b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }) {
			return true
		}
	}
	return false
}

// agreed is what all readings say together: public where each of them is, and not where none is.
func agreed(results []Result, depends string) Result {
	r := results[0]
	same := true
	for _, o := range results[1:] {
		same = same && o.Public == r.Public
	}
	if !same {
		out := Result{Verdict: Unknown, Public: Unsure, Statement: r.Statement, Reason: "it depends on " + depends}
		for _, o := range results {
			if o.Public != No && out.Statement < 0 {
				out.Statement = o.Statement
			}
		}
		return out
	}
	for _, o := range results[1:] {
		switch {
		case o.Verdict == r.Verdict:
		case o.Verdict == Unknown || r.Verdict == Broad || o.Verdict == Broad:
			// Which keys an identity policy reaches is not known.
			if r.Verdict != Unknown {
				r.Verdict, r.Reason, r.Witness = Unknown, o.Reason, nil
				if r.Reason == "" {
					r.Reason = "it depends on " + depends
				}
			}
		case r.Verdict != Unknown && slices.Index(widths, o.Verdict) < slices.Index(widths, r.Verdict):
			r = o
			r.Witness = nil // of some readings only
		}
	}
	return r
}

// decidedBy says which of the things that are not known the readings differ in.
func decidedBy(readings []Subject) string { return strings.Join(differences(readings), " and ") }

func differences(readings []Subject) []string {
	var out []string
	for _, s := range readings[1:] {
		switch {
		case s.Organization != readings[0].Organization || s.noOrganization:
			out = appendNew(out, "the own organization, which is not known")
		case s.orgPath != "":
			out = appendNew(out, "where the own account is in its organization, which is not known")
		}
		if s.Resource != readings[0].Resource && s.Kind == iam.Key {
			out = appendNew(out, "the ARN of the key, which is not known")
		} else if s.Account != readings[0].Account {
			out = appendNew(out, "the own account, which is not known")
		}
		for _, name := range slices.Sorted(maps.Keys(s.Constants)) {
			if _, ok := readings[0].Constants[name]; !ok {
				out = appendNew(out, "which of two tags that differ in upper and lower case "+name+" is")
			}
		}
	}
	return out
}

// keysNamed are ARNs that the key may have, one for each pattern in a Resource of the document that covers it and not the first
// reading's, or the other way round. The id of a key that is created is one that nobody knows: no text is it, but for itself.
func (s Subject) keysNamed(doc *iam.Document, first Subject) []string {
	if s.Kind != iam.Key || s.known() {
		return nil
	}
	here := s
	here.Partition = first.Partition
	possible, ids := sync.OnceValue(s.possibleARNs), sync.OnceValue(here.possibleIDs)
	var out []string
	var tell []sets.Member
	var same int
	work := newBudget()
	for _, p := range resourcesOf(doc) {
		switch {
		case p == "*":
		case s.Resource == "" || !tellsIDs(p):
			if arn, ok := sets.Find([]sets.Member{{In: possible()}, {In: resourceLanguage(p, false)}}, nil, "", work); ok && !covers(p, first.Resource) {
				out = appendNew(out, arn)
			}
		case len(tell) == maxTold: // by itself
			other := sets.Member{In: resourceLanguage(p, false), Not: covers(p, first.Resource)}
			if arn, ok := sets.Find([]sets.Member{{In: ids()}, other}, nil, "", work); ok {
				out = appendNew(out, arn)
			}
		default:
			if covers(p, first.Resource) {
				same |= 1 << len(tell)
			}
			tell = append(tell, sets.Member{In: resourceLanguage(p, false)})
		}
	}
	for fits := range 1 << len(tell) { // each way in which the patterns tell ids apart
		members := []sets.Member{{In: ids()}}
		for i, m := range tell {
			m.Not = fits&(1<<i) == 0
			members = append(members, m)
		}
		if fits == same {
			continue
		}
		if arn, ok := sets.Find(members, nil, "", work); ok {
			out = appendNew(out, arn)
		}
	}
	return out
}

// maxTold bounds how many patterns of ids are told apart in all combinations; the others are each by itself.
const maxTold = 4

// tellsIDs says whether some ids of keys fit a pattern, and others do not.
func tellsIDs(pattern string) bool {
	id := pattern[strings.LastIndexByte(pattern, '/')+1:]
	parts := strings.SplitN(pattern, ":", 4)
	return id != "*" && strings.ContainsAny(id, "*?") && (len(parts) < 4 || parts[2] == "kms" || strings.ContainsAny(parts[2], "*?"))
}

// possibleARNs are the ARNs that the key may have, where its own is not known. One that is created has an id that nobody knows.
func (s Subject) possibleARNs() *sets.Language {
	return sets.Of(func(b *sets.Builder) {
		s.placeOf(b)
		if s.Resource != "" {
			b.Text(s.Resource[strings.LastIndexByte(s.Resource, '/')+1:])
			return
		}
		b.Plus(keyIDChars)
	})
}

// possibleIDs are the ARNs that a new key may have: its id has a form.
// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-id
func (s Subject) possibleIDs() *sets.Language {
	hex := sets.CharsOf(sets.Digits + "abcdef")
	return sets.Of(func(b *sets.Builder) {
		if of, ok := aws.ParseARN(s.Resource); ok && !StandsIn(of.Region) && !StandsIn(of.Account) {
			b.Text(s.Resource[:strings.LastIndexByte(s.Resource, '/')+1])
		} else {
			s.placeOf(b)
		}
		if strings.Contains(s.Resource, unknown.MultiKeyIDText) {
			b.Text("mrk-").Times(hex, 32)
			return
		}
		b.Times(hex, 8).Text("-").Times(hex, 4).Text("-").Times(hex, 4).Text("-").Times(hex, 4).Text("-").Times(hex, 12)
	})
}

// placeOf is where the key may be, up to its id.
func (s Subject) placeOf(b *sets.Builder) {
	partitionOf(b, s.Partition).Text(":kms:")
	if s.Region != "" {
		b.Text(s.Region)
	} else {
		b.Plus(sets.WordDash)
	}
	b.Text(":")
	if s.Account != "" {
		b.Text(s.Account)
	} else {
		b.Times(sets.Digit, 12)
	}
	b.Text(":key/")
}

// accountsNamed are accounts that conditions compare the key's with.
func (s Subject) accountsNamed(doc *iam.Document, first Subject) []string {
	return slices.DeleteFunc(valuesNamed(doc, aws.KeyResourceAccount, accountIDs), func(a string) bool { return a == first.Account })
}

// resourcesOf are the patterns of keys in the document, with any text for their variables.
func resourcesOf(doc *iam.Document) []string {
	var out []string
	for i := range doc.Statements {
		for _, l := range []*iam.List{doc.Statements[i].Resource, doc.Statements[i].NotResource} {
			for _, v := range l.All() {
				if !v.Known() || v.S == "*" {
					continue
				}
				var b strings.Builder
				for _, p := range iam.Variables(v.S) {
					if p.Key != "" {
						b.WriteString("*")
						continue
					}
					b.WriteString(spelled(p))
				}
				out = appendNew(out, b.String())
			}
		}
	}
	return out
}

// valuesNamed are values of a key, each of which a value in the conditions of the document on it fits.
func valuesNamed(doc *iam.Document, key string, possible *sets.Language) []string {
	var out []string
	work := newBudget()
	for i := range doc.Statements {
		for _, c := range doc.Statements[i].Conditions {
			op, ok := iam.ParseOperator(c.Operator.S)
			if !ok || op.Name == "null" || !strings.EqualFold(c.Key.S, key) {
				continue
			}
			for _, v := range c.Values.Items {
				if !v.Known() || strings.Contains(v.S, "${") {
					continue
				}
				fits := sets.Of(func(b *sets.Builder) { writeValue(b, op.Name, v.S, wholeView) })
				if text, ok := sets.Find([]sets.Member{{In: possible}, {In: fits}}, nil, "", work); ok {
					out = appendNew(out, text)
				}
			}
		}
	}
	return out
}
