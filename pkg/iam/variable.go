package iam

import "strings"

// Part is a piece of a value that may hold variables: a text, or a variable.
type Part struct {
	// Text is the text where Key is "". Literal says that it stands for itself, wildcards included.
	Text    string
	Literal bool
	// Key is the condition key that the variable names, "" for a text.
	Key string
	// Fallback is the value where the key is absent, if HasFallback says so.
	Fallback    string
	HasFallback bool
}

// Variables takes a value apart. ${*}, ${?} and ${$} are the characters themselves. Whether a document has variables at all
// depends on its version, see [Document.HasVariables].
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func Variables(s string) []Part {
	var out []Part
	for {
		before, behind, opens := strings.Cut(s, "${")
		name, after, ends := strings.Cut(behind, "}")
		if !opens || !ends {
			return append(out, Part{Text: s})
		}
		if before != "" {
			out = append(out, Part{Text: before})
		}
		s = after
		switch name = strings.TrimSpace(name); name {
		case "*", "?", "$":
			out = append(out, Part{Text: name, Literal: true})
		default:
			v := Part{Key: name}
			if key, def, ok := strings.Cut(name, ","); ok {
				v.Key, v.HasFallback = strings.TrimSpace(key), true
				v.Fallback = strings.Trim(strings.TrimSpace(def), "'")
			}
			out = append(out, v)
		}
		if s == "" {
			return out
		}
	}
}

// HasVariables says whether ${…} in the document is a variable: only in documents of version 2012-10-17.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
func (d *Document) HasVariables() bool { return d.Version.S == "2012-10-17" }
