package fix

import (
	"bytes"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// maxKeys bounds how many keys an edit names.
const maxKeys = 12

// moduleKeys are the keys that the module of the statement's file speaks of: those that it manages, looks up or is given by their
// ARNs, the managed ones alone, and what else it is given and encrypts with. There are none where these are too many to be meant.
func (m *maker) moduleKeys() (all, managed, given []term) {
	if !native(m.file) || values(m.file) {
		return nil, nil, nil
	}
	add := func(list *[]term, ref string) {
		x := term{ref: ref, symbol: unknown.Symbol{Ref: ref, Kind: unknown.KeyARN}, dir: filepath.Dir(m.file)}
		if !slices.Contains(*list, x) {
			*list = append(*list, x)
		}
	}
	files := m.src.siblings(m.file)
	slices.Sort(files)
	for _, file := range files {
		body := m.src.body(file)
		if body == nil {
			continue
		}
		for _, b := range body.Blocks {
			switch {
			case b.Type == "module" && len(b.Labels) == 1:
				for _, name := range m.src.keyOutputs(file, b) {
					add(&all, m.instance(b, "module."+b.Labels[0])+"."+name)
				}
			case len(b.Labels) != 2 || b.Body.Attributes["provider"] != nil: // perhaps of another account
			case b.Type == "resource" && managedKeys[b.Labels[0]]:
				add(&managed, m.instance(b, b.Labels[0]+"."+b.Labels[1])+".arn")
			case !plainBlock(b):
			case b.Type == "data" && b.Labels[0] == "aws_kms_key" && m.src.mentioned(files, "data.aws_kms_key."+b.Labels[1]+"."):
				add(&all, "data.aws_kms_key."+b.Labels[1]+".arn")
			case b.Type == "data" && b.Labels[0] == "aws_kms_alias" && m.src.mentioned(files, "data.aws_kms_alias."+b.Labels[1]+"."):
				add(&all, "data.aws_kms_alias."+b.Labels[1]+".target_key_arn")
			}
		}
		for _, ref := range m.src.givenKeys(file) {
			switch {
			case m.Resource.Module == "" && strings.HasPrefix(ref, "var."): // what the root is given, only the plan tells
			case strings.HasSuffix(ref, "arn"):
				add(&all, ref)
			default:
				add(&given, ref)
			}
		}
	}
	if len(given) > 0 {
		given = append(slices.Clone(managed), given...)
	}
	all = append(slices.Clone(managed), all...)
	for _, list := range []*[]term{&all, &managed, &given} {
		if len(*list) > maxKeys {
			*list = nil
		}
	}
	return all, managed, given
}

// instance is how the statement's block writes the instance of a block of its module that goes with its own, or all of them.
func (m *maker) instance(b *hclsyntax.Block, name string) string {
	kind, each := m.src.repeated(m.file, b)
	own := m.around()
	if own != nil && kind != "" {
		if k, e := m.src.repeated(m.file, own); k == kind && e == each {
			switch {
			case kind == "for_each":
				return name + "[each.key]"
			case strings.HasSuffix(each, "? 1 : 0"):
				return name + "[0]"
			}
			return name + "[count.index]"
		}
	}
	switch kind {
	case "count":
		return name + "[*]"
	case "for_each":
		return "values(" + name + ")[*]"
	}
	return name
}

// corresponds says whether each instance of the statement's block has an instance of the key of its own, or all have the same key.
func (m *maker) corresponds(b *hclsyntax.Block, name string) bool {
	own := m.around()
	if own == nil || !strings.Contains(m.instance(b, name), "[*]") {
		return true
	}
	kind, _ := m.src.repeated(m.file, own)
	return kind == ""
}

// around is the block at the top level that the statement at hand is written in, nil where it is in none.
func (m *maker) around() *hclsyntax.Block {
	body := m.src.body(m.file)
	if body == nil {
		return nil
	}
	i := slices.IndexFunc(body.Blocks, func(b *hclsyntax.Block) bool {
		return b.TypeRange.Start.Byte <= m.at && m.at < b.CloseBraceRange.End.Byte
	})
	if i < 0 {
		return nil
	}
	return body.Blocks[i]
}

// repeated is what makes instances of a block, count or for_each, and its expression: that of another resource where it is one.
func (s *sources) repeated(file string, b *hclsyntax.Block) (kind, each string) {
	for range maxChain {
		switch count, forEach := b.Body.Attributes["count"], b.Body.Attributes["for_each"]; {
		case count != nil:
			return "count", s.textOf(count.Expr)
		case forEach == nil:
			return "", ""
		default:
			each = s.textOf(forEach.Expr)
			next := s.resource(file, each)
			if next == nil || next.Body.Attributes["for_each"] == nil {
				return "for_each", each
			}
			b = next
		}
	}
	return "for_each", each
}

// maxChain bounds how many resources are followed whose instances are those of another one.
const maxChain = 5

// keyOutputs are the outputs of a called module of the repository that are ARNs of keys which it manages.
func (s *sources) keyOutputs(file string, call *hclsyntax.Block) (out []string) {
	a := call.Body.Attributes["source"]
	if a == nil {
		return nil
	}
	source := nodeOf(a.Expr).text
	if !strings.HasPrefix(source, ".") {
		return nil
	}
	for _, b := range s.blocks(filepath.Join(filepath.Dir(file), source, "x")) {
		v := b.Body.Attributes["value"]
		if b.Type == "output" && len(b.Labels) == 1 && v != nil && strings.Contains(s.textOf(v.Expr), ".arn") &&
			slices.ContainsFunc(v.Expr.Variables(), func(t hcl.Traversal) bool { return managedKeys[t.RootName()] }) {
			out = append(out, b.Labels[0])
		}
	}
	slices.Sort(out)
	return out
}

// managedKeys are the types of keys by Terraform's AWS provider.
var managedKeys = map[string]bool{"aws_kms_key": true, "aws_kms_replica_key": true, "aws_kms_external_key": true, "aws_kms_replica_external_key": true}

// mentioned says whether one of the files has a text.
func (s *sources) mentioned(files []string, text string) bool {
	return slices.ContainsFunc(files, func(file string) bool { return bytes.Contains(s.files[file], []byte(text)) })
}

// givenKeys are the expressions that a file encrypts something with and that are no resources of its module. Whether one is the ARN
// of a key is for the proof to tell.
func (s *sources) givenKeys(file string) []string {
	var out []string
	_ = hclsyntax.VisitAll(s.body(file), func(n hclsyntax.Node) (none hcl.Diagnostics) {
		a, ok := n.(*hclsyntax.Attribute)
		if !ok || !strings.Contains(a.Name, "kms") {
			return none
		}
		ref := plainIndex().ReplaceAllString(s.textOf(a.Expr), ".$1")
		root, _, _ := strings.Cut(ref, ".")
		if slices.Contains([]string{"var", "local", "module"}, root) && reference().MatchString(ref) {
			out = append(out, ref)
		}
		return none
	})
	return out
}

// plainIndex is an index that is a name as well: x["y"] is x.y.
var plainIndex = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\["([A-Za-z_][A-Za-z0-9_]*)"\]`) })
