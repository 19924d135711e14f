package who

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/finding"
)

// Expectation is access that is written down: who and nobody else may do something with a key, and who must not lose it.
type Expectation struct {
	Name string
	// Key names keys as [Key.Called] takes it.
	Key string
	// Only and Keeps list callers by the class of actions. A class that Only does not have is not limited.
	Only, Keeps map[string][]string
	Reason      string
}

// Judge holds the access against expectations, for rules about access: every row that is there, and one for each
// expectation that is not met. The second result are the names of expectations that match no key.
func (m *Map) Judge(ctx context.Context, list []Expectation) (rows []check.AccessFacts, unmatched []string) {
	for i := range m.Rows {
		if a := &m.Rows[i]; a.Change != Lost {
			rows = append(rows, check.AccessFacts{Access: *a})
		}
	}
	for _, e := range list {
		keys := m.Matching([]string{e.Key})
		if len(keys) == 0 {
			unmatched = append(unmatched, e.Name)
			continue
		}
		for i := range rows {
			a := &rows[i]
			if allowed, limited := e.Only[a.Class]; limited && a.Unexpected == "" && slices.Contains(keys, a.Key) && !slices.ContainsFunc(allowed, func(n string) bool { return expects(n, a.Who, a.Via) }) {
				a.Unexpected, a.Reason = e.Name, e.Reason
			}
		}
		for _, key := range keys {
			rows = append(rows, m.lacking(ctx, e, key, rows)...)
		}
	}
	return rows, unmatched
}

// expects says whether an expectation's name is about the callers of a row.
func expects(name string, w finding.Who, via string) bool {
	if name == account {
		return w.Kind == account && w.Trusted && via == account
	}
	if w.Hidden != "" {
		w.Name = w.Hidden
	}
	return Called(name, w)
}

// lacking are the callers that must keep something and cannot do anything of its class.
func (m *Map) lacking(ctx context.Context, e Expectation, key string, rows []check.AccessFacts) []check.AccessFacts {
	var out []check.AccessFacts
	for _, class := range classes {
		for _, name := range e.Keeps[class.String()] {
			sure, maybe := false, []string{}
			for i := range rows {
				a := &rows[i]
				if a.Key != key || a.Class != class.String() || a.Missing != "" || !expects(name, a.Who, a.Via) {
					continue
				}
				if a.Certainty == finding.Certain {
					sure = true
				} else {
					maybe = append(maybe, a.DependsOn...)
				}
			}
			if !sure && len(maybe) == 0 {
				sure, maybe = m.after.keeps(ctx, key, name, class.String())
			}
			if sure {
				continue
			}
			one := check.AccessFacts{Missing: e.Name, Reason: e.Reason}
			one.Access = finding.Access{Key: key, Class: class.String(), Who: finding.Who{Kind: "principal", Name: name}, Certainty: finding.Certain,
				Conditions: []finding.Condition{}, Actions: []string{}}
			if strings.Contains(name, ".") && !strings.HasPrefix(name, "arn:") {
				one.Who.Address = name
			}
			if len(maybe) == 0 {
				one.Stops = m.stops(key, name)
			} else {
				one.Certainty, one.DependsOn = finding.Possible, sorted(maybe)
			}
			for _, k := range m.after.keys {
				if k.address == key {
					one.Input = k.side.in.Number
					if k.policy != nil {
						one.Through = m.after.place(k, step{policy: k.policy, statement: -1})
					}
				}
			}
			out = append(out, one)
		}
	}
	return out
}

// keeps asks for one role or user whether it may do something of a class: of many, those whom a key lets in because it lets in
// everybody have no rows of their own.
func (w *world) keeps(ctx context.Context, key, name, class string) (sure bool, maybe []string) {
	p := w.partyCalled(name)
	for _, k := range w.keys {
		if p == nil || k.address != key {
			continue
		}
		for _, r := range w.rowsOfParty(ctx, k, p, nil) {
			switch {
			case !slices.ContainsFunc(r.actions, func(a string) bool { return classOf(a).String() == class }):
			case r.possible:
				maybe = append(maybe, r.veil.Depends(r.dependsOn)...)
			default:
				sure = true
			}
		}
	}
	return sure, maybe
}

// stops says in a sentence what stops a caller from decrypting with a key.
func (m *Map) stops(key, name string) string {
	p := m.after.partyCalled(name)
	for _, k := range m.after.keys {
		if k.address != key {
			continue
		}
		if p == nil {
			return fmt.Sprintf("Nothing lets %s in.", name)
		}
		for _, r := range m.after.reasons(k, p, "kms:Decrypt") {
			return r.Message
		}
	}
	return ""
}
