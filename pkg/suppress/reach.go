package suppress

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/finding"
)

// covers says whether the comment speaks of the finding.
func (c *Comment) covers(f *finding.Finding) bool {
	p, location := &f.Places, f.Location
	if slices.ContainsFunc(p.Calls, c.begins) || c.begins(p.Block) || c.begins(p.Statement) {
		return true
	}
	if !c.reach.json && c.here(p.Statement) && p.Statement.Start.Byte <= c.reach.at && c.reach.at < p.Statement.End.Byte {
		return true
	}
	if !c.here(location) {
		return false
	}
	if !c.reach.json {
		return location.Start.Line == c.reach.line
	}
	return c.holds(location, p)
}

// here says whether a place is in the comment's file.
func (c *Comment) here(place *finding.Location) bool {
	return place != nil && place.File == c.Range.Filename
}

// begins says whether a place begins where the comment points.
func (c *Comment) begins(place *finding.Location) bool {
	switch {
	case !c.here(place):
		return false
	case c.reach.json:
		return c.reach.from <= place.Start.Byte && place.Start.Byte <= c.reach.open
	}
	return place.Start.Line == c.reach.line
}

// holds says whether the comment's object is a part of the resource, and the location a part of the object. The objects
// around resources hold locations, too, but they are not what people comment on.
func (c *Comment) holds(location *finding.Location, p *finding.Places) bool {
	return c.here(p.Body) && p.Body.Start.Byte < c.reach.open && c.reach.end <= p.Body.End.Byte &&
		c.reach.from <= location.Start.Byte && location.Start.Byte < c.reach.end
}
