package tfsource

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Calls are the directories that the module blocks of the source file at p call, as they are written.
func Calls(fsys fs.FS, p string) []string {
	src, ok := sourceText(fsys, p)
	if !ok || !mayCall(src) {
		return nil
	}
	return callsIn(src, p)
}

// Applies says that the source file at p has a backend or a provider, so that its directory is applied as it is. A file that
// cannot be read may have one.
func Applies(fsys fs.FS, p string) bool {
	src, ok := sourceText(fsys, p)
	if !ok {
		return true
	}
	if !holdsAny(src, "provider", "backend", "cloud") {
		return false
	}
	body := loneBody(src, p)
	return body == nil || slices.ContainsFunc(body.Blocks, func(b *hclsyntax.Block) bool {
		return b.Type == "provider" || b.Type == "terraform" && hasBackend(b.Body)
	})
}

// sourceText is a source file, false for one that cannot be read or is larger than is read.
func sourceText(fsys fs.FS, p string) ([]byte, bool) {
	if info, err := fs.Stat(fsys, p); err != nil || !mayBeRead(info) {
		return nil, false
	}
	src, err := fs.ReadFile(fsys, p)
	return src, err == nil
}

// mayBeRead says whether a file is one that is not larger than is read.
func mayBeRead(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && info.Size() <= int64(Limits{}.WithDefaults().File)
}

// mayCall says whether a file holds what each call of a directory is written with: most files need not be parsed.
func mayCall(src []byte) bool {
	return holdsAny(src, "module") && holdsAny(src, `"./`, `"../`, `"."`, `".."`)
}

func holdsAny(src []byte, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(src, []byte(w)) })
}

func callsIn(src []byte, p string) []string {
	body := loneBody(src, p)
	if body == nil {
		return nil
	}
	var out []string
	for _, b := range body.Blocks {
		if b.Type != "module" {
			continue
		}
		if source := LiteralString(b.Body.Attributes["source"]); isLocal(source) {
			out = append(out, source)
		}
	}
	return out
}

// loneBody is bodyOf for a file that nothing else is read with.
func loneBody(src []byte, p string) *hclsyntax.Body {
	return bodyOf(&files{limits: Limits{}.WithDefaults(), points: map[string][]hcl.Pos{}}, src, p)
}

// bodyOf is the syntax tree of a file by itself, nil where it has none.
func bodyOf(f *files, src []byte, name string) *hclsyntax.Body {
	switch {
	case notText(src):
		return nil
	case strings.HasSuffix(name, ".json"):
		body, _ := parseJSONBody(f, src, name)
		return body
	case f.readable(src) != "":
		return nil
	}
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil
	}
	body, _ := file.Body.(*hclsyntax.Body)
	return body
}

func hasBackend(terraform *hclsyntax.Body) bool {
	return terraform.Attributes["backend"] != nil || terraform.Attributes["cloud"] != nil ||
		slices.ContainsFunc(terraform.Blocks, func(b *hclsyntax.Block) bool { return b.Type == "backend" || b.Type == "cloud" })
}
