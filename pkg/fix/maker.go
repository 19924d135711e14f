package fix

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

func newMaker(t *Target, src *sources) *maker {
	m := &maker{Target: t, src: src}
	if t.Doc == nil {
		return m
	}
	if st := t.Doc.Statement(max(t.statement(), 0)); st != nil {
		if at, ok := t.Doc.Text.At(st.Start, st.End); ok {
			m.file, m.at = at.Filename, at.Start.Byte
		}
	}
	for i, h := range t.Doc.Text.Holes {
		x := term{symbol: h, literal: t.literal(h)}
		if x.ref = m.written(unknown.Hole(i)); x.ref == "" && src.declares(m.file, h.Ref) {
			x.ref = h.Ref
		}
		if name := m.inTemplate(unknown.Hole(i)); name != "" {
			x.ref, x.dir = name, m.file
		}
		m.terms = append(m.terms, x)
	}
	return m
}

// literal is what an unknown value is where it is one of those that the user or the plan told, "" for others.
func (t *Target) literal(h unknown.Symbol) string {
	if h.Variant != 0 {
		return ""
	}
	switch h.Kind {
	case unknown.OwnAccount:
		return t.Subject.Account
	case unknown.OwnOrg:
		return t.Subject.Organization
	case unknown.PartitionID:
		return t.Subject.Partition
	case unknown.RegionName:
		return t.Subject.Region
	case unknown.DNSSuffix:
		if t.Subject.Partition != "" {
			return aws.DNSSuffixOf(t.Subject.Partition)
		}
	}
	return ""
}

// hole is the token of a value of that kind which the document refers to, and the statement's module, unless it may be declared
// elsewhere; "" where there is none.
func (m *maker) hole(kind unknown.Kind, elsewhere bool) string {
	if m.Doc == nil {
		return ""
	}
	for i, h := range m.Doc.Text.Holes {
		if h.Kind == kind && h.Variant == 0 && (elsewhere || m.terms[i].ref != "" || m.file == "") {
			return unknown.Hole(i)
		}
	}
	return ""
}

// account is the own account: as the module tells it, or its id.
func (m *maker) account() string {
	if h := m.hole(unknown.OwnAccount, false); h != "" {
		return h
	}
	x := term{literal: m.Subject.Account, symbol: unknown.Symbol{Kind: unknown.OwnAccount}}
	provider, told := m.provider()
	if name, ok := m.src.named(m.file, "data", "aws_caller_identity", provider); ok && told {
		x.ref = "data.aws_caller_identity." + name + ".account_id"
		x.symbol.Ref = x.ref
		if local, ok := m.src.local(m.file, x.ref); ok {
			x.ref = local // as the author writes it
		}
		return m.terms.add(x)
	}
	switch {
	case x.literal != "":
	case m.yamlTemplate():
		x.symbol.Ref = m.Resource.Address + "." + ownAccount
	case told && native(m.file) && !values(m.file) && m.src.editable(m.file):
		name, body := "current", ""
		if provider != "" {
			_, alias, _ := strings.Cut(provider, ".")
			name, body = alias, "\n  provider = "+provider+"\n"
		}
		for _, other := range []string{"own", "this", "keyproof"} {
			if m.src.declares(m.file, "data.aws_caller_identity."+name) {
				name = other
			}
		}
		x.ref = "data.aws_caller_identity." + name + ".account_id"
		x.symbol.Ref, x.dir = x.ref, filepath.Dir(m.file)
		if d := (declaration{m.file, "data \"aws_caller_identity\" \"" + name + "\" {" + body + "}\n", x.ref}); !slices.Contains(m.declare, d) {
			m.declare = append(m.declare, d)
		}
	case m.hole(unknown.OwnAccount, true) != "":
		return m.hole(unknown.OwnAccount, true) // the module of another file may declare it
	case m.administrator() != "":
		return m.administrator()
	default:
		x.placeholder, x.literal = "ACCOUNT_ID", m.sampleAccount()
	}
	return m.terms.add(x)
}

// administrator is the account whose root alone may change the key policy at hand, "" where it is not alone: the key's own account,
// because KMS refuses a policy that locks out its caller.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func (m *maker) administrator() string {
	account := ""
	for i := range m.Doc.Statements {
		st := &m.Doc.Statements[i]
		if m.kind() != "key" || st.Effect.S == "Deny" || st.Action != nil && !perhaps("kms:PutKeyPolicy", st.Action) {
			continue
		}
		if st.Action == nil || st.Principal == nil || st.Principal.Text.Set || len(st.Conditions) > 0 || st.ConditionHole != "" {
			return ""
		}
		for kind, v := range st.Principal.Values() {
			of, ok := aws.ParseARN(v.S)
			if kind.S != "AWS" || !ok || of.Resource != "root" || of.Account == "" || account != "" && account != of.Account {
				return ""
			}
			account = of.Account
		}
	}
	return account
}

// yamlTemplate says whether the policy stands in a file that is a CloudFormation template in YAML.
func (m *maker) yamlTemplate() bool {
	in := m.Resource.Spelling
	return in != nil && in.Inside && !native(m.file) && !jsonSyntax(m.file) && m.src.editable(m.file) && (&view{text: m.src.files[m.file]}).yamlRoot() != nil
}

// organization is the own organization; ok is false where only somebody can tell it. One that a policy names may be a partner's.
func (m *maker) organization() (text string, ok bool) {
	if h := m.hole(unknown.OwnOrg, false); h != "" {
		return h, true
	}
	x := term{literal: m.Subject.Organization, symbol: unknown.Symbol{Kind: unknown.OwnOrg}}
	if name, found := m.src.named(m.file, "data", "aws_organizations_organization", ""); found {
		x.ref = "data.aws_organizations_organization." + name + ".id"
		x.symbol.Ref = x.ref
	}
	if x.ref == "" && x.literal == "" {
		x.placeholder, x.literal = "o-ORGANIZATION", "o-0000000000"
	}
	return m.terms.add(x), x.placeholder == ""
}

func (m *maker) placeholder(name string) string {
	return m.terms.add(term{placeholder: name})
}

// sampleAccount stands for an account that only somebody knows: one that the document does not name.
func (m *maker) sampleAccount() string {
	for _, id := range []string{"999999999999", "888888888888", "777777777777"} {
		if !strings.Contains(m.Doc.Text.S, id) && id != m.Subject.Account {
			return id
		}
	}
	return "666666666666"
}

func (m *maker) partition() string {
	return cmp.Or(m.Subject.Partition, "aws")
}

func (m *maker) root() string { return "arn:" + m.partition() + ":iam::" + m.account() + ":root" }

// provider is the provider configuration of the resource as the module of the statement writes it, "" for the default one; told
// is false where that is not known.
func (m *maker) provider() (name string, told bool) {
	src := m.Resource.Source
	if src == nil || filepath.Dir(src.Block.Filename) != filepath.Dir(m.file) {
		return "", m.Resource.Provider == "" || m.Resource.Provider == "aws"
	}
	if b := blockAt(m.src.body(src.Block.Filename), src.Block); b != nil {
		return m.src.argument(b, "provider"), true
	}
	return "", true
}

// label names a statement for people.
func label(s *iam.Statement) string {
	if s.Sid.Set && s.Sid.Known() && s.Sid.S != "" {
		return `statement "` + s.Sid.S + `"`
	}
	return "statement " + itoa(s.Index+1)
}

// accountOf is the account that a principal names, "" where it names none.
func accountOf(principal string) string {
	if aws.IsAccountID(principal) {
		return principal
	}
	return aws.AccountOf(principal)
}

func listOf(l *iam.List) value {
	if l == nil {
		return strs()
	}
	var out []string
	for _, v := range l.Items {
		out = append(out, v.S)
	}
	return strs(out...)
}

// conditionsOf are the conditions of a statement as a value.
func conditionsOf(st *iam.Statement) value {
	out := object()
	for i := range st.Conditions {
		c := &st.Conditions[i]
		out.addCondition(c.Operator.S, c.Key.S, listOf(&c.Values))
	}
	return out
}

// addCondition adds a condition to conditions.
func (v *value) addCondition(operator, key string, values value) {
	at := slices.IndexFunc(v.obj, func(e entry) bool { return e.name == operator })
	if at < 0 {
		v.obj, at = append(v.obj, entry{operator, object()}), len(v.obj)
	}
	v.obj[at].val.obj = append(v.obj[at].val.obj, entry{key, values})
}
