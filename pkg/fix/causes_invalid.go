package fix

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// repair mends what AWS refuses or never applies: all of it together where there is more than one thing.
func (m *maker) repair(st *iam.Statement) []candidate {
	var out []candidate
	if m.kind() == "key" && st.Resource == nil && st.NotResource == nil {
		out = append(out, candidate{title: "Add the Resource that " + label(st) + " lacks: without one AWS never applies it", strategy: "resource",
			steps: []step{{kind: setElement, statement: st.Index, element: "Resource", val: str("*")}}, keeps: "The statement holds from then on."})
	}
	if e := st.Effect; e.Set && (strings.EqualFold(e.S, "Allow") || strings.EqualFold(e.S, "Deny")) {
		if want := capital(lower(e.S)); want != e.S {
			out = append(out, candidate{title: "Spell the effect of " + label(st) + " as AWS does: " + want, strategy: "effect",
				steps: []step{{kind: setElement, statement: st.Index, element: "Effect", val: str(want)}}})
		}
	}
	out = slices.Concat(out, m.version(), m.sid(st), m.namedService(st), m.ownResource(st), m.everybody(st), m.principalPattern(st), m.keyARNs(st))
	if len(out) < 2 || slices.ContainsFunc(out, func(c candidate) bool { return c.strategy == "everybody" || c.strategy == "root" }) {
		return out // one or the other
	}
	all := candidate{strategy: "all"}
	for _, c := range out {
		all.title, all.keeps = joinTitles(all.title, c.title), c.keeps
		all.steps = append(all.steps, c.steps...)
	}
	return append([]candidate{all}, out...)
}

// everybody is a principal that means everybody in a way that AWS refuses: as AWS writes it where conditions say who is let in,
// and as the own account.
func (m *maker) everybody(st *iam.Statement) []candidate {
	leaf, whole := star(st)
	limited := slices.ContainsFunc(st.Conditions, func(c iam.Condition) bool { return restricting(lower(c.Key.S)) && m.has(st, c.Key.S) })
	if whole && m.kind() != "trust" || leaf != nil && leaf.S == "*" || leaf == nil && !whole {
		return nil
	}
	var out []candidate
	if limited {
		as := step{kind: setElement, statement: st.Index, element: "Principal", val: object(entry{"AWS", str("*")})}
		if leaf != nil {
			as = step{kind: replaceString, statement: st.Index, leaf: *leaf, text: "*"}
		}
		out = append(out, candidate{title: "Write everybody as AWS reads it in the principal of " + label(st) + ": its conditions say who is let in", strategy: "everybody",
			steps: []step{as}, keeps: "Whoever meets the conditions is let in."})
	}
	if root, ok := m.rootPrincipal(st); ok {
		out = append(out, root)
	}
	return out
}

// keyARNs writes the ARN of a key where a statement has its id, which is no resource. What a call gives to a module is left: the
// module may use it for more than the statement.
func (m *maker) keyARNs(st *iam.Statement) []candidate {
	if st.Resource == nil {
		return nil
	}
	var arns []string
	for _, v := range st.Resource.Items {
		hole, ok := unknown.OneHole(v.S)
		if !ok || hole >= len(m.terms) || m.terms[hole].symbol.Kind != unknown.KeyID {
			arns = append(arns, v.S)
			continue
		}
		id := m.terms[hole].symbol
		name := strings.TrimSuffix(strings.TrimSuffix(id.Ref, ".key_id"), ".id")
		if m.terms[hole].ref != id.Ref {
			return nil
		}
		arn := unknown.Symbol{Ref: name + ".arn", Kind: unknown.KeyARN, Of: id.Of}
		arns = append(arns, m.terms.add(term{symbol: arn, ref: arn.Ref, dir: filepath.Dir(m.file)}))
	}
	if len(arns) == 0 || slices.EqualFunc(arns, st.Resource.Items, func(a string, v iam.String) bool { return a == v.S }) {
		return nil
	}
	return []candidate{{title: "Name the key by its ARN in " + label(st) + ": an id is no resource", strategy: "arn",
		steps: []step{{kind: setElement, statement: st.Index, element: "Resource", val: strs(arns...)}},
		keeps: "The statement holds from then on."}}
}

// principalPattern moves a wildcard from a principal, where AWS refuses it, to a condition.
func (m *maker) principalPattern(st *iam.Statement) []candidate {
	if st.Principal == nil || !strings.EqualFold(st.Effect.S, "Allow") {
		return nil
	}
	if p := st.Principal.Text; p.Set && p.Known() && p.S != "*" && accountOf(p.S) != "" {
		return []candidate{{title: "Say that the principal of " + label(st) + " is one of AWS", strategy: "kind",
			steps: []step{{kind: setElement, statement: st.Index, element: "Principal", val: object(entry{"AWS", str(p.S)})}}}}
	}
	var patterns, accounts []string
	others := false
	for kind, v := range st.Principal.Values() {
		of, ok := aws.ParseARN(v.S)
		if kind.S != "AWS" || !ok || !strings.ContainsAny(of.Resource, "*?") || strings.ContainsAny(of.Account, "*?") {
			others = true
			continue
		}
		patterns = append(patterns, v.S)
		if root := "arn:" + of.Partition + ":iam::" + of.Account + ":root"; !slices.Contains(accounts, root) {
			accounts = append(accounts, root)
		}
	}
	if others || len(patterns) == 0 || m.has(st, aws.Spelled(aws.KeyPrincipalArn)) {
		return nil
	}
	return []candidate{{title: "Name the account as the principal of " + label(st) + ", and the pattern in a condition on aws:PrincipalArn", strategy: "pattern",
		steps: []step{{kind: setElement, statement: st.Index, element: "Principal", val: object(entry{"AWS", strs(accounts...)})},
			{kind: addConditions, statement: st.Index, conditions: []condition{{"ArnLike", aws.Spelled(aws.KeyPrincipalArn), patterns}}}},
		keeps: "Principals that match the pattern are let in, as far as their IAM policies allow it."}}
}

// version is the language that AWS knows, where a document names another one.
func (m *maker) version() []candidate {
	v := m.Doc.Version
	if !v.Set || !v.Known() || v.S == newest || v.S == "2008-10-17" {
		return nil
	}
	return []candidate{{title: "Write the version of the policy language that AWS knows: " + newest, strategy: "version",
		steps: []step{{kind: replaceString, leaf: v, text: newest}}, keeps: "The policy holds from then on."}}
}

// newest is the version of the policy language.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
const newest = "2012-10-17"

// sid leaves letters and digits in the name of a statement, as IAM asks, and makes it one of its own.
func (m *maker) sid(st *iam.Statement) []candidate {
	if m.kind() == "key" || !st.Sid.Set || !st.Sid.Known() || st.Sid.S == "" {
		return nil
	}
	name := ""
	for i, word := range strings.FieldsFunc(st.Sid.S, func(r rune) bool { return r < '0' || r > '9' && r < 'A' || r > 'Z' && r < 'a' || r > 'z' }) {
		if i > 0 {
			word = capital(word)
		}
		name += word
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(m.Doc.Statements, func(other iam.Statement) bool { return other.Index != st.Index && other.Sid.S == name })
	}
	own := name
	for n := 2; own != "" && taken(own); n++ {
		own = name + itoa(n)
	}
	if own == "" || own == st.Sid.S {
		return nil
	}
	return []candidate{{title: "Name " + label(st) + " " + own + ": a Sid is made of letters and digits, and stands once", strategy: "sid",
		steps: []step{{kind: replaceString, statement: st.Index, leaf: st.Sid, text: own}}, keeps: "The statement holds from then on."}}
}

// roleActions are the actions that a trust policy is about.
var roleActions = []string{"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "SetSourceIdentity", "TagSession"}

// namedService writes the service in front of actions that lack it: a key policy is about KMS, a trust policy about STS.
func (m *maker) namedService(st *iam.Statement) []candidate {
	names, service := roleActions, "sts:"
	switch {
	case st.Action == nil || m.kind() == "identity":
		return nil
	case m.kind() == "key":
		names, service = nil, "kms:"
		for _, a := range aws.KeyActions {
			names = append(names, strings.TrimPrefix(a.Name, service))
		}
	}
	var steps []step
	for _, a := range st.Action.Items {
		i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, a.S) })
		if i >= 0 {
			steps = append(steps, step{kind: replaceString, statement: st.Index, leaf: a, text: service + names[i]})
		}
	}
	if len(steps) == 0 {
		return nil
	}
	return []candidate{{title: "Name the service in the actions of " + label(st), strategy: "service", steps: steps, keeps: "The statement holds from then on."}}
}

// ownResource takes the resource out of a trust policy: the role itself is the resource.
func (m *maker) ownResource(st *iam.Statement) []candidate {
	if m.kind() != "trust" || st.Resource == nil && st.NotResource == nil {
		return nil
	}
	c := candidate{title: "Take the Resource out of " + label(st) + ": the role itself is the resource", strategy: "no resource", keeps: "Everything else of the statement stays."}
	element := "Resource"
	if st.Resource == nil {
		element = "NotResource"
	}
	c.steps = []step{{kind: dropElement, statement: st.Index, element: element}}
	return []candidate{c}
}
