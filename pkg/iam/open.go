package iam

import "slices"

// Complete gives statements that may have elements beside those that are known, because they are merged with something that
// is not known, what a policy of the kind must have: unknown, in place of missing. The document itself is not changed.
func (d *Document) Complete(kind Kind) *Document {
	if !slices.ContainsFunc(d.Statements, func(s Statement) bool { return s.more.Set }) {
		return d
	}
	out := *d
	out.Statements = slices.Clone(d.Statements)
	for i := range out.Statements {
		if s := &out.Statements[i]; s.more.Set {
			s.complete(kind)
		}
	}
	out.Readings = nil
	for _, r := range d.Readings {
		out.Readings = append(out.Readings, r.Complete(kind))
	}
	return &out
}

func (s *Statement) complete(kind Kind) {
	any := func() *List {
		return &List{Items: []String{s.more}, Start: s.more.Start, End: s.more.End, Single: true}
	}
	if !s.Effect.Set {
		s.Effect = s.more
	}
	if s.Action == nil && s.NotAction == nil {
		s.Action = any()
	}
	if kind != Identity && s.Principal == nil && s.NotPrincipal == nil {
		s.Principal = &Principals{Start: s.more.Start, End: s.more.End, Text: s.more}
	}
	if kind != Trust && s.Resource == nil && s.NotResource == nil {
		s.Resource = any()
	}
}
