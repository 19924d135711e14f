package tfeval

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/tfeval/function"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// isReference tells references, and what else names one thing, from the text of expressions.
var isReference = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\(sensitive, |^the |^[\pL_][\pL\pN_-]*((\.[\pL\pN_*-]+)|\["(\\.|[^"\\])*"\]|\[[\pN*]*\])*( each\.key| each\.value| count\.index| \(.*\))?$`)
})

// outwards is an unknown as it leaves this package: by the references that decide it. Inside, what no reference names goes by its
// text, which tells two of them apart.
func (e *Evaluator) outwards(u unknown.Symbol, at hcl.Range) unknown.Symbol {
	var names []string
	same := true
	for _, ref := range u.Refs() {
		if isReference().MatchString(ref) {
			names = append(names, ref)
			continue
		}
		same = false
		x, diags := hclsyntax.ParseExpression([]byte(ref), "", hcl.InitialPos)
		if !diags.HasErrors() {
			names = append(names, namesIn(x)...)
		} else if name, _, ok := strings.Cut(ref, "("); ok && isReference().MatchString(name) {
			names = append(names, name+"()")
		}
	}
	if same {
		return u
	}
	if len(names) == 0 {
		at = e.Place(at)
		names = []string{fmt.Sprintf("the expression in line %d of %s", at.Start.Line, path.Base(at.Filename))}
	}
	s := value.NewSigner("")
	s.Unknown(u)
	u.Ref, u.Variant = strings.Join(compact(names), ", "), s.Variant()
	return u
}

// allOutwards are several unknowns as they leave this package.
func (e *Evaluator) allOutwards(list []unknown.Symbol, at hcl.Range) []unknown.Symbol {
	for i := range list {
		list[i] = e.outwards(list[i], at)
	}
	return list
}

// fileNamed stands before the name of a file that decides.
const fileNamed = "the file "

// namesIn are the files that an expression reads, else the references in it, else the first function that it calls. Where the module
// lies is known and decides nothing, and a variable of a for expression is no reference.
func namesIn(x hclsyntax.Expression) []string {
	var files, refs, call []string
	bound := map[string]bool{"path": true, "": true}
	_ = hclsyntax.VisitAll(x, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.ForExpr:
			bound[n.KeyVar], bound[n.ValVar] = true, true
		case *hclsyntax.FunctionCallExpr:
			if call == nil {
				call = []string{n.Name + "()"}
			}
			if name, ok := fileRead(n); ok {
				files = append(files, fileNamed+name)
			}
		case *hclsyntax.ScopeTraversalExpr:
			if len(n.Traversal) > 1 && !bound[n.Traversal.RootName()] {
				refs = append(refs, traversed(n.Traversal))
			}
		}
		return nil
	})
	for _, names := range [][]string{files, refs, call} {
		if len(names) > 0 {
			return compact(names)
		}
	}
	return nil
}

// fileRead is the file that a call reads, where its name is written out.
func fileRead(call *hclsyntax.FunctionCallExpr) (string, bool) {
	if !function.ReadsFile(strings.TrimPrefix(call.Name, "core::")) || len(call.Args) == 0 {
		return "", false
	}
	t, ok := call.Args[0].(*hclsyntax.TemplateExpr)
	if !ok {
		return "", false
	}
	name := ""
	for _, p := range t.Parts {
		switch p := p.(type) {
		case *hclsyntax.LiteralValueExpr:
			name += p.Val.AsString()
		case *hclsyntax.ScopeTraversalExpr:
			name += "${" + traversed(p.Traversal) + "}"
		default:
			return "", false
		}
	}
	return strings.TrimPrefix(strings.TrimPrefix(name, "${path.module}/"), "./"), name != ""
}

// traversed is a reference as it is written, without indexes that are no constants.
func traversed(t hcl.Traversal) string {
	name := t.RootName()
	for _, step := range t[1:] {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			name += "." + step.Name
		case hcl.TraverseIndex:
			if value.IsString(step.Key) {
				name = unknown.Member(name, step.Key.AsString())
			} else {
				return name
			}
		}
	}
	return name
}

// failing is what a fault of an expression is about: the file that cannot be read, or what the call is made of that fails.
func (e *Evaluator) failing(x hclsyntax.Expression, fault *hcl.Diagnostic) unknown.Symbol {
	whole := e.Source(x.Range())
	about := x
	if at := fault.Subject; at != nil {
		_ = hclsyntax.VisitAll(x, func(n hclsyntax.Node) hcl.Diagnostics {
			if part, ok := n.(hclsyntax.Expression); ok && part.Range() == *at {
				about = part
			}
			return nil
		})
	}
	names := namesIn(about)
	if isReference().MatchString(whole) || len(names) == 0 { // it is named by its place, as it may be secret
		return unknown.Symbol{Ref: whole}
	}
	return unknown.Symbol{Ref: strings.Join(names, ", "), Variant: value.NewSigner(whole).Variant()}
}

func compact(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
