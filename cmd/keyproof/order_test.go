package main

import (
	"go/ast"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gopackages "golang.org/x/tools/go/packages"
)

// TestFilesHaveAnOrder holds that a package can be read from its lowest file up: no file uses one that leads back to it.
func TestFilesHaveAnOrder(t *testing.T) {
	cfg := &gopackages.Config{Dir: root, Mode: gopackages.NeedName | gopackages.NeedFiles | gopackages.NeedSyntax | gopackages.NeedTypes | gopackages.NeedTypesInfo |
		gopackages.NeedImports | gopackages.NeedDeps | gopackages.NeedExportFile}
	found, err := gopackages.Load(cfg, "./pkg/...")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 20 {
		t.Fatalf("only %d packages were read", len(found))
	}
	for _, p := range found {
		if len(p.Errors) > 0 {
			t.Fatalf("%s: %v", p.PkgPath, p.Errors)
		}
		if circle := circleOf(usesOf(p)); len(circle) > 0 {
			t.Errorf("%s: these files lead to each other in a circle: %s", strings.TrimPrefix(p.PkgPath, module), strings.Join(circle, ", "))
		}
	}
}

// usesOf says which files of a package name something that another one of its files declares.
func usesOf(p *gopackages.Package) map[string]map[string]bool {
	uses := map[string]map[string]bool{}
	for _, f := range p.Syntax {
		name := filepath.Base(p.Fset.Position(f.Pos()).Filename)
		uses[name] = map[string]bool{}
		ast.Inspect(f, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			of := p.TypesInfo.Uses[id]
			if of == nil || of.Pkg() != p.Types || of.Parent() != p.Types.Scope() && !isMethod(of) {
				return true
			}
			if to := filepath.Base(p.Fset.Position(of.Pos()).Filename); to != name {
				uses[name][to] = true
			}
			return true
		})
	}
	return uses
}

func isMethod(o types.Object) bool {
	f, ok := o.(*types.Func)
	return ok && f.Signature().Recv() != nil
}

// circleOf are the files that are left when those are taken away, one after the other, that use none of the others or that none
// of them uses.
func circleOf(uses map[string]map[string]bool) []string {
	left := maps.Clone(uses)
	for again := true; again; {
		again = false
		for name := range left {
			used, user := false, false
			for other := range left {
				used = used || left[other][name] && other != name
				user = user || left[name][other] && other != name
			}
			if !used || !user {
				delete(left, name)
				again = true
			}
		}
	}
	return slices.Sorted(maps.Keys(left))
}
