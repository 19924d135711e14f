package fix

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// hclComments are the comments in a part of HCL, as lines with that indentation.
func hclComments(part []byte, indent string) string {
	if !bytes.ContainsAny(part, "#/") {
		return ""
	}
	var b strings.Builder
	tokens, _ := hclsyntax.LexExpression(part, "", hcl.InitialPos)
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenComment {
			b.WriteString(indent + strings.TrimSpace(string(t.Bytes)) + "\n")
		}
	}
	return b.String()
}

// yamlComments are the comments in a part of a YAML document, as lines with that indentation.
func yamlComments(part, indent string) string {
	var b strings.Builder
	for line := range strings.Lines(part) {
		quoted := byte(0)
		for i := range len(line) {
			switch c := line[i]; {
			case quoted != 0:
				if c == quoted {
					quoted = 0
				}
			case (c == '"' || c == '\'') && (i == 0 || strings.IndexByte(" \t[{,:", line[i-1]) >= 0):
				quoted = c
			case c == '#' && (i == 0 || strings.IndexByte(" \t", line[i-1]) >= 0):
				b.WriteString(indent + strings.TrimSpace(line[i:]) + "\n")
				quoted = '\n' // the rest is it
			}
		}
	}
	return b.String()
}
