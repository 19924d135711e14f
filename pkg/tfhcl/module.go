package tfhcl

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

// module is a directory of sources at one place of the module tree.
type module struct {
	path      string // "kms.inner", "" for the root module
	dir       string // inside the files
	parent    *module
	remote    bool // downloaded: it, or a module that calls it
	broken    bool // a file could not be parsed, so names may be missing
	variables map[string]*variable
	locals    map[string]*hclsyntax.Attribute
	outputs   map[string]*hclsyntax.Body
	calls     map[string]*moduleCall
	resources map[string]*resource // "aws_kms_key.this", "data.aws_region.here"
	order     []*resource          // in the order of the files
	providers map[string]*hclsyntax.Body
}

type moduleCall struct {
	name   string
	block  *hclsyntax.Block
	body   *hclsyntax.Body
	source string
	module *module
}

type resource struct {
	module *module
	mode   tf.Mode
	typ    string
	name   string
	block  *hclsyntax.Block
	body   *hclsyntax.Body
}

// key is how expressions call the resource.
func (r *resource) key() string {
	if r.mode == tf.Data {
		return "data." + r.typ + "." + r.name
	}
	return r.typ + "." + r.name
}

func comparePaths(a, b string) int {
	return slices.Compare(strings.Split(a, "."), strings.Split(b, "."))
}

type loader struct {
	*Config
	ctx      context.Context
	manifest map[string]string // module path → directory inside
	parsed   map[string]*hclsyntax.Body
	depth    int
}

// More modules, or deeper ones, are a mistake or an attack.
const maxModuleDepth, maxModules = 30, 2000

// load reads the module at path and what it calls. It returns nil only for a root module that cannot be listed.
func (l *loader) load(modPath, dir string, parent *module, remote bool) *module {
	m := &module{path: modPath, dir: dir, parent: parent,
		variables: map[string]*variable{}, locals: map[string]*hclsyntax.Attribute{}, outputs: map[string]*hclsyntax.Body{},
		calls: map[string]*moduleCall{}, resources: map[string]*resource{}, providers: map[string]*hclsyntax.Body{}}
	m.remote = remote || strings.Contains(path.Join("/", dir)+"/", "/.terraform/modules/")
	primary, override, err := l.files.sources(dir)
	if err != nil {
		if parent == nil {
			l.notes.add(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Sources cannot be read",
				Detail: fmt.Sprintf("The directory %s cannot be listed: %s", l.files.name(dir), sentence(err))})
			return nil
		}
		return nil
	}
	l.modules = append(l.modules, m)
	for i, p := range append(primary, override...) {
		if l.ctx.Err() != nil {
			break
		}
		body, done := l.parsed[p]
		if !done {
			body = l.parse(p)
			l.parsed[p] = body
		}
		if body != nil {
			m.add(body, i >= len(primary), l.notes)
		} else {
			m.broken = true
		}
	}
	names := make([]string, 0, len(m.calls))
	for n := range m.calls {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		l.call(m, m.calls[n])
	}
	return m
}

// parse reads one source file; nil means that a diagnostic says why not.
func (l *loader) parse(p string) *hclsyntax.Body {
	name := l.files.name(p)
	problem := func(detail string) *hclsyntax.Body {
		l.notes.add(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Source file cannot be read",
			Detail: fmt.Sprintf("The file %s was left out: %s", name, detail)})
		return nil
	}
	src, err := l.files.open(p)
	if err != nil {
		return problem(sentence(err))
	}
	if forged(src) {
		return problem("It holds the character U+E0A0, which keyproof uses for values that are not known.")
	}
	if strings.HasSuffix(p, ".json") {
		body, d := parseJSONBody(l.files, src, name)
		if d != nil {
			l.notes.add(d)
			return nil
		}
		return body
	}
	if tooDeep(src) {
		return problem("Its expressions are nested too deeply.")
	}
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	for _, d := range diags {
		l.notes.add(d)
	}
	if diags.HasErrors() {
		return nil
	}
	body, _ := file.Body.(*hclsyntax.Body)
	return body
}

// call finds the sources of a module call.
func (l *loader) call(m *module, c *moduleCall) {
	modPath := c.name
	if m.path != "" {
		modPath = m.path + "." + c.name
	}
	dir, ok := l.manifest[modPath]
	local := strings.HasPrefix(c.source, "./") || strings.HasPrefix(c.source, "../") || c.source == "." || c.source == ".."
	if !ok && local {
		dir, ok = path.Join(m.dir, c.source), true
	}
	for up := m; up != nil && ok; up = up.parent {
		if up.dir == dir {
			l.notes.warn(c.block.DefRange(), "Module that calls itself", fmt.Sprintf("The module %s is its own caller; it is not read.", modPath))
			return
		}
	}
	if len(l.modules) >= maxModules {
		l.notes.add(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Too many modules",
			Detail: fmt.Sprintf("There are more than %d modules. The others are not read; what they hold is unknown.", maxModules)})
		return
	}
	if l.depth >= maxModuleDepth {
		l.notes.warn(c.block.DefRange(), "Modules are nested too deeply", fmt.Sprintf("The module %s is not read; what it holds is unknown.", modPath))
		return
	}
	l.depth++
	if ok {
		c.module = l.load(modPath, dir, m, m.remote || !local)
	}
	if source := path.Join(m.dir, c.source); c.module == nil && local && source != dir {
		c.module = l.load(modPath, source, m, m.remote) // the manifest is older than the sources
	}
	l.depth--
	if c.module != nil {
		return
	}
	detail := fmt.Sprintf("The sources of module %q (%s) are not in .terraform/modules: run terraform init. What it holds is unknown.", modPath, c.source)
	if local {
		detail = fmt.Sprintf("The directory of module %q (%s) cannot be read. What it holds is unknown.", modPath, c.source)
	}
	l.notes.warn(c.block.DefRange(), "Module without sources", detail)
}

// add takes in one file. A block of an override file changes the block of the same name.
func (m *module) add(file *hclsyntax.Body, override bool, n *notes) {
	for _, b := range file.Blocks {
		label := func(i int) string {
			if i < len(b.Labels) {
				return b.Labels[i]
			}
			return ""
		}
		switch b.Type {
		case "variable":
			v := m.variables[label(0)]
			if v != nil && !override {
				n.duplicate(b)
			}
			if v == nil || !override {
				v = &variable{name: label(0)}
			}
			v.read(b, n)
			m.variables[label(0)] = v
		case "locals":
			for name, a := range b.Body.Attributes {
				if old := m.locals[name]; old != nil && !override {
					n.twice(a.NameRange, "local."+name, old.NameRange)
				}
				m.locals[name] = a
			}
		case "output":
			if m.outputs[label(0)] != nil && !override {
				n.duplicate(b)
			}
			m.outputs[label(0)] = overlay(m.outputs[label(0)], b.Body, override)
		case "provider":
			key := label(0)
			if alias := literalString(b.Body.Attributes["alias"]); alias != "" {
				key += "." + alias
			}
			m.providers[key] = overlay(m.providers[key], b.Body, override)
		case "module":
			if m.calls[label(0)] != nil && !override {
				n.duplicate(b)
			}
			m.addCall(b, label(0), override)
		case "resource":
			m.addResource(&resource{module: m, mode: tf.Managed, typ: label(0), name: label(1), block: b, body: b.Body}, override, n)
		case "data":
			m.addResource(&resource{module: m, mode: tf.Data, typ: label(0), name: label(1), block: b, body: b.Body}, override, n)
		}
	}
}

func (m *module) addCall(b *hclsyntax.Block, name string, override bool) {
	c := &moduleCall{name: name, block: b, body: b.Body}
	if old := m.calls[name]; old != nil && override {
		c.block, c.body = old.block, overlay(old.body, b.Body, true)
	}
	c.source = literalString(c.body.Attributes["source"])
	m.calls[name] = c
}

func (m *module) addResource(r *resource, override bool, n *notes) {
	if old := m.resources[r.key()]; old != nil {
		if override {
			old.body = overlay(old.body, r.body, true)
		} else {
			n.duplicate(r.block)
		}
		return
	}
	m.resources[r.key()] = r
	m.order = append(m.order, r)
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
	replaced := map[string]bool{}
	for _, b := range over.Blocks {
		replaced[blockType(b)] = true
	}
	for _, b := range old.Blocks {
		if !replaced[blockType(b)] {
			out.Blocks = append(out.Blocks, b)
		}
	}
	out.Blocks = append(out.Blocks, over.Blocks...)
	return out
}

// blockType is the type of the block, or of the blocks that a dynamic block makes.
func blockType(b *hclsyntax.Block) string {
	if b.Type == "dynamic" && len(b.Labels) == 1 {
		return b.Labels[0]
	}
	return b.Type
}

// literalString is the value of an argument that is a plain string, "" otherwise.
func literalString(a *hclsyntax.Attribute) string {
	if a == nil {
		return ""
	}
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// sortedAttributes are the arguments in the order in which they are written.
func sortedAttributes(b *hclsyntax.Body) []*hclsyntax.Attribute {
	out := make([]*hclsyntax.Attribute, 0, len(b.Attributes))
	for _, a := range b.Attributes {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b *hclsyntax.Attribute) int {
		return cmp.Or(strings.Compare(a.SrcRange.Filename, b.SrcRange.Filename), cmp.Compare(a.SrcRange.Start.Byte, b.SrcRange.Start.Byte), strings.Compare(a.Name, b.Name))
	})
	return out
}
