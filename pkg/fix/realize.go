package fix

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// edited is the text of a document after steps, and false where they cannot be made on it.
func edited(doc *iam.Document, steps []step, t terms) (unknown.Text, bool) {
	if doc == nil {
		return unknown.Text{}, false
	}
	src := []byte(doc.Text.S)
	v := &view{text: src, literal: func(s string) (string, bool) {
		out, ok := writeText(s, jsonInner, func(i int) (string, bool) {
			if text, ok := t.literal(i); ok {
				return jsonInner(text), true
			}
			return unknown.Hole(i), i < len(t)
		})
		return `"` + out + `"`, ok
	}}
	start := bytes.IndexByte(src, '{')
	if start < 0 {
		return unknown.Text{}, false
	}
	root := scanJSON(src, start)
	if root == nil {
		return unknown.Text{}, false
	}
	e := &editor{v: v}
	for i := range steps {
		s := &steps[i]
		switch s.kind {
		case replaceString:
			text, ok := v.literal(s.text)
			e.failed = e.failed || !ok
			e.replace(s.leaf.Start, s.leaf.End, text)
		case removeStrings:
			var ways [][]*node
			for _, leaf := range s.leaves {
				ways = append(ways, root.find(leaf.Start, stringNode))
			}
			e.removeFrom(ways)
		default:
			if st := doc.Statement(s.statement); st != nil {
				e.onWay(root.find(st.Start, objectNode), s)
			} else {
				e.fail()
			}
		}
	}
	out, ok := apply(src, e.out)
	if e.failed || !ok {
		return unknown.Text{}, false
	}
	text := unknown.Text{S: string(out)}
	for _, x := range t {
		text.Holes = append(text.Holes, x.symbol)
	}
	return text, true
}

func (e *editor) onWay(way []*node, s *step) {
	switch {
	case way == nil:
		e.fail()
	case s.kind == addStatement || s.kind == dropStatement:
		e.onList(way, s)
	default:
		e.onObject(way[len(way)-1], s)
	}
}

// removeFrom takes strings out of the lists that they are in; ways lead to them. No list may end up empty.
func (e *editor) removeFrom(ways [][]*node) {
	gone := map[int][]int{} // by where the list begins
	lists := map[int]*node{}
	for _, way := range ways {
		if len(way) < 2 || way[len(way)-2].kind != listNode {
			e.fail()
			return
		}
		list := way[len(way)-2]
		i := slices.IndexFunc(list.elems, func(x *node) bool { return x.start == way[len(way)-1].start })
		lists[list.start], gone[list.start] = list, append(gone[list.start], i)
	}
	for _, start := range slices.Sorted(maps.Keys(lists)) {
		if list := lists[start]; len(gone[start]) < len(list.elems) {
			e.removeElems(list, gone[start])
		} else {
			e.fail()
		}
	}
}

// written are the splices of the sources that make steps, and false where they cannot be made there.
func (s *sources) written(doc *iam.Document, steps []step, t *terms) ([]splice, bool) {
	var out []splice
	for i := range steps {
		got, ok := s.step(doc, &steps[i], t)
		if !ok {
			return nil, false
		}
		for _, x := range got {
			if !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	return out, len(out) > 0
}

func (s *sources) step(doc *iam.Document, st *step, t *terms) ([]splice, bool) {
	switch st.kind {
	case removeStrings:
		return s.removeStrings(doc, st, t)
	case replaceString:
		at, ok := doc.Text.At(st.leaf.Start, st.leaf.End)
		if !ok {
			return nil, false
		}
		scoped := s.scoped(*t, at.Filename)
		return s.replaceString(doc, st, &scoped)
	}
	of := doc.Statement(st.statement)
	if of == nil {
		return nil, false
	}
	at, ok := doc.Text.At(of.Start, of.End)
	scoped := s.scoped(*t, at.Filename)
	var host *spot
	if ok {
		if list := s.spots(at.Filename, at.Start.Byte, objectNode, &scoped); len(list) > 0 {
			host = list[0]
		}
	}
	if at, ok = doc.Text.At(of.Effect.Start, of.Effect.End); host == nil && ok {
		scoped = s.scoped(*t, at.Filename)
		host = s.merged(at.Filename, at.Start.Byte, &scoped)
	}
	if host == nil {
		return nil, false
	}
	e := &editor{v: host.view}
	if host.block != nil {
		e.onBlock(host.block, host.data, st)
	} else {
		e.onWay(host.way, st)
	}
	return e.out, !e.failed
}

// merged finds the object in native syntax that gives a statement its effect, where the statement is put together of several.
func (s *sources) merged(file string, at int, t *terms) *spot {
	if !s.editable(file) || s.body(file) == nil {
		return nil
	}
	var inner *hclsyntax.ObjectConsExpr
	_ = hclsyntax.VisitAll(s.body(file), func(n hclsyntax.Node) (none hcl.Diagnostics) {
		if x, ok := n.(*hclsyntax.ObjectConsExpr); ok && x.SrcRange.Start.Byte <= at && at < x.SrcRange.End.Byte {
			inner = x
		}
		return none
	})
	if inner == nil || nodeOf(inner).member("Effect") == nil {
		return nil
	}
	return &spot{view: s.nativeView(file, at, t), way: []*node{nodeOf(inner)}}
}

// scoped are the terms as the module of a file may write them: a reference that it does not declare is none.
func (s *sources) scoped(t terms, file string) terms {
	out := slices.Clone(t)
	for i := range out {
		x := &out[i]
		if x.ref != "" && !s.declares(file, x.ref) && x.dir != filepath.Dir(file) && x.dir != file {
			x.ref = ""
		}
		if x.ref == "" && s.declares(file, x.symbol.Ref) {
			x.ref = x.symbol.Ref
		}
	}
	return out
}

func (s *sources) removeStrings(doc *iam.Document, st *step, t *terms) ([]splice, bool) {
	var e *editor
	var ways [][]*node
	for _, leaf := range st.leaves {
		host := s.string(doc, &step{leaf: leaf}, t)
		if host == nil {
			host = s.element(doc, leaf)
		}
		switch {
		case host == nil:
			return nil, false
		case e == nil:
			e = &editor{v: host.view}
		case e.v.file != host.view.file:
			return nil, false
		}
		ways = append(ways, host.way)
	}
	if e == nil {
		return nil, false
	}
	e.removeFrom(ways)
	return e.out, !e.failed
}

// element finds the element of a list in native syntax that makes a string: a reference, or a call.
func (s *sources) element(doc *iam.Document, leaf iam.String) *spot {
	at, ok := doc.Text.At(leaf.Start, leaf.End)
	if !ok || !s.editable(at.Filename) || s.body(at.Filename) == nil {
		return nil
	}
	f := &finder{at: at.Start.Byte}
	_ = hclsyntax.Walk(s.body(at.Filename), f)
	if f.list == nil {
		return nil
	}
	list := nodeOf(f.list)
	i := slices.IndexFunc(list.elems, func(e *node) bool { return e.start == at.Start.Byte && e.end == at.End.Byte })
	if i < 0 {
		return nil
	}
	return &spot{view: &view{file: at.Filename, text: s.files[at.Filename], hcl: true}, way: []*node{list, list.elems[i]}}
}

func (s *sources) replaceString(doc *iam.Document, st *step, t *terms) ([]splice, bool) {
	host := s.string(doc, st, t)
	if host == nil {
		return nil, false
	}
	v, n := host.view, host.node()
	if n.text == st.leaf.S {
		text, ok := v.literal(st.text)
		return []splice{v.splice(n.start, n.end, text)}, ok
	}
	// The string is put together: only the part that is written here changes.
	raw := v.text[n.start:n.end]
	if st.part == "" || bytes.Count(raw, []byte(st.part)) != 1 {
		return nil, false
	}
	text, ok := v.literal("x" + st.partText)
	if !ok {
		return nil, false
	}
	if text, ok = strings.CutPrefix(text, `"x`); !ok {
		return nil, false
	}
	from := n.start + bytes.Index(raw, []byte(st.part))
	return []splice{v.splice(from, from+len(st.part), strings.TrimSuffix(text, `"`))}, true
}

// string finds the string of a step where it is written.
func (s *sources) string(doc *iam.Document, st *step, t *terms) *spot {
	at, ok := doc.Text.At(st.leaf.Start, st.leaf.End)
	if !ok || !s.editable(at.Filename) {
		return nil
	}
	for _, x := range s.spots(at.Filename, at.Start.Byte, stringNode, t) {
		if n := x.node(); n.text == st.leaf.S || st.part != "" && bytes.Count(x.view.text[n.start:n.end], []byte(st.part)) == 1 {
			return x
		}
	}
	return nil
}

// isFormatted says whether a file in native syntax is as terraform fmt leaves it.
func (s *sources) isFormatted(file string) bool {
	is, ok := s.formatted[file]
	if !ok {
		is = native(file) && bytes.Equal(hclwrite.Format(s.files[file]), s.files[file])
		if s.formatted == nil {
			s.formatted = map[string]bool{}
		}
		s.formatted[file] = is
	}
	return is
}
