package fix

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
)

// Arguments are the arguments of keys that a fix may set.
var Arguments = []string{"enable_key_rotation", "deletion_window_in_days", "bypass_policy_lockout_safety_check", "pending_window_in_days"}

// spelled is the argument as the type of the resource calls it.
func (s *search) spelled() string { return s.Resource.Spelled(s.argument()) }

// want is what an argument has to be, as text and as value.
func (s *search) want() (text string, v cty.Value) {
	switch s.argument() {
	case "deletion_window_in_days":
		days := s.MinDeletionWindow
		if days == 0 {
			days = 30
		}
		return itoa(days), cty.NumberIntVal(int64(days))
	case "bypass_policy_lockout_safety_check":
		return "false", cty.False
	}
	return "true", cty.True
}

// arguments are the candidates that set the argument: one for each place where its value may be written.
func (s *search) arguments() {
	text, _ := s.want()
	for _, splices := range s.argumentPlaces(text) {
		s.list = append(s.list, s.setting(splices))
	}
}

func (s *search) setting(splices []splice) *proved {
	text, _ := s.want()
	return &proved{candidate: candidate{title: "Set " + s.spelled() + " of " + s.Resource.Address + " to " + text}, set: splices}
}

// argumentPlaces are the places where the argument may be set, the ones nearest to whoever chose the value first.
func (s *search) argumentPlaces(text string) [][]splice {
	src := s.Resource.Source
	if src == nil || s.Resource.Spelling != nil && s.Resource.Spelling.Inside {
		return nil
	}
	var out [][]splice
	add := func(x ...splice) { out = append(out, x) }
	if b := s.blockAt(src.Block); b != nil {
		a := b.Body.Attributes[s.spelled()]
		if a != nil {
			if name := variableOf(a.Expr); name != "" {
				out = append(out, s.throughVariable(name, text)...)
			}
		}
		if s.src.editable(src.Block.Filename) {
			e := &editor{v: s.src.nativeView(src.Block.Filename, src.Block.Start.Byte, &terms{})}
			switch {
			case a == nil:
				e.insertArgument(b, s.spelled()+" = "+text)
			case text == "false" && e.removeArgument(a): // the default is what is wanted
			default:
				e.replace(a.Expr.Range().Start.Byte, a.Expr.Range().End.Byte, text)
			}
			if !e.failed {
				add(e.out...)
			}
		}
	}
	if x, ok := s.jsonArgument(src, text); ok {
		add(x...)
	}
	return out
}

// blockAt is the block whose header is at that place, also of a file that must not be edited; nil in JSON syntax.
func (s *search) blockAt(header hcl.Range) *hclsyntax.Block {
	body := s.src.body(header.Filename)
	if body == nil {
		body = (&sources{files: s.program.Files}).body(header.Filename)
	}
	return blockAt(body, header)
}

// variableOf is the variable that an expression is, "" for anything else.
func variableOf(x hclsyntax.Expression) string {
	t, diags := hcl.AbsTraversalForExpr(x)
	if diags.HasErrors() || t.RootName() != "var" || len(t) != 2 {
		return ""
	}
	if a, ok := t[1].(hcl.TraverseAttr); ok {
		return a.Name
	}
	return ""
}

// throughVariable sets a variable of the module that the resource is in: in the call where the module has one, else its
// default.
func (s *search) throughVariable(name, text string) [][]splice {
	var out [][]splice
	src := s.Resource.Source
	file := src.Block.Filename
	for i := len(src.Calls) - 1; i >= 0; i-- {
		call := s.blockAt(src.Calls[i])
		if call == nil || !s.src.editable(src.Calls[i].Filename) {
			break
		}
		e := &editor{v: s.src.nativeView(src.Calls[i].Filename, src.Calls[i].Start.Byte, &terms{})}
		a := call.Body.Attributes[name]
		if a == nil {
			e.insertArgument(call, name+" = "+text)
		} else if next := variableOf(a.Expr); next != "" && i > 0 {
			name = next
			file = src.Calls[i].Filename
			continue
		} else {
			e.replace(a.Expr.Range().Start.Byte, a.Expr.Range().End.Byte, text)
		}
		if !e.failed {
			out = append(out, e.out)
		}
		break
	}
	if len(src.Calls) == 0 {
		out = append(out, s.tfvars(filepath.Dir(file), name, text)...)
	}
	for sibling, b := range s.src.blocks(file) {
		if d := b.Body.Attributes["default"]; b.Type == "variable" && slices.Equal(b.Labels, []string{name}) && d != nil {
			out = append(out, []splice{{sibling, d.Expr.Range().Start.Byte, d.Expr.Range().End.Byte, text}})
		}
	}
	return out
}

// tfvars are the values that files give a variable of the root module.
func (s *search) tfvars(dir, name, text string) [][]splice {
	var out [][]splice
	for file, src := range s.src.files {
		if filepath.Dir(file) != dir || !strings.HasSuffix(file, ".tfvars") {
			continue
		}
		if body, _ := tf.Parsed(file, src); body != nil && body.Attributes[name] != nil {
			r := body.Attributes[name].Expr.Range()
			out = append(out, []splice{{file, r.Start.Byte, r.End.Byte, text}})
		}
	}
	slices.SortFunc(out, func(a, b []splice) int { return strings.Compare(a[0].file, b[0].file) })
	return out
}

// jsonArgument sets the argument in a .tf.json file.
func (s *search) jsonArgument(src *tf.Source, text string) ([]splice, bool) {
	file := src.Block.Filename
	if !jsonSyntax(file) || !s.src.editable(file) {
		return nil, false
	}
	v := &view{file: file, text: s.src.files[file], literal: func(string) (string, bool) { return text, true }}
	n := s.src.jsonRoot(file)
	typ := s.Resource.Type
	if s.Resource.Spelling != nil {
		typ = s.Resource.Spelling.Type
	}
	for _, name := range []string{"resource", typ, s.Resource.Name} {
		m := n.member(name)
		if m == nil {
			return nil, false
		}
		n = m.val
	}
	e := &editor{v: v}
	if m := n.member(s.spelled()); m != nil {
		e.replace(m.val.start, m.val.end, text)
	} else if n.kind == objectNode {
		e.add(n, entry{s.spelled(), str(text)})
	} else {
		return nil, false
	}
	return e.out, !e.failed
}
