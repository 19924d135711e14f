package config

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/file"
)

// The file may come from a stranger's pull request: it is bounded in size, and in depth because the parser recurses.
const (
	maxSize    = 1 << 20
	maxNesting = 100
)

// Load reads a configuration file. The result is never nil: where there are errors only its Path and Source are of use,
// to show them with.
func Load(path string) (*Config, hcl.Diagnostics) {
	src, err := file.Read(path, maxSize)
	if err != nil {
		return &Config{Path: path}, hcl.Diagnostics{{
			Severity: hcl.DiagError,
			Summary:  "The configuration cannot be read",
			Detail:   fmt.Sprintf("It must be a readable file: %v.", err),
		}}
	}
	return Parse(src, path)
}

// Parse reads the content of a configuration file, as Load does. The path is what ranges show.
func Parse(src []byte, path string) (*Config, hcl.Diagnostics) {
	c := &Config{Path: path, Source: src}
	if place := tooDeep(src, path); place != nil {
		return c, hcl.Diagnostics{{
			Severity: hcl.DiagError,
			Summary:  "The configuration is nested too deeply",
			Detail:   fmt.Sprintf("Brackets and operators may stand in each other at most %d times.", maxNesting),
			Subject:  place,
		}}
	}
	parsed, diags := hclsyntax.ParseConfig(src, path, hcl.InitialPos)
	if diags.HasErrors() {
		return c, diags
	}
	var w written
	diags = gohcl.DecodeBody(parsed.Body, nil, &w)
	r := reader{config: c}
	r.read(&w)
	diags = append(diags, r.diags...)
	slices.SortStableFunc(c.Settings, func(a, b Setting) int { return cmp.Compare(a.Range.Start.Byte, b.Range.Start.Byte) })
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		return cmp.Compare(start(a), start(b))
	})
	return c, diags
}

func start(d *hcl.Diagnostic) int {
	if d.Subject == nil {
		return -1
	}
	return d.Subject.Start.Byte
}

// tooDeep returns the place at which parsing would recurse too deeply, nil where it does not.
func tooDeep(src []byte, path string) *hcl.Range {
	tokens, _ := hclsyntax.LexConfig(src, path, hcl.InitialPos)
	depth, run := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc,
			hclsyntax.TokenTemplateInterp:
			depth++
		case hclsyntax.TokenTemplateControl:
			depth++
			run++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc,
			hclsyntax.TokenTemplateSeqEnd:
			depth--
			if t.Type == hclsyntax.TokenCBrack {
				run++ // of an index; lists are few
			}
		case hclsyntax.TokenBang, hclsyntax.TokenMinus, hclsyntax.TokenQuestion, hclsyntax.TokenDot, hclsyntax.TokenPlus, hclsyntax.TokenStar, hclsyntax.TokenSlash,
			hclsyntax.TokenPercent, hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual, hclsyntax.TokenLessThan,
			hclsyntax.TokenLessThanEq, hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq:
			run++ // a + b + c is a tree of that depth, too
		case hclsyntax.TokenEqual:
			run = 0
		}
		if depth > maxNesting || run > maxNesting {
			return t.Range.Ptr()
		}
	}
	return nil
}
