package extract

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// attachedByName reads an argument that names a policy, or several: AWS's own policies that say something of keys are
// judged where they are attached, because no resource has their text.
func attachedByName(x *extractor, r row, res *tf.Resource) []*Policy {
	v, ok := unknown.Lookup(res.After, r.attribute)
	if !ok {
		return nil
	}
	raw, marks := v.Unmark()
	if !raw.IsKnown() || raw.IsNull() {
		return nil
	}
	if raw.Type() == cty.String {
		return x.byName(r, res, r.attribute, v)
	}
	if !raw.CanIterateElements() {
		return nil
	}
	var out []*Policy
	i := 0
	for it := raw.ElementIterator(); it.Next(); i++ {
		_, e := it.Element()
		out = append(out, x.byName(r, res, fmt.Sprintf("%s[%d]", r.attribute, i), e.WithMarks(marks))...)
	}
	return out
}

// byName is the policy that one ARN names, none where it is no policy of AWS that concerns keys.
func (x *extractor) byName(r row, res *tf.Resource, path string, v cty.Value) []*Policy {
	arn, m := unknown.Unmark(v)
	if !arn.IsKnown() || arn.IsNull() || arn.Type() != cty.String {
		return nil
	}
	doc := awsManagedPolicy(arn.AsString())
	if doc == nil {
		return nil
	}
	p := &Policy{Resource: res, Address: res.Address, Attribute: res.Spelled(path), Path: path, Kind: r.kind, From: FromPlan, Sensitive: m.Sensitive}
	p.Docs = append(p.Docs, doc)
	if names(res.Before, r.attribute, arn.AsString()) {
		p.Before = doc
	}
	return []*Policy{p}
}

// names says whether an argument, or an element of it, is the text.
func names(object cty.Value, attribute, text string) bool {
	v, ok := unknown.Lookup(object, attribute)
	if !ok {
		return false
	}
	for _, e := range append(elementsOf(v), v) {
		if raw, _ := e.Unmark(); raw.IsKnown() && !raw.IsNull() && raw.Type() == cty.String && raw.AsString() == text {
			return true
		}
	}
	return false
}
