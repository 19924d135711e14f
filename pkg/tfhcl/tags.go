package tfhcl

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// allTags gives the resources of the AWS provider the tags that they will have, as a plan does: the
// provider's default ones and their own.
//
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs#default_tags-configuration-block
func (c *Config) allTags(plan *tf.Plan) {
	for _, r := range plan.Resources {
		if r.Mode != tf.Managed || !strings.HasPrefix(r.Type, "aws_") {
			continue
		}
		vals := r.After.AsValueMap()
		if vals == nil {
			vals = map[string]cty.Value{}
		}
		vals["tags_all"] = tagsOf(vals["tags"], c.defaultTags(plan, r))
		r.After = cty.ObjectVal(vals)
	}
}

// defaultTags are the tags that the provider adds; nothing where that is not known.
func (c *Config) defaultTags(plan *tf.Plan, r *tf.Resource) cty.Value {
	p := plan.Providers[r.Provider]
	switch {
	case p == nil && (strings.Contains(r.Provider, ".") || c.src.IsModule() || c.src.Called()): // the last one searches the repository
		return cty.NilVal // it is the caller's
	case p == nil || len(p.Config.Blocks["default_tags"]) == 0:
		return cty.EmptyObjectVal
	}
	tags, written := p.Config.Blocks["default_tags"][0].Attrs["tags"]
	if !written {
		return cty.EmptyObjectVal
	}
	return tags.Constant
}

// tagsOf are a resource's own tags and those that the provider adds. NilVal is no tags of the one, and unknown ones of the other.
func tagsOf(own, added cty.Value) cty.Value {
	missing := value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: "the default tags of the provider"})
	if added == cty.NilVal {
		return missing
	}
	all := map[string]cty.Value{}
	var marks []cty.ValueMarks
	for _, v := range []cty.Value{added, own} {
		if v == cty.NilVal {
			continue
		}
		raw, m := v.Unmark()
		switch {
		case !raw.IsKnown():
			return v
		case raw.IsNull():
			continue
		case !raw.Type().IsObjectType() && !raw.Type().IsMapType():
			return missing
		}
		marks = append(marks, m)
		for it := raw.ElementIterator(); it.Next(); {
			k, e := it.Element()
			k, m := k.Unmark()
			marks = append(marks, m)
			all[k.AsString()] = e
		}
	}
	return cty.ObjectVal(all).WithMarks(marks...)
}
