package fix

import (
	"bytes"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// maxKeys bounds how many keys an edit names.
const maxKeys = 12

// moduleKeys are the keys that the module of the statement's file speaks of: those that it manages, looks up or is given, and
// the managed ones alone. There are none where these are too many to be meant.
func (m *maker) moduleKeys() (all, managed []term) {
	if !native(m.file) || values(m.file) {
		return nil, nil
	}
	add := func(list *[]term, ref string) {
		x := term{ref: ref, symbol: unknown.Symbol{Ref: ref, Kind: unknown.KeyARN}}
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
			case len(b.Labels) != 2 || !plainBlock(b):
			case b.Type == "resource" && managedKeys[b.Labels[0]]:
				add(&managed, b.Labels[0]+"."+b.Labels[1]+".arn")
			case b.Type == "data" && b.Labels[0] == "aws_kms_key" && m.src.mentioned(files, "data.aws_kms_key."+b.Labels[1]+"."):
				add(&all, "data.aws_kms_key."+b.Labels[1]+".arn")
			case b.Type == "data" && b.Labels[0] == "aws_kms_alias" && m.src.mentioned(files, "data.aws_kms_alias."+b.Labels[1]+"."):
				add(&all, "data.aws_kms_alias."+b.Labels[1]+".target_key_arn")
			}
		}
		for _, ref := range m.src.givenKeys(file) {
			if m.Resource.Module != "" || !strings.HasPrefix(ref, "var.") { // what the root is given, only the plan tells
				add(&all, ref)
			}
		}
	}
	all = append(slices.Clone(managed), all...)
	if len(all) > maxKeys {
		all = nil
	}
	if len(managed) > maxKeys {
		managed = nil
	}
	return all, managed
}

// managedKeys are the types of keys by Terraform's AWS provider.
var managedKeys = map[string]bool{"aws_kms_key": true, "aws_kms_replica_key": true, "aws_kms_external_key": true, "aws_kms_replica_external_key": true}

// encryptsTopics says whether the key of a policy encrypts topics of its module, and no queue of it, by what their arguments
// refer to.
func (m *maker) encryptsTopics() bool {
	if m.Resource.Source == nil {
		return false
	}
	own := map[string]bool{m.Resource.Type + "." + m.Resource.Name: true}
	refers := func(x hclsyntax.Expression) bool {
		return slices.ContainsFunc(x.Variables(), func(t hcl.Traversal) bool { return own[resourceOf(t)] })
	}
	each := func(typ, argument string, do func(name string, x hclsyntax.Expression)) {
		for _, file := range m.src.siblings(m.Resource.Source.Block.Filename) {
			body := m.src.body(file)
			if body == nil {
				continue
			}
			for _, b := range body.Blocks {
				if a := b.Body.Attributes[argument]; b.Type == "resource" && len(b.Labels) == 2 && b.Labels[0] == typ && a != nil {
					do(typ+"."+b.Labels[1], a.Expr)
				}
			}
		}
	}
	each("aws_kms_key_policy", "key_id", func(name string, x hclsyntax.Expression) {
		for _, t := range x.Variables() {
			own[resourceOf(t)] = own[name]
		}
	})
	each("aws_kms_alias", "target_key_id", func(name string, x hclsyntax.Expression) { own[name] = refers(x) })
	topics, queues := false, false
	each("aws_sns_topic", "kms_master_key_id", func(_ string, x hclsyntax.Expression) { topics = topics || refers(x) })
	each("aws_sqs_queue", "kms_master_key_id", func(_ string, x hclsyntax.Expression) { queues = queues || refers(x) })
	return topics && !queues
}

// resourceOf is the type and name of the resource that an expression refers to.
func resourceOf(t hcl.Traversal) string {
	if len(t) < 2 {
		return ""
	}
	name, _ := t[1].(hcl.TraverseAttr)
	return t.RootName() + "." + name.Name
}

// mentioned says whether one of the files has a text.
func (s *sources) mentioned(files []string, text string) bool {
	return slices.ContainsFunc(files, func(file string) bool { return bytes.Contains(s.files[file], []byte(text)) })
}

// givenKeys are the expressions for ARNs that a file encrypts something with and that are no resources of its module.
func (s *sources) givenKeys(file string) []string {
	var out []string
	_ = hclsyntax.VisitAll(s.body(file), func(n hclsyntax.Node) (none hcl.Diagnostics) {
		a, ok := n.(*hclsyntax.Attribute)
		if !ok || !strings.Contains(a.Name, "kms") {
			return none
		}
		r := a.Expr.Range()
		ref := string(s.files[file][r.Start.Byte:r.End.Byte])
		root, _, _ := strings.Cut(ref, ".")
		if slices.Contains([]string{"var", "local", "module"}, root) && strings.HasSuffix(ref, "arn") && reference().MatchString(ref) {
			out = append(out, ref)
		}
		return none
	})
	return out
}
