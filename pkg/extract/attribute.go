package extract

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// attribute reads an attribute that holds one policy.
func attribute(x *extractor, r row, res *tf.Resource) []*Policy {
	arg := wholeArgument(res, r.attribute)
	arg.optional = r.optional
	p := x.policy(arg, r.kind)
	p.Kept = p.From == FromPlan && res.Action != tf.Create && x.sure.leftOut(arg, &answer{})
	x.readBefore(p, res.Before, r.attribute, r.optional)
	return []*Policy{p}
}

// givenAttribute reads an attribute that holds one policy, where it is given at all.
func givenAttribute(x *extractor, r row, res *tf.Resource) []*Policy {
	if !given(res, r.attribute) {
		return nil
	}
	return attribute(x, r, res)
}

// blocks reads nested blocks that hold one policy each, such as inline_policy.
func blocks(x *extractor, r row, res *tf.Resource) []*Policy {
	var out []*Policy
	before, _ := unknown.Lookup(res.Before, r.attribute)
	args := blockArguments(r.attribute, res)
	for _, arg := range args {
		p := x.policy(arg.argument, r.kind)
		p.Absent = arg.absent
		was := namedBlock(before, arg.name)
		if was == cty.NilVal {
			was = renamedBlock(before, args, p)
		}
		x.readBefore(p, was, "policy", false)
		out = append(out, p)
	}
	return out
}

// renamedBlock is the block of before that holds the same policy under a name that is gone, cty.NilVal if there is none.
func renamedBlock(before cty.Value, after []blockArgument, p *Policy) cty.Value {
	if before == cty.NilVal || len(p.Docs) != 1 {
		return cty.NilVal
	}
	for _, e := range elementsOf(before) {
		name, _ := unknown.String(e, "name")
		policy, _ := unknown.String(e, "policy")
		if policy == p.Docs[0].Text.S && !slices.ContainsFunc(after, func(a blockArgument) bool { return a.name == name }) {
			return e
		}
	}
	return cty.NilVal
}

// blockArgument is the argument policy of a nested block, with the block's argument name, "" where it is not known.
type blockArgument struct {
	argument
	name string
	// absent says that it may not be there.
	absent bool
}

// blockArguments finds the blocks in the plan, else in the sources, else in the configuration. A collection that is
// unknown as a whole is how the plan shows that there are no blocks.
func blockArguments(block string, res *tf.Resource) []blockArgument {
	var configs []tf.Config
	if res.Config != nil {
		configs = res.Config.Blocks[block]
	}
	var out []blockArgument
	add := func(i int, value cty.Value, name string) {
		path := fmt.Sprintf("%s[%d].policy", block, i)
		arg := argument{res: res, path: path, value: value, configured: res.Config != nil, exprs: blockExprs(configs, name)}
		if len(arg.exprs) == 0 && !slices.ContainsFunc(configs, func(c tf.Config) bool { return !written(&c, "policy") }) {
			arg.configured = false // a dynamic block, which the configuration leaves out
		}
		arg.source = blockSource(res.Source, block, i, name)
		known := value != cty.NilVal && value.IsKnown()
		out = append(out, blockArgument{arg, name, !known && arg.source != nil && arg.source.Perhaps})
	}
	value, _ := unknown.Lookup(res.After, block)
	raw, _ := value.Unmark()
	switch {
	case raw != cty.NilVal && raw.IsKnown() && !raw.IsNull() && raw.CanIterateElements():
		for i, e := range raw.AsValueSlice() {
			name, _ := unknown.String(e, "name")
			policy, ok := unknown.Lookup(e, "policy")
			if ok && unknown.IsSensitive(value) && !unknown.IsSensitive(policy) && value.IsMarked() {
				policy = policy.Mark(unknown.Sensitive)
			}
			if !isEmptyBlock(e) {
				add(i, policy, name)
			}
		}
	case res.Source.Tells():
		for i := range sourceBlocks(res.Source, block) {
			add(i, cty.DynamicVal, sourceName(res.Source, block, i))
		}
	default:
		for i, c := range configs {
			name, _ := knownString(c.Attrs["name"].Constant)
			add(i, cty.DynamicVal, name)
		}
	}
	return out
}

// isEmptyBlock says whether a block has neither name nor policy: that is how Terraform writes that there is to be none.
func isEmptyBlock(block cty.Value) bool {
	for _, name := range []string{"name", "policy"} {
		if v, ok := unknown.Lookup(block, name); ok && !unknown.IsEmpty(v) {
			return false
		}
	}
	return true
}

// blockExprs are the expressions of policy in the block of that name, or in all that may have it.
func blockExprs(configs []tf.Config, name string) []tf.Expr {
	var out []tf.Expr
	for _, c := range configs {
		e, written := c.Attrs["policy"]
		is, _ := knownString(c.Attrs["name"].Constant)
		switch {
		case !written:
		case name != "" && is == name:
			return []tf.Expr{e}
		case name == "" || is == "":
			out = append(out, e)
		}
	}
	return out
}

// blockSource is the source of the block of that name: sets have another order in the plan than in the sources.
func blockSource(src *tf.Source, block string, index int, name string) *tf.SourceAttr {
	if src == nil {
		return nil
	}
	n := sourceBlocks(src, block)
	for i := range n {
		if is := sourceName(src, block, i); name != "" && is == name || n == 1 {
			index = i
			break
		}
	}
	return src.Attrs[fmt.Sprintf("%s[%d].policy", block, index)]
}

func sourceName(src *tf.Source, block string, i int) string {
	a := src.Attrs[fmt.Sprintf("%s[%d].name", block, i)]
	if a == nil || len(a.Texts) != 1 || unknown.HasHole(a.Texts[0].S) {
		return ""
	}
	return a.Texts[0].S
}

// sourceBlocks is how many blocks of a type the sources write.
func sourceBlocks(src *tf.Source, block string) int {
	n := 0
	for path := range src.Attrs {
		rest, ok := strings.CutPrefix(path, block+"[")
		if i, err := strconv.Atoi(strings.SplitN(rest, "]", 2)[0]); ok && err == nil {
			n = max(n, i+1)
		}
	}
	return n
}

// namedBlock is the block with that name, cty.NilVal if there is none.
func namedBlock(v cty.Value, name string) cty.Value {
	if v == cty.NilVal || name == "" {
		return cty.NilVal
	}
	raw, _ := v.Unmark()
	if !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return cty.NilVal
	}
	for _, e := range raw.AsValueSlice() {
		if is, ok := unknown.String(e, "name"); ok && is == name {
			return e
		}
	}
	return cty.NilVal
}

// policy makes a policy of what an argument is after apply.
func (x *extractor) policy(arg argument, kind iam.Kind) *Policy {
	a := x.answer(arg)
	p := &Policy{Resource: arg.res, Address: arg.res.Address, Attribute: arg.res.Spelled(arg.path), Path: arg.path, Kind: kind, From: a.from, DependsOn: a.dependsOn, Sensitive: a.sensitive}
	p.Ignored, p.Left = arg.source != nil && arg.source.Ignored, arg.source != nil && arg.source.Left
	p.Docs, p.Assumed, p.AssumesEmpty = x.documentsOf(arg, a, kind), a.assumed, a.empty
	if len(a.assumed) > 0 {
		s := x.sure.answer(arg)
		p.Sure = &Sure{From: s.from, Docs: x.sure.documentsOf(arg, s, kind), DependsOn: s.dependsOn}
	}
	return p
}

// documentsOf are the documents that an argument may be.
func (x *extractor) documentsOf(arg argument, a answer, kind iam.Kind) []*iam.Document {
	var out []*iam.Document
	for _, t := range a.texts {
		out = append(out, x.parse(t).Complete(kind))
	}
	if a.missing {
		out = append(out, defaultKeyPolicy(arg.res.After))
	}
	return out
}

// readBefore reads the policy as it was.
func (x *extractor) readBefore(p *Policy, object cty.Value, name string, optional bool) {
	if object == cty.NilVal {
		return
	}
	v, ok := unknown.Lookup(object, name)
	switch {
	case ok && v.IsKnown() && !v.IsNull():
		t, ok := knownText(v)
		switch {
		case !ok:
		case len(p.Docs) == 1 && p.Docs[0].Text.S == t.S && (p.Sensitive || !unknown.IsSensitive(v)):
			p.Before = p.Docs[0]
		default:
			p.Before = x.parse(t)
		}
	case optional && (!ok || v.IsKnown()):
		p.Before = defaultKeyPolicy(object)
	}
}
