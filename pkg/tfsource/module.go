package tfsource

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
)

// Module is a directory of sources at one place of the module tree.
type Module struct {
	path      string // "kms.inner", "" for the root module
	Dir       string // the directory, a path inside the files
	parent    *Module
	Remote    bool                            // downloaded: it, or a module that calls it
	Backend   bool                            // it says where its state is kept, so it is no module for others
	Broken    bool                            // a file could not be parsed, so names may be missing
	Variables map[string]*Variable            // by name, as all that follow
	Locals    map[string]*hclsyntax.Attribute // the arguments of all locals blocks
	Outputs   map[string]*hclsyntax.Body      // the bodies of output blocks
	Calls     map[string]*ModuleCall          // the module blocks
	Resources map[string]*Resource            // "aws_kms_key.this", "data.aws_region.here"
	Order     []*Resource                     // in the order of the files
	Providers map[string]*hclsyntax.Body      // the bodies of provider blocks: "aws", "aws.west"
}

// Path is where the module is in the tree of modules: "kms.inner", "" for the root module.
func (m *Module) Path() string { return m.path }

// ModuleCall is a module block. Module is nil where the sources of the module are not there.
type ModuleCall struct {
	Name   string           // the label of the block
	Block  *hclsyntax.Block // as it is written first
	Body   *hclsyntax.Body  // with what override files change
	Module *Module          // what it calls
	source string
}

// Resource is a resource or data block, with what override files change in its body.
type Resource struct {
	module *Module
	Mode   tf.Mode          // managed or data
	Type   string           // the first label
	Name   string           // the second label
	Block  *hclsyntax.Block // as it is written first
	Body   *hclsyntax.Body  // with what override files change
}

// Key is how expressions call the resource.
func (r *Resource) Key() string {
	if r.Mode == tf.Data {
		return "data." + r.Type + "." + r.Name
	}
	return r.Type + "." + r.Name
}

// IgnoresChanges says whether lifecycle tells Terraform to leave an argument as it is; path may go on into the argument.
func (r *Resource) IgnoresChanges(path string) bool {
	name, _, _ := strings.Cut(path, "[")
	for _, b := range r.Body.Blocks {
		if b.Type != "lifecycle" || b.Body.Attributes["ignore_changes"] == nil {
			continue
		}
		x := b.Body.Attributes["ignore_changes"].Expr
		if hcl.ExprAsKeyword(x) == "all" || LiteralString(b.Body.Attributes["ignore_changes"]) == "all" {
			return true
		}
		t, ok := x.(*hclsyntax.TupleConsExpr)
		if !ok {
			continue
		}
		for _, el := range t.Exprs {
			if ProviderName(el) == name || hcl.ExprAsKeyword(el) == name {
				return true
			}
			if tr, diags := hcl.AbsTraversalForExpr(el); !diags.HasErrors() && tr.RootName() == name {
				return true
			}
		}
	}
	return false
}

func comparePaths(a, b string) int {
	return slices.Compare(strings.Split(a, "."), strings.Split(b, "."))
}

type loader struct {
	*Sources
	ctx      context.Context
	manifest map[string]record // by module path
	absent   []absentModule
	tried    map[string]*hclsyntax.Body // by path, nil for a file that cannot be read
	depth    int
}

// More modules, or deeper ones, are a mistake or an attack.
const maxModuleDepth, maxModules = 30, 2000

// load reads the module at path and what it calls. It returns nil only for a root module that cannot be listed.
func (l *loader) load(modPath, dir string, parent *Module, remote bool) *Module {
	m := &Module{path: modPath, Dir: dir, parent: parent,
		Variables: map[string]*Variable{}, Locals: map[string]*hclsyntax.Attribute{}, Outputs: map[string]*hclsyntax.Body{},
		Calls: map[string]*ModuleCall{}, Resources: map[string]*Resource{}, Providers: map[string]*hclsyntax.Body{}}
	m.Remote = remote || strings.Contains(path.Join("/", dir)+"/", "/.terraform/modules/")
	primary, override, both, err := l.files.sourceFiles(dir, l.Options.Tool)
	if err != nil {
		if parent == nil {
			l.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Sources cannot be read",
				Detail: fmt.Sprintf("The directory %s cannot be listed: %s", l.files.Name(dir), Sentence(err))})
			return nil
		}
		return nil
	}
	l.Ambiguous = l.Ambiguous || both && l.Options.Tool == AnyTool
	l.Modules = append(l.Modules, m)
	for i, p := range append(primary, override...) {
		if l.ctx.Err() != nil {
			break
		}
		body, done := l.tried[p]
		if !done {
			if body = l.parsed[p]; body == nil {
				body = l.parse(p)
			}
			l.tried[p] = body
		}
		if body != nil {
			m.add(body, i >= len(primary), l.notes)
		} else {
			m.Broken = true
		}
	}
	names := make([]string, 0, len(m.Calls))
	for n := range m.Calls {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		l.call(m, m.Calls[n])
	}
	return m
}

// parse reads one source file; nil means that a diagnostic says why not.
func (l *loader) parse(p string) *hclsyntax.Body {
	name := l.files.Name(p)
	problem := func(detail string) *hclsyntax.Body {
		l.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Source file cannot be read",
			Detail: fmt.Sprintf("The file %s was left out: %s", name, detail)})
		return nil
	}
	src, err := l.files.Open(p)
	if err != nil {
		return problem(Sentence(err))
	}
	if Forged(src) {
		return problem("It holds the character U+E0A0, which keyproof uses for values that are not known.")
	}
	if notText(src) {
		return problem("It is no text; perhaps it is encrypted.")
	}
	if strings.HasSuffix(p, ".json") {
		body, d := parseJSONBody(l.files, src, name)
		if d != nil {
			l.AddNote(d)
			return nil
		}
		dropLongNumbers(src, body, l.AddNote)
		return body
	}
	if why := l.files.readable(src); why != "" {
		return problem(why)
	}
	noted := len(l.list)
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	for _, d := range diags {
		l.AddNote(d)
	}
	if diags.HasErrors() {
		return nil
	}
	body, _ := file.Body.(*hclsyntax.Body)
	dropLongNumbers(src, body, l.AddNote)
	if len(l.list) == noted {
		l.parsed[p] = body
	}
	return body
}

// add takes in one file. A block of an override file changes the block of the same name.
func (m *Module) add(file *hclsyntax.Body, override bool, n *notes) {
	for _, b := range file.Blocks {
		label := func(i int) string {
			if i < len(b.Labels) {
				return b.Labels[i]
			}
			return ""
		}
		switch b.Type {
		case "variable":
			v := m.Variables[label(0)]
			if v != nil && !override {
				n.duplicate(b)
			}
			if v == nil || !override {
				v = &Variable{Name: label(0)}
			}
			v.read(b, n)
			m.Variables[label(0)] = v
		case "locals":
			for name, a := range b.Body.Attributes {
				if old := m.Locals[name]; old != nil && !override {
					n.twice(a.NameRange, "local."+name, old.NameRange)
				}
				m.Locals[name] = a
			}
		case "output":
			if m.Outputs[label(0)] != nil && !override {
				n.duplicate(b)
			}
			m.Outputs[label(0)] = overlay(m.Outputs[label(0)], b.Body, override)
		case "terraform":
			m.Backend = m.Backend || b.Body.Attributes["backend"] != nil || b.Body.Attributes["cloud"] != nil ||
				slices.ContainsFunc(b.Body.Blocks, func(c *hclsyntax.Block) bool { return c.Type == "backend" || c.Type == "cloud" })
		case "provider":
			key := label(0)
			if alias := LiteralString(b.Body.Attributes["alias"]); alias != "" {
				key += "." + alias
			}
			m.Providers[key] = overlay(m.Providers[key], b.Body, override)
		case "module":
			if m.Calls[label(0)] != nil && !override {
				n.duplicate(b)
			}
			m.addCall(b, label(0), override)
		case "resource":
			m.addResource(&Resource{module: m, Mode: tf.Managed, Type: label(0), Name: label(1), Block: b, Body: b.Body}, override, n)
		case "data":
			m.addResource(&Resource{module: m, Mode: tf.Data, Type: label(0), Name: label(1), Block: b, Body: b.Body}, override, n)
		}
	}
}

func (m *Module) addCall(b *hclsyntax.Block, name string, override bool) {
	c := &ModuleCall{Name: name, Block: b, Body: b.Body}
	if old := m.Calls[name]; old != nil && override {
		c.Block, c.Body = old.Block, overlay(old.Body, b.Body, true)
	}
	c.source = LiteralString(c.Body.Attributes["source"])
	m.Calls[name] = c
}

func (m *Module) addResource(r *Resource, override bool, n *notes) {
	if old := m.Resources[r.Key()]; old != nil {
		if override {
			old.Body = overlay(old.Body, r.Body, true)
		} else {
			n.duplicate(r.Block)
		}
		return
	}
	m.Resources[r.Key()] = r
	m.Order = append(m.Order, r)
}

// overlay is the body with the arguments of an override file: arguments replace arguments, blocks replace all blocks of
// their type.
func overlay(old, over *hclsyntax.Body, override bool) *hclsyntax.Body {
	if old == nil || !override {
		return over
	}
	out := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: old.SrcRange, EndRange: old.EndRange}
	for n, a := range old.Attributes {
		out.Attributes[n] = a
	}
	for n, a := range over.Attributes {
		out.Attributes[n] = a
	}
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
