package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// openName is the name of a condition key that is in no table, as the document writes it, "" where the key is known: AWS
// may have added it since, or a session may have it from an identity provider. A condition on it may hold or not, for anybody.
func (s *Subject) openName(st *iam.Statement, key iam.String) string {
	lower := aws.Lower(key.S)
	if _, told := s.Keys[lower]; told {
		return ""
	}
	switch {
	case isClaim(lower) && s.Kind == iam.Trust:
		if s.openClaim(st, lower) {
			return key.S
		}
	case s.open(lower):
		return key.S
	}
	return ""
}

// open says whether it is not known if requests have a key, which is no claim of a token.
func (s *Subject) open(key string) bool {
	return !aws.Listed(key) && !aws.Elsewhere(key) && !s.ofOthers(key) && !s.tokenKey(key)
}

// tokenKey says whether a key is one of those that requests with a token have, whatever the token is.
func (s *Subject) tokenKey(key string) bool {
	return s.Kind == iam.Trust && (isClaim(key) || strings.HasPrefix(key, "saml:"))
}

// openClaim says whether a key is a claim of one of the statement's providers of which AWS is not known to make a key.
func (s *Subject) openClaim(st *iam.Statement, key string) bool {
	if st.Principal == nil {
		return false
	}
	return slices.ContainsFunc(st.Principal.Entries, func(e iam.Entry) bool {
		return e.Type.S == "Federated" && slices.ContainsFunc(e.Values.Items, func(v iam.String) bool {
			host, oidc := aws.ProviderHost(v.S)
			claim, own := claimOf(host, key)
			iss, _ := aws.FindIssuer(v.S, s.SharedIssuers)
			return oidc && own && !iss.HasClaim(claim)
		})
	})
}

// hasOpenNames says whether a condition of the document is on a key that is in no table.
func (s *Subject) hasOpenNames(doc *iam.Document) bool {
	for st := range doc.All() {
		for k := range st.Conditions {
			if key := st.Conditions[k].Key; key.Known() && s.openName(st, key) != "" {
				return true
			}
			if s.unsuited(&st.Conditions[k]) {
				return true
			}
			for _, v := range st.Conditions[k].Values.Items {
				if s.strangeVariable(doc, v) != "" || s.strangeValue(&st.Conditions[k], v) != "" {
					return true
				}
			}
		}
		if st.Action != nil && s.Kind != iam.Trust && slices.ContainsFunc(st.Action.Items, func(v iam.String) bool { return openAction(v.S) }) {
			return true
		}
	}
	return false
}

// unsuited says whether a condition compares a key with an operator for values of another kind: no page of AWS says whether that
// matches.
func (s *Subject) unsuited(c *iam.Condition) bool {
	op, ok := iam.ParseOperator(c.Operator.S)
	key := aws.Lower(c.Key.S)
	info, exists := s.Keys[key], true
	if info.Name == "" {
		info, exists = aws.Describe(key)
	}
	if !ok || !exists || len(c.Values.Items) == 0 || op.Name == "null" || op.Name == "bool" || info.Tells == aws.Constant || s.ofOthers(key) {
		return false
	}
	if has, _ := s.callersHave(key); !has { // it is no matter of theirs
		return false
	}
	switch number, date := strings.HasPrefix(op.Name, "numeric"), strings.HasPrefix(op.Name, "date"); {
	case key == aws.KeyCurrentTime || key == aws.KeyEpochTime:
		return !date && !(number && key == aws.KeyEpochTime)
	case key == aws.KeySourceIp || key == aws.KeyVpcSourceIp:
		return number || date || op.Name != "ipaddress" && slices.ContainsFunc(c.Values.Items, func(v iam.String) bool {
			_, read := textualPrefix(v.S, op.Name == "stringlike")
			return v.Known() && !read
		})
	case number || date || op.Name == "ipaddress":
		return info.Tells.Restricts() || info.Enumerated || info.Type == aws.ARNs || info.Type == aws.Principals || ofOwnForm(key)
	}
	return false
}

// callersHave says whether requests of principals may have a key, and whether some lack it.
func (s *Subject) callersHave(key string) (some, lack bool) {
	form := aws.Form{}
	if s.Kind == iam.Identity {
		form.Caller = aws.Holder
	}
	for form.Origin = aws.Internet; form.Origin <= aws.Unseen; form.Origin++ {
		for _, form.Forwarded = range []bool{false, true} {
			form.Chained = form.Forwarded
			has := aws.Has(key, form)
			some, lack = some || has != aws.Never, lack || has != aws.Always
		}
	}
	return some, lack
}

// ofOwnForm says whether a key that the caller chooses is no number, date or address.
func ofOwnForm(key string) bool {
	switch key {
	case aws.KeyPrincipalType, aws.KeyUserName, aws.KeyViaService, aws.KeyCalledVia, aws.KeyCalledViaFirst, aws.KeyCalledViaLast, aws.KeyRequestedRegion:
		return true
	}
	return false
}

// strangeVariable is the name of a condition key in no table that a variable in the value names, "" where there is none.
func (s *Subject) strangeVariable(doc *iam.Document, v iam.String) string {
	if !strings.Contains(v.S, "${") || !doc.HasVariables() || !v.Known() {
		return ""
	}
	for _, p := range iam.Variables(v.S) {
		key := aws.Lower(p.Key)
		if _, told := s.Keys[key]; !told && s.open(key) {
			return p.Key
		}
	}
	return ""
}

// strangeValue says what is not known where a condition compares a key with a value that is none of those that AWS documents for
// it, "" where it does not: AWS may have added it.
func (s *Subject) strangeValue(c *iam.Condition, v iam.String) string {
	key := aws.Lower(c.Key.S)
	info, _ := aws.Describe(key)
	if _, told := s.Keys[key]; told || !info.Enumerated || !v.Known() || strings.Contains(v.S, "${") {
		return ""
	}
	op, ok := iam.ParseOperator(c.Operator.S)
	exact := strings.HasPrefix(op.Name, "stringequals")
	if key == aws.KeyGrantOperations && named(keyActions, "kms:"+v.S) != 0 {
		return "" // no grant is for such an action
	}
	if !ok || !comparesText(op.Name) || v.S == "" || exact && strings.ContainsAny(v.S, "*?") || slices.ContainsFunc(info.Samples, func(one string) bool { return textHolds(op.Name, v.S, one) }) {
		return ""
	}
	return "whether " + info.Name + " can have a value that keyproof does not know"
}

func (w *filler) openVariable(v iam.String) string { return w.subject.strangeVariable(w.doc, v) }

// inVariable says whether an unknown part of a value may be part of the name of a variable, so that nothing is known of the text
// that comes of it.
func (w *filler) inVariable(v iam.String) bool {
	if w.doc.Version.Known() && !w.doc.HasVariables() {
		return false
	}
	var b strings.Builder
	for _, p := range unknown.Parts(v.S) {
		b.WriteString(p.Text)
		if p.Hole >= 0 {
			b.WriteByte(0)
		}
	}
	s := b.String()
	if strings.Contains(s, "$\x00") || strings.Contains(s, "\x00{") {
		return true
	}
	for _, part := range strings.Split(s, "${")[1:] {
		if end := strings.IndexAny(part, ",}"); strings.Contains(part[:max(end, 0)], "\x00") || end < 0 && strings.Contains(part, "\x00") {
			return true
		}
	}
	return false
}

// variable is a value with a variable of which nothing is known: any text, or what it is without the key.
func (w *filler) variable(op iam.Operator, v iam.String) (iam.String, bool) {
	open, absent := w.matches(v, op.Negated), false
	var b strings.Builder
	for _, p := range iam.Variables(v.S) {
		_, known := aws.Describe(aws.Lower(p.Key))
		switch {
		case p.Key == "":
			b.WriteString(spelled(p))
		case known:
			b.WriteString("${" + p.Key + "}")
		case open:
			b.WriteRune(sets.AnyRun)
		case p.HasFallback:
			b.WriteString(sets.Literal(p.Fallback))
		default:
			absent = true
		}
	}
	if open {
		return w.anything(op, v, b.String()), true
	}
	v.S = b.String()
	return v, !absent
}

// withoutName says what a condition on a key that is in no table is for a request without the key, and whether that is
// the best for a stranger: then what the key turns out to be makes no difference.
func (w *filler) withoutName(c *iam.Condition) (holds, sure bool) {
	op, ok := iam.ParseOperator(c.Operator.S)
	if !ok || slices.ContainsFunc(c.Values.Items, func(v iam.String) bool { return !v.Known() }) {
		return false, false
	}
	holds = withoutKey(op, c.Values.Items)
	return holds, holds != w.deny
}

// openAction says whether a text is the name of an action of KMS that is in no table, or a pattern that none fits: AWS may have
// added one.
func openAction(s string) bool {
	if matchActions(keyActions, s) != 0 {
		return false
	}
	vendor, name, ok := strings.Cut(strings.ToLower(s), ":")
	// ReEncrypt is the name of an operation, and of no action.
	// https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html
	return ok && vendor == "kms" && name != "" && name != "reencrypt" && strings.Trim(name, sets.Lower+sets.Digits+"*") == ""
}

// newActions decides the actions of an Allow that are in no table both ways: one that is new may open as much as the worst
// that is known.
func (w *filler) newActions(l *iam.List) *iam.List {
	if l == nil || w.deny || w.subject.Kind == iam.Trust || !slices.ContainsFunc(l.Items, func(v iam.String) bool { return openAction(v.S) }) {
		return l
	}
	out := *l
	out.Items = nil
	for _, v := range l.Items {
		if openAction(v.S) {
			open := w.matches(v, false)
			w.choices[w.at[place{w.index, v.Start}]].name = v.S
			if !open {
				continue
			}
			v.S = keyActions[0].Name
		}
		out.Items = append(out.Items, v)
	}
	return &out
}
