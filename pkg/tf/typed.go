package tf

import "strings"

// JoinUnknown is the unknown that stands for a value which depends on all of refs: its Ref joins theirs with ", ".
// Without refs it is an AnyText without a name. See [Unknown.Refs].
func JoinUnknown(refs []Unknown) Unknown {
	if len(refs) == 1 {
		return refs[0]
	}
	var out Unknown
	seen := map[string]bool{}
	var names []string
	for _, u := range refs {
		out.Sensitive = out.Sensitive || u.Sensitive
		for _, name := range u.Refs() {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	out.Ref = strings.Join(names, ", ")
	return out
}

// Refs are the references that Ref joins.
func (u Unknown) Refs() []string {
	var out []string
	quoted, start := false, 0
	for i := 0; i < len(u.Ref); i++ {
		switch {
		case quoted && u.Ref[i] == '\\':
			i++
		case u.Ref[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(u.Ref[i:], ", "):
			out = append(out, u.Ref[start:i])
			start = i + len(", ")
		}
	}
	if start < len(u.Ref) {
		out = append(out, u.Ref[start:])
	}
	return out
}
