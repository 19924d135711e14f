package fix

import (
	"bytes"
	"slices"
	"strings"
)

// editor edits objects and lists of one view. What it cannot do safely makes it fail.
type editor struct {
	v      *view
	out    []splice
	failed bool
}

func (e *editor) fail() { e.failed = true }

// replace writes a text in place of a part. Comments in that part move to lines of their own above it.
func (e *editor) replace(start, end int, text string) {
	if kept := e.v.comments(start, end); kept != "" {
		at := e.v.line(start)
		e.cut(at, at, kept)
		if e.v.at != nil {
			e.fail() // a line of its own is not to be had inside of a string
		}
	}
	e.cut(start, end, text)
}

// cut is replace for a part whose comments are about that part alone, and go with it.
func (e *editor) cut(start, end int, text string) {
	e.out = append(e.out, e.v.splice(start, end, text))
}

func (e *editor) printer(around *node) *printer {
	p := &printer{hcl: e.v.hcl, text: e.v.literal}
	if around == nil || len(around.members) == 0 {
		return p
	}
	m := &around.members[0]
	between := string(e.v.text[m.end:m.val.start])
	p.colon = strings.Contains(between, ":")
	p.compact = !e.v.hcl && between == ":"
	p.quoted = e.v.text[m.start] == '"'
	return p
}

func (e *editor) done(p *printer) {
	if p.failed {
		e.fail()
	}
}

// multiline says whether the members of an object, or the elements of a list, stand on lines of their own.
func (e *editor) multiline(n *node) bool {
	first := n.end
	if parts := n.pieces(); len(parts) > 0 {
		first = parts[0].start
	}
	return bytes.IndexByte(e.v.text[n.start:first], '\n') >= 0
}

// set writes another value of a member.
func (e *editor) set(around *node, m *member, v value) {
	if around.block {
		e.setMember(around, m, m.name, v)
		return
	}
	p := e.printer(around)
	indent := ""
	if e.multiline(around) {
		indent = e.v.indent(m.val.start)
	}
	e.replace(m.val.start, m.val.end, p.value(v, indent, e.v.unit(around)))
	e.done(p)
}

// setMember writes a member with name and value in place of another one.
func (e *editor) setMember(around *node, m *member, name string, v value) {
	p := e.printer(around)
	if around.block {
		if m.val.end <= m.start { // where it ends is not known
			e.fail()
			return
		}
		e.replace(m.start, m.val.end, p.yamlMember(name, v, e.v.column(m.start)))
		e.done(p)
		return
	}
	indent := ""
	if e.multiline(around) {
		indent = e.v.indent(m.start)
	}
	e.replace(m.start, m.val.end, p.member(name, v, indent, e.v.unit(around)))
	e.done(p)
}

// rename gives a member another name.
func (e *editor) rename(around *node, m *member, name string) {
	if around.block {
		e.replace(m.start, m.end, yamlName(name))
		return
	}
	p := e.printer(around)
	p.quoted = e.v.text[m.start] == '"'
	e.replace(m.start, m.end, p.name(name))
}

// add appends members to an object.
func (e *editor) add(n *node, entries ...entry) {
	p := e.printer(n)
	defer e.done(p)
	if n.block {
		for _, x := range entries {
			e.blockAdd(n, p, x)
		}
		return
	}
	if len(n.members) == 0 {
		if !e.blank(n.start+1, n.end-1) {
			e.fail()
			return
		}
		indent := e.v.indent(n.start)
		e.replace(n.start, n.end, p.value(object(entries...), indent, "  "))
		return
	}
	last := n.members[len(n.members)-1]
	if !e.multiline(n) {
		at := last.val.end
		for _, x := range entries {
			e.replace(at, at, p.comma()+p.member(x.name, x.val, "", ""))
		}
		return
	}
	indent, unit := e.v.indent(last.start), e.v.unit(n)
	at := last.val.end
	if e.v.hcl {
		at = e.lineEnd(at, n.end-1)
	}
	for _, x := range entries {
		text := "\n" + indent + p.member(x.name, x.val, indent, unit)
		if !e.v.hcl {
			text = "," + text
		}
		e.replace(at, at, text)
	}
}

// prepend adds an element in front of the others.
func (e *editor) prepend(n *node, v value) {
	if n.block {
		e.blockPrepend(n, v)
		return
	}
	first := n.elems[0]
	p := e.printer(first)
	defer e.done(p)
	if e.multiline(n) {
		indent := e.v.indent(first.start)
		e.replace(first.start, first.start, p.value(v, indent, e.v.unit(n))+",\n"+indent)
		return
	}
	indent, unit := "", "  "
	if first.kind == objectNode && e.multiline(first) {
		indent, unit = e.v.indent(first.end-1), e.v.unit(first)
	}
	e.replace(first.start, first.start, p.value(v, indent, unit)+p.comma())
}

// lineEnd is the end of the line with that byte, with what is behind it on the line, or limit where that comes first.
func (e *editor) lineEnd(at, limit int) int {
	end := len(e.v.text)
	if i := bytes.IndexByte(e.v.text[at:], '\n'); i >= 0 {
		end = at + i
	}
	if end > limit {
		return at
	}
	if end > at && e.v.text[end-1] == '\r' {
		end--
	}
	return end
}

func (v *view) skipComma(at int) int {
	i := at
	for i < len(v.text) && strings.IndexByte(" \t\r\n", v.text[i]) >= 0 {
		i++
	}
	if i < len(v.text) && v.text[i] == ',' {
		return i + 1
	}
	return at
}

func (e *editor) blank(start, end int) bool {
	return start <= end && len(bytes.TrimSpace(e.v.text[start:end])) == 0 // what does not end is not blank
}

// removeMember takes a member out, with its comma or line.
func (e *editor) removeMember(n *node, m *member) {
	if n.block {
		e.blockRemove(m.start, m.val.end, m.start)
		return
	}
	i := slices.IndexFunc(n.members, func(x member) bool { return x.start == m.start })
	e.remove(n.pieces(), i, i, e.replace)
}

// removeElems takes elements out of a list, those that stand side by side together.
func (e *editor) removeElems(n *node, gone []int) {
	slices.Sort(gone)
	if n.block {
		for _, i := range gone {
			e.blockRemove(n.elems[i].start, n.elems[i].end, bytes.LastIndexByte(e.v.text[:n.elems[i].start], '-'))
		}
		return
	}
	for k := 0; k < len(gone); {
		last := k
		for last+1 < len(gone) && gone[last+1] == gone[last]+1 {
			last++
		}
		take := e.replace
		if n.elems[gone[k]].kind == objectNode {
			take = e.cut
		}
		e.remove(n.pieces(), gone[k], gone[last], take)
		k = last + 1
	}
}

// remove takes the parts from i to j out of a sequence: whole lines where they have them to themselves.
func (e *editor) remove(parts []piece, i, j int, lines func(start, end int, text string)) {
	start, end := parts[i].start, parts[j].end
	lineStart, lineEnd := e.v.line(start), e.lineEnd(end, len(e.v.text))
	comma := e.v.skipComma(end)
	own := e.v.startsLine(start) && len(bytes.Trim(e.v.text[end:lineEnd], " \t,")) == 0 && lineEnd < len(e.v.text)
	switch {
	case own && (e.v.hcl || comma > end):
		nl := bytes.IndexByte(e.v.text[lineEnd:], '\n')
		lines(lineStart, lineEnd+nl+1, "")
	case j+1 < len(parts):
		e.replace(start, parts[j+1].start, "")
	case i > 0:
		e.replace(parts[i-1].end, end, "")
	default:
		e.replace(start, max(end, comma), "")
	}
}

// blockAdd adds a member at the end of a block.
func (e *editor) blockAdd(n *node, p *printer, x entry) {
	if len(n.members) == 0 || n.end <= n.start || n.end > len(e.v.text) {
		e.fail()
		return
	}
	at := e.lineEnd(n.end, len(e.v.text))
	column := e.v.column(n.members[0].start)
	e.replace(at, at, "\n"+column+p.yamlMember(x.name, x.val, column))
}

// blockPrepend adds an element in front of the others of a block.
func (e *editor) blockPrepend(n *node, v value) {
	if v.kind != objectNode || !e.v.startsLine(n.start) {
		e.fail()
		return
	}
	p := e.printer(nil)
	column := e.v.column(n.start)
	text := column + "- "
	for i, x := range v.obj {
		if i > 0 {
			text += column + "  "
		}
		text += p.yamlMember(x.name, x.val, column+"  ") + "\n"
	}
	at := e.v.line(n.start)
	e.replace(at, at, text)
	e.done(p)
}

// blockRemove takes out the lines of a member or element that begins, with its dash, at a byte.
func (e *editor) blockRemove(start, end, from int) {
	if end <= start || from < 0 || !e.v.startsLine(from) || !e.blank(from+1, start) && from < start {
		e.fail()
		return
	}
	end = e.lineEnd(end, len(e.v.text))
	if n := bytes.IndexByte(e.v.text[end:], '\n'); n >= 0 {
		end += n + 1
	}
	e.replace(e.v.line(from), end, "")
}
