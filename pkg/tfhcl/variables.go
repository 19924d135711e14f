package tfhcl

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// variable is a variable block.
type variable struct {
	name      string
	typ       cty.Type
	optional  *typeexpr.Defaults
	fallback  hclsyntax.Expression // the default, nil if there is none
	sensitive bool
	nonNull   bool // nullable = false
	complex   bool // it has a type, and no primitive one
	block     *hclsyntax.Block
}

// read takes over what the block says; an override block changes only what it names.
func (v *variable) read(b *hclsyntax.Block, n *notes) {
	if v.block == nil {
		v.block, v.typ = b, cty.DynamicPseudoType
	}
	if a := b.Body.Attributes["type"]; a != nil {
		typ, defaults, diags := constraint(a)
		for _, d := range diags {
			n.add(d)
		}
		if !diags.HasErrors() {
			v.typ, v.optional, v.complex = typ, defaults, !typ.IsPrimitiveType()
		}
	}
	if a := b.Body.Attributes["default"]; a != nil {
		v.fallback = a.Expr
	}
	if declaredSecret(b.Body) {
		v.sensitive = true
	}
	if a := b.Body.Attributes["nullable"]; a != nil {
		v.nonNull = !literalBool(a)
	}
}

// constraint reads the type of a variable. The JSON syntax and very old sources write it as a string; list and map alone
// are short for those of any elements.
func constraint(a *hclsyntax.Attribute) (cty.Type, *typeexpr.Defaults, hcl.Diagnostics) {
	expr := a.Expr
	if s := literalString(a); s != "" {
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

func literalBool(a *hclsyntax.Attribute) bool {
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() {
		return false
	}
	b, err := convert.Convert(v, cty.Bool)
	return err == nil && b.IsKnown() && !b.IsNull() && b.True()
}

// declaredSecret says whether a variable or output is sensitive: what is ephemeral is a secret by nature. An override
// cannot take that back.
func declaredSecret(b *hclsyntax.Body) bool {
	for _, name := range []string{"sensitive", "ephemeral"} {
		if a := b.Attributes[name]; a != nil && literalBool(a) {
			return true
		}
	}
	return false
}

// rootValues are the values of root variables that come from outside of the sources, as expressions with positions.
type rootValues map[string]hclsyntax.Expression

// loadValues collects the values of root variables in Terraform's order: the environment, terraform.tfvars,
// *.auto.tfvars, -var-file, -var. The last one wins.
func (c *Config) loadValues() {
	c.values = rootValues{}
	for _, e := range slices.Sorted(slices.Values(c.opts.Env)) {
		if rest, ok := strings.CutPrefix(e, "TF_VAR_"); ok {
			if name, text, ok := strings.Cut(rest, "="); ok && c.root.variables[name] != nil {
				c.setVariable(name, text, "the environment variable TF_VAR_"+name)
			}
		}
	}
	if c.opts.FS == nil {
		c.autoFiles()
	}
	for _, f := range c.opts.VarFiles {
		b, err := os.ReadFile(f)
		if err != nil {
			c.notes.add(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Variable file cannot be read",
				Detail: fmt.Sprintf("The file %s was left out: %s", f, sentence(plainError(err)))})
			continue
		}
		name := filepath.Clean(f)
		c.files.extra[name] = b
		c.valueFile(name, b)
	}
	names := make([]string, 0, len(c.opts.Vars))
	for n := range c.opts.Vars {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if c.root.variables[n] == nil {
			c.notes.add(&hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Value for an undeclared variable",
				Detail: fmt.Sprintf("A value was given for the variable %q, which the root module does not declare.", n)})
			continue
		}
		c.setVariable(n, c.opts.Vars[n], "the value of the variable "+n)
	}
}

func (c *Config) autoFiles() {
	dir := c.root.dir
	var found []string
	for _, n := range []string{"terraform.tfvars", "terraform.tfvars.json"} {
		if _, err := c.files.open(path.Join(dir, n)); err == nil {
			found = append(found, n)
		}
	}
	found = append(found, c.files.list(dir, func(n string) bool {
		return strings.HasSuffix(n, ".auto.tfvars") || strings.HasSuffix(n, ".auto.tfvars.json")
	})...)
	for _, n := range found {
		p := path.Join(dir, n)
		b, err := c.files.open(p)
		if err != nil {
			c.notes.add(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Variable file cannot be read",
				Detail: fmt.Sprintf("The file %s was left out: %s", c.files.name(p), sentence(err))})
			continue
		}
		c.valueFile(c.files.name(p), b)
	}
}

// valueFile takes in one tfvars file.
func (c *Config) valueFile(name string, src []byte) {
	if forged(src) || tooDeep(src) {
		c.notes.add(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Variable file cannot be read",
			Detail: fmt.Sprintf("The file %s was left out: it is nested too deeply or holds the character U+E0A0.", name)})
		return
	}
	var body *hclsyntax.Body
	if strings.HasSuffix(name, ".json") {
		var d *hcl.Diagnostic
		if body, d = parseJSONValues(c.files, src, name); d != nil {
			c.notes.add(d)
			return
		}
	} else {
		file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
		for _, d := range diags {
			// What the parser says of a text quotes it.
			c.notes.add(&hcl.Diagnostic{Severity: d.Severity, Summary: d.Summary, Subject: d.Subject, Extra: unknown.HiddenSource{},
				Detail: "The file of values is not written in Terraform's language here. Its text is not shown: it may be secret."})
		}
		if diags.HasErrors() {
			return
		}
		body, _ = file.Body.(*hclsyntax.Body)
	}
	for _, a := range sortedAttributes(body) {
		c.values[a.Name] = a.Expr
	}
}

// setVariable takes a value from the command line or the environment: an expression for variables of complex types and of
// any type, the text itself for others.
func (c *Config) setVariable(name, text, from string) {
	v := c.root.variables[name]
	place := "<" + from + ">"
	if !v.complex && !forged([]byte(text)) {
		c.values[name] = &hclsyntax.LiteralValueExpr{Val: cty.StringVal(text), SrcRange: hcl.Range{Filename: place, Start: hcl.InitialPos, End: hcl.InitialPos}}
		return
	}
	expr, diags := hclsyntax.ParseExpression([]byte(text), place, hcl.InitialPos)
	if diags.HasErrors() || forged([]byte(text)) || tooDeep([]byte(text)) {
		c.notes.add(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid value for a variable",
			Detail: fmt.Sprintf("The text of %s is no expression of Terraform's language, or holds the character U+E0A0.", from)})
		return
	}
	c.values[name] = expr
}

// list returns the names of the files in dir that want accepts, sorted.
func (f *files) list(dir string, want func(string) bool) []string {
	entries := f.entries(dir)
	var out []string
	for _, e := range entries {
		if !e.IsDir() && want(e.Name()) {
			out = append(out, e.Name())
		}
	}
	return out
}
