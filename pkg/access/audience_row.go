package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Rows are all sets of callers that a document lets in. Together they are what it allows, in the callers' terms: what a
// Deny takes away is a condition, or is not there. No row lies in another, and rows that differ in one place only are one,
// so that the order of statements and lists, how they are split, and upper and lower case make no difference.
type Rows struct {
	Rows []Row
	// More says why these are not all, "" where they are.
	More string
}

// Row is one set of callers, with what they may do.
type Row struct {
	Who     Who
	Actions []string
	// Conditions still bind: requests that do not meet one of them are not let in. The caller meets those on keys whose
	// value the caller chooses.
	Conditions []RowCondition
	// Statements are the indexes of the statements that allow it, in order.
	Statements []int
	// Possible says that values which are not known before apply decide whether the row is there; DependsOn names them.
	Possible  bool
	DependsOn []string
	// Witness is a request of the row that the document allows, nil where none is known that holds for all values which
	// are not known before apply.
	Witness *evaluate.Request
}

// WhoKind is what kind of callers a row is about.
type WhoKind string

// The kinds of callers, as the JSON output spells them.
const (
	WhoStranger     WhoKind = "stranger"
	WhoOrganization WhoKind = "organization"
	WhoAccount      WhoKind = "account"
	WhoRole         WhoKind = "role"
	WhoUser         WhoKind = "user"
	WhoPrincipal    WhoKind = "principal" // a pattern of ARNs, a session, or a federated user
	WhoService      WhoKind = "service"
	WhoProvider     WhoKind = "provider"
)

// Who names the callers of a row.
type Who struct {
	Kind WhoKind
	// Name is an ARN, an account id, an organization id, a service or a provider, as far as it is known; "" for strangers.
	Name string
	// Ref is what the name refers to where it is not known before apply: an attribute in Terraform.
	Ref string
	// Delegated says that the account decides: its principals need policies of their own. Otherwise every principal of the
	// account is let in by itself.
	Delegated bool
}

func compareRows(a, b Row) int {
	if c := slices.Index(kindOrder, a.Who.Kind) - slices.Index(kindOrder, b.Who.Kind); c != 0 {
		return c
	}
	if c := strings.Compare(a.Who.Name+a.Who.Ref, b.Who.Name+b.Who.Ref); c != 0 {
		return c
	}
	if c := slices.Compare(a.Actions, b.Actions); c != 0 {
		return c
	}
	return slices.CompareFunc(a.Conditions, b.Conditions, func(x, y RowCondition) int {
		if c := strings.Compare(x.Key+x.Operator, y.Key+y.Operator); c != 0 {
			return c
		}
		return slices.Compare(x.Values, y.Values)
	})
}

var kindOrder = []WhoKind{WhoStranger, WhoOrganization, WhoAccount, WhoRole, WhoUser, WhoPrincipal, WhoService, WhoProvider}

func sameConditions(a, b []RowCondition) bool {
	return slices.EqualFunc(a, b, func(x, y RowCondition) bool {
		return x.Operator == y.Operator && x.Key == y.Key && slices.Equal(x.Values, y.Values)
	})
}

// RowCondition is a condition as AWS spells it. Its values are alternatives, sorted.
type RowCondition struct {
	Operator string   `json:"operator"`
	Key      string   `json:"key"`
	Values   []string `json:"values"`
	// Refs are what the values refer to that are not known before apply, and are shown by that: by the index of the value, nil
	// where all of them are known.
	Refs map[int][]string `json:"-"`
}

// Met says whether a request meets the condition, and else what its unknown values refer to, where these decide.
func (c RowCondition) Met(req *evaluate.Request) (holds bool, waits []string) {
	op, _ := iam.ParseOperator(c.Operator)
	known := c.Condition()
	for i := range c.Values {
		waits = append(waits, c.Refs[i]...)
	}
	holds = op.Negated
	if len(known.Values.Items) > 0 {
		holds = evaluate.Holds(&iam.Document{Version: iam.String{S: "2012-10-17", Set: true}}, &known, req)
	}
	if holds != op.Negated {
		waits = nil // a known value decides
	}
	return holds, waits
}

// late is the condition as one of a document in which the holes stand for what is not known.
func (c RowCondition) late(holes *unknown.Holes) iam.Condition {
	out := c.Condition()
	for i, refs := range c.Refs {
		v := c.Values[i]
		for _, ref := range refs {
			v = strings.ReplaceAll(v, "("+ref+")", holes.Add(unknown.Symbol{Ref: ref}))
		}
		out.Values.Items = append(out.Values.Items, iam.String{S: v, Set: true, Start: 1 + i})
	}
	return out
}

// Condition is the condition as one of a document, without the values that are not known.
func (c RowCondition) Condition() iam.Condition {
	out := iam.Condition{Operator: iam.String{S: c.Operator, Set: true}, Key: iam.String{S: c.Key, Set: true}}
	for i, v := range c.Values {
		if len(c.Refs[i]) == 0 {
			out.Values.Items = append(out.Values.Items, iam.String{S: v, Set: true})
		}
	}
	return out
}

// divide tells what is certain in the rows of the most open reading from what is possible. Where the most open reading says it in
// other words, what is certain is said, too.
func divide[T any, K comparable](most, least []T, waiting func(*T) []string, row func(*T) *Row, key func(*T) K) []T {
	out, open := parted(most, least, waiting, row, key), by(most, key)
	for i := range least {
		if alike(open, &least[i], row, key) == nil {
			out = append(out, least[i])
		}
	}
	return out
}

// by are rows by what the rows that are alike have in common.
func by[T any, K comparable](rows []T, key func(*T) K) map[K][]*T {
	out := make(map[K][]*T, len(rows))
	for i := range rows {
		k := key(&rows[i])
		out[k] = append(out[k], &rows[i])
	}
	return out
}

// alike is the row that is alike and has the same conditions, nil where there is none.
func alike[T any, K comparable](rows map[K][]*T, r *T, row func(*T) *Row, key func(*T) K) *T {
	for _, o := range rows[key(r)] {
		if sameConditions(row(o).Conditions, row(r).Conditions) {
			return o
		}
	}
	return nil
}

// parted tells what is certain in rows, because other rows say the same, from what is possible.
func parted[T any, K comparable](most, least []T, waiting func(*T) []string, row func(*T) *Row, key func(*T) K) []T {
	var out []T
	closed := by(least, key)
	for _, r := range most {
		var certain, possible []string
		at := alike(closed, &r, row, key)
		for _, a := range row(&r).Actions {
			if at != nil && slices.Contains(row(at).Actions, a) {
				certain = append(certain, a)
			} else {
				possible = append(possible, a)
			}
		}
		if len(certain) > 0 {
			sure := *at
			row(&sure).Actions = certain
			out = append(out, sure)
		}
		if len(possible) > 0 {
			o := row(&r)
			o.Actions, o.Possible, o.Witness, o.DependsOn = possible, true, nil, waiting(&r)
			out = append(out, r)
		}
	}
	return out
}
