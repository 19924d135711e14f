package tfsource

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// maxNesting is far above what people write and far below what overflows the parser's stack.
const maxNesting = 400

// TooDeep says whether parsing the text would recurse too deeply. Only suspicious texts are looked at token by token.
func TooDeep(src []byte) bool {
	depth, run, questions, suspicious := 0, 0, 0, false
	for _, c := range src {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(depth-1, 0)
		case '?':
			questions++
		}
		if c == '!' || c == '-' || c == ' ' || c == '<' {
			run++
		} else {
			run = 0
		}
		if depth > maxNesting || run > maxNesting || questions > maxNesting {
			suspicious = true
			break
		}
	}
	return suspicious && deepTokens(src)
}

func deepTokens(src []byte) bool {
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	depth, run, questions := 0, 0, 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl,
			hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
			depth--
		case hclsyntax.TokenQuestion:
			questions++
		case hclsyntax.TokenEqual:
			questions = 0
		}
		if t.Type == hclsyntax.TokenBang || t.Type == hclsyntax.TokenMinus {
			run++
		} else {
			run = 0
		}
		if depth > maxNesting || run > maxNesting || questions > maxNesting {
			return true
		}
	}
	return false
}
