package tfsource

import (
	"regexp"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// longNumber is how a number begins whose exponent has more digits than anybody needs.
var longNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[0-9.][eE][+-]?[0-9]{4,}`) })

// dropLongNumbers makes unknown what would take forever to write down, like 1e99999999, before anything is computed of it.
func dropLongNumbers(src []byte, body *hclsyntax.Body, note func(*hcl.Diagnostic)) {
	if body == nil || !longNumber().Match(src) {
		return
	}
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		x, ok := n.(*hclsyntax.LiteralValueExpr)
		if !ok || x.Val.Type() != cty.Number || !x.Val.IsKnown() || x.Val.IsNull() {
			return nil
		}
		const most = 1 << 14 // a power of two
		if exp := x.Val.AsBigFloat().MantExp(nil); exp > most || exp < -most {
			note(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Number is too long", Subject: x.SrcRange.Ptr(),
				Detail: "A number has more digits than keyproof writes down. It is treated as unknown."})
			x.Val = cty.DynamicVal
		}
		return nil
	})
}
