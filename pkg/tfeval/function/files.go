package function

import (
	"fmt"
	slashes "path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// ReadsFile says whether a function gives, or works on, what is in the file that its first argument names.
func ReadsFile(name string) bool {
	switch name {
	case "file", "filebase64", "filebase64sha256", "filebase64sha512", "filemd5", "filesha1", "filesha256", "filesha512", "templatefile":
		return true
	}
	return false
}

// readArg reads the file that argument 0 names. Without a result the value says what the function gives.
func (c *call) readArg() (content []byte, name string, v cty.Value) {
	unread := func(p, why string) ([]byte, string, cty.Value) {
		c.e.Warn(c.at, tfsource.FileUnread, fmt.Sprintf("The file %s is not read: %s. Its content is treated as unknown.", p, strings.TrimSuffix(why, ".")))
		c.e.Unsure++
		return nil, "", value.UnknownOf(cty.String, unknown.Symbol{Ref: c.name + "(" + strconv.Quote(p) + ")"})
	}
	s, known := c.path(0)
	switch {
	case !known:
		return nil, "", c.unknown(cty.String)
	case value.IsSecret(c.args[0]):
		return unread("(sensitive)", "its name is sensitive")
	}
	p, ok := c.e.Inside(s)
	if !ok {
		return unread(s, "it lies outside of the sources, where keyproof does not read")
	}
	info, sure := c.e.Presence(p)
	switch {
	case !sure && !c.e.Options.Snapshot && c.e.Rewritten(p):
		return unread(s, "a run of Terraform or of keyproof makes such files, so Terraform may read another text")
	case !sure:
		c.e.Unsure++ // what is there now is read, but it may not be there for Terraform
	case info == nil:
		return nil, "", c.fails(value.Fault(c.at, tfsource.FileUnread, fmt.Sprintf("The call of %s fails: there is no file %q.", c.name, s)))
	case !info.Mode().IsRegular():
		return nil, "", c.fails(value.Fault(c.at, tfsource.FileUnread, fmt.Sprintf("The call of %s fails: %q is no file.", c.name, s)))
	}
	content, err := c.e.Open(p)
	if err != nil {
		return unread(s, err.Error())
	}
	if tfsource.Forged(content) {
		return unread(s, "it holds the character U+E0A0, which keyproof uses for values that are not known")
	}
	return content, c.e.Name(p), cty.NilVal
}

func readFile(c *call) cty.Value {
	b, name, v := c.readArg()
	if v != cty.NilVal {
		return v
	}
	if v, ok := c.lib.texts[name]; ok {
		return v
	}
	if !utf8.Valid(b) {
		return c.fault("the file is no UTF-8 text.")
	}
	if len(b) > c.e.Limits.Text {
		return c.tooLarge(cty.String, "Text is too long", "The file is longer than the texts that keyproof puts together; --limit built-string=VALUE allows more.")
	}
	r := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.Pos{Byte: len(b)}}
	v = value.BuiltString(string(b), []unknown.Span{{End: len(b), Range: r, Linear: true}})
	c.lib.texts[name] = v
	return v
}

// ofFile is what f makes of the bytes of a file.
func ofFile(f func([]byte) string) function {
	return func(c *call) cty.Value {
		b, _, v := c.readArg()
		if v != cty.NilVal {
			return v
		}
		return cty.StringVal(f(b))
	}
}

func fileExists(c *call) cty.Value {
	s, known := c.path(0)
	if !known {
		return c.unknown(cty.Bool)
	}
	p, ok := c.e.Inside(s)
	if !ok {
		return c.notSure(cty.Bool)
	}
	info, sure := c.e.Presence(p)
	switch {
	case !sure:
		return c.notSure(cty.Bool)
	case info != nil && info.IsDir():
		return c.fault("it is a directory.")
	case info != nil && !info.Mode().IsRegular():
		return c.fault("it is not a regular file.")
	}
	return cty.BoolVal(info != nil)
}

// notSure is the answer to a question about files that Terraform may answer, or have answered, otherwise.
func (c *call) notSure(ty cty.Type) cty.Value {
	c.e.Unsure++
	return value.UnknownOf(ty, unknown.Symbol{Ref: c.e.Source(c.at)})
}

// fileSet lists files as Terraform does, or says that it is not known which there are.
func fileSet(c *call) cty.Value {
	dir, known := c.path(0)
	pattern, known2 := c.literal(1)
	if !known || !known2 {
		return c.unknown(cty.Set(cty.String))
	}
	root, ok := c.e.Inside(dir)
	if !ok {
		return c.notSure(cty.Set(cty.String))
	}
	if alternatives(pattern) > maxAlternatives {
		return c.tooLarge(cty.Set(cty.String), "Value is too large", "The pattern stands for too many others.")
	}
	names, sure, err := c.e.Glob(root, pattern)
	switch {
	case err != nil:
		return c.fault("the pattern is malformed.")
	case !sure:
		return c.notSure(cty.Set(cty.String))
	case len(names) == 0:
		return cty.SetValEmpty(cty.String)
	}
	vals := make([]cty.Value, len(names))
	for i, n := range names {
		vals[i] = cty.StringVal(n)
	}
	return cty.SetVal(vals)
}

const maxAlternatives = 4096

// alternatives is how many patterns without braces a pattern stands for, at most.
func alternatives(pattern string) int {
	n := 1
	var open []int // of each brace that is open, how many alternatives it has
	for _, c := range []byte(pattern) {
		switch {
		case c == '{':
			open = append(open, 1)
		case c == ',' && len(open) > 0:
			open[len(open)-1]++
		case c == '}' && len(open) > 0:
			n = min(n*open[len(open)-1], maxAlternatives+1)
			open = open[:len(open)-1]
		}
	}
	return n
}

// templateFile evaluates a file as a template that sees nothing but the variables it is given.
func templateFile(c *call) cty.Value {
	b, name, v := c.readArg()
	if v != cty.NilVal {
		return c.unknown(cty.String)
	}
	return c.render(b, name, hcl.InitialPos, c.args[1])
}

// templateString evaluates a string as a template. Its positions are those of the call.
func templateString(c *call) cty.Value {
	s, spans, known := c.str(0)
	if !known || unknown.HasHole(s) {
		return c.unknown(cty.String)
	}
	for _, sp := range spans {
		if sp.Linear && sp.Start == 0 && sp.End == len(s) && !sp.Sensitive {
			return c.render([]byte(s), sp.Range.Filename, sp.Range.Start, c.args[1])
		}
	}
	v := value.Relocated(c.render([]byte(s), c.at.Filename, c.at.Start, c.args[1]), c.at)
	if value.IsSecret(c.args[0]) { // Terraform takes references alone for templates; what is put together here is one all the same
		v = value.Secret(v)
	}
	return v
}

func (c *call) render(src []byte, name string, at hcl.Pos, args cty.Value) cty.Value {
	if !c.e.Step(tf.Words(src)) {
		return c.unknown(cty.String)
	}
	if tf.TooDeep(src) {
		c.e.Warn(c.at, "Template is nested too deeply", "Its result is treated as unknown.")
		return c.unknown(cty.String)
	}
	expr, diags := hclsyntax.ParseTemplate(src, name, at)
	if diags.HasErrors() {
		return c.fault("the template is malformed: " + diags[0].Summary + ".")
	}
	raw, _ := args.Unmark()
	if raw.Type() == value.LazyType || !raw.IsKnown() {
		return c.unknown(cty.String)
	}
	if t := raw.Type(); raw.IsNull() || !t.IsObjectType() && !t.IsMapType() {
		return c.fault("the values for the template are no object.")
	}
	vars := map[string]cty.Value{}
	for _, el := range value.Elements(args) {
		vars[el.Key.AsString()] = el.Value
	}
	v, f := c.lib.env.Template(expr, vars)
	if f != nil {
		return c.fails(f)
	}
	out, err := value.ConvertTo(v, cty.String)
	if err != nil {
		return c.fault(tfsource.Sentence(err))
	}
	return out
}

func absPath(c *call) cty.Value {
	s, known := c.literal(0)
	clean := slashes.Clean(filepath.ToSlash(s))
	switch {
	case !known || strings.Count(clean, "../") > 100:
		return c.unknown(cty.String)
	case slashes.IsAbs(clean):
		return cty.StringVal(clean)
	}
	from := value.WorkingDirectory
	for clean == ".." || strings.HasPrefix(clean, "../") {
		from.Ref = "dirname(" + from.Ref + ")"
		clean = slashes.Clean(strings.TrimPrefix(clean[2:], "/"))
	}
	b := c.e.NewBuilder(c.at)
	c.put(b, value.UnknownOf(cty.String, from))
	if clean != "." {
		b.Raw("/" + clean)
	}
	return b.Result()
}

// fromHere is the directory that absPath has a symbol for, as a path from the one that Terraform runs in.
func fromHere(u unknown.Symbol) (p string, ok bool) {
	for p = "."; u != value.WorkingDirectory; p = slashes.Join("..", p) {
		inner, ok := strings.CutPrefix(u.Ref, "dirname(")
		if !ok {
			return "", false
		}
		u.Ref = strings.TrimSuffix(inner, ")")
	}
	return p, true
}

// path is an argument as the path of a file. The directory that Terraform runs in is no known text, but its files are here.
func (c *call) path(i int) (p string, known bool) {
	if raw, m := unknown.Unmark(c.args[i]); !raw.IsKnown() && len(m.Refs) == 1 {
		if p, ok := fromHere(m.Refs[0]); ok {
			return p, true
		}
	}
	s, _, known := c.str(i)
	if !known {
		return s, false
	}
	if parts := unknown.Parts(s); len(parts) > 0 && parts[0].Hole >= 0 {
		u, _ := c.e.Holes.Get(parts[0].Hole)
		rest := strings.TrimPrefix(s, unknown.Hole(parts[0].Hole))
		if p, ok := fromHere(u); ok && (rest == "" || rest[0] == '/') {
			s = p + rest
		}
	}
	return s, !unknown.HasHole(s)
}

// pathExpand leaves paths alone that do not begin with a home directory.
func pathExpand(c *call) cty.Value {
	s, known := c.literal(0)
	if !known || strings.HasPrefix(s, "~") {
		return c.unknown(cty.String)
	}
	return c.args[0]
}
