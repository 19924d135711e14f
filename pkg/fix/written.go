package fix

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// reference is an expression that means the same wherever it stands in a module.
var reference = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(var|local|module|data|aws_[a-z0-9_]+)(\.[A-Za-z0-9_-]+|\[[0-9]+\]|\["[^"$%\\]*"\])+$`)
})

// written is how the author writes a value elsewhere in the document, "" where that is in another module or no reference.
func (m *maker) written(hole string) string {
	for _, s := range m.Doc.Text.Spans {
		name := s.Range.Filename
		src := m.src.files[name]
		text := m.Doc.Text.S[s.Start:s.End]
		if s.Linear || s.Sensitive || len(text) > maxWritten || !strings.Contains(text, hole) || !native(name) || values(name) ||
			filepath.Dir(name) != filepath.Dir(m.file) || s.Range.End.Byte > len(src) {
			continue
		}
		way := strings.TrimSpace(string(src[s.Range.Start.Byte:s.Range.End.Byte]))
		if text != hole {
			way = partOf(way, text, hole)
		}
		if inner, ok := strings.CutPrefix(way, "${"); ok {
			way = strings.TrimSpace(strings.TrimSuffix(inner, "}"))
		}
		if reference().MatchString(way) && m.src.declares(m.file, way) {
			return way
		}
	}
	return ""
}

// inTemplate is the name by which the template of the statement puts in a value, "" where it has none.
func (m *maker) inTemplate(hole string) string {
	if native(m.file) || jsonSyntax(m.file) {
		return ""
	}
	src, text := m.src.files[m.file], m.Doc.Text.S
	for i := strings.Index(text, hole); i > 0; i = next(text, hole, i) {
		at, ok := m.Doc.Text.At(i-1, i) // the letter in front of it
		if !ok || at.Filename != m.file || at.End.Byte > len(src) || !bytes.HasPrefix(src[at.End.Byte:], []byte("${")) {
			continue
		}
		start := at.End.Byte + len("${")
		if way := strings.Trim(string(src[start:interpolationEnd(src, start)-1]), " ~"); hclsyntax.ValidIdentifier(way) {
			return way
		}
	}
	return ""
}

// next is where a part is found in a text behind a place, -1 where it is not.
func next(text, part string, behind int) int {
	i := strings.Index(text[behind+1:], part)
	if i < 0 {
		return -1
	}
	return behind + 1 + i
}

// maxWritten bounds the texts that are looked through for how a value is written: those of strings, not of documents.
const maxWritten = 200

// partOf is the expression of a template that made a hole of a text, "" where the two cannot be laid on each other.
func partOf(template, text, hole string) string {
	x, diags := hclsyntax.ParseExpression([]byte(template), "", hcl.InitialPos)
	t, ok := x.(*hclsyntax.TemplateExpr)
	if diags.HasErrors() || !ok {
		return ""
	}
	rest := strings.TrimSuffix(strings.TrimPrefix(text, `"`), `"`)
	for _, p := range t.Parts {
		if l, ok := p.(*hclsyntax.LiteralValueExpr); ok {
			if l.Val.Type() != cty.String || !l.Val.IsKnown() || l.Val.IsNull() {
				return ""
			}
			if rest, ok = strings.CutPrefix(rest, l.Val.AsString()); !ok {
				return ""
			}
			continue
		}
		parts := unknown.Parts(rest)
		if len(parts) == 0 || parts[0].Hole < 0 {
			return ""
		}
		token := unknown.Hole(parts[0].Hole)
		if token == hole {
			return template[p.Range().Start.Byte:p.Range().End.Byte]
		}
		rest = strings.TrimPrefix(rest, token)
	}
	return ""
}
