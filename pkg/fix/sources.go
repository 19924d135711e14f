package fix

import (
	"bytes"
	"iter"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/tf"
)

// sources are the files that an edit may touch, by their names in ranges.
type sources struct {
	files map[string][]byte
	// tree is the syntax tree of a file that is there already, nil where none is.
	tree   func(file string) *hclsyntax.Body
	parsed map[string]*hclsyntax.Body
	// formatted says of a file whether it is as terraform fmt leaves it.
	formatted map[string]bool
}

// spot is a value in a source: the view that it is in, and the way to it from the outermost value of the view.
type spot struct {
	view *view
	way  []*node
	// block is the statement block of a policy document, and data the block that it is in; way is empty then.
	block, data *hclsyntax.Block
}

func (s *spot) node() *node { return s.way[len(s.way)-1] }

func native(file string) bool {
	return strings.HasSuffix(file, ".tf") || strings.HasSuffix(file, ".tofu") || values(file)
}

// values says whether a file holds values of variables, which refer to nothing.
func values(file string) bool { return strings.HasSuffix(file, ".tfvars") }

func jsonSyntax(file string) bool {
	return strings.HasSuffix(file, ".tf.json") || strings.HasSuffix(file, ".tofu.json")
}

// body is the syntax tree of a file in native syntax, nil where it cannot be read.
func (s *sources) body(file string) *hclsyntax.Body {
	if b, ok := s.parsed[file]; ok {
		return b
	}
	if s.parsed == nil {
		s.parsed = map[string]*hclsyntax.Body{}
	}
	src, ok := s.files[file]
	if !ok || !native(file) {
		return nil
	}
	var body *hclsyntax.Body
	if s.tree != nil {
		body = s.tree(file)
	}
	if body == nil {
		body, _ = tf.Parsed(file, src)
	}
	s.parsed[file] = body
	return body
}

// siblings are the files of the module that a file belongs to.
func (s *sources) siblings(file string) []string {
	var out []string
	for name := range s.files {
		if (native(name) || jsonSyntax(name)) && filepath.Dir(name) == filepath.Dir(file) {
			out = append(out, name)
		}
	}
	return out
}

// blocks are the blocks of the module that a file belongs to, each with its file.
func (s *sources) blocks(file string) iter.Seq2[string, *hclsyntax.Block] {
	return func(yield func(string, *hclsyntax.Block) bool) {
		for _, name := range s.siblings(file) {
			body := s.body(name)
			if body == nil {
				continue
			}
			for _, b := range body.Blocks {
				if !yield(name, b) {
					return
				}
			}
		}
	}
}

// blockAt is the block whose header is at that place, nil where there is none.
func blockAt(body *hclsyntax.Body, header hcl.Range) *hclsyntax.Block {
	if body == nil {
		return nil
	}
	for _, b := range body.Blocks {
		if b.TypeRange.Start.Byte == header.Start.Byte {
			return b
		}
	}
	return nil
}

// editable says whether a file may be edited: not one of a module that was downloaded, nor one of a binary plan.
func (s *sources) editable(file string) bool {
	_, ok := s.files[file]
	return ok && !strings.Contains(path.Clean(filepath.ToSlash(file)), ".terraform/")
}

// finder walks a file for what is written at a byte.
type finder struct {
	at int
	// statement is the block that starts there, outer the block around it.
	statement, outer *hclsyntax.Block
	// root is the outermost object or list around an object that starts there.
	root hclsyntax.Expression
	// template is the innermost template around it.
	template *hclsyntax.TemplateExpr
	// list is the innermost list around it.
	list   *hclsyntax.TupleConsExpr
	blocks []*hclsyntax.Block
	consts []hclsyntax.Expression
}

func (f *finder) holds(r hcl.Range) bool { return r.Start.Byte <= f.at && f.at < r.End.Byte }

func (f *finder) Enter(n hclsyntax.Node) hcl.Diagnostics {
	switch n := n.(type) {
	case *hclsyntax.Block:
		if (n.Type == "statement" || n.Type == "content") && len(f.blocks) > 0 &&
			(n.TypeRange.Start.Byte == f.at || n.OpenBraceRange.Start.Byte == f.at || n.Body.SrcRange.Start.Byte == f.at) {
			f.statement = n
			for _, b := range f.blocks {
				if b.Type == "data" {
					f.outer = b
				}
			}
		}
		if n.Type == "dynamic" && n.TypeRange.Start.Byte == f.at {
			for _, b := range n.Body.Blocks {
				if b.Type == "content" {
					f.statement = b
				}
			}
		}
		f.blocks = append(f.blocks, n)
	case *hclsyntax.ObjectConsExpr:
		f.consts = append(f.consts, n)
		if n.SrcRange.Start.Byte == f.at {
			f.root = f.outermost()
		}
	case *hclsyntax.TupleConsExpr:
		f.consts = append(f.consts, n)
		if f.holds(n.SrcRange) {
			f.list = n
		}
	case *hclsyntax.TemplateExpr:
		if f.holds(n.SrcRange) {
			f.template = n
		}
	}
	return nil
}

func (f *finder) Exit(n hclsyntax.Node) hcl.Diagnostics {
	switch n.(type) {
	case *hclsyntax.Block:
		f.blocks = f.blocks[:len(f.blocks)-1]
	case *hclsyntax.ObjectConsExpr, *hclsyntax.TupleConsExpr:
		f.consts = f.consts[:len(f.consts)-1]
	}
	return nil
}

// outermost is the outermost of the objects and lists around which only objects and lists stand.
func (f *finder) outermost() hclsyntax.Expression {
	out := f.consts[len(f.consts)-1]
	for i := len(f.consts) - 2; i >= 0; i-- {
		if !contains(nodeOf(f.consts[i]), out.Range()) {
			break
		}
		out = f.consts[i]
	}
	return out
}

func contains(n *node, r hcl.Range) bool {
	if n.start == r.Start.Byte && n.end == r.End.Byte {
		return true
	}
	return slices.ContainsFunc(n.inner(), func(inner *node) bool { return contains(inner, r) })
}

// nativeView is a file in native syntax around one byte. The default of a variable refers to nothing.
func (s *sources) nativeView(file string, at int, t *terms) *view {
	v := &view{file: file, text: s.files[file], literal: nativeString(t), hcl: true}
	plain := values(file)
	if body := s.body(file); body != nil {
		for _, b := range body.Blocks {
			plain = plain || b.Type == "variable" && b.TypeRange.Start.Byte <= at && at < b.CloseBraceRange.End.Byte
		}
	}
	if plain {
		v.literal = func(text string) (string, bool) {
			out, ok := t.known(text)
			return `"` + quotedEscape(templateEscape(out)) + `"`, ok
		}
	}
	return v
}

// nativeString writes strings in HCL: a reference alone where the string is nothing else.
func nativeString(t *terms) func(string) (string, bool) {
	return func(s string) (string, bool) {
		out, ok := t.sourced(s, templateEscape)
		if !ok {
			return "", false
		}
		if ref, rest := strings.CutPrefix(out, "${"); rest && interpolationEnd([]byte(out), 2) == len(out) {
			return strings.TrimSuffix(ref, "}"), true
		}
		return `"` + quotedEscape(out) + `"`, true
	}
}

// templateJSON writes strings in a JSON document that is a template.
func templateJSON(t *terms) func(string) (string, bool) {
	return func(s string) (string, bool) {
		out, ok := t.sourced(s, func(lit string) string { return templateEscape(jsonInner(lit)) })
		return `"` + out + `"`, ok && !several(out)
	}
}

// plainJSON writes strings in a JSON document by itself: it refers to nothing but what it puts in elsewhere as a template.
func plainJSON(t *terms, file string) func(string) (string, bool) {
	return func(s string) (string, bool) {
		own := slices.Clone(*t)
		for i := range own {
			if own[i].dir != file {
				own[i].ref = ""
			}
		}
		out, ok := own.sourced(s, jsonInner)
		return `"` + out + `"`, ok
	}
}

// templateView is a template in native syntax: a heredoc as it is written, a quoted string without its escapes.
func templateView(file string, src []byte, at hcl.Range, t *terms) *view {
	start, end := at.Start.Byte, at.End.Byte
	v := &view{file: file, literal: templateJSON(t)}
	if bytes.HasPrefix(src[start:end], []byte("<<")) {
		v.text = bytes.Clone(src)
		copy(v.text[start:end], mask(src[start:end]))
		v.from = start + bytes.IndexByte(src[start:end], '\n') + 1
		v.to = max(v.from, v.line(start+len(bytes.TrimRight(src[start:end], "\r\n")))) // without the marker, which a broken one lacks
		return v
	}
	text, offsets := decode(src, start+1, end-1, simpleEscape)
	v.text, v.at, v.outer = mask(text), offsets, quotedEscape
	return v
}
