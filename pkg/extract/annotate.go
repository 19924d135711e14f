package extract

import (
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// annotator says of the unknown values of a policy document what they depend on.
type annotator struct {
	*extractor
	res *tf.Resource
	at  *place
	// assumed takes down in words what rests on references.
	assumed *[]string
	// hidden says that what is annotated may stand in a dynamic block, which the configuration leaves out: nothing is taken for
	// what other blocks refer to.
	hidden bool
	// variants counts the values that are not what they refer to, but something made of it.
	variants int
}

// position is where in a document a value stands: which element, and for a condition under which key.
type position struct {
	element  string // identifiers, resources, values
	variable string
}

func (w *annotator) statements(v cty.Value) cty.Value {
	raw, m := unknown.Unmark(v)
	if !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return w.value(v, position{}, w.exprs(nil, ""))
	}
	var blocks []tf.Config
	if w.res.Config != nil {
		blocks = w.res.Config.Blocks["statement"]
	}
	elems := raw.AsValueSlice()
	defer w.hide(len(elems) > len(blocks))()
	for i, e := range elems {
		mine := blocks
		if len(blocks) == len(elems) {
			mine = blocks[i : i+1]
		}
		elems[i] = w.block(e, mine)
	}
	return remark(cty.TupleVal(elems), m)
}

// hide says that blocks are missing in the configuration, until what it returns is called.
func (w *annotator) hide(missing bool) (until func()) {
	was := w.hidden
	w.hidden = was || missing
	return func() { w.hidden = was }
}

// block annotates one block; configs are the blocks of the configuration that it may be.
func (w *annotator) block(v cty.Value, configs []tf.Config) cty.Value {
	raw, m := unknown.Unmark(v)
	if !raw.IsKnown() || raw.IsNull() || !raw.Type().IsObjectType() {
		return w.value(v, position{}, w.exprs(configs, ""))
	}
	attrs := raw.AsValueMap()
	variable, _ := unknown.String(raw, "variable")
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		e := attrs[name]
		switch name {
		case "principals", "not_principals", "condition":
			attrs[name] = w.blocks(e, name, configs)
		default:
			attrs[name] = w.value(e, position{name, variable}, w.exprs(configs, name))
		}
	}
	return remark(cty.ObjectVal(attrs), m)
}

// blocks annotates nested blocks, which are sets: which is which is told by what is constant, if at all.
func (w *annotator) blocks(v cty.Value, name string, configs []tf.Config) cty.Value {
	var inner []tf.Config
	for _, c := range configs {
		inner = append(inner, c.Blocks[name]...)
	}
	raw, m := unknown.Unmark(v)
	if !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return w.value(v, position{}, w.exprs(inner, ""))
	}
	defer w.hide(raw.LengthInt() > len(inner))()
	var elems []cty.Value
	for _, e := range raw.AsValueSlice() {
		mine := inner
		if some := slices.DeleteFunc(slices.Clone(inner), func(c tf.Config) bool { return !mayBe(c, e) }); len(some) > 0 {
			mine = some
		}
		elems = append(elems, w.block(e, mine))
	}
	return remark(cty.TupleVal(elems), m)
}

// mayBe says whether no constant of a block of the configuration speaks against a block of the plan being that one.
func mayBe(c tf.Config, block cty.Value) bool {
	for _, name := range []string{"type", "test", "variable"} {
		is, ok := unknown.String(block, name)
		if text, constant := knownString(c.Attrs[name].Constant); ok && constant && text != is {
			return false
		}
	}
	return true
}

// exprs are the expressions of an argument in the blocks that it may be in; of all arguments for the name "". Without
// any, as in dynamic blocks, they are those of the whole resource.
func (w *annotator) exprs(configs []tf.Config, name string) []tf.Expr {
	if w.res.Config == nil {
		return nil
	}
	if configs == nil {
		if e, ok := w.res.Config.Attrs[name]; ok {
			return []tf.Expr{e}
		}
	}
	var out []tf.Expr
	for _, c := range configs {
		if e, ok := c.Attrs[name]; ok {
			out = append(out, e)
		} else if name == "" {
			out = append(out, allExprs(c)...)
		}
	}
	if len(out) == 0 {
		out = allExprs(*w.res.Config)
	}
	return out
}

func allExprs(c tf.Config) []tf.Expr {
	var out []tf.Expr
	for _, name := range sortedKeys(c.Attrs) {
		out = append(out, c.Attrs[name])
	}
	for _, name := range sortedKeys(c.Blocks) {
		for _, b := range c.Blocks[name] {
			out = append(out, allExprs(b)...)
		}
	}
	return out
}

// value annotates a value that is no block: a string, or a list of them.
func (w *annotator) value(v cty.Value, pos position, exprs []tf.Expr) cty.Value {
	raw, m := unknown.Unmark(v)
	switch {
	case !raw.IsKnown():
		return remark(withRef(cty.DynamicVal, w.decides(pos, exprs)), m)
	case raw.IsNull() || raw.IsWhollyKnown() || !raw.CanIterateElements() || raw.Type().IsObjectType():
		return v
	}
	var elems []cty.Value
	for _, e := range raw.AsValueSlice() {
		elems = append(elems, w.value(e, pos, exprs))
	}
	return remark(cty.TupleVal(elems), m)
}

// decides is what an unknown value depends on. Where attributes are put as they are, it is taken for the attribute that
// it refers to; elsewhere, as in a Resource that refers to the account, it is any text.
func (w *annotator) decides(pos position, exprs []tf.Expr) unknown.Symbol {
	var targets []target
	if !w.hidden {
		targets = w.undecided(exprs)
	}
	var symbols []unknown.Symbol
	for _, t := range targets {
		u := t.unknown(true)
		if !pos.suits(u.Kind) {
			u.Kind = unknown.AnyText
		}
		symbols = append(symbols, u)
	}
	out := unknown.Symbol{Ref: w.res.Address}
	if len(symbols) > 0 {
		out = unknown.Join(symbols)
		out.Kind = unknown.AnyText
	}
	sameKind := len(symbols) > 0 && !slices.ContainsFunc(symbols, func(u unknown.Symbol) bool { return u.Kind != symbols[0].Kind })
	if sameKind && symbols[0].Kind != unknown.AnyText && w.taken(pos, targets) {
		if len(symbols) == 1 {
			return symbols[0]
		}
		out.Kind = symbols[0].Kind
	}
	w.variants++
	out.Of, out.Variant = "", w.variants
	return out
}

// taken says whether a value may be taken for one of the targets, and notes it.
func (w *annotator) taken(pos position, targets []target) bool {
	for _, t := range targets {
		if !w.assume("a value in "+pos.element+" of "+w.res.Address, t, w.assumed) {
			return false
		}
	}
	return true
}

// undecided are the targets that are not known before apply, or all where that cannot be told.
func (w *annotator) undecided(exprs []tf.Expr) []target {
	var all, late []target
	for _, e := range exprs {
		for _, t := range w.index.targets(e, w.at) {
			if t.text == "" || slices.ContainsFunc(all, t.same) {
				continue
			}
			all = append(all, t)
			if !t.known() {
				late = append(late, t)
			}
		}
	}
	if len(late) > 0 {
		return late
	}
	return all
}

// fit says where values of a kind are written as they are: among principals, among resources, and as what condition keys
// with such an ending are compared with.
type fit struct {
	principal, resource bool
	keys                []string
}

var fits = map[unknown.Kind]fit{
	unknown.RoleARN:      {principal: true, resource: true, keys: []string{"arn"}},
	unknown.UserARN:      {principal: true, resource: true, keys: []string{"arn"}},
	unknown.CallerARN:    {principal: true, keys: []string{"arn"}},
	unknown.KeyARN:       {resource: true, keys: []string{"arn"}},
	unknown.OwnARN:       {resource: true, keys: []string{"arn"}},
	unknown.OwnAccount:   {principal: true, keys: []string{"account"}},
	unknown.OIDCProvider: {principal: true},
	unknown.SAMLProvider: {principal: true},
	unknown.OwnOrg:       {keys: []string{"orgid"}},
	unknown.NetworkID:    {keys: []string{"sourcevpc"}},
	unknown.EndpointID:   {keys: []string{aws.KeySourceVpce}},
	unknown.NetworkARN:   {resource: true, keys: []string{"arn"}},
	unknown.RegionName:   {keys: []string{aws.KeyRequestedRegion}},
}

// suits says whether an attribute of that kind is put there as it is.
func (p position) suits(k unknown.Kind) bool {
	f := fits[k]
	switch p.element {
	case "identifiers":
		return f.principal
	case "resources", "not_resources":
		return f.resource
	case "values":
		return slices.ContainsFunc(f.keys, func(end string) bool { return strings.HasSuffix(strings.ToLower(p.variable), end) })
	}
	return false
}

func remark(v cty.Value, m unknown.Marks) cty.Value {
	v = secretValue(v, m.Sensitive)
	for _, r := range m.Refs {
		v = v.Mark(unknown.Ref{Symbol: r})
	}
	return v
}
