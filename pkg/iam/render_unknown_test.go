package iam

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// FuzzRenderUnknown makes parts of a document unknown: whatever the whole document is, it must be one of those that the
// rendered text with its holes stands for.
func FuzzRenderUnknown(f *testing.F) {
	for seed := range uint64(400) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		block := randomBlock(rnd)
		oneOfEach(block)
		raw, err := json.Marshal(block)
		if err != nil {
			t.Fatal(err)
		}
		var holes unknown.Holes
		whole, diags := RenderDocument(fromJSON(t, raw), &holes)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		h := &hider{rnd: rnd, holes: &holes, rate: 1 + rnd.IntN(30)}
		part, diags := RenderDocument(h.hide(block, ""), &holes)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		full, malformed := unknown.ParseJSON(whole.S)
		if malformed != nil {
			t.Fatal(malformed)
		}
		known, malformed := unknown.ParseJSON(part.S)
		if malformed != nil {
			t.Fatalf("%v\n%s", malformed, part.S)
		}
		if !standsFor(known, full, "") {
			t.Errorf("block:\n%s\nrendered:\n%s\ndoes not stand for\n%s", raw, part.S, whole.S)
		}
	})
}

// oneOfEach leaves what AWS takes: actions or not_actions, and so on.
func oneOfEach(block map[string]any) {
	statements, _ := block["statement"].([]any)
	for _, s := range statements {
		s := s.(map[string]any)
		for _, name := range []string{"actions", "resources", "principals"} {
			if _, both := s["not_"+name]; both && len(s["not_"+name].([]any)) > 0 {
				delete(s, name)
			}
		}
	}
}

// hider replaces about one in rate values by unknowns.
type hider struct {
	rnd   *rand.Rand
	holes *unknown.Holes
	rate  int
	n     int
}

func (h *hider) unknown() unknown.Symbol {
	h.n++
	return unknown.Symbol{Ref: fmt.Sprintf("u%d", h.n)}
}

func (h *hider) hide(v any, name string) cty.Value {
	if name != "" && h.rnd.IntN(h.rate) == 0 {
		return cty.DynamicVal.Mark(unknown.Ref{Symbol: h.unknown()})
	}
	switch v := v.(type) {
	case string:
		return cty.StringVal(v)
	case []any:
		var out []cty.Value
		for _, e := range v {
			s, isString := e.(string)
			if isString && strings.HasSuffix(name, "_policy_documents") && h.rnd.IntN(2) == 0 {
				out = append(out, cty.StringVal(h.hideInText(s)))
				continue
			}
			out = append(out, h.hide(e, "element of "+name))
		}
		return cty.TupleVal(out)
	case map[string]any:
		out := map[string]cty.Value{}
		names := []string{}
		for k := range v {
			names = append(names, k)
		}
		slices.Sort(names)
		for _, k := range names {
			out[k] = h.hide(v[k], k)
		}
		return cty.ObjectVal(out)
	}
	panic(fmt.Sprintf("%T", v))
}

// hideInText replaces values of a JSON text by tokens.
func (h *hider) hideInText(s string) string {
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		panic(err)
	}
	raw, err := json.Marshal(h.hideInValue(v, true))
	if err != nil {
		panic(err)
	}
	return regexp.MustCompile(`"@(.*?)@"`).ReplaceAllString(string(raw), "$1")
}

func (h *hider) hideInValue(v any, keep bool) any {
	if !keep && h.rnd.IntN(h.rate) == 0 {
		token := h.holes.Add(h.unknown())
		if s, ok := v.(string); ok && h.rnd.IntN(2) == 0 {
			n := 0
			if s != "" {
				n = h.rnd.IntN(len(s))
			}
			return s[:n] + token // inside of the string
		}
		return "@" + token + "@"
	}
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = h.hideInValue(e, false)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		names := []string{}
		for k := range v {
			names = append(names, k)
		}
		slices.Sort(names)
		for _, k := range names {
			out[k] = h.hideInValue(v[k], false)
		}
		return out
	}
	return v
}

// standsFor says whether full is one of the values that known stands for. A bare token stands for anything, or for
// nothing; tokens in a string for any text. The order of lists does not matter: unknown elements are sorted in later.
func standsFor(known, full *unknown.JSON, under string) bool {
	switch {
	case known.Kind == unknown.JSONHole:
		return true
	case known.Kind == unknown.JSONArray || full.Kind == unknown.JSONArray:
		return listStandsFor(items(known), items(full), under, false)
	case known.Kind != full.Kind:
		return false
	case known.Kind == unknown.JSONObject:
		return objectStandsFor(known, full, under)
	}
	if under == "Version" && full.Text > latestVersion {
		return true // AWS knows no such version, and what is unknown is taken to be valid
	}
	return textStandsFor(known.Text, full.Text)
}

func items(n *unknown.JSON) []*unknown.JSON {
	if n.Kind == unknown.JSONArray {
		return n.Items
	}
	return []*unknown.JSON{n}
}

func textStandsFor(known, full string) bool {
	pattern := "(?s)^"
	for _, p := range unknown.Parts(known) {
		if p.Hole >= 0 {
			pattern += ".*"
		} else {
			pattern += regexp.QuoteMeta(p.Text)
		}
	}
	return regexp.MustCompile(pattern + "$").MatchString(full)
}

// mayBeAbsent says whether a value stands for nothing, too. An empty Sid, Id or Effect is left out.
func mayBeAbsent(n *unknown.JSON) bool {
	switch n.Kind {
	case unknown.JSONString:
		return textStandsFor(n.Text, "")
	case unknown.JSONArray:
		return !slices.ContainsFunc(n.Items, func(e *unknown.JSON) bool { return e.Kind != unknown.JSONHole })
	case unknown.JSONObject:
		return !slices.ContainsFunc(n.Members, func(m unknown.JSONMember) bool { return m.Value.Kind != unknown.JSONHole })
	}
	return n.Kind == unknown.JSONHole
}

func distinct(list []*unknown.JSON) []*unknown.JSON {
	var out []*unknown.JSON
	for _, n := range list {
		if n.Kind != unknown.JSONString || !slices.ContainsFunc(out, func(m *unknown.JSON) bool { return m.Kind == unknown.JSONString && m.Text == n.Text }) {
			out = append(out, n)
		}
	}
	return out
}

// listStandsFor pairs each known element with one of its own. Lists of strings are sets: two that are equal may become
// one.
func listStandsFor(known, full []*unknown.JSON, under string, loose bool) bool {
	known, full = distinct(known), distinct(full)
	holes := loose
	owner := make([]int, len(full))
	for i := range owner {
		owner[i] = -1
	}
	var pair func(k int, tried []bool) bool
	pair = func(k int, tried []bool) bool {
		for i, f := range full {
			if tried[i] || !standsFor(known[k], f, under) {
				continue
			}
			tried[i] = true
			if owner[i] < 0 || pair(owner[i], tried) {
				owner[i] = k
				return true
			}
		}
		return false
	}
	unknownString := func(n *unknown.JSON) bool { return n.Kind == unknown.JSONString && unknown.HasHole(n.Text) }
	for k, n := range known {
		holes = holes || n.Kind == unknown.JSONHole
		if n.Kind != unknown.JSONHole && !unknownString(n) && !pair(k, make([]bool, len(full))) {
			return false
		}
	}
	for k, n := range known {
		if unknownString(n) {
			pair(k, make([]bool, len(full)))
		}
	}
	return holes || !slices.Contains(owner, -1)
}

// pairs makes one member of each operator and condition key: a token for conditions stands for any of them.
func pairs(condition *unknown.JSON) *unknown.JSON {
	out := &unknown.JSON{Kind: unknown.JSONObject}
	for _, op := range condition.Members {
		if op.Value.Kind == unknown.JSONHole {
			out.Members = append(out.Members, op)
			continue
		}
		for _, key := range op.Value.Members {
			key.Key = op.Key + "\x00" + key.Key
			out.Members = append(out.Members, key)
		}
	}
	return out
}

func objectStandsFor(known, full *unknown.JSON, under string) bool {
	if under == "Condition" {
		known, full = pairs(known), pairs(full)
	}
	rest := slices.Clone(full.Members)
	absorbs := slices.ContainsFunc(known.Members, func(m unknown.JSONMember) bool { return unknown.HasHole(m.Key) })
	principal := under == "Principal" || under == "NotPrincipal"
	for _, k := range known.Members {
		if unknown.HasHole(k.Key) {
			continue
		}
		at := func(name string) int {
			return slices.IndexFunc(rest, func(f unknown.JSONMember) bool { return f.Key == name })
		}
		i := at(k.Key)
		if not := "Not" + k.Key; i < 0 && k.Value.Kind == unknown.JSONHole && !slices.ContainsFunc(known.Members, func(m unknown.JSONMember) bool { return m.Key == not }) {
			i = at(not) // actions and not_actions of which nothing is known are one token
		}
		switch {
		case i < 0 && !mayBeAbsent(k.Value):
			return false
		case i < 0:
			continue
		case absorbs && principal:
			// A block of unknown type may add to this one.
			if k.Value.Kind != unknown.JSONHole && !listStandsFor(items(k.Value), items(rest[i].Value), k.Key, true) {
				return false
			}
		case !standsFor(k.Value, rest[i].Value, k.Key):
			return false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return absorbs || len(rest) == 0
}
