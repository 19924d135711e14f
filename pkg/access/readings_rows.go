package access

import (
	"slices"
	"strconv"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// rowReadings are what the subject of a document, which is judged together with others, may turn out to be, what they differ in,
// and what the rows of these readings lack, "" where nothing.
func (s Subject) rowReadings(doc *iam.Document, others []*iam.Document) (out []Subject, depends []string, more string) {
	if !s.varies(doc) && !slices.ContainsFunc(others, s.varies) {
		return []Subject{s.complete(doc)}, nil, ""
	}
	all := *doc
	for _, d := range others {
		all.Statements = append(slices.Clip(all.Statements), d.Statements...)
	}
	places, depends := s.places(&all)
	places, whole := bounded(places)
	for _, one := range places {
		of, every := one.readings(&all)
		whole = whole && every
		for _, d := range differences(of) {
			depends = appendNew(depends, strings.TrimSuffix(d, ", which is not known"))
		}
		out = append(out, of...)
	}
	if !whole {
		more = tooManyReadings
	}
	return out, depends, more
}

// places are the subject in each region that a document names, and with each form of id that it may have, where these are not
// known, and what they differ in.
func (s Subject) places(doc *iam.Document) (out []Subject, depends []string) {
	out = []Subject{s}
	if s.Kind != iam.Key || s.Resource == "" {
		return out, nil
	}
	if s.MayBeMultiRegion && strings.Contains(s.Resource, unknown.KeyIDText) && slices.ContainsFunc(resourcesOf(doc), tellsIDs) {
		out, depends = append(out, s.WithARN(s.AsMultiRegion())), append(depends, "whether the key is a multi-Region key")
	}
	if s.Region != "" && !StandsIn(s.Region) {
		return out, depends
	}
	regions := Regions(doc)
	if len(regions) == 0 {
		return out, depends
	}
	depends = append(depends, "the region of the key")
	for i := range out {
		out[i].Region = ownRegionStandIn // one that the document does not name
	}
	for _, one := range slices.Clip(out) {
		for _, region := range regions {
			if of, ok := aws.ParseARN(one.Resource); ok {
				of.Region = region
				in := one.WithARN(of.String())
				in.Region = region
				out = append(out, in)
			}
		}
	}
	return out, depends
}

// varies says whether a document may speak of what is not known of the subject: of ids of keys, of the own account and
// organization, of tags that differ in case. It is asked for each key and each principal, and is cheap.
func (s Subject) varies(doc *iam.Document) bool {
	if s.Resource == "" || twins(s.Constants) || s.Kind == iam.Key && !s.known() && len(regionsSpoken(doc)) > 0 {
		return true
	}
	for st := range doc.All() {
		for _, l := range []*iam.List{st.Resource, st.NotResource} {
			if l != nil && slices.ContainsFunc(l.Items, func(v iam.String) bool { return v.S != "*" && (tellsIDs(v.S) || strings.Contains(v.S, "${")) }) {
				return true
			}
		}
		for k := range st.Conditions {
			c := &st.Conditions[k]
			switch aws.Lower(c.Key.S) {
			case aws.KeyResourceOrgID, aws.KeyResourceOrgPaths, aws.KeyResourceAccount:
				return true
			}
			if slices.ContainsFunc(c.Values.Items, func(v iam.String) bool { return strings.Contains(v.S, "${") }) {
				return true
			}
		}
	}
	return false
}

// allowedIn is an action of callers under conditions, in the readings in which it is allowed.
type allowedIn[T any] struct {
	from     T // the row that says so, a certain one before one that is possible
	origin   int
	in, last int // in how many readings it is allowed, and the last of them
	depends  []string
}

// inEvery are the rows of several readings: what each of them says is certain, the rest is possible, and depends on what they differ
// in where they do. A reading without rows stands for those that are not tried.
func inEvery[T any, K comparable](readings [][]T, differ []string, row func(*T) *Row, key func(*T) K) []T {
	if len(readings) == 1 {
		return readings[0]
	}
	type group struct {
		of      T
		order   []string
		actions map[string]*allowedIn[T]
	}
	var groups []*group
	known, alike := map[K][]*group{}, make([]map[K][]*T, len(readings))
	origin := 0
	for n, rows := range readings {
		alike[n] = by(rows, key)
		for i := range rows {
			r := &rows[i]
			origin++
			k := key(r)
			at := slices.IndexFunc(known[k], func(g *group) bool { return sameConditions(row(&g.of).Conditions, row(r).Conditions) })
			if at < 0 {
				g := &group{of: *r, actions: map[string]*allowedIn[T]{}}
				at, known[k], groups = len(known[k]), append(known[k], g), append(groups, g)
			}
			g := known[k][at]
			for _, a := range row(r).Actions {
				if g.actions[a] == nil {
					g.order = append(g.order, a)
					g.actions[a] = &allowedIn[T]{from: *r, origin: origin, last: -1}
				}
				g.actions[a].add(n, *r, origin, row)
			}
		}
	}
	var out []T
	for _, g := range groups {
		at := map[string]int{}
		for _, a := range g.order {
			c := g.actions[a]
			sure := !slices.ContainsFunc(alike, func(rows map[K][]*T) bool {
				return !slices.ContainsFunc(rows[key(&g.of)], func(r *T) bool {
					of := row(r)
					return !of.Possible && slices.Contains(of.Actions, a) && within(of.Conditions, row(&g.of).Conditions)
				})
			})
			if sure && row(&c.from).Possible {
				continue // a wider row says it for certain
			}
			r, of := c.row(sure, len(readings), differ, row)
			i, ok := at[of]
			if !ok {
				i, at[of] = len(out), len(out)
				row(&r).Actions = nil
				out = append(out, r)
			}
			row(&out[i]).Actions = append(row(&out[i]).Actions, a)
		}
	}
	return out
}

// add counts a reading in which a row allows the action.
func (c *allowedIn[T]) add(reading int, r T, origin int, row func(*T) *Row) {
	if c.last != reading {
		c.in, c.last = c.in+1, reading
	}
	if row(&r).Possible {
		c.depends = appendAllNew(c.depends, row(&r).DependsOn)
	} else if row(&c.from).Possible {
		c.from, c.origin = r, origin
	}
}

// within says whether each of some conditions is one of others, so that these allow no more.
func within(some, others []RowCondition) bool {
	return !slices.ContainsFunc(some, func(c RowCondition) bool {
		return !slices.ContainsFunc(others, func(o RowCondition) bool { return sameConditions([]RowCondition{c}, []RowCondition{o}) })
	})
}

// row is the row for the action, and what tells rows apart: which one it is of, and on what it depends.
func (c *allowedIn[T]) row(sure bool, readings int, differ []string, row func(*T) *Row) (T, string) {
	out := c.from
	if sure {
		return out, strconv.Itoa(c.origin)
	}
	r := row(&out)
	r.DependsOn = slices.Clone(c.depends)
	if c.in < readings || len(c.depends) == 0 {
		r.DependsOn = appendAllNew(r.DependsOn, differ)
	}
	r.Possible, r.Witness = true, nil
	return out, strconv.Itoa(c.origin) + " " + strings.Join(r.DependsOn, " ")
}
