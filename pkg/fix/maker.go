package fix

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// candidate is an edit that may end a finding. Whether it does is for the proof to tell.
type candidate struct {
	title string
	steps []step
	// strategy tells candidates of one kind, which go together where several statements are at fault.
	strategy string
	// keeps says who stays.
	keeps string
}

// maker makes candidates for one document.
type maker struct {
	*Target
	src *sources
	// file is the source file that the statement at hand is written in, "" where it is not known.
	file string
	// at is where in it the statement begins.
	at    int
	terms terms
	// declare are the blocks that an edit needs in the module of that file.
	declare []declaration
}

func newMaker(t *Target, src *sources) *maker {
	m := &maker{Target: t, src: src}
	if t.Doc == nil {
		return m
	}
	if i := slices.IndexFunc(t.Doc.Statements, func(s iam.Statement) bool { return s.Index == max(t.statement(), 0) }); i >= 0 {
		if at, ok := t.Doc.Text.At(t.Doc.Statements[i].Start, t.Doc.Statements[i].End); ok {
			m.file, m.at = at.Filename, at.Start.Byte
		}
	}
	for i, h := range t.Doc.Text.Holes {
		x := term{symbol: h, literal: t.literal(h)}
		if x.ref = m.written(unknown.Hole(i)); x.ref == "" && src.declares(m.file, h.Ref) {
			x.ref = h.Ref
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
	}
	return ""
}

// hole is the token of a value of that kind which the document refers to, "" where it refers to none.
func (m *maker) hole(kind unknown.Kind) string {
	if m.Doc == nil {
		return ""
	}
	for i, h := range m.Doc.Text.Holes {
		if h.Kind == kind && h.Variant == 0 && (m.terms[i].ref != "" || m.file == "") {
			return unknown.Hole(i)
		}
	}
	return ""
}

// anyHole is the token of a value of that kind, whether or not the statement's module declares what it refers to.
func (m *maker) anyHole(kind unknown.Kind) string {
	for i, h := range m.Doc.Text.Holes {
		if h.Kind == kind && h.Variant == 0 {
			return unknown.Hole(i)
		}
	}
	return ""
}

// account is the own account: as the module tells it, or its id.
func (m *maker) account() string {
	if h := m.hole(unknown.OwnAccount); h != "" {
		return h
	}
	x := term{literal: m.Subject.Account, symbol: unknown.Symbol{Kind: unknown.OwnAccount}}
	provider, told := m.provider()
	if name, ok := m.src.data(m.file, "aws_caller_identity", provider); ok && told {
		x.ref = "data.aws_caller_identity." + name + ".account_id"
		x.symbol.Ref = x.ref
		if local, ok := m.src.local(m.file, x.ref); ok {
			x.ref = local // as the author writes it
		}
		return m.terms.add(x)
	}
	switch {
	case x.literal != "":
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
		if d := (declaration{m.file, "data \"aws_caller_identity\" \"" + name + "\" {" + body + "}\n"}); !slices.Contains(m.declare, d) {
			m.declare = append(m.declare, d)
		}
	case m.anyHole(unknown.OwnAccount) != "":
		return m.anyHole(unknown.OwnAccount) // the module of another file may declare it
	default:
		x.placeholder, x.literal = "ACCOUNT_ID", m.sampleAccount()
	}
	return m.terms.add(x)
}

// organization is the own organization; ok is false where only somebody can tell it.
func (m *maker) organization() (text string, ok bool) {
	if h := m.hole(unknown.OwnOrg); h != "" {
		return h, true
	}
	x := term{literal: m.Subject.Organization, symbol: unknown.Symbol{Kind: unknown.OwnOrg}}
	if name, found := m.src.data(m.file, "aws_organizations_organization", ""); found {
		x.ref = "data.aws_organizations_organization." + name + ".id"
		x.symbol.Ref = x.ref
	}
	if x.ref == "" && x.literal == "" {
		x.literal = m.Organization
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
	if m.Subject.Partition != "" {
		return m.Subject.Partition
	}
	return "aws"
}

func (m *maker) root() string { return "arn:" + m.partition() + ":iam::" + m.account() + ":root" }

// local is the local value of a module that is the reference and nothing else, where the file uses it.
func (s *sources) local(file, ref string) (string, bool) {
	for _, name := range s.siblings(file) {
		body := s.body(name)
		if body == nil {
			continue
		}
		for _, b := range body.Blocks {
			if b.Type != "locals" {
				continue
			}
			for _, a := range b.Body.Attributes {
				r := a.Expr.Range()
				if string(s.files[name][r.Start.Byte:r.End.Byte]) == ref && bytes.Contains(s.files[file], []byte("local."+a.Name)) {
					return "local." + a.Name, true
				}
			}
		}
	}
	return "", false
}

// declares says whether an expression in a file may be the reference.
func (s *sources) declares(file, ref string) bool {
	r, ok := tf.ParseReference(ref)
	if !ok || file == "" {
		return false
	}
	for _, name := range s.siblings(file) {
		if root := s.jsonRoot(name); root != nil && r.Type != "" {
			block := map[tf.Mode]string{tf.Data: "data", tf.Managed: "resource"}[r.Mode]
			if t := root.member(block); t != nil && t.val.member(r.Type) != nil && t.val.member(r.Type).val.member(r.Name) != nil {
				return true
			}
			continue
		}
		body := s.body(name)
		if body == nil {
			continue
		}
		for _, b := range body.Blocks {
			switch {
			case r.Type != "" && r.Mode == tf.Data:
				if b.Type == "data" && slices.Equal(b.Labels, []string{r.Type, r.Name}) {
					return true
				}
			case r.Type != "":
				if b.Type == "resource" && slices.Equal(b.Labels, []string{r.Type, r.Name}) {
					return true
				}
			case len(r.Path) > 1 && r.Path[0].Name == "var":
				if b.Type == "variable" && slices.Equal(b.Labels, []string{r.Path[1].Name}) {
					return true
				}
			case r.Call != nil:
				if b.Type == "module" && slices.Equal(b.Labels, []string{r.Call.Name}) {
					return true
				}
			case len(r.Path) > 1 && r.Path[0].Name == "local":
				if b.Type == "locals" && b.Body.Attributes[r.Path[1].Name] != nil {
					return true
				}
			}
		}
	}
	return false
}

// provider is the provider configuration of the resource as the module of the statement writes it, "" for the default one; told
// is false where that is not known.
func (m *maker) provider() (name string, told bool) {
	src := m.Resource.Source
	if src == nil || filepath.Dir(src.Block.Filename) != filepath.Dir(m.file) {
		return "", m.Resource.Provider == "" || m.Resource.Provider == "aws"
	}
	body := m.src.body(src.Block.Filename)
	if body == nil {
		return "", true
	}
	for _, b := range body.Blocks {
		if b.TypeRange.Start.Byte == src.Block.Start.Byte {
			return m.src.argument(b, "provider"), true
		}
	}
	return "", true
}

// data is the name of a data source of the type in the module of a file: one of that provider configuration.
func (s *sources) data(file, typ, provider string) (string, bool) {
	return s.named(file, "data", typ, provider)
}

func (s *sources) named(file, block, typ, provider string) (string, bool) {
	found := ""
	if (!native(file) || values(file)) && !jsonSyntax(file) {
		return "", false
	}
	for _, name := range s.siblings(file) {
		if root := s.jsonRoot(name); root != nil {
			if provider == "" {
				found = root.firstLabel(block, typ, found)
			}
			continue
		}
		body := s.body(name)
		if body == nil {
			continue
		}
		for _, b := range body.Blocks {
			if b.Type == block && len(b.Labels) == 2 && b.Labels[0] == typ && plainBlock(b) && s.argument(b, "provider") == provider && (found == "" || b.Labels[1] < found) {
				found = b.Labels[1]
			}
		}
	}
	return found, found != ""
}

// firstLabel is the name of a block of a .tf.json file, or the earlier one that is known.
func (n *node) firstLabel(block, typ, found string) string {
	b := n.member(block)
	if b == nil || b.val.member(typ) == nil {
		return found
	}
	for _, m := range b.val.member(typ).val.members {
		if (found == "" || m.name < found) && m.val.member("provider") == nil {
			found = m.name
		}
	}
	return found
}

func plainBlock(b *hclsyntax.Block) bool {
	return b.Body.Attributes["count"] == nil && b.Body.Attributes["for_each"] == nil
}

// argument is an argument of a block as it is written, "" where it is not.
func (s *sources) argument(b *hclsyntax.Block, name string) string {
	if a := b.Body.Attributes[name]; a != nil {
		return s.textOf(a.Expr)
	}
	return ""
}

// jsonRoot is a .tf.json file, nil for others and for one that cannot be read.
func (s *sources) jsonRoot(file string) *node {
	if !jsonSyntax(file) {
		return nil
	}
	return scanJSON(s.files[file], 0)
}

// statementAt is the statement with that index, nil where there is none.
func (m *maker) statementAt(index int) *iam.Statement {
	for i := range m.Doc.Statements {
		if m.Doc.Statements[i].Index == index {
			return &m.Doc.Statements[i]
		}
	}
	return nil
}

// label names a statement for people.
func label(s *iam.Statement) string {
	if s.Sid.Set && s.Sid.Known() && s.Sid.S != "" {
		return `statement "` + s.Sid.S + `"`
	}
	return "statement " + itoa(s.Index+1)
}

func lower(s string) string { return strings.ToLower(s) }
