package tf

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// SecretVariables are the names of the variables that the files declare as sensitive or ephemeral.
func SecretVariables(files map[string][]byte) map[string]bool {
	out := map[string]bool{}
	for name, src := range files {
		if isJSONSource(name) {
			declared, _ := jsonSecrets(src, nil, func(int, int) {})
			for _, v := range declared {
				out[v] = true
			}
			continue
		}
		if strings.HasSuffix(name, ".tfvars") || !secretBlock().Match(src) {
			continue
		}
		body, _ := Parsed(name, src)
		for i := 0; body != nil && i < len(body.Blocks); i++ {
			if b := body.Blocks[i]; b.Type == "variable" && len(b.Labels) == 1 && (b.Body.Attributes["sensitive"] != nil || b.Body.Attributes["ephemeral"] != nil) {
				out[b.Labels[0]] = true
			}
		}
	}
	return out
}

// SecretLines are the numbers, from 1, of the lines of a source file that may write a value which must not be shown: blocks of
// variables and outputs that are sensitive or ephemeral, what is passed to the function sensitive, texts of arguments that
// are called as secrets are, and in files of values those of the variables. It does not need a file that can be parsed: what
// is wrong with one is told with an excerpt, too.
func SecretLines(name string, src []byte, variables map[string]bool) map[int]bool {
	out := map[int]bool{}
	lines := bytes.Split(src, []byte("\n"))
	mark := func(from, to int) {
		for line := from; line <= to; line++ {
			out[line] = true
		}
	}
	values := strings.HasSuffix(name, ".tfvars")
	if strings.HasSuffix(name, ".tfvars.json") {
		mark(1, len(lines)) // on whatever lines they are
		return out
	}
	jsonSyntax := strings.HasSuffix(name, ".json")
	if !values && !mentionsSecrets(src) && !(jsonSyntax && len(variables) > 0) {
		return out
	}
	if jsonSyntax {
		lineAt := lineNumbers(lines)
		_, whole := jsonSecrets(src, variables, func(from, to int) { mark(lineAt(from), lineAt(to)) })
		if !whole && isJSONSource(name) {
			mark(1, len(lines))
		}
		if whole || isJSONSource(name) {
			return out
		}
	}
	var body *hclsyntax.Body
	broken := true
	if !jsonSyntax {
		body, broken = Parsed(name, src)
	}
	start, secret := 1, false // of the block that a line is in, as far as its text tells
	end := func(last int) {
		if secret {
			mark(start, last)
		}
	}
	for i, line := range lines {
		if !jsonSyntax && blockStart().Match(line) {
			end(i)
			start, secret = i+1, false
		}
		switch {
		case bytes.Contains(line, []byte("sensitive(")) || secretText().Match(line):
			mark(i+1, i+1)
			secret = secret || broken && !jsonSyntax // where the call ends is not known
		case secretBlock().Match(line):
			secret = true
			if jsonSyntax {
				start = min(start, i+1)
			}
		}
	}
	end(len(lines))
	if values && broken {
		mark(1, len(lines))
	}
	if body == nil {
		return out
	}
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.FunctionCallExpr:
			if strings.HasSuffix(n.Name, "sensitive") {
				mark(n.Range().Start.Line, n.Range().End.Line)
			}
		case *hclsyntax.Attribute:
			if values && variables[n.Name] || secretName().MatchString(n.Name) && bytes.ContainsAny(n.Expr.Range().SliceBytes(src), `"<`) {
				mark(n.SrcRange.Start.Line, n.SrcRange.End.Line)
			}
		}
		return nil
	})
	return out
}

func isJSONSource(name string) bool {
	return strings.HasSuffix(name, ".tf.json") || strings.HasSuffix(name, ".tofu.json")
}

// mentionsSecrets says whether something in a text may speak of secrets. Large files mostly do not, and are passed over fast.
func mentionsSecrets(src []byte) bool {
	low := bytes.ToLower(src)
	for _, word := range strings.Split("sensitive|ephemeral|"+strings.ReplaceAll(secretNames, `\b`, ""), "|") {
		if bytes.Contains(low, []byte(word)) {
			return true
		}
	}
	return false
}

var (
	// blockStart begins a block at the left edge, as terraform fmt writes it.
	blockStart = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(variable|output|locals|resource|data|ephemeral|module|provider|terraform|moved|import|removed|check)\b`)
	})
	secretBlock = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^\s*"?(sensitive|ephemeral)"?\s*[=:]`) })
	secretName  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)` + secretNames)
	})
	secretText = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)^\s*"?\w*(` + secretNames + `)\w*"?\s*[=:]\s*"`)
	})
)

// lineNumbers gives the number, from 1, of the line at an offset.
func lineNumbers(lines [][]byte) func(offset int) int {
	ends := make([]int, len(lines)) // of each line, its newline included
	at := 0
	for i, line := range lines {
		at += len(line) + 1
		ends[i] = at
	}
	return func(offset int) int {
		i, _ := slices.BinarySearch(ends, offset+1)
		return i + 1
	}
}
