package fix

import (
	"bytes"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/tf"
)

func (s *sources) textOf(x hclsyntax.Expression) string {
	r := x.Range()
	return string(s.files[r.Filename][r.Start.Byte:r.End.Byte])
}

// resource is the block of a resource of the file's module, by type and name, nil where there is none.
func (s *sources) resource(file, name string) *hclsyntax.Block {
	for _, b := range s.blocks(file) {
		if b.Type == "resource" && strings.Join(b.Labels, ".") == name {
			return b
		}
	}
	return nil
}

// local is the local value of a module that is the reference and nothing else, where the file uses it.
func (s *sources) local(file, ref string) (string, bool) {
	for _, b := range s.blocks(file) {
		if b.Type != "locals" {
			continue
		}
		for _, a := range b.Body.Attributes {
			if s.textOf(a.Expr) == ref && bytes.Contains(s.files[file], []byte("local."+a.Name)) {
				return "local." + a.Name, true
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
	block := map[tf.Mode]string{tf.Data: "data", tf.Managed: "resource"}[r.Mode]
	for _, name := range s.siblings(file) {
		if root := s.jsonRoot(name); root != nil && r.Type != "" {
			if t := root.member(block); t != nil && t.val.member(r.Type) != nil && t.val.member(r.Type).val.member(r.Name) != nil {
				return true
			}
		}
	}
	for _, b := range s.blocks(file) {
		is := func(typ string, labels ...string) bool { return b.Type == typ && slices.Equal(b.Labels, labels) }
		switch {
		case r.Type != "":
			if is(block, r.Type, r.Name) {
				return true
			}
		case r.Call != nil:
			if is("module", r.Call.Name) {
				return true
			}
		case len(r.Path) > 1 && r.Path[0].Name == "var":
			if is("variable", r.Path[1].Name) {
				return true
			}
		case len(r.Path) > 1 && r.Path[0].Name == "local":
			if b.Type == "locals" && b.Body.Attributes[r.Path[1].Name] != nil {
				return true
			}
		}
	}
	return false
}

// named is the name of a data source or resource of the type in the module of a file: one of that provider configuration.
func (s *sources) named(file, block, typ, provider string) (string, bool) {
	found := ""
	if (!native(file) || values(file)) && !jsonSyntax(file) {
		return "", false
	}
	for _, name := range s.siblings(file) {
		if root := s.jsonRoot(name); root != nil && provider == "" {
			found = root.firstLabel(block, typ, found)
		}
	}
	for _, b := range s.blocks(file) {
		if b.Type == block && len(b.Labels) == 2 && b.Labels[0] == typ && plainBlock(b) && s.argument(b, "provider") == provider && (found == "" || b.Labels[1] < found) {
			found = b.Labels[1]
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
