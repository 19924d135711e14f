package extract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
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
	if raw, _ := v.Unmark(); !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return x.byName(r, res, r.attribute, named{v, -1})
	}
	var out []*Policy
	for i, e := range elementsOf(v) {
		out = append(out, x.byName(r, res, fmt.Sprintf("%s[%d]", r.attribute, i), named{e, i})...)
	}
	return out
}

// named is a value that names a policy: an argument itself, or the element with that number of a list, else -1.
type named struct {
	value   cty.Value
	element int
}

// byName is the policy that one ARN names, none where it is no policy of AWS that concerns keys.
func (x *extractor) byName(r row, res *tf.Resource, path string, n named) []*Policy {
	doc := x.awsPolicy(res, r.attribute, n)
	if doc == nil {
		return nil
	}
	arn, m := unknown.Unmark(n.value)
	p := &Policy{Resource: res, Address: res.Address, Attribute: res.Spelled(path), Path: path, Kind: r.kind, From: FromPlan, Sensitive: m.Sensitive}
	p.Docs = append(p.Docs, doc)
	if arn.IsKnown() && names(res.Before, r.attribute, arn.AsString()) {
		p.Before = doc
	}
	return []*Policy{p}
}

// awsPolicy is the document of the policy of AWS that is named, as far as it concerns keys and roles; nil where it does
// not, and for other policies. The partition in the ARN need not be known.
func (x *extractor) awsPolicy(res *tf.Resource, attribute string, n named) *iam.Document {
	raw, m := unknown.Unmark(n.value)
	switch {
	case raw.IsKnown() && (raw.IsNull() || raw.Type() != cty.String):
		return nil
	case raw.IsKnown():
		return awsManagedPolicy(unknown.Known(raw.AsString()))
	}
	if text, ok := x.lookedUp(m.Refs); ok {
		return awsManagedPolicy(text)
	}
	if !res.Source.Tells() || res.Source.Attrs[attribute] == nil {
		return nil
	}
	attr := res.Source.Attrs[attribute]
	switch texts := attr.Texts; {
	case n.element >= 0 && n.element < len(attr.Elements) && x.sourcesAlone(res): // a plan has a set of them, in an order of its own
		return awsManagedPolicy(attr.Elements[n.element])
	case n.element < 0 && len(texts) == 1 && !attr.MayBeNull:
		return awsManagedPolicy(texts[0])
	}
	return nil
}

// lookedUp is the ARN of a policy that a data source finds by the name of one of AWS's. It finds either that one or, where
// the account has a policy of the same name, none for certain.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy
func (x *extractor) lookedUp(refs []unknown.Symbol) (unknown.Text, bool) {
	if len(refs) != 1 || refs[0].Kind != unknown.OwnARN || !strings.Contains(refs[0].Of, "data.aws_iam_policy.") {
		return unknown.Text{}, false
	}
	at, err := tf.ParseAddress(refs[0].Of)
	if err != nil {
		return unknown.Text{}, false
	}
	list := x.index.instances[[2]string{at.Module(), at.ConfigKey()}]
	i := slices.IndexFunc(list, func(r *tf.Resource) bool { return r.Address == refs[0].Of })
	if i < 0 {
		return unknown.Text{}, false
	}
	name, known := unknown.String(list[i].After, "name")
	if _, below := unknown.Lookup(list[i].After, "path_prefix"); !known || below {
		return unknown.Text{}, false
	}
	partition := unknown.Symbol{Ref: refs[0].Ref, Kind: unknown.PartitionID, Of: refs[0].Of, Variant: 1}
	return unknown.Text{S: aws.ARN{Partition: unknown.Hole(0), Service: "iam", Account: "aws", Resource: "policy/" + name}.String(), Holes: []unknown.Symbol{partition}}, true
}

// names says whether an argument, or an element of it, is the text.
func names(object cty.Value, attribute, text string) bool {
	v, ok := unknown.Lookup(object, attribute)
	if !ok {
		return false
	}
	return slices.ContainsFunc(append(elementsOf(v), v), func(e cty.Value) bool {
		is, known := knownString(e)
		return known && is == text
	})
}
