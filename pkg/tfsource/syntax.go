package tfsource

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// BlockType is the type of the block, or of the blocks that a dynamic block makes.
func BlockType(b *hclsyntax.Block) string {
	if b.Type == "dynamic" && len(b.Labels) == 1 {
		return b.Labels[0]
	}
	return b.Type
}

// LiteralString is the value of an argument that is a plain string, "" otherwise.
func LiteralString(a *hclsyntax.Attribute) string {
	if a == nil {
		return ""
	}
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// SortedAttributes are the arguments in the order in which they are written.
func SortedAttributes(b *hclsyntax.Body) []*hclsyntax.Attribute {
	out := make([]*hclsyntax.Attribute, 0, len(b.Attributes))
	for _, a := range b.Attributes {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b *hclsyntax.Attribute) int {
		return cmp.Or(strings.Compare(a.SrcRange.Filename, b.SrcRange.Filename), cmp.Compare(a.SrcRange.Start.Byte, b.SrcRange.Start.Byte), strings.Compare(a.Name, b.Name))
	})
	return out
}

// overlay is the body with the arguments of an override file: arguments replace arguments, blocks replace all blocks of
// their type.
func overlay(old, over *hclsyntax.Body, override bool) *hclsyntax.Body {
	if old == nil || !override {
		return over
	}
	out := &hclsyntax.Body{Attributes: maps.Clone(old.Attributes), SrcRange: old.SrcRange, EndRange: old.EndRange}
	maps.Copy(out.Attributes, over.Attributes)
	for _, b := range old.Blocks {
		i := slices.IndexFunc(over.Blocks, func(o *hclsyntax.Block) bool { return BlockType(o) == BlockType(b) })
		switch {
		case i < 0:
			out.Blocks = append(out.Blocks, b)
		case b.Type == "lifecycle": // its arguments are replaced one by one
			merged := *over.Blocks[i]
			merged.Body = overlay(b.Body, merged.Body, true)
			over = &hclsyntax.Body{Attributes: over.Attributes, Blocks: slices.Clone(over.Blocks)}
			over.Blocks[i] = &merged
		}
	}
	out.Blocks = append(out.Blocks, over.Blocks...)
	return out
}

// AttrName is step i of a traversal if it is a name, "" otherwise.
func AttrName(t hcl.Traversal, i int) string {
	if i < len(t) {
		if a, ok := t[i].(hcl.TraverseAttr); ok {
			return a.Name
		}
	}
	return ""
}

// ProviderName is the provider configuration that an expression names (aws.west), without the key of an instance; "" if it names
// none.
func ProviderName(x hclsyntax.Expression) string {
	if at, ok := x.(*hclsyntax.IndexExpr); ok {
		return ProviderName(at.Collection)
	}
	t, diags := hcl.AbsTraversalForExpr(x)
	if diags.HasErrors() {
		return LiteralString(&hclsyntax.Attribute{Expr: x})
	}
	name := t.RootName()
	if alias := AttrName(t, 1); alias != "" {
		name += "." + alias
	}
	return name
}

// LiteralBool says whether the argument is written as true.
func LiteralBool(a *hclsyntax.Attribute) bool {
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() {
		return false
	}
	b, err := convert.Convert(v, cty.Bool)
	return err == nil && b.IsKnown() && !b.IsNull() && b.True()
}

// DeclaredSecret says whether a variable or output is sensitive: what is ephemeral is a secret by nature. An override
// cannot take that back.
func DeclaredSecret(b *hclsyntax.Body) bool {
	return Declares(b, "sensitive") || Declares(b, "ephemeral")
}

// Declares says whether a body says of what it declares that it is sensitive, ephemeral and the like.
func Declares(b *hclsyntax.Body, what string) bool {
	a := b.Attributes[what]
	return a != nil && LiteralBool(a)
}

// isLocal says whether the source of a module call is a directory beside it.
func isLocal(source string) bool {
	return strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") || source == "." || source == ".."
}
