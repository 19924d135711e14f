package fix

import (
	"bytes"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/keyproof/keyproof/pkg/yamltext"
)

// yamlRoot is the YAML document of a view, nil where it is none. A document that begins with a bracket is read as JSON.
func (v *view) yamlRoot() *node {
	to := v.to
	if to == 0 {
		to = len(v.text)
	}
	text := bytes.ReplaceAll(v.text[v.from:to], []byte{masked}, []byte("x"))
	if start := bytes.TrimSpace(text); len(start) == 0 || start[0] == '{' || start[0] == '[' {
		return nil
	}
	doc, err := yamltext.Read(string(text))
	if err != nil || doc.Root == nil {
		return nil
	}
	return yamlNode(doc, doc.Root, v.from)
}

// yamlNode is a node of a document that begins at a byte.
func yamlNode(doc *yamltext.Doc, y *yaml.Node, from int) *node {
	n := &node{kind: otherNode, start: from + doc.Start(y), end: -1, block: y.Style&yaml.FlowStyle == 0}
	if end, ok := doc.End(y); ok {
		n.end = from + end
	}
	switch y.Kind {
	case yaml.MappingNode:
		n.kind = objectNode
		for i := 0; i+1 < len(y.Content); i += 2 {
			key := yamlNode(doc, y.Content[i], from)
			n.members = append(n.members, member{name: y.Content[i].Value, start: key.start, end: key.end, val: yamlNode(doc, y.Content[i+1], from)})
		}
	case yaml.SequenceNode:
		n.kind = listNode
		for _, e := range y.Content {
			n.elems = append(n.elems, yamlNode(doc, e, from))
		}
	case yaml.ScalarNode:
		n.kind, n.text = stringNode, y.Value
	}
	return n
}

// ownAccount is how a CloudFormation template refers to the account that it is used in.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
const ownAccount = "AWS::AccountId"

// yamlString writes strings in a YAML document. In a CloudFormation template the own account is what that calls it.
func (v *view) yamlString(t *terms) func(string) (string, bool) {
	return func(s string) (string, bool) {
		out, refers := "", false
		for _, p := range unknown.Parts(s) {
			switch {
			case p.Hole < 0 && strings.Contains(p.Text, "${"):
				return v.literal(s)
			case p.Hole < 0:
				out += jsonInner(p.Text)
			case p.Hole < len(*t) && strings.HasSuffix((*t)[p.Hole].symbol.Ref, "."+ownAccount):
				out, refers = out+"${"+ownAccount+"}", true
			default:
				return v.literal(s)
			}
		}
		switch {
		case !refers:
			return v.literal(s)
		case out == "${"+ownAccount+"}":
			return "!Ref " + ownAccount, true
		case v.to > 0 || v.outer != nil || bytes.Contains(v.text, []byte("$${")):
			out = templateEscape(out)
		}
		return `!Sub "` + out + `"`, true
	}
}

var plainName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9:/_-]*[A-Za-z0-9_-])?$`) })

func yamlName(name string) string {
	if plainName().MatchString(name) {
		return name
	}
	return quoteJSON(name)
}

// yamlMember writes a member of a block whose names stand in that column.
func (p *printer) yamlMember(name string, v value, column string) string {
	out := yamlName(name) + ":"
	switch v.kind {
	case stringNode:
		return out + " " + p.string(v.text)
	case listNode:
		for _, s := range v.list {
			out += "\n" + column + "  - " + p.string(s)
		}
		return out
	}
	for _, e := range v.obj {
		out += "\n" + column + "  " + p.yamlMember(e.name, e.val, column+"  ")
	}
	return out
}
