package tfsource

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Outline is what one source file says of the directories around it.
type Outline struct {
	// Calls are the directories that its module blocks call, as they are written.
	Calls []string
	// Applied says that it has a backend or a provider, so that its directory is applied as it is. A file that cannot be
	// read may have one.
	Applied bool
}

// OutlineOf reads the source file at p, in either syntax.
func OutlineOf(fsys fs.FS, p string) Outline {
	info, err := fs.Stat(fsys, p)
	if err != nil || !mayBeRead(info) {
		return Outline{Applied: true}
	}
	src, err := fs.ReadFile(fsys, p)
	if err != nil {
		return Outline{Applied: true}
	}
	if !mayCall(src) && !holdsAny(src, "provider", "backend", "cloud") {
		return Outline{}
	}
	return outlineOf(src, p)
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

func outlineOf(src []byte, p string) Outline {
	body := bodyOf(&files{limits: Limits{}.WithDefaults(), points: map[string][]hcl.Pos{}}, src, p)
	if body == nil {
		return Outline{Applied: true}
	}
	var out Outline
	for _, b := range body.Blocks {
		switch b.Type {
		case "module":
			if source := LiteralString(b.Body.Attributes["source"]); isLocal(source) {
				out.Calls = append(out.Calls, source)
			}
		case "provider":
			out.Applied = true
		case "terraform":
			out.Applied = out.Applied || hasBackend(b.Body)
		}
	}
	return out
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
