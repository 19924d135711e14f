package who

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// hidden stands for a value that must not be printed.
const hidden = "(sensitive)"

// secrets are the texts of a document that must not be printed.
type secrets struct {
	all   bool
	texts []string
}

// secretsOf finds the sensitive leaves of a document.
func secretsOf(d document) secrets {
	if d.policy != nil && d.policy.Sensitive {
		return secrets{all: true}
	}
	var out secrets
	if !d.doc.Text.SensitiveAt(0, len(d.doc.Text.S)) {
		return out
	}
	note := func(list *iam.List) {
		if list == nil {
			return
		}
		for _, v := range list.Items {
			if d.doc.Text.SensitiveAt(v.Start, v.End) {
				out.texts = append(out.texts, v.S)
			}
		}
	}
	for i := range d.doc.Statements {
		s := &d.doc.Statements[i]
		note(s.Action)
		note(s.Resource)
		for _, p := range []*iam.Principals{s.Principal, s.NotPrincipal} {
			if p != nil {
				for k := range p.Entries {
					note(&p.Entries[k].Values)
				}
			}
		}
		for k := range s.Conditions {
			note(&s.Conditions[k].Values)
			note(&iam.List{Items: []iam.String{s.Conditions[k].Key}})
		}
	}
	return out
}

// hides says whether a text must not be printed: it is sensitive, or made of something that is.
func (s secrets) hides(text string) bool {
	return s.all || slices.ContainsFunc(s.texts, func(t string) bool {
		fixed := strings.Trim(t, "*?")
		return text == t || fixed != "" && strings.Contains(strings.ToLower(text), strings.ToLower(fixed))
	})
}

// conditions are those of a row without what must not be printed.
func (s secrets) conditions(list []access.RowCondition) []access.RowCondition {
	if !s.all && len(s.texts) == 0 {
		return list
	}
	var out []access.RowCondition
	for _, c := range list {
		c.Values = slices.Clone(c.Values)
		for i, v := range c.Values {
			if s.hides(v) {
				c.Values[i] = hidden
			}
		}
		c.Values = slices.Compact(c.Values)
		if s.hides(c.Key) && !s.all {
			c.Key = hidden
		}
		out = append(out, c)
	}
	return out
}

// witness is a request without what must not be printed.
func (s secrets) witness(r *evaluate.Request) *finding.Witness { return s.shown(witnessOf(r)) }

func (s secrets) shown(w *finding.Witness) *finding.Witness {
	if w == nil || !s.all && len(s.texts) == 0 {
		return w
	}
	out := *w
	if s.hides(out.Principal) {
		out.Principal = hidden
	}
	if s.hides(out.Resource) && out.Resource != "*" {
		out.Resource = hidden
	}
	out.Context = map[string]any{}
	for k, v := range w.Context {
		switch v := v.(type) {
		case string:
			if out.Context[k] = v; s.hides(v) {
				out.Context[k] = hidden
			}
		case []string:
			list := slices.Clone(v)
			for i := range list {
				if s.hides(list[i]) {
					list[i] = hidden
				}
			}
			out.Context[k] = list
		}
	}
	return &out
}
