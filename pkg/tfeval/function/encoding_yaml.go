package function

import (
	"math"
	"regexp"
	"strings"
	"sync"

	yaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	yamlv3 "go.yaml.in/yaml/v3"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/keyproof/keyproof/pkg/yamltext"
)

var (
	yamlAnchor = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:^|[\s,:\[{-])&[\w-]`) })
	yamlAlias  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:^|[\s,:\[{-])\*[\w-]`) })
)

// yamlSize bounds what a document stands for: aliases repeat what they name, and that may hold aliases again. With so
// many of both the product is largest when they are spread evenly.
func yamlSize(s string) float64 {
	anchors := float64(len(yamlAnchor().FindAllStringIndex(s, -1)))
	aliases := float64(len(yamlAlias().FindAllStringIndex(s, -1)))
	if anchors == 0 {
		return float64(len(s))
	}
	return float64(len(s)) * math.Pow((aliases+anchors)/anchors, anchors)
}

// maxYAMLDepth bounds brackets in brackets: reading them takes the square of their depth.
const maxYAMLDepth = 1000

// yamlDepth is how deep brackets lie in each other, those in texts included.
func yamlDepth(s string) int {
	depth, most := 0, 0
	for _, c := range []byte(s) {
		switch c {
		case '[', '{':
			depth++
			most = max(most, depth)
		case ']', '}':
			depth = max(depth-1, 0)
		}
	}
	return most
}

// maxPlaced bounds the documents of which it is told where each part is written: it takes their square.
const maxPlaced = 64 << 10

// yamlDecode lets tokens through where they are strings of the document.
func yamlDecode(c *call) cty.Value {
	s, spans, known := c.str(0)
	if !known {
		return c.unknown(cty.DynamicPseudoType)
	}
	if len(s) > 1<<20 || yamlSize(s) > 10<<20 {
		return c.tooLarge(cty.DynamicPseudoType, "Value is too large", "The YAML document is too large, or repeats parts of itself too often.")
	}
	if yamlDepth(s) > maxYAMLDepth {
		return c.tooLarge(cty.DynamicPseudoType, "Value is too large", "The YAML document is nested too deeply.")
	}
	v, err := yaml.YAMLDecodeFunc.Call([]cty.Value{cty.StringVal(s)})
	if err == nil && !unknown.HasHole(s) && !value.WithoutTokens(v).RawEquals(v) || strings.Contains(strings.ToLower(s), `\ue0a0`) {
		return c.unknown(cty.DynamicPseudoType) // an escape sequence looks like a token
	}
	if err != nil {
		if unknown.HasHole(s) {
			return c.unknown(cty.DynamicPseudoType)
		}
		return c.fault(tfsource.Sentence(err))
	}
	v = value.Relocated(c.e.UntokenDeep(v, c.at), c.at)
	if len(s) > maxPlaced || c.secretArgs() {
		return v.WithMarks(secrecy(c))
	}
	if doc, err := yamltext.Read(s); err == nil && doc.Root != nil {
		v = yamlPlaces{doc, &jsonDecoder{e: c.e, text: unknown.Text{S: s, Spans: spans}, at: c.at}}.placed(v, doc.Root)
	}
	return v
}

// yamlPlaces tells of the parts of a document where they are written.
type yamlPlaces struct {
	doc *yamltext.Doc
	in  *jsonDecoder
}

// placed is a value with the places of its parts: of those that are written where they are, and not named or merged in.
func (p yamlPlaces) placed(v cty.Value, n *yamlv3.Node) cty.Value {
	raw, marks := v.Unmark()
	start := p.doc.Start(n)
	end, ok := p.doc.End(n)
	if !ok {
		end = start + 1
	}
	if at := p.content(n, start, end); ok && at >= 0 && raw.Type() == cty.String && (!raw.IsKnown() || value.IsString(raw) && raw.AsString() == n.Value) {
		return p.in.str(&unknown.JSON{Text: n.Value, Start: at - 1, End: at + len(n.Value) + 1}, p.in.rangeOf(start, end)).WithMarks(marks)
	}
	switch parts := raw.IsKnown() && !raw.IsNull(); {
	case parts && n.Kind == yamlv3.MappingNode && raw.Type().IsObjectType():
		vals := raw.AsValueMap()
		for i := 0; i+1 < len(n.Content); i += 2 {
			if name := n.Content[i].Value; vals[name] != cty.NilVal {
				vals[name] = p.placed(vals[name], n.Content[i+1])
			}
		}
		raw = value.Object(vals)
	case parts && n.Kind == yamlv3.SequenceNode && raw.Type().IsTupleType() && raw.LengthInt() == len(n.Content):
		vals := raw.AsValueSlice()
		for i := range vals {
			vals[i] = p.placed(vals[i], n.Content[i])
		}
		raw = value.Sequence(vals, false)
	}
	return value.Relocated(raw.WithMarks(marks), p.in.rangeOf(start, end))
}

// content is where the text of a scalar begins that is written as it reads, on one line and without escapes; -1 for others.
func (p yamlPlaces) content(n *yamlv3.Node, start, end int) int {
	if n.Style&(yamlv3.DoubleQuotedStyle|yamlv3.SingleQuotedStyle) != 0 {
		start++
	}
	if text := p.in.text.S; start > 0 && n.Kind == yamlv3.ScalarNode && start+len(n.Value) <= min(end, len(text)) && text[start:start+len(n.Value)] == n.Value {
		return start
	}
	return -1
}
