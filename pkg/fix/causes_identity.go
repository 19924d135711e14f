package fix

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// namedKeys names keys where an identity policy means all of them: those that are for its holder, then those of its module.
func (m *maker) namedKeys(st *iam.Statement) []candidate {
	var out []candidate
	name := func(strategy string, keys []term, names ...string) {
		var arns []string
		for i, k := range keys {
			arns = append(arns, m.terms.add(k))
			if i == len(names) {
				names = append(names, strings.TrimSuffix(k.ref, ".arn"))
			}
		}
		if len(arns) > 0 {
			out = append(out, m.onKeys(st, arns, "Name the keys that "+label(st)+" is about: "+shortened(names), strategy)...)
		}
	}
	var own []term
	var addresses []string
	for _, k := range m.Keys {
		if x, ok := m.keyTerm(k); ok && !m.leftOut(st, x) {
			own, addresses = append(own, x), append(addresses, k.Address)
		}
	}
	name("", own, addresses...)
	all, managed, given := m.moduleKeys()
	for _, list := range []*[]term{&all, &managed, &given} {
		*list = slices.DeleteFunc(*list, func(x term) bool { return m.leftOut(st, x) })
	}
	if len(managed) == len(own) {
		managed = nil
	}
	if len(all) > len(managed) {
		name("all ", all)
	}
	name("module ", managed)
	name("given ", given)
	return append(out, m.onKeys(st, []string{m.somebodysKey(st)}, "Name the keys that "+label(st)+" is about by their ARNs", "other ")...)
}

// somebodysKey is the ARN of a key that only somebody knows: what the one pattern of a statement says of it is as it says.
func (m *maker) somebodysKey(st *iam.Statement) string {
	of := aws.ARN{Partition: m.partition(), Service: "kms"}
	if st.Resource != nil && len(st.Resource.Items) == 1 {
		if was, ok := aws.ParseARN(st.Resource.Items[0].S); ok && was.Service == "kms" {
			of = was
		}
	}
	if of.Region == "" || strings.ContainsAny(of.Region, "*?") {
		of.Region = m.terms.add(term{placeholder: "REGION", literal: "us-east-1"}) // in the form that AWS gives it, for the proof
	}
	if of.Account == "" || strings.ContainsAny(of.Account, "*?") {
		of.Account = m.account()
	}
	of.Resource = "key/" + m.terms.add(term{placeholder: "KEY_ID", literal: "1234abcd-12ab-34cd-56ef-1234567890ab"})
	return of.String()
}

// leftOut says whether a statement is about all keys but that one.
func (m *maker) leftOut(st *iam.Statement, key term) bool {
	return st.NotResource != nil && slices.ContainsFunc(st.NotResource.Items, func(v iam.String) bool {
		hole, ok := unknown.OneHole(v.S)
		return ok && hole < len(m.terms) && m.terms[hole].ref == key.ref || v.S == key.literal
	})
}

// onKeys brings a statement down to keys. The strategies of one set of keys begin alike.
func (m *maker) onKeys(st *iam.Statement, arns []string, title, set string) []candidate {
	if !onlyKeys(st) {
		return m.split(st, arns, title, set)
	}
	keys := step{kind: setElement, statement: st.Index, element: "Resource", val: strs(m.withNamed(st, arns)...)}
	use := step{kind: setElement, statement: st.Index, element: "Action", val: strs(userActions...)}
	if !slices.ContainsFunc(st.Action.Items, func(a iam.String) bool { return strings.EqualFold(a.S, "kms:*") }) {
		return []candidate{{title: title, strategy: set + "keys", steps: []step{keys}, keeps: "Access to the keys that are named stays."}}
	}
	// Where the keys are named already, the actions alone are at fault.
	return []candidate{
		{title: "List the actions of a key's users in " + label(st), strategy: set + "use", steps: []step{use}, keeps: "Use of the keys stays."},
		{title: title + "; list the actions of a key's users", strategy: set + "keys+use", steps: []step{keys, use}, keeps: "Use of the keys that are named stays."},
	}
}

// withNamed are the keys that a statement names by their ARNs, and others: what is named stays.
func (m *maker) withNamed(st *iam.Statement, others []string) []string {
	var out []string
	for _, v := range st.Resource.All() {
		if isKey(v, m.Doc) && !strings.ContainsAny(v.S, "*?") {
			out = append(out, v.S)
		}
	}
	for _, arn := range others {
		if !slices.Contains(out, arn) {
			out = append(out, arn)
		}
	}
	return out
}

// onlyKeys says whether a statement allows nothing but actions of KMS.
func onlyKeys(st *iam.Statement) bool {
	return st.Action != nil && !slices.ContainsFunc(st.Action.Items, func(a iam.String) bool { return !strings.HasPrefix(lower(a.S), "kms:") })
}

// split takes the actions of KMS out of a statement that allows others, too, into one of their own that names keys.
func (m *maker) split(st *iam.Statement, arns []string, title, set string) []candidate {
	if st.Action == nil || st.Action.Single || st.ConditionHole != "" {
		return nil
	}
	take := step{kind: removeStrings, statement: st.Index}
	var actions []string
	everything := false
	for _, a := range st.Action.Items {
		switch {
		case strings.HasPrefix(lower(a.S), "kms:") && a.Known():
			take.leaves, actions = append(take.leaves, a), append(actions, a.S)
			everything = everything || strings.EqualFold(a.S, "kms:*")
		case a.S == "*" || !a.Known():
			return nil
		}
	}
	one := func(title, strategy string, actions []string) candidate {
		own := object(entry{"Effect", str("Allow")}, entry{"Action", strs(actions...)}, entry{"Resource", strs(m.withNamed(st, arns)...)})
		if c := conditionsOf(st); len(c.obj) > 0 {
			own.obj = append(own.obj, entry{"Condition", c})
		}
		return candidate{title: title, strategy: strategy, keeps: "What the statement allows of other services stays.",
			steps: []step{take, {kind: addStatement, statement: st.Index, val: own}}}
	}
	out := []candidate{one(title+", in a statement of their own", set+"split", actions)}
	if everything {
		out = append(out, one(title+", in a statement of their own; list the actions of a key's users there", set+"split+use", userActions))
	}
	return out
}

// keyTerm is a key of the plan as the module writes it. It is false where the statement is that of several instances, and this
// the key of one of them.
func (m *maker) keyTerm(k Key) (term, bool) {
	x := term{literal: k.ARN, symbol: k.Symbol}
	if !m.src.declares(m.file, k.Symbol.Ref) {
		return x, true
	}
	x.ref = k.Symbol.Ref
	if r, ok := tf.ParseReference(x.ref); ok {
		name := r.Type + "." + r.Name
		if b := m.src.resource(m.file, name); b != nil && !plainBlock(b) {
			if !m.corresponds(b, name) {
				return x, false
			}
			x.ref, x.literal = m.instance(b, name)+".arn", ""
			x.symbol.Ref, x.dir = x.ref, filepath.Dir(m.file)
		}
	}
	return x, true
}
