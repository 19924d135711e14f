package function

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// readArg reads the file that argument 0 names. Without a result the value says what the function gives.
func (c *call) readArg() (content []byte, name string, v cty.Value) {
	unread := func(p, why string) (content []byte, name string, v cty.Value) {
		c.e.Warn(c.at, "File is not read", fmt.Sprintf("The file %s is not read: %s. Its content is treated as unknown.", p, strings.TrimSuffix(why, ".")))
		return nil, "", value.UnknownOf(cty.String, unknown.Symbol{Ref: c.name + "(" + strconv.Quote(p) + ")"})
	}
	s, _, known, f := c.str(0)
	if f != nil || !known || unknown.HasHole(s) {
		return nil, "", c.unknown(cty.String)
	}
	if value.IsSecret(c.args[0]) {
		s = "(sensitive)"
		return unread(s, "its name is sensitive")
	}
	p, ok := c.e.Inside(s)
	if !ok {
		return unread(s, "it lies outside of the sources, where keyproof does not read")
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

func readFile(c *call) (cty.Value, *hcl.Diagnostic) {
	b, name, v := c.readArg()
	if v != cty.NilVal {
		return v, nil
	}
	if v, ok := c.lib.texts[name]; ok {
		return v, nil
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
	return v, nil
}

func fileBase64(c *call) (cty.Value, *hcl.Diagnostic) {
	b, _, v := c.readArg()
	if v != cty.NilVal {
		return v, nil
	}
	return cty.StringVal(base64.StdEncoding.EncodeToString(b)), nil
}

func fileHash(h func([]byte) string) function {
	return func(c *call) (cty.Value, *hcl.Diagnostic) {
		b, _, v := c.readArg()
		if v != cty.NilVal {
			return v, nil
		}
		return cty.StringVal(h(b)), nil
	}
}

func fileExists(c *call) (cty.Value, *hcl.Diagnostic) {
	s, _, known, f := c.str(0)
	if f != nil {
		return cty.DynamicVal, f
	}
	if !known || unknown.HasHole(s) {
		return c.unknown(cty.Bool), nil
	}
	p, ok := c.e.Inside(s)
	// The sources inside a binary plan lack the files that functions read.
	if !ok || c.e.Options.Snapshot {
		return value.UnknownOf(cty.Bool, unknown.Symbol{Ref: c.e.Source(c.at)}), nil
	}
	info, err := c.e.Stat(p)
	return cty.BoolVal(err == nil && info.Mode().IsRegular()), nil
}

// maxListed bounds how many files fileset looks at.
const maxListed = 20_000

func fileSet(c *call) (cty.Value, *hcl.Diagnostic) {
	dir, _, known, f := c.str(0)
	if f != nil {
		return cty.DynamicVal, f
	}
	pattern, _, known2, f := c.str(1)
	if f != nil {
		return cty.DynamicVal, f
	}
	root, ok := c.e.Inside(dir)
	if !known || !known2 || unknown.HasHole(dir+pattern) || !ok || c.e.Options.Snapshot {
		return c.unknown(cty.Set(cty.String)), nil
	}
	var vals []cty.Value
	n := 0
	err := c.e.Walk(root, func(p string, d fs.DirEntry, err error) error {
		if n++; n > maxListed || !c.e.Step(1) {
			return fs.SkipAll
		}
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(p, root), "/")
		if matchGlob(pattern, rel) {
			vals = append(vals, cty.StringVal(rel))
		}
		return nil
	})
	if err != nil || n > maxListed {
		return c.unknown(cty.Set(cty.String)), nil
	}
	if len(vals) == 0 {
		return cty.SetValEmpty(cty.String), nil
	}
	return cty.SetVal(vals), nil
}

// matchGlob matches a path against a pattern in which ** stands for any number of directories and {a,b} for one of both.
func matchGlob(pattern, name string) bool {
	if i := strings.IndexByte(pattern, '{'); i >= 0 {
		if j := strings.IndexByte(pattern[i:], '}'); j > 0 {
			for _, alt := range strings.Split(pattern[i+1:i+j], ",") {
				if matchGlob(pattern[:i]+alt+pattern[i+j+1:], name) {
					return true
				}
			}
			return false
		}
	}
	return matchParts(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

func matchParts(pattern, name []string) bool {
	if len(pattern) == 0 {
		return len(name) == 0
	}
	if pattern[0] == "**" {
		return matchParts(pattern[1:], name) || len(name) > 0 && matchParts(pattern, name[1:])
	}
	if len(name) == 0 {
		return false
	}
	ok, err := path.Match(pattern[0], name[0])
	return err == nil && ok && matchParts(pattern[1:], name[1:])
}

// templateFile evaluates a file as a template that sees nothing but the variables it is given.
func templateFile(c *call) (cty.Value, *hcl.Diagnostic) {
	if len(c.args) != 2 {
		return c.wrongCount()
	}
	b, name, v := c.readArg()
	if v != cty.NilVal {
		return c.unknown(cty.String), nil
	}
	return c.render(b, name, hcl.InitialPos, c.args[1])
}

// templateString evaluates a string as a template. Its positions are those of the call.
func templateString(c *call) (cty.Value, *hcl.Diagnostic) {
	if len(c.args) != 2 {
		return c.wrongCount()
	}
	s, spans, known, f := c.str(0)
	if f != nil {
		return cty.DynamicVal, f
	}
	if !known || unknown.HasHole(s) {
		return c.unknown(cty.String), nil
	}
	for _, sp := range spans {
		if sp.Linear && sp.Start == 0 && sp.End == len(s) && !sp.Sensitive {
			return c.render([]byte(s), sp.Range.Filename, sp.Range.Start, c.args[1])
		}
	}
	v, f := c.render([]byte(s), c.at.Filename, c.at.Start, c.args[1])
	if f != nil {
		return v, f
	}
	return value.Relocated(v, c.at), nil
}

func (c *call) render(src []byte, name string, at hcl.Pos, args cty.Value) (cty.Value, *hcl.Diagnostic) {
	if tfsource.TooDeep(src) {
		c.e.Warn(c.at, "Template is nested too deeply", "Its result is treated as unknown.")
		return c.unknown(cty.String), nil
	}
	expr, diags := hclsyntax.ParseTemplate(src, name, at)
	if diags.HasErrors() {
		return c.fault("the template is malformed: " + diags[0].Summary + ".")
	}
	raw, _ := args.Unmark()
	if raw.Type() == value.LazyType || !raw.IsKnown() {
		return c.unknown(cty.String), nil
	}
	vars := map[string]cty.Value{}
	for _, el := range value.Elements(args) {
		vars[el.Key.AsString()] = el.Value
	}
	v, f := c.lib.env.Template(expr, vars)
	if f != nil {
		return v, f
	}
	out, err := value.ConvertTo(v, cty.String)
	if err != nil {
		return c.fault(tfsource.Sentence(err))
	}
	return out, nil
}

func absPath(c *call) (cty.Value, *hcl.Diagnostic) {
	s, _, known, f := c.str(0)
	if f != nil {
		return cty.DynamicVal, f
	}
	dir, err := filepath.Abs(c.e.Options.Dir)
	if !known || unknown.HasHole(s) || err != nil || c.e.Options.Snapshot {
		return c.unknown(cty.String), nil
	}
	if !filepath.IsAbs(s) {
		s = filepath.Join(dir, s)
	}
	return cty.StringVal(filepath.ToSlash(filepath.Clean(s))).WithMarks(secrecy(c)), nil
}

// pathExpand leaves paths alone that do not begin with a home directory.
func pathExpand(c *call) (cty.Value, *hcl.Diagnostic) {
	s, _, known, f := c.str(0)
	if f != nil {
		return cty.DynamicVal, f
	}
	if !known || strings.HasPrefix(s, "~") || unknown.HasHole(s) {
		return c.unknown(cty.String), nil
	}
	return c.args[0], nil
}
