package fix

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
)

// step is one change of one statement, or of the list of statements.
type step struct {
	kind stepKind
	// statement is the index of the statement in the document.
	statement int
	// operator and key name a condition; condition is what takes its place, or what is added.
	operator, key string
	conditions    []condition
	// element is the name of an element and val its new value.
	element string
	val     value
	// leaf is the string that is replaced by text. Where only a part of it changes, part becomes partText.
	leaf           iam.String
	text           string
	part, partText string
	// leaves are the strings that are taken out of their lists.
	leaves []iam.String
}

type stepKind int

const (
	setCondition  stepKind = iota // operator and key of a condition, and its values where they are given
	addConditions                 // conditions
	setElement                    // an element of the statement; NotAction and the like give way
	replaceString                 // one string, where it is written
	removeStrings                 // strings of lists
	dropElement                   // an element of the statement
	addStatement                  // val, in front of the others
	dropStatement
)

// added is how many statements steps put in front of the others.
func added(steps []step) (n int) {
	for i := range steps {
		if steps[i].kind == addStatement {
			n++
		}
	}
	return n
}

type condition struct {
	operator, key string
	values        []string
}

// opposite is the element that another one takes the place of.
var opposite = map[string]string{"Action": "NotAction", "Resource": "NotResource", "Principal": "NotPrincipal", "NotPrincipal": "Principal"}

// onObject makes the splices of a step in a statement that is written as an object.
func (e *editor) onObject(n *node, s *step) {
	switch s.kind {
	case setCondition:
		e.setCondition(n, s)
	case addConditions:
		e.addConditions(n, s.conditions)
	case setElement:
		if m := n.member(s.element); m != nil {
			e.set(n, m, s.val)
		} else if m := n.member(opposite[s.element]); m != nil {
			e.setMember(n, m, s.element, s.val)
		} else {
			e.add(n, entry{s.element, s.val})
		}
	case dropElement:
		if m := n.member(s.element); m != nil {
			e.removeMember(n, m)
		} else {
			e.fail()
		}
	default:
		e.fail()
	}
}

func (n *node) condition(operator, key string) (op, k *member) {
	c := n.member("Condition")
	if c == nil {
		return nil, nil
	}
	for i := range c.val.members {
		op = &c.val.members[i]
		if op.name != operator {
			continue
		}
		for k := range op.val.members {
			if strings.EqualFold(op.val.members[k].name, key) {
				return op, &op.val.members[k]
			}
		}
	}
	return nil, nil
}

func (e *editor) setCondition(n *node, s *step) {
	op, key := n.condition(s.operator, s.key)
	if op == nil || len(s.conditions) != 1 {
		e.fail()
		return
	}
	to := s.conditions[0]
	block := n.member("Condition").val
	if to.operator != s.operator {
		target := block.member(to.operator)
		switch {
		case len(op.val.members) == 1 && target == nil:
			e.rename(block, op, to.operator)
		case len(to.values) == 0:
			e.fail() // the values would have to move
			return
		default:
			if len(op.val.members) == 1 {
				e.removeMember(block, op)
			} else {
				e.removeMember(op.val, key)
			}
			e.addConditions(n, []condition{to})
			return
		}
	}
	if !strings.EqualFold(to.key, s.key) {
		e.rename(op.val, key, to.key)
	}
	if len(to.values) > 0 {
		e.set(op.val, key, strs(to.values...))
	}
}

// addConditions adds conditions to a statement: to the object of their operator where there is one.
func (e *editor) addConditions(n *node, list []condition) {
	block := n.member("Condition")
	var fresh []entry
	for _, c := range list {
		one := entry{c.key, strs(c.values...)}
		if block != nil {
			if op := block.val.member(c.operator); op != nil {
				if op.val.kind != objectNode || op.val.member(c.key) != nil {
					e.fail()
					return
				}
				e.add(op.val, one)
				continue
			}
		}
		joined := false
		for i := range fresh {
			if fresh[i].name == c.operator {
				fresh[i].val.obj, joined = append(fresh[i].val.obj, one), true
			}
		}
		if !joined {
			fresh = append(fresh, entry{c.operator, object(one)})
		}
	}
	switch {
	case len(fresh) == 0:
	case block == nil:
		e.add(n, entry{"Condition", object(fresh...)})
	case block.val.kind != objectNode:
		e.fail()
	default:
		e.add(block.val, fresh...)
	}
}

// onList makes the splices of a step that changes the list of statements; way leads to one statement of it.
func (e *editor) onList(way []*node, s *step) {
	n := way[len(way)-1]
	var parent *node
	if len(way) > 1 {
		parent = way[len(way)-2]
	}
	switch {
	case s.kind == addStatement && parent != nil && parent.kind == listNode:
		e.prepend(parent, s.val)
	case s.kind == addStatement && parent != nil && parent.kind == objectNode && !parent.block && parent.member("Statement") != nil:
		p := e.printer(n)
		indent := ""
		if e.multiline(n) {
			indent = e.v.indent(n.end - 1)
		}
		e.replace(n.start, n.start, "["+p.value(s.val, indent, e.v.unit(n))+p.comma())
		e.replace(n.end, n.end, "]")
		e.done(p)
	case s.kind == dropStatement && parent != nil && parent.kind == listNode && len(parent.elems) > 1:
		for i, x := range parent.elems {
			if x == n {
				e.removeElems(parent, []int{i})
			}
		}
	default:
		e.fail()
	}
}

func (s *step) strings() []string {
	out := append(s.val.strings(), s.text)
	for _, c := range s.conditions {
		out = append(out, c.values...)
	}
	return out
}
