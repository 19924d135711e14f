package tfhcl

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

var accountRoot = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):root$`) })

// canonical writes a JSON value so that documents of the same meaning have the same text.
func canonical(n *jsonNode) string {
	switch n.kind {
	case jsonString:
		s := n.text
		if m := accountRoot().FindStringSubmatch(s); m != nil {
			s = m[1]
		}
		return strconv.Quote(s)
	case jsonTrue:
		return `"true"`
	case jsonFalse:
		return `"false"`
	case jsonNumber, jsonHole:
		return strconv.Quote(n.text)
	case jsonArray:
		var parts []string
		for _, item := range n.items {
			parts = append(parts, canonical(item))
		}
		slices.Sort(parts)
		parts = slices.Compact(parts)
		if len(parts) == 1 {
			return parts[0]
		}
		return "[" + strings.Join(parts, ",") + "]"
	case jsonObject:
		var parts []string
		for _, m := range n.members {
			parts = append(parts, strconv.Quote(m.key)+":"+canonical(m.value))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "null"
}
