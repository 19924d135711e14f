package fix

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/finding"
)

// withoutGrant is the last resort for a grant, on demand: its resource goes, where nothing of its module refers to it. It is false
// where that is not to be had.
func (s *search) withoutGrant() bool {
	src := s.Resource.Source
	if !s.TakeOut || s.Finding.Rule != "kms-grant-external" || src == nil || s.Resource.Spelling != nil || !s.src.editable(src.Block.Filename) {
		return false
	}
	name, file := s.Resource.Type+"."+s.Resource.Name, src.Block.Filename
	b := s.blockAt(src.Block)
	if b == nil || !plainBlock(b) || s.src.mentioned(s.src.siblings(file), name) {
		return false
	}
	e := &editor{v: s.src.nativeView(file, src.Block.Start.Byte, &terms{})}
	e.removeBlock(b, e.cut)
	s.list = []*proved{{candidate: candidate{title: "Take out " + s.Resource.Address + ": what its grantee needs it for is gone with it", strategy: takeOut},
		set: e.out, loses: []string{"the grantee may no longer use the key by this grant"}}}
	// That the grant is not judged any more is what is wanted.
	before := *s.before
	before.Policies = slices.DeleteFunc(slices.Clone(before.Policies), func(p finding.Policy) bool { return p.Address == s.Resource.Address })
	s.before = &before
	return !e.failed
}
