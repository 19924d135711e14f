package iam

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// repeats says whether a name is repeated in any object of the value. Members that are null count as not there.
func repeats(n *unknown.JSON) bool {
	seen := make(map[string]bool, len(n.Members))
	for _, m := range n.Members {
		if m.Value.Kind == unknown.JSONNull {
			continue
		}
		if seen[m.Key] || repeats(m.Value) {
			return true
		}
		seen[m.Key] = true
	}
	return slices.ContainsFunc(n.Items, repeats)
}

// reading is the value with only the first, or the last, of the members that share a name.
func reading(n *unknown.JSON, last bool) *unknown.JSON {
	out := *n
	out.Members, out.Items = nil, nil
	at := make(map[string]int, len(n.Members))
	for _, m := range n.Members {
		if m.Value.Kind == unknown.JSONNull {
			continue
		}
		m.Value = reading(m.Value, last)
		i, repeated := at[m.Key]
		switch {
		case !repeated:
			at[m.Key] = len(out.Members)
			out.Members = append(out.Members, m)
		case last:
			out.Members[i] = m
		}
	}
	for _, e := range n.Items {
		out.Items = append(out.Items, reading(e, last))
	}
	return &out
}

// holesDecideShape says whether a token stands outside of a string, or alone.
func holesDecideShape(s string) bool {
	token := unknown.Hole(0)
	inString := false
	for i := 0; i < len(s); i++ {
		switch {
		case inString && s[i] == '\\':
			i++
		case s[i] == '"':
			inString = !inString
		case !inString && strings.HasPrefix(s[i:], token[:strings.IndexByte(token, '0')]):
			return true
		}
	}
	return false
}

// leaf is a value that is no object and no list.
func leaf(n *unknown.JSON) String {
	return String{S: strings.ToValidUTF8(n.Text, "\uFFFD"), Start: n.Start, End: n.End, Set: true, Bare: n.Kind == unknown.JSONHole, Quoted: n.Kind == unknown.JSONString}
}

// nameOf is the name of a member.
func nameOf(m unknown.JSONMember) String {
	return String{S: strings.ToValidUTF8(m.Key, "\uFFFD"), Start: m.Start, End: m.End, Set: true, Quoted: true}
}

// describe is what kind of value it is, in words.
func describe(n *unknown.JSON) string {
	return [...]string{unknown.JSONNull: "null", unknown.JSONTrue: "a boolean", unknown.JSONFalse: "a boolean", unknown.JSONNumber: "a number",
		unknown.JSONString: "a string", unknown.JSONHole: "a string", unknown.JSONArray: "a list", unknown.JSONObject: "an object"}[n.Kind]
}
