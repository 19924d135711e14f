package fix

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// maxTrusted bounds how many trusted accounts an edit names.
const maxTrusted = 8

// openStatement are the edits of a statement that lets strangers in.
func (m *maker) openStatement(st *iam.Statement) []candidate {
	var out []candidate
	add := func(c candidate, ok bool) {
		if ok {
			out = append(out, c)
		}
	}
	if st.NotPrincipal != nil && st.Principal == nil {
		return m.notPrincipal(st)
	}
	exact, ok := m.exactConditions(st)
	add(exact, ok)
	if m.kind() == "trust" && m.has(st, aws.Spelled(aws.KeyExternalId)) {
		add(m.thirdParty(st))
		return out
	}
	if m.kind() == "trust" {
		add(m.subject(st))
	}
	if accounts := m.Subject.TrustedAccounts; len(accounts) > 0 && len(accounts) <= maxTrusted {
		add(m.accountCondition(st, accounts))
	}
	account, done := m.accountCondition(st, nil)
	if ok {
		// What the author meant is in the condition: it is closed, and no other limit takes its place.
		and := func(c candidate, ok bool) {
			c.steps = slices.Concat(exact.steps, c.steps)
			c.title, c.strategy = joinTitles(exact.title, c.title), "exact+"+c.strategy
			add(c, ok)
		}
		and(account, done)
		and(m.rootPrincipal(st))
		return out
	}
	add(account, done)
	add(m.rootPrincipal(st))
	add(m.namedOnly(st))
	add(m.orgCondition(st))
	return out
}

// accountCondition keeps everybody out who is not of the own account; others are accounts that are let in besides.
func (m *maker) accountCondition(st *iam.Statement, others []string) (candidate, bool) {
	key := aws.Spelled(aws.KeyPrincipalAccount)
	if m.kind() == "key" && slices.ContainsFunc(st.Conditions, func(c iam.Condition) bool { return strings.EqualFold(c.Key.S, aws.KeyViaService) }) {
		key = aws.Spelled(aws.KeyCallerAccount) // as AWS pairs the two in the policies of its own keys
	}
	if m.has(st, key) || !m.anybody(st) {
		return candidate{}, false
	}
	c := candidate{
		title:    "Let in only the own account through " + label(st) + ", with a condition on " + key,
		strategy: "account",
		steps:    []step{{kind: addConditions, statement: st.Index, conditions: []condition{{"StringEquals", key, append([]string{m.account()}, others...)}}}},
		keeps:    "Every principal of the own account that met the statement before still does.",
	}
	if len(others) > 0 {
		c.strategy, c.title = "trusted", "Let in only the own account and the trusted ones through "+label(st)+", with a condition on "+key
		c.keeps = "Every principal of these accounts that met the statement before still does."
	}
	return c, true
}

// orgCondition keeps everybody out who is not of the own organization, or one that is trusted.
func (m *maker) orgCondition(st *iam.Statement) (candidate, bool) {
	if m.has(st, aws.Spelled(aws.KeyPrincipalOrgID)) || !m.anybody(st) {
		return candidate{}, false
	}
	org, ok := m.organization()
	ids := []string{org}
	literal, _ := m.terms.known(org)
	for _, id := range m.Subject.TrustedOrganizations {
		if id != literal && id != m.Subject.Organization {
			ids = append(ids, id)
		}
	}
	c := candidate{
		title:    "Let in only the own organization through " + label(st) + ", with a condition on aws:PrincipalOrgID",
		strategy: "organization",
		keeps:    "Every principal of the organization that met the statement before still does.",
	}
	if len(ids) > 1 {
		c.title = strings.Replace(c.title, "only the own organization", "only the own organization and the trusted ones", 1)
		c.keeps = "Every principal of these organizations that met the statement before still does."
	}
	c.steps = []step{{kind: addConditions, statement: st.Index, conditions: []condition{{"StringEquals", aws.Spelled(aws.KeyPrincipalOrgID), ids}}}}
	return c, ok
}

// anybody says whether the principal of a statement is a star.
func (m *maker) anybody(st *iam.Statement) bool {
	leaf, text := star(st)
	return leaf != nil || text
}

// has says whether a statement asks for values of a key: to keep some out is another thing.
func (m *maker) has(st *iam.Statement, key string) bool {
	return slices.ContainsFunc(st.Conditions, func(c iam.Condition) bool {
		op, _ := iam.ParseOperator(c.Operator.S)
		return strings.EqualFold(c.Key.S, key) && !op.Negated
	})
}

// star is the principal of a statement that stands for everybody: one of AWS, or the principal as a whole.
func star(st *iam.Statement) (leaf *iam.String, whole bool) {
	if st.Principal == nil {
		return nil, false
	}
	if st.Principal.Text.Set {
		return nil, st.Principal.Text.S == "*"
	}
	for i := range st.Principal.Entries {
		e := &st.Principal.Entries[i]
		if e.Type.S != "AWS" {
			continue
		}
		for k := range e.Values.Items {
			v := &e.Values.Items[k]
			if of, ok := aws.ParseARN(v.S); v.S == "*" || ok && strings.ContainsAny(of.Account, "*?") {
				return v, false
			}
		}
	}
	return nil, false
}

// rootPrincipal names the own account instead of everybody.
func (m *maker) rootPrincipal(st *iam.Statement) (candidate, bool) {
	leaf, whole := star(st)
	c := candidate{title: "Name the own account as the principal of " + label(st) + " instead of everybody", strategy: "root",
		keeps: "Principals of the own account keep the access that their IAM policies give them."}
	switch {
	case whole:
		c.steps = []step{{kind: setElement, statement: st.Index, element: "Principal", val: object(entry{"AWS", str(m.root())})}}
	case leaf != nil && m.namesOwn(st):
		c.title, c.keeps = "Take everybody out of the principals of "+label(st), "The principals that are named stay, and those of the own account as far as IAM policies allow it."
		c.steps = []step{{kind: removeStrings, statement: st.Index, leaves: []iam.String{*leaf}}}
	case leaf != nil:
		s := step{kind: replaceString, statement: st.Index, leaf: *leaf, text: m.root()}
		if of, ok := aws.ParseARN(leaf.S); ok {
			s.part, s.partText = ":"+of.Account+":", ":"+m.account()+":"
			s.text = strings.Replace(leaf.S, s.part, s.partText, 1)
		}
		c.steps = []step{s}
	default:
		return c, false
	}
	return c, true
}

// namedOnly takes everybody out of principals of which others are named.
func (m *maker) namedOnly(st *iam.Statement) (candidate, bool) {
	leaf, _ := star(st)
	if leaf == nil {
		return candidate{}, false
	}
	for _, e := range st.Principal.Entries {
		if e.Type.S == "AWS" && len(e.Values.Items) > 1 {
			return candidate{title: "Take everybody out of the principals of " + label(st) + "; those that it names stay", strategy: "named",
				steps: []step{{kind: removeStrings, statement: st.Index, leaves: []iam.String{*leaf}}}, keeps: "The principals that are named stay."}, true
		}
	}
	return candidate{}, false
}

// namesOwn says whether the root of the own account is among the principals of a statement.
func (m *maker) namesOwn(st *iam.Statement) bool {
	return slices.ContainsFunc(st.Principal.Entries, func(e iam.Entry) bool {
		return e.Type.S == "AWS" && slices.ContainsFunc(e.Values.Items, func(v iam.String) bool { return m.isOwn(v.S) })
	})
}

// isOwn says whether a principal is the root of the own account.
func (m *maker) isOwn(principal string) bool {
	of, ok := aws.ParseARN(principal)
	return ok && of.Resource == "root" && of.Account != "" && (of.Account == m.Subject.Account || of.Account == m.hole(unknown.OwnAccount, false))
}

// thirdParty names the account that was given the external id, which only somebody knows.
func (m *maker) thirdParty(st *iam.Statement) (candidate, bool) {
	leaf, whole := star(st)
	root := "arn:" + m.partition() + ":iam::" + m.terms.add(term{placeholder: "THIRD_PARTY_ACCOUNT_ID", literal: m.sampleAccount()}) + ":root"
	c := candidate{title: "Name the account that was given the external id as the principal of " + label(st), strategy: "third-party"}
	switch {
	case whole:
		c.steps = []step{{kind: setElement, statement: st.Index, element: "Principal", val: object(entry{"AWS", str(root)})}}
	case leaf != nil:
		c.steps = []step{{kind: replaceString, statement: st.Index, leaf: *leaf, text: root}}
	default:
		return c, false
	}
	return c, true
}

// notPrincipal turns an Allow for everybody but some into one for the own account, and a Deny for these.
func (m *maker) notPrincipal(st *iam.Statement) []candidate {
	if st.NotPrincipal == nil || st.Effect.S != "Allow" {
		return nil
	}
	root := step{kind: setElement, statement: st.Index, element: "Principal", val: object(entry{"AWS", str(m.root())})}
	out := m.everybodyBut(st)
	deny := object(entry{"Effect", str("Deny")}, entry{"Principal", principalsOf(st.NotPrincipal)}, entry{"Action", listOf(st.Action)}, entry{"Resource", str("*")})
	if st.Action != nil && st.Resource != nil && len(st.Conditions) == 0 && len(st.NotPrincipal.Entries) > 0 {
		out = append(out, candidate{title: "Allow the own account in " + label(st) + ", and deny those that NotPrincipal left out", strategy: "principal+deny",
			steps: []step{root, {kind: addStatement, statement: st.Index, val: deny}},
			keeps: "Principals of the own account keep the access that their IAM policies give them; those that were left out stay out."})
	}
	return append(out, candidate{title: "Allow the own account in " + label(st) + " instead of everybody but some", strategy: "principal", steps: []step{root},
		keeps: "Principals of the own account keep the access that their IAM policies give them."})
}

// everybodyBut says what NotPrincipal means with conditions: who is let in, and who is not.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func (m *maker) everybodyBut(st *iam.Statement) []candidate {
	var arns, accounts []string
	for kind, v := range st.NotPrincipal.Values() {
		of, ok := aws.ParseARN(v.S)
		switch {
		case kind.S != "AWS" || strings.ContainsAny(v.S, "*?"):
			return nil
		case aws.IsAccountID(v.S):
			accounts = append(accounts, v.S)
		case ok && of.Resource == "root":
			accounts = append(accounts, of.Account)
		case ok && of.Service == "iam":
			arns = append(arns, v.S)
		default:
			return nil
		}
	}
	everybody := str("*")
	if m.kind() == "trust" {
		everybody = object(entry{"AWS", str("*")})
	}
	c := candidate{title: "Say in conditions of " + label(st) + " who is let in, and who is not", strategy: "conditions",
		steps: []step{{kind: setElement, statement: st.Index, element: "Principal", val: everybody}},
		keeps: "Everybody of the own and the trusted accounts whom the statement let in before still meets it."}
	var with []condition
	if key := aws.Spelled(aws.KeyPrincipalAccount); !m.has(st, key) && !m.has(st, aws.KeyPrincipalOrgID) && len(m.Subject.TrustedAccounts) <= maxTrusted {
		let := slices.DeleteFunc(append([]string{m.account()}, m.Subject.TrustedAccounts...), func(id string) bool {
			literal, _ := m.terms.known(id)
			return slices.Contains(accounts, id) || slices.Contains(accounts, literal)
		})
		if len(let) == 0 {
			return nil
		}
		with, accounts = append(with, condition{"StringEquals", key, let}), nil
	}
	if len(accounts) > 0 {
		with = append(with, condition{"StringNotEquals", aws.Spelled(aws.KeyPrincipalAccount), accounts})
	}
	if len(arns) > 0 {
		with = append(with, condition{"ArnNotEquals", aws.Spelled(aws.KeyPrincipalArn), arns})
	}
	c.steps = append(c.steps, step{kind: addConditions, statement: st.Index, conditions: with})
	return []candidate{c}
}

func principalsOf(p *iam.Principals) value {
	var out []entry
	for _, e := range p.Entries {
		out = append(out, entry{e.Type.S, listOf(&e.Values)})
	}
	return object(out...)
}

// subject are the limits of a federated trust: who may be told by the provider alone.
func (m *maker) subject(st *iam.Statement) (candidate, bool) {
	if st.Principal == nil || m.Issuer == "" || slices.ContainsFunc(st.Principal.Entries, func(e iam.Entry) bool { return e.Type.S != "Federated" || len(e.Values.Items) > 1 }) {
		return candidate{}, false // a condition on one provider's tokens shuts out whoever comes without
	}
	if m.Issuer == "cognito-identity.amazonaws.com" {
		return m.subjects(st, m.Issuer+":aud", "StringEquals", func(string) string { return m.terms.add(m.pool()) })
	}
	i := slices.IndexFunc(subjectForms, func(f subjectForm) bool {
		return f.issuer == m.Issuer || f.issuer[0] == '.' && strings.HasSuffix(m.Issuer, f.issuer)
	})
	if i < 0 {
		return candidate{}, false
	}
	f := subjectForms[i]
	return m.subjects(st, m.Issuer+":sub", "StringLike", func(was string) string {
		owner, rest, ok := strings.Cut(strings.TrimPrefix(was, f.before), f.sep)
		switch {
		case !ok || !strings.HasPrefix(was, f.before):
			return f.before + m.placeholder(f.owner) + f.sep + f.between + m.placeholder(f.name) + ":*"
		case strings.ContainsAny(owner, "*?"):
			return f.before + m.placeholder(f.owner) + f.sep + rest // what the author said of the rest stays
		}
		return was
	})
}

// subjectForm is how a provider writes the subject of a token: owner and name are what only somebody knows.
type subjectForm struct{ issuer, before, owner, sep, between, name string }

// An issuer that begins with a dot is the end of one.
// https://docs.github.com/en/actions/reference/security/oidc
// https://docs.gitlab.com/ci/secrets/id_token_authentication/
// https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens
var subjectForms = []subjectForm{
	{".githubusercontent.com", "repo:", "OWNER", "/", "", "REPOSITORY"},
	{"gitlab.com", "project_path:", "GROUP", "/", "", "PROJECT"},
	{"app.terraform.io", "organization:", "ORGANIZATION", ":", "project:", "PROJECT"},
}

// subjects put what named writes in place of each value of a condition on a key, or add such a condition.
func (m *maker) subjects(st *iam.Statement, key, operator string, named func(was string) string) (candidate, bool) {
	what := label(st)
	for _, c := range st.Conditions {
		if !strings.EqualFold(c.Key.S, key) {
			continue
		}
		var values []string
		for _, v := range c.Values.Items {
			if to := named(v.S); !slices.Contains(values, to) {
				values = append(values, to)
			}
		}
		return candidate{title: "Name the owner in the condition on " + key + " of " + what, strategy: "subject",
			steps: []step{{kind: setCondition, statement: st.Index, operator: c.Operator.S, key: c.Key.S, conditions: []condition{{operator, c.Key.S, values}}}}}, true
	}
	pattern := named("")
	return candidate{title: "Add a condition on " + key + " to " + what + " that names the owner", strategy: "subject",
		steps: []step{{kind: addConditions, statement: st.Index, conditions: []condition{{operator, key, []string{pattern}}}}}}, true
}

// pool is the identity pool of the module, where there is one.
func (m *maker) pool() term {
	if name, ok := m.src.named(m.file, "resource", "aws_cognito_identity_pool", ""); ok {
		ref := "aws_cognito_identity_pool." + name + ".id"
		return term{ref: ref, symbol: unknown.Symbol{Ref: ref, Kind: unknown.PlainName}}
	}
	return term{placeholder: "IDENTITY_POOL_ID"}
}
