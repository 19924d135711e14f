package access

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// The name of a role or user that is not known before apply is a text with unknown values, as what documents name it by is.
// The same values in the same places are that name; others are perhaps.

// calledBy is a value that may name somebody of an ARN whose name is not known, or may be one that is looked up, in the reading of
// the world that is being made: with what stands for the name where it is that one. It is false where nothing is known of the name.
func (w *filler) calledBy(v iam.String, arn string, as namedAs, excludes bool) (iam.String, bool) {
	written := v
	name, open := w.subject.nameOf(arn)
	head, text, looked := w.lookedUp(v.S)
	kind, stand, _ := strings.Cut(afterLast(arn, ":"), "/")
	switch {
	case looked && !open:
		name = unknown.Known(stand)
	case !open:
		return v, false
	case !looked:
		at := strings.LastIndexByte(v.S, ':') + 1
		if at == 0 && as != asBareName && as != asTextPattern {
			return v, false
		}
		head = w.fillAccounts(v.S[:at])
		text, _ = w.fillWith(v.S[at:], func(hole int) string { return unknown.Hole(w.numbers[hole] - 1) })
	}
	known, rest := w.numbered.ofName(name), ""
	if as == asTextPattern && !looked {
		whole, _ := w.fillWith(v.S, func(hole int) string { return unknown.Hole(w.numbers[hole] - 1) })
		if v.S = arn; globMatches(unknown.Fixed(whole), unknown.Fixed(arn[:len(arn)-len(stand)]+known)) {
			return v, true
		}
		if v = written; head == "" {
			return v, false
		}
	}
	pattern := as == asARNPattern || as == asTextPattern
	kind += "/"
	session := strings.HasPrefix(text, "assumed-role/") && kind == "role/" && strings.Count(text, "/") == 2
	if session || as == asBareName {
		stand, known = afterLast(stand, "/"), afterLast(known, "/") // without the path
		if kind = ""; session {
			kind, rest = "assumed-role/", text[strings.LastIndex(text, "/"):]
		}
	}
	named, ok := strings.CutPrefix(strings.TrimSuffix(text, rest), kind)
	if looked {
		known = afterLast(known, "/") // no two of an account have one name, whatever their paths
	} else if !ok || !unknown.HasHole(named) && !session {
		return v, false
	}
	same := ok && (named == known || pattern && globMatches(unknown.Fixed(named), unknown.Fixed(known)))
	switch {
	case same, ok && nameMayBe(named, known, pattern) && w.matches(v, excludes):
	case looked:
		stand = unknown.FixedText(w.numberOf(v.S))
	default:
		stand = unknown.Fixed(named)
	}
	v.S = head + kind + stand + unknown.Fixed(rest)
	return v, true
}

// namedAs is how a value names somebody: as a principal or an ARN, as a pattern of the one or of any text, or by the bare name of
// a user.
type namedAs int

const (
	asARN namedAs = iota
	asARNPattern
	asTextPattern
	asBareName
)

// comparesAs is how a condition on who calls takes its values.
func comparesAs(key, op string) namedAs {
	switch {
	case key == aws.KeyUserName:
		return asBareName
	case op == "stringlike":
		return asTextPattern
	case op == "arnlike":
		return asARNPattern
	}
	return asARN
}

// lookedUp is where a value that is the ARN of a looked-up role or user belongs, and its name as far as it is known.
func (w *filler) lookedUp(s string) (head, rest string, ok bool) {
	hole, whole := unknown.OneHole(s)
	if !whole || hole >= len(w.doc.Text.Holes) || !w.subject.looksUp(w.doc.Text.Holes[hole]) {
		return "", "", false
	}
	u := w.doc.Text.Holes[hole]
	rest = "role/"
	if strings.Contains(u.Of, "aws_iam_user") {
		rest = "user/"
	}
	if name, told := w.subject.in(u).Looked[u.Of]; told {
		rest += w.numbered.ofName(name)
	} else {
		rest += unknown.Hole(w.numbers[hole] - 1)
	}
	return "arn:" + w.subject.partition() + ":iam::" + cmp.Or(u.Account, w.subject.Account, w.subject.own()) + ":", rest, true
}

// ofName is a name with tokens for its unknown values that [unknown.Fixed] takes for the same symbols as in the documents.
func (n *numbering) ofName(name unknown.Text) string {
	return name.Numbered(func(holes []unknown.Symbol) []int {
		out := slices.Clone(n.of(holes))
		for i := range out {
			out[i]--
		}
		return out
	})
}

func afterLast(s, sep string) string { return s[strings.LastIndex(s, sep)+1:] }

// globMatches says whether a text fits a pattern.
func globMatches(pattern, text string) bool {
	l := sets.Of(func(b *sets.Builder) { b.Glob(pattern, sets.AnyChar) })
	return l.Matches(sets.ToLatin(text))
}

// nameMayBe says whether a value with unknown parts, or a pattern with them, may be about a name. What stands for the name of another
// role is no text that this one has.
func nameMayBe(value, name string, pattern bool) bool {
	if strings.Contains(value, unknown.KeyIDText) {
		return false
	}
	if pattern {
		n := 1 << 20
		var b strings.Builder
		for _, r := range value {
			if r == '*' || r == '?' {
				n++
				b.WriteString(unknown.Hole(n))
			} else {
				b.WriteRune(r)
			}
		}
		value = b.String()
	}
	return unknown.MayEqual(strings.ToLower(value), strings.ToLower(name))
}
