package tfsource

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
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
	required  map[string]string               // the sources of required providers by their names here
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

// Genuine says whether the provider of the resource is the one that its type is named for.
func (r *Resource) Genuine() bool {
	name, _, _ := strings.Cut(r.Type, "_")
	if a := r.Body.Attributes["provider"]; a != nil {
		name, _, _ = strings.Cut(ProviderName(a.Expr), ".")
	}
	source := r.module.required[name]
	if source == "" {
		source = "hashicorp/" + name
	}
	return r.Type == "terraform_data" || tf.Genuine(r.Type, source)
}

// requires takes in the sources of required providers.
func (m *Module) requires(b *hclsyntax.Block) {
	for _, c := range b.Body.Blocks {
		if c.Type != "required_providers" {
			continue
		}
		for name, a := range c.Body.Attributes {
			o, ok := a.Expr.(*hclsyntax.ObjectConsExpr)
			if !ok {
				continue
			}
			for _, item := range o.Items {
				if hcl.ExprAsKeyword(item.KeyExpr) == "source" || LiteralString(&hclsyntax.Attribute{Expr: item.KeyExpr}) == "source" {
					m.required[name] = LiteralString(&hclsyntax.Attribute{Expr: item.ValueExpr})
				}
			}
		}
	}
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
	_, ignored := r.IgnoredAt(path)
	return ignored
}

// IgnoredAt is where lifecycle tells Terraform to leave an argument as it is.
func (r *Resource) IgnoredAt(path string) (at hcl.Range, ok bool) {
	name, _, _ := strings.Cut(path, "[")
	for _, b := range r.Body.Blocks {
		if b.Type != "lifecycle" || b.Body.Attributes["ignore_changes"] == nil {
			continue
		}
		x := b.Body.Attributes["ignore_changes"].Expr
		if hcl.ExprAsKeyword(x) == "all" || LiteralString(b.Body.Attributes["ignore_changes"]) == "all" {
			return b.Body.Attributes["ignore_changes"].Range(), true
		}
		t, ok := x.(*hclsyntax.TupleConsExpr)
		if !ok {
			continue
		}
		for _, el := range t.Exprs {
			if ProviderName(el) == name || hcl.ExprAsKeyword(el) == name {
				return el.Range(), true
			}
			if tr, diags := hcl.AbsTraversalForExpr(el); !diags.HasErrors() && tr.RootName() == name {
				return el.Range(), true
			}
		}
	}
	return hcl.Range{}, false
}

func comparePaths(a, b string) int {
	return slices.Compare(strings.Split(a, "."), strings.Split(b, "."))
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
			m.requires(b)
			m.Backend = m.Backend || hasBackend(b.Body)
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
		case "resource", "data":
			mode := map[string]tf.Mode{"resource": tf.Managed, "data": tf.Data}[b.Type]
			m.addResource(&Resource{module: m, Mode: mode, Type: label(0), Name: label(1), Block: b, Body: b.Body}, override, n)
		case "check": // a data source that only its conditions may refer to is in the plan like all others
			m.add(&hclsyntax.Body{Blocks: slices.DeleteFunc(slices.Clone(b.Body.Blocks), func(in *hclsyntax.Block) bool { return in.Type != "data" })}, override, n)
		}
	}
}

func (m *Module) addCall(b *hclsyntax.Block, name string, override bool) {
	c := &ModuleCall{Name: name, Block: b, Body: b.Body}
	if old := m.Calls[name]; old != nil && override {
		c.Block, c.Body = old.Block, overlay(old.Body, b.Body, true)
	}
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

// Variable is a variable block.
type Variable struct {
	Name      string               // the label of the block
	Type      cty.Type             // the type constraint, dynamic without one
	Optional  *typeexpr.Defaults   // of attributes that may be left out
	TypeRange hcl.Range            // where the type is written, with these defaults
	Fallback  hclsyntax.Expression // the default, nil if there is none
	Sensitive bool                 // sensitive = true
	Ephemeral bool                 // ephemeral = true
	NonNull   bool                 // nullable = false
	complex   bool                 // it has a type, and no primitive one
	Block     *hclsyntax.Block     // as it is written first
}

// read takes over what the block says; an override block changes only what it names.
func (v *Variable) read(b *hclsyntax.Block, n *notes) {
	if v.Block == nil {
		v.Block, v.Type = b, cty.DynamicPseudoType
	}
	if a := b.Body.Attributes["type"]; a != nil {
		typ, defaults, diags := constraint(a)
		for _, d := range diags {
			n.AddNote(d)
		}
		if !diags.HasErrors() {
			v.Type, v.Optional, v.complex, v.TypeRange = typ, defaults, !typ.IsPrimitiveType(), a.Expr.Range()
		}
	}
	if a := b.Body.Attributes["default"]; a != nil {
		v.Fallback = a.Expr
	}
	v.Ephemeral = v.Ephemeral || Declares(b.Body, "ephemeral")
	v.Sensitive = v.Sensitive || DeclaredSecret(b.Body)
	if a := b.Body.Attributes["nullable"]; a != nil {
		v.NonNull = !LiteralBool(a)
	}
}

// constraint reads the type of a variable. The JSON syntax and very old sources write it as a string; list and map alone
// are short for those of any elements.
func constraint(a *hclsyntax.Attribute) (cty.Type, *typeexpr.Defaults, hcl.Diagnostics) {
	expr := a.Expr
	if s := LiteralString(a); s != "" && !tf.TooDeep([]byte(s)) {
		if parsed, diags := hclsyntax.ParseExpression([]byte(s), a.Expr.Range().Filename, a.Expr.Range().Start); !diags.HasErrors() {
			expr = parsed
		}
	}
	switch hcl.ExprAsKeyword(expr) {
	case "list":
		return cty.List(cty.DynamicPseudoType), nil, nil
	case "map":
		return cty.Map(cty.DynamicPseudoType), nil, nil
	}
	return typeexpr.TypeConstraintWithDefaults(expr)
}
