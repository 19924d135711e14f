package cloudformation

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// evaluation evaluates the functions of a template under one outcome of its conditions.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
type evaluation struct {
	*Template
	// chosen are the outcomes of conditions that are not known; asked are those that were needed and had none.
	chosen map[string]bool
	asked  []string
	secret bool // something that must not be shown decided a condition
	depth  int
	steps  int
}

// maxDepth and maxSteps bound the work on a template: aliases can make it deep and wide.
const (
	maxDepth = 100
	maxSteps = 100_000
)

func (e *evaluation) value(n *yaml.Node) value {
	n = resolve(n)
	if n == nil {
		return value{}
	}
	e.depth++
	defer func() { e.depth-- }()
	if e.steps++; e.depth > maxDepth || e.steps > maxSteps {
		return e.open(n, "a part that is too large")
	}
	if name, arg, ok := function(n); ok {
		return e.call(name, arg, n)
	}
	switch n.Kind {
	case yaml.MappingNode:
		v := value{kind: object, node: n}
		for i := 0; i+1 < len(n.Content); i += 2 {
			v.members = append(v.members, namedValue{e.textOf(n.Content[i]), n.Content[i], e.value(n.Content[i+1])})
		}
		return v
	case yaml.SequenceNode:
		v := value{kind: list, node: n}
		for _, el := range n.Content {
			v.elems = append(v.elems, e.value(el))
		}
		return v
	case yaml.ScalarNode:
		return e.scalarValue(n)
	}
	return e.open(n, "a part of the template")
}

// function is the function that a node calls, in its long or short form.
func function(n *yaml.Node) (name string, arg *yaml.Node, ok bool) {
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		plain := *n
		plain.Tag = ""
		if plain.Kind == yaml.ScalarNode {
			plain.Tag = "!!str"
		}
		return strings.TrimPrefix(n.Tag, "!"), &plain, true
	}
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 {
		return "", nil, false
	}
	key := n.Content[0].Value
	switch {
	case key == "Ref":
		return key, resolve(n.Content[1]), true
	case strings.HasPrefix(key, "Fn::"):
		return key[len("Fn::"):], resolve(n.Content[1]), true
	}
	return "", nil, false
}

// open is a value of which nothing is known but what decides it.
func (e *evaluation) open(n *yaml.Node, name string) value {
	return value{kind: unread, text: e.symbol(name, unknown.AnyText), node: n}
}

func (e *evaluation) call(name string, arg, n *yaml.Node) value {
	var v value
	switch name {
	case "Ref":
		v = e.ref(arg.Value)
	case "GetAtt":
		v = e.getAtt(arg)
	case "Sub":
		v = e.sub(arg)
	case "Join":
		v = e.join(arg)
	case "If":
		v = e.choice(arg)
	case "FindInMap":
		v = e.findInMap(arg)
	case "Select":
		v = e.selected(arg)
	case "Split":
		v = e.split(arg)
	default: // ImportValue, Base64, Cidr, GetAZs, Transform, …
		v = e.open(n, "Fn::"+name)
	}
	v.node = n
	return v
}

// ref is the value of a parameter or pseudo parameter, or what a resource is called.
func (e *evaluation) ref(name string) value {
	if kind, ok := pseudoParameters[name]; ok {
		return value{kind: scalar, text: e.symbol(name, kind)}
	}
	if name == "AWS::NoValue" {
		return value{kind: absent}
	}
	if typ := member(e.parameters[name], "Type"); typ != nil && strings.HasPrefix(typ.Value, "AWS::SSM::Parameter::Value<") {
		return value{kind: unread, text: e.symbol(name, unknown.AnyText)} // what is given is where it is looked up
	}
	if v, ok := e.given[name]; ok {
		if _, bare := unknown.OneHole(v.S); bare {
			return value{kind: unread, text: v}
		}
		return e.typed(name, v)
	}
	if p, ok := e.parameters[name]; ok {
		if d := member(p, "Default"); d != nil && d.Kind == yaml.ScalarNode {
			return e.typed(name, e.textOf(d))
		}
		return value{kind: unread, text: e.symbol(name, unknown.AnyText)}
	}
	if typ, ok := e.types[name]; ok {
		return value{kind: scalar, text: e.symbolOf(name, name, refKinds[typ])}
	}
	return value{kind: unread, text: e.symbol(name, unknown.AnyText)}
}

// typed is the value of a parameter by its type: a list is written with commas. AWS shows none that has NoEcho.
func (e *evaluation) typed(name string, t unknown.Text) value {
	typ, noEcho := member(e.parameters[name], "Type"), member(e.parameters[name], "NoEcho")
	v := value{kind: scalar, text: t}
	if typ != nil && (typ.Value == "CommaDelimitedList" || strings.HasPrefix(typ.Value, "List<")) {
		if unknown.HasHole(t.S) {
			return value{kind: unread, text: e.symbol(name, unknown.AnyText)}
		}
		v = divided(t, ",")
		for i := range v.elems {
			v.elems[i].text.S = strings.TrimSpace(v.elems[i].text.S)
		}
	}
	if noEcho != nil && noEcho.Value != "false" {
		v = v.hidden()
	}
	return v
}

// divided are the parts of a text between separators.
func divided(t unknown.Text, separator string) value {
	v := value{kind: list}
	for _, part := range strings.Split(t.S, separator) {
		v.elems = append(v.elems, value{kind: scalar, text: unknown.Known(part)})
	}
	return v.hiddenWhere(secretText(t))
}

func (e *evaluation) getAtt(arg *yaml.Node) value {
	name := arg.Value
	if arg.Kind == yaml.SequenceNode {
		var parts []string
		for _, el := range arg.Content {
			parts = append(parts, resolve(el).Value)
		}
		name = strings.Join(parts, ".")
	}
	logical, attr, _ := strings.Cut(name, ".")
	kind := attributeKinds[e.types[logical]+"."+attr]
	if kind == unknown.AnyText {
		return value{kind: unread, text: e.symbol(name, kind)}
	}
	return value{kind: scalar, text: e.symbolOf(logical, name, kind)}
}

// sub puts the values of variables into a text: ${Name}, ${Resource.Attribute}; ${!Literal} stays as ${Literal}.
func (e *evaluation) sub(arg *yaml.Node) value {
	own := map[string]*yaml.Node{}
	if arg.Kind == yaml.SequenceNode {
		if len(arg.Content) != 2 {
			return e.open(arg, "Fn::Sub")
		}
		own, arg = members(arg.Content[1]), resolve(arg.Content[0])
	}
	if arg.Kind != yaml.ScalarNode || composedReference().MatchString(arg.Value) {
		return e.open(arg, "Fn::Sub")
	}
	base := e.textOf(arg)
	var out joined
	rest := base.S
	for {
		before, behind, opens := strings.Cut(rest, "${")
		name, after, ends := strings.Cut(behind, "}")
		if !opens || !ends {
			break
		}
		out.add(unknown.Text{S: before, Holes: base.Holes})
		switch {
		case strings.HasPrefix(name, "!"):
			out.add(unknown.Text{S: "${" + name[1:] + "}"})
		case own[name] != nil:
			out.value(e.value(own[name]), e.symbol(name, unknown.AnyText))
		case strings.Contains(name, "."):
			out.value(e.getAtt(&yaml.Node{Kind: yaml.ScalarNode, Value: name}), e.symbol(name, unknown.AnyText))
		default:
			out.value(e.ref(name), e.symbol(name, unknown.AnyText))
		}
		rest = after
	}
	out.add(unknown.Text{S: rest, Holes: base.Holes})
	return value{kind: scalar, text: out.text(base.SensitiveAt(0, len(base.S)))}
}

// composedReference finds a dynamic reference that variables are put into.
var composedReference = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{resolve:[^}]*\$\{`) })

func (e *evaluation) join(arg *yaml.Node) value {
	if arg.Kind != yaml.SequenceNode || len(arg.Content) != 2 {
		return e.open(arg, "Fn::Join")
	}
	delimiter, elems := e.value(arg.Content[0]), e.value(arg.Content[1])
	if delimiter.kind != scalar || elems.kind != list {
		return e.open(arg, "Fn::Join")
	}
	var out joined
	for i, el := range elems.present() {
		if i > 0 {
			out.add(delimiter.text)
		}
		out.value(el, e.symbol("Fn::Join", unknown.AnyText))
	}
	text := out.text(false)
	if strings.Contains(text.S, "{{resolve:") {
		return e.open(arg, "Fn::Join") // a dynamic reference that is put together
	}
	return value{kind: scalar, text: text}
}

func (e *evaluation) findInMap(arg *yaml.Node) value {
	if arg.Kind != yaml.SequenceNode || len(arg.Content) < 3 {
		return e.open(arg, "Fn::FindInMap")
	}
	at := e.mappings
	secret := false
	for _, key := range arg.Content[:3] {
		k := e.value(key)
		secret = secret || secretText(k.text)
		if k.kind != scalar || unknown.HasHole(k.text.S) {
			return e.open(arg, "Fn::FindInMap")
		}
		at = member(at, k.text.S)
	}
	if at == nil {
		return e.open(arg, "Fn::FindInMap")
	}
	return e.value(at).hiddenWhere(secret)
}

func (e *evaluation) selected(arg *yaml.Node) value {
	if arg.Kind == yaml.SequenceNode && len(arg.Content) == 2 {
		i, elems := e.value(arg.Content[0]), e.value(arg.Content[1])
		n, err := strconv.Atoi(i.text.S)
		if err == nil && elems.kind == list && n >= 0 && n < len(elems.elems) && len(elems.present()) == len(elems.elems) {
			return elems.elems[n].hiddenWhere(secretText(i.text))
		}
	}
	return e.open(arg, "Fn::Select")
}

func (e *evaluation) split(arg *yaml.Node) value {
	if arg.Kind == yaml.SequenceNode && len(arg.Content) == 2 {
		sep, text := e.value(arg.Content[0]), e.value(arg.Content[1])
		if sep.kind == scalar && text.kind == scalar && sep.text.S != "" && !unknown.HasHole(sep.text.S+text.text.S) {
			return divided(text.text, sep.text.S).hiddenWhere(secretText(sep.text))
		}
	}
	return e.open(arg, "Fn::Split")
}

// truth is what is known of a condition.
type truth int

const (
	perhaps truth = iota
	yes
	no
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// choice is Fn::If: [condition, value if true, value if false].
func (e *evaluation) choice(arg *yaml.Node) value {
	if arg.Kind != yaml.SequenceNode || len(arg.Content) != 3 {
		return e.open(arg, "Fn::If")
	}
	outer := e.secret
	e.secret = false
	taken := arg.Content[1]
	if e.holds(resolve(arg.Content[0]).Value, 0) == no {
		taken = arg.Content[2]
	}
	secret := e.secret
	e.secret = outer
	return e.value(taken).hiddenWhere(secret)
}

// holds says whether a condition of the template holds; one that is not known is asked for and counts as chosen.
func (e *evaluation) holds(name string, depth int) truth {
	if is, ok := e.chosen[name]; ok {
		return truthOf(is)
	}
	if t := e.condition(e.conditions[name], depth+1); t != perhaps {
		return t
	}
	if !slices.Contains(e.asked, name) {
		e.asked = append(e.asked, name)
	}
	return yes
}

// condition decides a condition where its operands are known.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
func (e *evaluation) condition(n *yaml.Node, depth int) truth {
	n = resolve(n)
	if n == nil || depth > maxDepth {
		return perhaps
	}
	name, arg, ok := function(n)
	if !ok {
		if c := member(n, "Condition"); c != nil {
			name, arg, ok = "Condition", c, true
		}
	}
	if !ok {
		return perhaps
	}
	switch name {
	case "Condition":
		if t := e.condition(e.conditions[arg.Value], depth+1); t != perhaps {
			return t
		}
		if is, chosen := e.chosen[arg.Value]; chosen {
			return truthOf(is)
		}
	case "Equals":
		return e.equals(arg)
	case "Not":
		if len(arg.Content) == 1 {
			return [...]truth{perhaps: perhaps, yes: no, no: yes}[e.condition(arg.Content[0], depth+1)]
		}
	case "And", "Or":
		return e.together(name == "And", arg.Content, depth)
	}
	return perhaps
}

func (e *evaluation) equals(arg *yaml.Node) truth {
	if len(arg.Content) != 2 {
		return perhaps
	}
	a, b := e.value(arg.Content[0]), e.value(arg.Content[1])
	if a.kind != scalar || b.kind != scalar || unknown.HasHole(a.text.S) || unknown.HasHole(b.text.S) {
		return perhaps
	}
	e.secret = e.secret || secretText(a.text) || secretText(b.text)
	return truthOf(a.text.S == b.text.S)
}

func (e *evaluation) together(all bool, operands []*yaml.Node, depth int) truth {
	decisive, out := truthOf(!all), truthOf(all)
	for _, o := range operands {
		switch t := e.condition(o, depth+1); t {
		case decisive:
			return decisive
		case perhaps:
			out = perhaps
		}
	}
	return out
}
