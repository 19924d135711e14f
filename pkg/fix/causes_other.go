package fix

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
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
	if st == nil && rule == "policy-invalid" {
		return m.version()
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
