package tf

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// maxNesting is far above what people write and far below what overflows the stack of the parser, or of whatever walks the
// tree that it makes.
const maxNesting = 400

// TooDeep says whether a text in Terraform's language would make too deep a tree: by brackets, templates, directives and
// signs in front, by conditions, and by chains, because a + b + c and a.b.c[0] nest, too. Nothing parses a text without
// asking. Only suspicious texts are looked at token by token.
func TooDeep(src []byte) bool {
	depth, run, links, questions, suspicious := 0, 0, 0, 0, false
	for _, c := range src {
		switch c {
		case '(', '[', '{':
			depth++
			links++
		case ')', ']', '}':
			depth = max(depth-1, 0)
		case '?':
			questions++
			links++
		case '.', '+', '-', '*', '/', '%', '&', '|', '<', '>', '=', ':':
			links++
		}
		if c == '!' || c == '-' || c == ' ' || c == '<' {
			run++
		} else {
			run = 0
		}
		if depth > maxNesting || run > maxNesting || links > maxNesting || questions > maxNesting {
			suspicious = true
			break
		}
	}
	return suspicious && deepTokens(src)
}

// nesting is how deep the tokens of a text lead.
type nesting struct {
	levels     []level
	run        int // of signs in front of a term
	questions  int
	directives int // %{ if } and %{ for } that are open
}

// level is what is open between brackets: lines says that the end of a line ends what is written.
type level struct {
	links int // of the chain at hand
	lines bool
}

func deepTokens(src []byte) bool {
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	n := nesting{levels: []level{{lines: true}}}
	for i, t := range tokens {
		n.take(tokens, i)
		if len(n.levels) > maxNesting || n.run > maxNesting || n.questions > maxNesting || n.directives > maxNesting || n.levels[len(n.levels)-1].links > maxNesting {
			return true
		}
		if t.Type == hclsyntax.TokenBang || t.Type == hclsyntax.TokenMinus {
			n.run++
		} else {
			n.run = 0
		}
	}
	return false
}

func (n *nesting) take(tokens hclsyntax.Tokens, i int) {
	now := &n.levels[len(n.levels)-1]
	switch tokens[i].Type {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
		now.links++ // an index, or the arguments of a call
		n.levels = append(n.levels, level{lines: tokens[i].Type == hclsyntax.TokenOBrace && !loops(tokens[i+1:])})
	case hclsyntax.TokenTemplateControl:
		n.levels = append(n.levels, level{})
		switch word(tokens[i+1:]) {
		case "if", "for":
			n.directives++
		case "endif", "endfor":
			n.directives--
		}
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
		if len(n.levels) > 1 {
			n.levels = n.levels[:len(n.levels)-1]
		}
	case hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit, hclsyntax.TokenComma:
		now.links = 0
	case hclsyntax.TokenNewline:
		if now.lines {
			now.links = 0
		}
	case hclsyntax.TokenEqual:
		now.links, n.questions = 0, 0
	case hclsyntax.TokenQuestion:
		n.questions++
	case hclsyntax.TokenDot, hclsyntax.TokenDoubleColon, hclsyntax.TokenPlus, hclsyntax.TokenMinus, hclsyntax.TokenStar, hclsyntax.TokenSlash, hclsyntax.TokenPercent,
		hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual, hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq,
		hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq:
		now.links++
	}
}

// loops says whether what stands between braces is a for expression, in which lines end nothing.
func loops(tokens hclsyntax.Tokens) bool {
	for len(tokens) > 0 && (tokens[0].Type == hclsyntax.TokenNewline || tokens[0].Type == hclsyntax.TokenComment) {
		tokens = tokens[1:]
	}
	return word(tokens) == "for"
}

func word(tokens hclsyntax.Tokens) string {
	if len(tokens) > 0 && tokens[0].Type == hclsyntax.TokenIdent {
		return string(tokens[0].Bytes)
	}
	return ""
}

// Words counts the words and signs of a text, which is about what parsing it costs.
func Words(src []byte) int {
	n, inside := 0, false
	for _, c := range src {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
		if !letter && c != ' ' && c != '\t' || letter && !inside {
			n++
		}
		inside = letter
	}
	return n
}

// Parsed is the tree of a text as far as it can be read, nil where it cannot; broken says that not all of it could.
func Parsed(name string, src []byte) (body *hclsyntax.Body, broken bool) {
	if TooDeep(src) {
		return nil, true
	}
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if file != nil {
		body, _ = file.Body.(*hclsyntax.Body)
	}
	return body, diags.HasErrors()
}
