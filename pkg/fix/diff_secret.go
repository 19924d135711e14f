package fix

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// secretLines are the numbers, from 1, of the lines of a file that write a value which must not be shown: blocks that are
// sensitive or ephemeral, and what is passed to the function sensitive.
func secretLines(name string, src []byte) map[int]bool {
	out := map[int]bool{}
	for i, line := range bytes.Split(src, []byte("\n")) {
		if bytes.Contains(line, []byte("sensitive(")) {
			out[i+1] = true
		}
	}
	if !strings.HasSuffix(name, ".tf") && !strings.HasSuffix(name, ".tofu") {
		return out
	}
	file, _ := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if file == nil {
		return out
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return out
	}
	mark := func(r hcl.Range) {
		for line := r.Start.Line; line <= r.End.Line; line++ {
			out[line] = true
		}
	}
	for _, b := range body.Blocks {
		if b.Body.Attributes["sensitive"] != nil || b.Body.Attributes["ephemeral"] != nil {
			for _, a := range b.Body.Attributes {
				mark(a.SrcRange)
			}
		}
	}
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		if call, ok := n.(*hclsyntax.FunctionCallExpr); ok && strings.HasSuffix(call.Name, "sensitive") {
			mark(call.Range())
		}
		return nil
	})
	return out
}
