package tf

import "github.com/keyproof/keyproof/pkg/unknown"

// Text is an argument that is a string after apply, with holes for what is not known, as far as the sources tell; "" where it is not
// there. What is sensitive is taken for unknown. A name that is not written is one that the provider makes.
func (r *Resource) Text(name string) unknown.Text {
	v, there := unknown.Lookup(r.After, name)
	if s, known := unknown.OpenString(r.After, name); known {
		return unknown.Known(s)
	}
	if there && v.IsKnown() && v.IsNull() || !there && name != "name" {
		return unknown.Text{}
	}
	if r.Source.Tells() && there && !unknown.IsSensitive(v) {
		if a := r.Source.Attrs[name]; a != nil && len(a.Texts) == 1 && !a.MayBeNull && !a.Ignored {
			return a.Texts[0]
		}
	}
	return unknown.Text{S: unknown.Hole(0), Holes: []unknown.Symbol{{Ref: r.Address + "." + name, Of: r.Address, Kind: unknown.PathName}}}
}
