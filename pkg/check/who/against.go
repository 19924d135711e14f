package who

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/finding"
)

// Against compares the rows of a map with those of an earlier time and another run: what is gained since then, kept,
// changed and lost. What a plan changes is left out of both: the rows are what holds after it. Keys and callers are the same
// where they have the same ARN, else the same address or name.
func Against(now, then []finding.Access) []finding.Access {
	now, then = holding(now), holding(then)
	align(then, now)
	rows, were := rowsOf(now), rowsOf(then)
	old, current := byCaller(then, were), byCaller(now, rows)
	wideThen, wideNow := wide(were), wide(rows)
	out := []finding.Access{}
	for i, r := range rows {
		changes := changesOf(r, old[callerOf(&now[i])], wideThen[r.key.id()])
		for _, c := range []string{Gained, Changed, Kept} {
			if len(changes[c]) > 0 {
				one := now[i]
				one.Actions, one.Change = changes[c], c
				out = append(out, one)
			}
		}
	}
	for i, r := range were {
		one := then[i]
		one.Actions = slices.DeleteFunc(slices.Clone(one.Actions), func(action string) bool {
			return r.has(action, current[callerOf(&one)], wideNow[r.key.id()])
		})
		if one.Change = Lost; len(one.Actions) > 0 {
			one.Input = 0 // its own is of the other run
			out = append(out, one)
		}
	}
	var keys []managed
	for i := range now {
		if at := (managed{now[i].Input, now[i].Key}); !slices.Contains(keys, at) {
			keys = append(keys, at)
		}
	}
	order(out, keys)
	return out
}

// align calls the keys and callers of earlier rows as later ones do, where their ARNs are known and the same. Of keys a row
// tells the ARN in its witness.
func align(then, now []finding.Access) {
	keys, callers := map[string]string{}, map[string]string{}
	for i := range now {
		if arn := keyARN(&now[i]); arn != "" {
			keys[arn] = now[i].Key
		}
		if w := now[i].Who; w.Address != "" && strings.HasPrefix(w.Name, "arn:") {
			callers[w.Name] = w.Address
		}
	}
	type named struct {
		input int
		key   string
	}
	was := map[named]string{}
	for i := range then {
		if is := keys[keyARN(&then[i])]; is != "" {
			was[named{then[i].Input, then[i].Key}] = is
		}
	}
	for i := range then {
		if is := was[named{then[i].Input, then[i].Key}]; is != "" {
			then[i].Key = is
		}
		if is := callers[then[i].Who.Name]; is != "" {
			then[i].Who.Address = is
		}
	}
}

// keyARN is the ARN of the key of a row, "" where the row does not tell it.
func keyARN(a *finding.Access) string {
	if a.Witness == nil || !strings.HasPrefix(a.Witness.Resource, "arn:") {
		return ""
	}
	return a.Witness.Resource
}

// holding are the rows that hold after apply.
func holding(rows []finding.Access) []finding.Access {
	return slices.DeleteFunc(slices.Clone(rows), func(a finding.Access) bool { return a.Change == Lost })
}

// rowsOf are rows of a report as those that they were: keys are told apart by their names.
func rowsOf(found []finding.Access) []*row {
	out := make([]*row, len(found))
	for i, a := range found {
		r := &row{key: &key{stray: true, subject: access.Subject{Resource: a.Key}}, who: a.Who, via: a.Via, actions: a.Actions, possible: a.Certainty != finding.Certain}
		for _, c := range a.Conditions {
			r.conditions = append(r.conditions, access.RowCondition{Operator: c.Operator, Key: c.Key, Values: c.Values})
		}
		out[i] = r
	}
	return out
}

func byCaller(found []finding.Access, rows []*row) map[string][]*row {
	out := map[string][]*row{}
	for i := range found {
		out[callerOf(&found[i])] = append(out[callerOf(&found[i])], rows[i])
	}
	return out
}

// callerOf tells whom a row is about, and with which key. The ARN of something that is not created yet is not known.
func callerOf(a *finding.Access) string {
	name := a.Who.Address
	if name == "" {
		name = a.Who.Name
	}
	return a.Key + "\x00" + a.Who.Kind + "\x00" + name
}
