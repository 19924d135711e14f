package tfeval

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/unknown"
)

var accountRoot = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):root$`) })

// canonical writes a JSON value so that documents of the same meaning have the same text.
func canonical(n *unknown.JSON) string {
	switch n.Kind {
	case unknown.JSONString:
		s := n.Text
		if m := accountRoot().FindStringSubmatch(s); m != nil {
			s = m[1]
		}
		return strconv.Quote(s)
	case unknown.JSONTrue:
		return `"true"`
	case unknown.JSONFalse:
		return `"false"`
	case unknown.JSONNumber, unknown.JSONHole:
		return strconv.Quote(n.Text)
	case unknown.JSONArray:
		var parts []string
		for _, item := range n.Items {
			parts = append(parts, canonical(item))
		}
		slices.Sort(parts)
		parts = slices.Compact(parts)
		if len(parts) == 1 {
			return parts[0]
		}
		return "[" + strings.Join(parts, ",") + "]"
	case unknown.JSONObject:
		var parts []string
		for _, m := range n.Members {
			parts = append(parts, strconv.Quote(m.Key)+":"+canonical(m.Value))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "null"
}

// SameDocument compares documents as AWS and its provider do: the order of lists does not matter, a list of one is its
// element, and an account is its root. Texts that are no JSON are compared as they are.
func SameDocument(a, b string) bool {
	if a == b {
		return true
	}
	x, errA := unknown.ParseJSON(a)
	y, errB := unknown.ParseJSON(b)
	if errA != nil || errB != nil {
		return errA != nil && errB != nil && strings.TrimSpace(a) == strings.TrimSpace(b)
	}
	return canonical(x) == canonical(y)
}
