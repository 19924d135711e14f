package tfsource

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// loadValues collects the values of root variables in Terraform's order: the environment, terraform.tfvars,
// *.auto.tfvars, then -var and -var-file as they stand on the command line. The last one wins.
// https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence
func (c *Sources) loadValues() {
	c.Values = map[string]hclsyntax.Expression{}
	for _, e := range slices.Sorted(slices.Values(c.Options.Env)) {
		if rest, ok := strings.CutPrefix(e, "TF_VAR_"); ok {
			if name, text, ok := strings.Cut(rest, "="); ok && c.Root.Variables[name] != nil {
				c.setVariable(name, text, "the environment variable TF_VAR_"+name)
			}
		}
	}
	if !c.Options.Snapshot {
		c.autoFiles()
	}
	for _, v := range c.Options.Given {
		switch {
		case v.File != "":
			c.givenFile(v.File)
		case c.Root.Variables[v.Name] == nil:
			c.AddNote(&hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Value for an undeclared variable",
				Detail: fmt.Sprintf("A value was given for the variable %q, which the root module does not declare.", v.Name)})
		default:
			c.setVariable(v.Name, v.Text, "the value of the variable "+v.Name)
		}
	}
	c.refuseCalls()
}

// refuseCalls notes the calls of functions in values, which Terraform evaluates without functions. It evaluates none that a later
// value replaces or that is for no variable.
func (c *Sources) refuseCalls() {
	for _, name := range slices.Sorted(maps.Keys(c.Values)) {
		if x := c.Values[name]; c.Root.Variables[name] != nil && callsFunction(x) {
			at := x.Range()
			c.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Function call in a value of a variable", Subject: &at, Extra: unknown.HiddenSource{},
				Detail: fmt.Sprintf("The value of the variable %q calls a function, which Terraform does not allow here.", name)})
			c.Values[name] = unreadable(at)
		}
	}
}

// unreadable stands for a value that is given and cannot be read: the variable's default does not count.
func unreadable(at hcl.Range) hclsyntax.Expression {
	return &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: at}
}

func (c *Sources) givenFile(name string) {
	b, err := file.Read(name, c.files.limits.File)
	if err != nil {
		c.unread(fmt.Sprintf("It was left out: %v.", err))
		return
	}
	name = filepath.Clean(name)
	if text, ok := c.files.edited[name]; ok {
		b = text
	}
	c.files.extra[name] = b
	c.valueFile(name, b)
}

func (c *Sources) autoFiles() {
	dir := c.Root.Dir
	var found, auto []string
	for _, e := range c.entries(dir) {
		n := e.Name()
		switch {
		case n == "terraform.tfvars", n == "terraform.tfvars.json":
			found = append(found, n)
		case strings.HasSuffix(n, ".auto.tfvars"), strings.HasSuffix(n, ".auto.tfvars.json"):
			auto = append(auto, n)
		}
	}
	found = append(found, auto...)
	for _, n := range found {
		p := path.Join(dir, n)
		b, err := c.files.Open(p)
		if err != nil {
			c.unread(fmt.Sprintf("The file %s was left out: %s", c.files.Name(p), Sentence(err)))
			continue
		}
		c.valueFile(c.files.Name(p), b)
	}
}

// unread notes that a file of values cannot be read.
func (c *Sources) unread(why string) {
	c.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Variable file cannot be read", Detail: why})
	c.loseValues()
}

// loseValues makes all variables unknown: a file that Terraform reads, and that is not read here, may give them values, in the place of
// defaults and of what came before.
func (c *Sources) loseValues() {
	for name := range c.Root.Variables {
		c.Values[name] = unreadable(hcl.Range{})
	}
}

// valueFile takes in one tfvars file.
func (c *Sources) valueFile(name string, src []byte) {
	why := ""
	switch {
	case Forged(src):
		why = "It holds the character U+E0A0, which keyproof uses for values that are not known."
	case notText(src):
		why = "it is no text; perhaps it is encrypted."
	case !strings.HasSuffix(name, ".json"):
		why = c.files.readable(src)
	}
	if why != "" {
		c.unread(fmt.Sprintf("The file %s was left out: %s", name, why))
		return
	}
	var body *hclsyntax.Body
	if strings.HasSuffix(name, ".json") {
		var d *hcl.Diagnostic
		if body, d = parseJSONValues(c.files, src, name); d != nil {
			c.AddNote(d)
			c.loseValues()
			return
		}
	} else {
		file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
		for _, d := range diags {
			// What the parser says of a text quotes it.
			c.AddNote(&hcl.Diagnostic{Severity: d.Severity, Summary: d.Summary, Subject: d.Subject, Extra: unknown.HiddenSource{},
				Detail: "The file of values is not written in Terraform's language here. Its text is not shown: it may be secret."})
		}
		if diags.HasErrors() {
			c.loseValues()
			return
		}
		body, _ = file.Body.(*hclsyntax.Body)
	}
	for _, b := range body.Blocks {
		at := b.DefRange()
		c.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Variable file holds a block", Subject: &at, Extra: unknown.HiddenSource{},
			Detail: "Files of values hold arguments alone: Terraform refuses this one."})
		c.Values[b.Type] = unreadable(at)
	}
	for _, a := range SortedAttributes(body) {
		c.Values[a.Name] = a.Expr
	}
}

func callsFunction(x hclsyntax.Expression) bool {
	found := false
	_ = hclsyntax.VisitAll(x, func(n hclsyntax.Node) hcl.Diagnostics {
		_, call := n.(*hclsyntax.FunctionCallExpr)
		found = found || call
		return nil
	})
	return found
}

// setVariable takes a value from the command line or the environment: an expression for variables of complex types and of
// any type, the text itself for others.
func (c *Sources) setVariable(name, text, from string) {
	v := c.Root.Variables[name]
	place := "<" + from + ">"
	if !v.complex && !Forged([]byte(text)) {
		c.Values[name] = &hclsyntax.LiteralValueExpr{Val: cty.StringVal(text), SrcRange: hcl.Range{Filename: place, Start: hcl.InitialPos, End: hcl.InitialPos}}
		return
	}
	var expr hclsyntax.Expression
	var diags hcl.Diagnostics
	readable := !Forged([]byte(text)) && c.files.readable([]byte(text)) == ""
	if readable {
		expr, diags = hclsyntax.ParseExpression([]byte(text), place, hcl.InitialPos)
	}
	if !readable || diags.HasErrors() {
		c.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid value for a variable",
			Detail: fmt.Sprintf("The text of %s is no expression of Terraform's language, or holds the character U+E0A0.", from)})
		c.Values[name] = unreadable(hcl.Range{Filename: place, Start: hcl.InitialPos, End: hcl.InitialPos})
		return
	}
	c.Values[name] = expr
}
