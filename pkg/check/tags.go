package check

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// TagsTold says whether nothing of the tags is unknown or sensitive, as far as there are some.
func TagsTold(values cty.Value) bool {
	for _, name := range []string{"tags_all", "tags"} {
		if v, written := unknown.Lookup(values, name); written && !addTags(map[string]string{}, v) {
			return false
		}
	}
	return true
}

// Tags are the tags whose names and values are known and not sensitive, and whether these are all that there are: those that the
// provider adds by default are in tags_all.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs#default_tags-configuration-block
func Tags(values cty.Value) (tags map[string]string, all bool) {
	tags = map[string]string{}
	v, all := unknown.Lookup(values, "tags_all")
	all = all && addTags(tags, v)
	if own, written := unknown.Lookup(values, "tags"); written {
		all = addTags(tags, own) && all
	}
	return tags, all
}

// addTags adds tags to others, and says whether it could tell all of them.
func addTags(tags map[string]string, v cty.Value) bool {
	raw, m := unknown.Unmark(v)
	switch {
	case m.Sensitive || !raw.IsKnown():
		return false
	case raw.IsNull():
		return true
	case !raw.Type().IsObjectType() && !raw.Type().IsMapType():
		return false
	}
	all := true
	for it := raw.ElementIterator(); it.Next(); {
		k, e := it.Element()
		text, err := convert.Convert(e, cty.String) // as the provider does
		if err != nil || k.IsMarked() || unknown.IsSensitive(e) || !e.IsKnown() || e.IsNull() {
			all = false
			continue
		}
		text, _ = text.Unmark()
		tags[k.AsString()] = text.AsString()
	}
	return all
}
