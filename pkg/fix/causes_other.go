package fix

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// takeOut is the strategy of the last resort.
const takeOut = "take out"

// candidates are the edits that may end the finding of the target, about the statement with that index.
func (m *maker) candidates(rule string, index int) []candidate {
	out := m.causes(rule, index)
	if st := m.Doc.Statement(index); st != nil && m.TakeOut && rule != "kms-key-lockout" {
		out = append(out, candidate{title: "Take out " + label(st) + ": what it was written for is gone with it", strategy: takeOut,
			steps: []step{{kind: dropStatement, statement: st.Index}}})
	}
	return out
}

func (m *maker) causes(rule string, index int) []candidate {
	st := m.Doc.Statement(index)
	if rule == "kms-key-lockout" {
		return m.keepAdministration()
	}
	if st == nil {
		return nil
	}
	switch rule {
	case "kms-key-public", "iam-role-public", "iam-role-federated-public", "kms-key-broad-condition":
		return append(m.openStatement(st), m.deadStatement(st)...)
	case "kms-key-not-principal":
		return m.notPrincipal(st)
	case "kms-key-external-account", "iam-role-external-account":
		return m.externalAccount(st)
	case "kms-key-service-unrestricted":
		return m.serviceSource(st)
	case "kms-key-wildcard-action":
		out := m.listedActions(st)
		if root, ok := m.rootPrincipal(st); ok { // where everybody may do everything
			out = append(out, root)
		}
		return out
	case "iam-kms-decrypt-all-keys", "iam-kms-all-keys", "iam-kms-wildcard-action":
		return m.namedKeys(st)
	case "policy-invalid":
		return m.repair(st)
	}
	return nil
}

// deadStatement takes out a statement that lets in nobody, because of a wildcard that is none.
func (m *maker) deadStatement(st *iam.Statement) []candidate {
	for i := range st.Conditions {
		c := &st.Conditions[i]
		op, _ := iam.ParseOperator(c.Operator.S)
		if op.Name == "stringequals" && !op.Negated && slices.ContainsFunc(c.Values.Items, func(v iam.String) bool { return strings.ContainsAny(v.S, "*?") }) {
			return []candidate{{title: "Take out " + label(st) + ", which lets in nobody: StringEquals reads no wildcards", strategy: "drop",
				steps: []step{{kind: dropStatement, statement: st.Index}}}}
		}
	}
	return nil
}

// keepAdministration gives the own account the key back.
func (m *maker) keepAdministration() []candidate {
	if len(m.Doc.Statements) == 0 {
		return nil
	}
	st := &m.Doc.Statements[0]
	root := object(entry{"Sid", str("Administration")}, entry{"Effect", str("Allow")}, entry{"Principal", object(entry{"AWS", str(m.root())})},
		entry{"Action", str("kms:*")}, entry{"Resource", str("*")})
	for i := range m.Doc.Statements {
		if m.Doc.Statements[i].Sid.S == "Administration" {
			root.obj[0].val = str("OwnAccount")
		}
	}
	return []candidate{{title: "Let the own account administer the key, as AWS's default policy does", strategy: "administration",
		steps: []step{{kind: addStatement, statement: st.Index, val: root}}, keeps: "Everybody who has access keeps it."}}
}

// externalAccount limits a foreign account to what somebody has to name.
func (m *maker) externalAccount(st *iam.Statement) []candidate {
	if st.Principal == nil {
		return nil
	}
	if m.kind() == "trust" && !m.has(st, aws.Spelled(aws.KeyExternalId)) {
		return []candidate{{title: "Ask for the external id that was agreed with the other account, in " + label(st), strategy: "external-id",
			steps: []step{{kind: addConditions, statement: st.Index, conditions: []condition{{"StringEquals", aws.Spelled(aws.KeyExternalId), []string{m.placeholder("EXTERNAL_ID")}}}}}}}
	}
	for i := range st.Principal.Entries {
		e := &st.Principal.Entries[i]
		if e.Type.S != "AWS" {
			continue
		}
		for k := range e.Values.Items {
			v := &e.Values.Items[k]
			account := accountOf(v.S)
			if account == "" || account == m.Subject.Account || slices.Contains(m.Subject.TrustedAccounts, account) || !v.Known() {
				continue
			}
			if of, ok := aws.ParseARN(v.S); ok && of.Resource != "root" {
				continue // one principal is named already
			}
			role := "arn:" + m.partition() + ":iam::" + account + ":role/" + m.placeholder("ROLE")
			return []candidate{{title: "Let in the one role of account " + account + " that needs it, in " + label(st), strategy: "role",
				steps: []step{{kind: addConditions, statement: st.Index, conditions: []condition{{"ArnEquals", aws.Spelled(aws.KeyPrincipalArn), []string{role}}}}}}}
		}
	}
	return nil
}

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
	out = append(append(append(out, m.everybody(st)...), m.principalPattern(st)...), m.keyARNs(st)...)
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
