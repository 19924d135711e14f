package fix

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Statements of a data.aws_iam_policy_document are blocks: elements are arguments, principals and conditions blocks.

var arguments = map[string]string{"Sid": "sid", "Effect": "effect", "Action": "actions", "NotAction": "not_actions", "Resource": "resources", "NotResource": "not_resources"}

func (e *editor) onBlock(b, data *hclsyntax.Block, s *step) {
	switch s.kind {
	case setCondition:
		e.setBlockCondition(b, s)
	case addConditions:
		var blocks []block
		for _, c := range s.conditions {
			blocks = append(blocks, conditionBlock(c))
		}
		e.addBlocks(b, blocks)
	case setElement:
		if s.element == "Principal" || s.element == "NotPrincipal" {
			e.setPrincipals(b, s)
			return
		}
		e.setArgument(b, s)
	case addStatement:
		if data == nil {
			e.fail()
			return
		}
		e.addBlocks(data, []block{statementBlock(s.val)})
	case dropElement:
		if a := b.Body.Attributes[arguments[s.element]]; a == nil || !e.removeArgument(a) {
			e.fail()
		}
	case dropStatement:
		e.removeBlock(b, e.cut)
	default:
		e.fail()
	}
}

// block is a block to write.
type block struct {
	name   string
	args   []entry
	blocks []block
}

func conditionBlock(c condition) block {
	return block{name: "condition", args: []entry{{"test", str(c.operator)}, {"variable", str(c.key)}, {"values", asList(strs(c.values...))}}}
}

func principalBlocks(name string, v value) []block {
	var out []block
	for _, x := range v.obj {
		out = append(out, block{name: name, args: []entry{{"type", str(x.name)}, {"identifiers", asList(x.val)}}})
	}
	return out
}

func asList(v value) value {
	if v.kind == stringNode {
		return value{kind: listNode, list: []string{v.text}}
	}
	return v
}

func statementBlock(v value) block {
	b := block{name: "statement"}
	for _, x := range v.obj {
		switch x.name {
		case "Principal":
			b.blocks = append(b.blocks, principalBlocks("principals", x.val)...)
		case "Sid", "Effect":
			b.args = append(b.args, entry{arguments[x.name], x.val})
		case "Condition":
			for _, op := range x.val.obj {
				for _, k := range op.val.obj {
					b.blocks = append(b.blocks, conditionBlock(condition{op.name, k.name, asList(k.val).list}))
				}
			}
		default:
			b.args = append(b.args, entry{arguments[x.name], asList(x.val)})
		}
	}
	return b
}

func (e *editor) write(p *printer, b block, indent, unit string) string {
	width := 0
	for _, a := range b.args {
		width = max(width, len(a.name))
	}
	var out strings.Builder
	out.WriteString(indent + b.name + " {\n")
	for _, a := range b.args {
		out.WriteString(indent + unit + a.name + strings.Repeat(" ", width-len(a.name)) + " = " + p.value(a.val, indent+unit, unit) + "\n")
	}
	for _, in := range b.blocks {
		out.WriteString("\n" + e.write(p, in, indent+unit, unit))
	}
	out.WriteString(indent + "}\n")
	return out.String()
}

// addBlocks adds blocks at the end of a body.
func (e *editor) addBlocks(b *hclsyntax.Block, blocks []block) {
	end := b.CloseBraceRange.Start.Byte
	if !e.v.startsLine(end) {
		e.fail()
		return
	}
	p := &printer{hcl: true, text: e.v.literal}
	outer := e.v.indent(end)
	unit := e.bodyUnit(b, outer)
	text := ""
	for _, x := range blocks {
		text += "\n" + e.write(p, x, outer+unit, unit)
	}
	at := e.v.line(end)
	e.replace(at, at, text)
	e.done(p)
}

func (e *editor) bodyUnit(b *hclsyntax.Block, outer string) string {
	for _, a := range b.Body.Attributes {
		if unit, ok := strings.CutPrefix(e.v.indent(a.SrcRange.Start.Byte), outer); ok && unit != "" {
			return unit
		}
	}
	for _, in := range b.Body.Blocks {
		if unit, ok := strings.CutPrefix(e.v.indent(in.TypeRange.Start.Byte), outer); ok && unit != "" {
			return unit
		}
	}
	return "  "
}

func (e *editor) removeBlock(b *hclsyntax.Block, take func(start, end int, text string)) {
	start, end := e.v.line(b.TypeRange.Start.Byte), e.lineEnd(b.CloseBraceRange.End.Byte, len(e.v.text))
	if start > 0 && strings.TrimSpace(string(e.v.text[e.v.line(start-1):start])) == "" {
		start = e.v.line(start - 1) // the blank line before it goes, too
	}
	if end < len(e.v.text) && e.v.text[end] == '\r' {
		end++
	}
	take(start, min(end+1, len(e.v.text)), "")
}

// removeArgument takes out the lines of an argument; false where something else stands on them.
func (e *editor) removeArgument(a *hclsyntax.Attribute) bool {
	start, end := e.v.line(a.SrcRange.Start.Byte), e.lineEnd(a.SrcRange.End.Byte, len(e.v.text))
	if !e.v.startsLine(a.SrcRange.Start.Byte) || end >= len(e.v.text) {
		return false
	}
	if start > 0 && e.blank(e.v.line(start-1), start) && e.blank(end, e.lineEnd(end+1, len(e.v.text))) {
		start = e.v.line(start - 1) // one blank line is enough
	}
	e.replace(start, end+1+crlf(e.v.text, end), "")
	return true
}

// crlf is 1 where the line ends with a carriage return and a line feed.
func crlf(text []byte, end int) int {
	if text[end] == '\r' {
		return 1
	}
	return 0
}

func (e *editor) setArgument(b *hclsyntax.Block, s *step) {
	v := s.val
	if s.element != "Effect" && s.element != "Sid" {
		v = asList(v)
	}
	p := &printer{hcl: true, text: e.v.literal}
	defer e.done(p)
	name := arguments[s.element]
	if a := b.Body.Attributes[name]; a != nil {
		r := a.Expr.Range()
		e.replace(r.Start.Byte, r.End.Byte, p.value(v, e.v.indent(r.Start.Byte), "  "))
		return
	}
	if a := b.Body.Attributes[arguments[opposite[s.element]]]; a != nil {
		e.replace(a.SrcRange.Start.Byte, a.SrcRange.End.Byte, name+" = "+p.value(v, e.v.indent(a.SrcRange.Start.Byte), "  "))
		return
	}
	e.insertArgument(b, name+" = "+p.value(v, "", ""))
}

// insertArgument adds an argument behind the last one of a body, or in front of everything in it.
func (e *editor) insertArgument(b *hclsyntax.Block, text string) {
	last := -1
	for _, a := range b.Body.Attributes {
		last = max(last, a.SrcRange.End.Byte)
	}
	if last >= 0 {
		at := e.lineEnd(last, len(e.v.text))
		start := last - 1
		for _, a := range b.Body.Attributes {
			if a.SrcRange.End.Byte == last {
				start = a.SrcRange.Start.Byte
			}
		}
		if !e.v.startsLine(start) || at > b.CloseBraceRange.Start.Byte {
			e.fail()
			return
		}
		e.replace(at, at, "\n"+e.v.indent(start)+text)
		return
	}
	at := e.lineEnd(b.OpenBraceRange.End.Byte, len(e.v.text))
	if at > b.CloseBraceRange.Start.Byte {
		if !e.blank(b.OpenBraceRange.End.Byte, b.CloseBraceRange.Start.Byte) {
			e.fail()
			return
		}
		outer := e.v.indent(b.TypeRange.Start.Byte)
		e.replace(b.OpenBraceRange.End.Byte, b.CloseBraceRange.Start.Byte, "\n"+outer+"  "+text+"\n"+outer)
		return
	}
	outer := e.v.indent(b.CloseBraceRange.Start.Byte)
	e.replace(at, at, "\n"+outer+e.bodyUnit(b, outer)+text)
}

func (e *editor) setPrincipals(b *hclsyntax.Block, s *step) {
	var old []*hclsyntax.Block
	for _, in := range b.Body.Blocks {
		switch in.Type {
		case "principals", "not_principals":
			old = append(old, in)
		case "dynamic":
			if len(in.Labels) > 0 && strings.HasSuffix(in.Labels[0], "principals") {
				e.fail()
				return
			}
		}
	}
	name := "principals"
	if s.element == "NotPrincipal" {
		name = "not_principals"
	}
	blocks := principalBlocks(name, s.val)
	if len(old) == 0 {
		e.addBlocks(b, blocks)
		return
	}
	p := &printer{hcl: true, text: e.v.literal}
	first := old[0]
	indent := e.v.indent(first.TypeRange.Start.Byte)
	text := ""
	for i, x := range blocks {
		if i > 0 {
			text += "\n\n" + indent
		}
		text += strings.TrimSpace(e.write(p, x, indent, e.bodyUnit(first, indent)))
	}
	e.replace(first.TypeRange.Start.Byte, first.CloseBraceRange.End.Byte, text)
	for _, in := range old[1:] {
		e.removeBlock(in, e.replace)
	}
	e.done(p)
}

// setBlockCondition changes the condition blocks with that operator and key.
func (e *editor) setBlockCondition(b *hclsyntax.Block, s *step) {
	found := false
	p := &printer{hcl: true, text: e.v.literal}
	for _, in := range b.Body.Blocks {
		if in.Type != "condition" {
			continue
		}
		test, variable, values := in.Body.Attributes["test"], in.Body.Attributes["variable"], in.Body.Attributes["values"]
		if test == nil || variable == nil || values == nil {
			continue
		}
		t, v := nodeOf(test.Expr), nodeOf(variable.Expr)
		if t.text != s.operator || !strings.EqualFold(v.text, s.key) || len(s.conditions) != 1 {
			continue
		}
		to := s.conditions[0]
		if to.operator != s.operator {
			e.replace(t.start, t.end, p.string(to.operator))
		}
		if !strings.EqualFold(to.key, s.key) {
			e.replace(v.start, v.end, p.string(to.key))
		}
		if len(to.values) > 0 {
			r := values.Expr.Range()
			e.replace(r.Start.Byte, r.End.Byte, p.value(asList(strs(to.values...)), e.v.indent(r.Start.Byte), "  "))
		}
		found = true
	}
	e.done(p)
	if !found {
		e.fail()
	}
}
