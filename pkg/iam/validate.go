package iam

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/keyproof/keyproof/pkg/aws"
)

// Validate returns the document's problems, those that depend on the kind included, in the order of the text.
// What is not known before apply is no problem.
func Validate(d *Document, kind Kind) []Problem { return ValidateWithin(d, kind, kind.MaxSize(), "") }

// ValidateWithin is Validate for a document that may have at most so many characters, for a key or role in a partition, "" where
// that is not known. White space does not count for IAM.
func ValidateWithin(d *Document, kind Kind, size int, partition string) []Problem {
	v := validator{Document: Document{Text: d.Text}, kind: kind, size: size, partition: partition}
	v.Problems = append(v.Problems, d.Problems...)
	if d.Version.Set && d.Version.Known() && d.Version.S != "2012-10-17" && d.Version.S != "2008-10-17" {
		v.refuse(-1, d.Version, "AWS knows the versions 2012-10-17 and 2008-10-17, not %q", d.Version.S)
	}
	v.text(d.Text.S)
	sids := map[string]bool{}
	last := -1
	for s := range d.All() {
		if s.Hole != "" {
			continue
		}
		v.statement(s)
		if kind != Key && s.Sid.S != "" && s.Sid.Known() && s.Index != last {
			if sids[s.Sid.S] {
				v.refuse(s.Index, s.Sid, "two statements have the Sid %q", s.Sid.S)
			}
			sids[s.Sid.S] = true
		}
		last = s.Index
	}
	return v.Problems
}

func (v *validator) text(s string) {
	size := len(s)
	if size > v.size && v.kind != Key {
		size = 0
		for _, r := range s {
			if !unicode.IsSpace(r) {
				size++
			}
		}
	}
	if size > v.size {
		v.problem(true, -1, 0, len(s), "it has %d characters, AWS accepts %d", size, v.size)
	}
	ascii := 0
	for ascii < len(s) && s[ascii] < utf8.RuneSelf { // nearly always all of it
		ascii++
	}
	for i, p := range s[ascii:] {
		if p > 0xFF && !(p >= 0xE0A0 && p <= 0xE0A1) {
			_, size := utf8.DecodeRuneInString(s[ascii+i:])
			v.problem(true, -1, ascii+i, ascii+i+size, "it holds the character %q; AWS accepts characters up to U+00FF", p)
			return
		}
	}
	if strings.Contains(s, `\u`) {
		v.escapes(s)
	}
}

var escapes = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\u[0-9a-fA-F]{4}`) })

// escapes looks for characters that are written as escapes. Whether the rule is about what these stand for, too, is not said.
func (v *validator) escapes(s string) {
	for _, at := range escapes().FindAllStringIndex(s, -1) {
		p, err := strconv.ParseUint(s[at[0]+2:at[1]], 16, 32)
		if before := strings.TrimRight(s[:at[0]], `\`); err != nil || (at[0]-len(before))%2 == 1 || p <= 0xFF && (p >= ' ' || strings.ContainsRune("\t\n\r", rune(p))) {
			continue
		}
		v.problem(true, -1, at[0], at[1], "it holds the character %s; AWS accepts printable characters up to U+00FF", s[at[0]:at[1]]).Perhaps = true
		return
	}
}

func (v *validator) statement(s *Statement) {
	switch {
	case !s.Effect.Set:
		v.problem(true, s.Index, s.Start, s.End, "the statement has no Effect")
	case s.Effect.Known() && s.Effect.S != "Allow" && s.Effect.S != "Deny":
		p := v.refuse(s.Index, s.Effect, "Effect is Allow or Deny, in this spelling, not %q", s.Effect.S)
		// The documentation says that it is case-sensitive; documents of AWS's own that are deployed have it otherwise.
		p.Perhaps = strings.EqualFold(s.Effect.S, "Allow") || strings.EqualFold(s.Effect.S, "Deny")
	}
	v.actions(s)
	v.resources(s)
	v.principal(s)
	if v.kind != Key && s.Sid.Known() && strings.Trim(s.Sid.S, lettersAndDigits) != "" {
		p := v.refuse(s.Index, s.Sid, "the Sid %q holds more than letters and digits", s.Sid.S)
		p.Perhaps = v.kind == Trust // it is a policy of IAM; the rule is said of those that grant access
	}
	type slot struct{ operator, key string }
	var seen map[slot]string
	for i := range s.Conditions {
		c := &s.Conditions[i]
		v.condition(s, c)
		if len(s.Conditions) == 1 {
			break // there is no other
		}
		if seen == nil {
			seen = map[slot]string{}
		}
		at := slot{c.Operator.S, aws.Lower(c.Key.S)}
		if other, ok := seen[at]; ok && other != c.Key.S {
			v.refuse(s.Index, c.Key, "the condition keys %q and %q are the same", other, c.Key.S)
		}
		seen[at] = c.Key.S
	}
}

const lettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func (v *validator) actions(s *Statement) {
	switch {
	case s.Action != nil && s.NotAction != nil:
		v.problem(true, s.Index, s.Start, s.End, "the statement has both Action and NotAction")
	case s.Action == nil && s.NotAction == nil && s.ConditionHole == "":
		// KMS stores such a statement, and it has no effect.
		// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
		v.problem(v.kind != Key, s.Index, s.Start, s.End, "the statement has no Action, so it never applies")
	}
	for _, l := range []*List{s.Action, s.NotAction} {
		if l == nil {
			continue
		}
		v.empty(s, l, "actions")
		for _, a := range l.Items {
			vendor, _, ok := strings.Cut(a.S, ":")
			switch {
			case !a.Known() || a.S == "*":
			case !ok:
				v.refuse(s.Index, a, "the action %q does not name a service, as in kms:Decrypt", a.S)
			case v.kind == Trust && !strings.EqualFold(vendor, "sts"):
				v.refuse(s.Index, a, "a trust policy is about actions of sts, not %q", a.S)
			}
		}
	}
}

// empty is a list of an element without anything in it, which IAM refuses; KMS stores the statement, and it has no effect.
func (v *validator) empty(s *Statement, l *List, of string) {
	if len(l.Items) == 0 {
		v.problem(v.kind != Key, s.Index, l.Start, l.End, "the list of %s is empty, so the statement never applies", of)
	}
}

func (v *validator) resources(s *Statement) {
	switch {
	case s.Resource != nil && s.NotResource != nil:
		v.problem(true, s.Index, s.Start, s.End, "the statement has both Resource and NotResource")
	case v.kind == Trust && (s.Resource != nil || s.NotResource != nil):
		v.problem(true, s.Index, s.Start, s.End, "a trust policy has no Resource: the role itself is the resource")
	case v.kind != Trust && s.Resource == nil && s.NotResource == nil && s.ConditionHole == "":
		v.problem(v.kind != Key, s.Index, s.Start, s.End, "the statement has no Resource, so it never applies")
	}
	if v.kind == Trust {
		return
	}
	for _, l := range []*List{s.Resource, s.NotResource} {
		if l == nil {
			continue
		}
		v.empty(s, l, "resources")
		for _, r := range l.Items {
			if v.kind == Key {
				if l == s.Resource && len(l.Items) == 1 && r.Set && r.S == "" {
					v.problem(false, s.Index, r.Start, r.End, "the resource is empty, so the statement never applies")
				}
				continue
			}
			if text, ok := v.likely(r); ok && !strings.HasPrefix(text, "arn:") && !strings.HasPrefix(text, "*") {
				v.refuse(s.Index, r, "the resource %q is neither an ARN nor \"*\"", v.Text.Shown(r.S))
			}
		}
	}
}

func (v *validator) condition(s *Statement, c *Condition) {
	op, ok := ParseOperator(c.Operator.S)
	switch {
	case !c.Operator.Known():
		return
	case !ok:
		v.refuse(s.Index, c.Operator, "AWS has no condition operator %q", c.Operator.S)
		return
	}
	if !c.Key.Known() {
		return
	}
	key := aws.Lower(c.Key.S)
	if !strings.Contains(key, ":") {
		v.refuse(s.Index, c.Key, "the condition key %q does not name a service, as in aws:PrincipalOrgID", c.Key.S)
	}
	// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
	if v.kind == Key && op.Set == "all" && (strings.HasPrefix(key, aws.KeyEncryptionContext) || strings.HasPrefix(key, aws.KeyRequestTag)) {
		v.refuse(s.Index, c.Key, "KMS refuses ForAllValues with %q: it is true when the key is absent", c.Key.S)
	}
}
