package access

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func appendAllNew(list, more []string) []string {
	for _, s := range more {
		list = appendNew(list, s)
	}
	return list
}

// speaksOf says whether the document names a condition key, in a condition or in a variable.
func speaksOf(doc *iam.Document, key string) bool {
	in := func(items []iam.String) bool {
		return slices.ContainsFunc(items, func(v iam.String) bool {
			return strings.Contains(v.S, "${") && slices.ContainsFunc(iam.Variables(v.S), func(p iam.Part) bool { return strings.EqualFold(p.Key, key) })
		})
	}
	return slices.ContainsFunc(doc.Statements, func(s iam.Statement) bool {
		return s.Resource != nil && in(s.Resource.Items) || s.NotResource != nil && in(s.NotResource.Items) ||
			slices.ContainsFunc(s.Conditions, func(c iam.Condition) bool { return strings.EqualFold(c.Key.S, key) || in(c.Values.Items) })
	})
}

// tested says whether a condition of the document asks whether a key is there at all: also by comparing it with something else
// than itself.
func tested(doc *iam.Document, key string) bool {
	return slices.ContainsFunc(doc.Statements, func(s iam.Statement) bool {
		return slices.ContainsFunc(s.Conditions, func(c iam.Condition) bool {
			return strings.EqualFold(c.Key.S, key) && slices.ContainsFunc(c.Values.Items, func(v iam.String) bool { return !strings.Contains(v.S, "${") })
		})
	})
}

func refersTo(doc *iam.Document, kinds ...unknown.Kind) bool {
	return slices.ContainsFunc(doc.Text.Holes, func(h unknown.Symbol) bool {
		return h.Account == "" && slices.Contains(kinds, h.Kind) // else it says which account it is of
	})
}

// refs are the references of all unknown values in the document, in order of appearance.
func refs(doc *iam.Document) []string {
	var out []string
	for _, h := range doc.Text.Holes {
		out = appendAllNew(out, h.Refs())
	}
	return out
}

// hasHoles says whether any part of the document is unknown.
func hasHoles(doc *iam.Document) bool {
	return len(doc.Text.Holes) > 0 || unknown.HasHole(doc.Text.S)
}

func everyone() *iam.Principals {
	return &iam.Principals{Entries: []iam.Entry{{Type: iam.String{S: "AWS", Set: true}, Values: iam.List{Items: []iam.String{{S: "*", Set: true}}}}}}
}

// everythingAllowed is an Allow of all, in place of one of which nothing is known.
func everythingAllowed() iam.Statement {
	all := &iam.List{Items: []iam.String{{S: "*", Set: true}}}
	return iam.Statement{Effect: iam.String{S: "Allow", Set: true}, Principal: everyone(), Action: all, Resource: all}
}

// documentOf is a document of one statement.
func documentOf(s iam.Statement) *iam.Document {
	return &iam.Document{Version: iam.String{S: "2012-10-17", Set: true}, Statements: []iam.Statement{s}}
}

// spelled is a piece of text of a value, as a pattern.
func spelled(p iam.Part) string {
	if p.Literal {
		return sets.Literal(p.Text)
	}
	return p.Text
}

// withoutAccounts leaves out the principals that are whole accounts.
func withoutAccounts(p *iam.Principals) *iam.Principals {
	if p == nil || p.Text.Set {
		return p
	}
	out := *p
	out.Entries = nil
	for _, e := range p.Entries {
		list := iam.List{}
		for _, v := range e.Values.Items {
			if e.Type.S == "AWS" && (strings.HasSuffix(v.S, ":root") || isAccountPattern(v.S) && v.S != "*") {
				continue
			}
			list.Items = append(list.Items, v)
		}
		out.Entries = append(out.Entries, iam.Entry{Type: e.Type, Values: list})
	}
	return &out
}

// principalsOf are the principals of an element, a bare string as one of the kind AWS.
func principalsOf(p *iam.Principals) iter.Seq2[string, string] {
	return func(yield func(kind, value string) bool) {
		if p == nil || p.Text.Set && !yield("AWS", p.Text.S) {
			return
		}
		for i := range p.Entries {
			e := &p.Entries[i]
			for k := range e.Values.Items {
				if !yield(e.Type.S, e.Values.Items[k].S) {
					return
				}
			}
		}
	}
}

// nobody says whether an element names no principal at all.
func nobody(p *iam.Principals) bool {
	return !p.Text.Set && !slices.ContainsFunc(p.Entries, func(e iam.Entry) bool { return len(e.Values.Items) > 0 })
}

// withoutKey says whether a condition holds for requests that do not have its key.
func withoutKey(op iam.Operator, values []iam.String) bool {
	switch {
	case op.Name == "null":
		yes, _ := truths(values)
		return yes
	case op.Set != "":
		return op.Set == "all" || op.IfExists
	}
	return op.Negated || op.IfExists
}

// truths says whether true is among some values, and whether anything else is, which counts as false.
func truths(values []iam.String) (yes, no bool) {
	for _, v := range values {
		if strings.EqualFold(v.S, "true") {
			yes = true
		} else {
			no = true
		}
	}
	return yes, no
}

// isAccountPattern says whether the value is an account id, or one with wildcards, which AWS refuses.
func isAccountPattern(value string) bool {
	return value != "" && strings.Trim(value, sets.Digits+"*?") == ""
}

// isARN says whether the text has the six components of an ARN.
func isARN(s string) bool { return strings.Count(s, ":") >= 5 }

// withVariables is the document as one of the version that has variables, so that its statements can stand beside those of
// others: in one without them "${" is text.
func withVariables(doc *iam.Document) *iam.Document {
	if doc.HasVariables() {
		return doc
	}
	list := func(l *iam.List) *iam.List {
		if l == nil {
			return nil
		}
		out := *l
		out.Items = slices.Clone(l.Items)
		for i := range out.Items {
			out.Items[i].S = strings.ReplaceAll(out.Items[i].S, "${", "${$}{")
		}
		return &out
	}
	out := *doc
	out.Version = iam.String{S: "2012-10-17", Set: true}
	out.Statements = slices.Clone(doc.Statements)
	for s := range out.All() {
		s.Resource, s.NotResource = list(s.Resource), list(s.NotResource)
		s.Conditions = slices.Clone(s.Conditions)
		for k := range s.Conditions {
			s.Conditions[k].Values = *list(&s.Conditions[k].Values)
		}
	}
	return &out
}

// letsInAll says whether a list of principals is everyone.
func letsInAll(p *iam.Principals) bool {
	return p.Text.S == "*" || slices.ContainsFunc(p.Entries, func(e iam.Entry) bool {
		return e.Type.S == "AWS" && slices.ContainsFunc(e.Values.Items, func(v iam.String) bool { return v.S == "*" })
	})
}

// exemption is what rows depend on where a Deny exempts an account as a whole, or a role without its sessions.
const exemption = "whether a Deny with NotPrincipal exempts the principals of an account, or the sessions of a role, that it names"

// onlyNamed is a document in which each Deny with NotPrincipal exempts those alone whom AWS says it does: everybody, sessions, and
// users whose account it names, too; and false where none names others. Whether an account exempts its principals is not said, and a
// role is to be named with its account and its sessions.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func onlyNamed(doc *iam.Document, own string) (*iam.Document, bool) {
	out := *doc
	out.Statements = slices.Clone(doc.Statements)
	some := false
	for s := range out.All() {
		if s.Effect.S != "Deny" || s.NotPrincipal == nil {
			continue
		}
		named := *s.NotPrincipal
		named.Entries = slices.Clone(named.Entries)
		for k := range named.Entries {
			e := &named.Entries[k]
			whole := map[string]bool{}
			for _, v := range e.Values.Items {
				if strings.HasSuffix(v.S, ":root") || aws.IsAccountID(v.S) {
					whole[accountIn(doc, own, AccountPart(v.S))] = true
				}
			}
			left := slices.DeleteFunc(slices.Clone(e.Values.Items), func(v iam.String) bool {
				user := strings.Contains(v.S, ":user/") || kindOf(doc, v.S) == unknown.UserARN
				return v.S != "*" && !strings.Contains(v.S, ":sts:") && !(user && whole[accountIn(doc, own, AccountPart(v.S))])
			})
			if e.Type.S == "AWS" && len(left) < len(e.Values.Items) {
				some, e.Values.Items = true, left
			}
		}
		s.NotPrincipal = &named
	}
	return &out, some
}

// kindOf is what is known of a value that is not known as a whole, AnyText for others.
func kindOf(doc *iam.Document, value string) unknown.Kind {
	if hole, whole := unknown.OneHole(value); whole && hole < len(doc.Text.Holes) {
		return doc.Text.Holes[hole].Kind
	}
	return unknown.AnyText
}

// accountIn is the account of a principal as a text that is the same for the same account: own is the own one, "" where it has no
// number.
func accountIn(doc *iam.Document, own, account string) string {
	hole, whole := unknown.OneHole(account)
	if !whole || hole >= len(doc.Text.Holes) {
		return account
	}
	if h := doc.Text.Holes[hole]; h.Kind == unknown.OwnAccount || h.Kind == unknown.UserARN {
		return cmp.Or(h.Account, own, "own")
	}
	return account
}

// editions are documents as those of each version, where one has no known version and a text in it may be a variable, and what
// their version depends on. It returns false where all is known.
func editions(docs []*iam.Document) (newer, older []*iam.Document, refs []string, several bool) {
	newer, older = slices.Clone(docs), slices.Clone(docs)
	for i, doc := range docs {
		if doc.Version.Known() || !strings.Contains(doc.Text.S, "${") {
			continue
		}
		a, b := *doc, *doc
		a.Version, b.Version = iam.String{S: "2012-10-17", Set: true}, iam.String{S: "2008-10-17", Set: true}
		newer[i], older[i], several = &a, &b, true
		if hole, ok := unknown.OneHole(doc.Version.S); ok && hole < len(doc.Text.Holes) {
			refs = append(refs, doc.Text.Holes[hole].Refs()...)
		}
	}
	return newer, older, refs, several
}
