package scan

import (
	"context"
	"fmt"

	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/finding"
)

// How much of who may use which key a report holds.
const (
	AccessNone    = "none"
	AccessChanges = "changes" // what the plans change
	AccessAll     = "all"
)

// accessOf checks the name of how much is asked for.
func accessOf(name string) error {
	switch name {
	case "", AccessNone, AccessChanges, AccessAll:
		return nil
	}
	return fmt.Errorf("--access: %q is not one of changes, all, none", name)
}

// mapAccess finds who may use which key, over all inputs together.
func (r *run) mapAccess(ctx context.Context, list []*judging) {
	if r.Access == "" || r.Access == AccessNone {
		return
	}
	var inputs []who.Input
	for _, j := range list {
		if j != nil && j.access != nil {
			inputs = append(inputs, *j.access)
		}
	}
	m := who.Of(ctx, inputs, r.Access == AccessChanges)
	r.result.Map = m
	r.result.Report.Access = []finding.Access{}
	for _, a := range m.Rows {
		if r.Access == AccessAll || a.Change != "" && a.Change != who.Kept {
			r.result.Report.Access = append(r.result.Report.Access, a)
		}
	}
	if m.More != "" {
		r.result.Incomplete = true
		r.errorf("Not all access is listed", "%s. What is listed holds.", m.More)
	}
}
