package access

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/sets"
)

// language writes a value in each surrounding of the view. A value with characters that the key cannot hold is left out.
func language(v *view, values ...func(*sets.Builder)) *sets.Language {
	l := &sets.Language{}
	for _, value := range values {
		spell(l, v, value)
	}
	return l
}

// spell adds a value in each surrounding of the view.
func spell(l *sets.Language, v *view, value func(*sets.Builder)) {
	account := ""
	if v == accountView || v == sourceAccountView {
		probe := &sets.Builder{}
		if value(probe); !probe.Loose {
			account = string(probe.Literal)
		}
	}
	for _, w := range v.wrap {
		b := &sets.Builder{}
		w(b, func(b *sets.Builder) {
			if v.inside != sets.AnyChar {
				b.Limit = v.inside
			}
			value(b)
			b.Limit = nil
		})
		if b.Dead {
			continue
		}
		p := b.Pattern()
		switch {
		case v == accountView || v == sourceAccountView:
			p.Tag = account
		case p.Tag == "":
			p.Tag = arnAccount(p.Spelled())
		}
		l.Alternatives = append(l.Alternatives, p)
	}
}

// arnAccount is the account that a pattern names in the account field, where its first five components are fixed enough
// to tell: no run of the pattern before the sixth component holds a colon.
func arnAccount(p *sets.Pattern) string {
	colons, at := 0, 0
	for i := range p.Elements {
		e := &p.Elements[i]
		isColon := e.Set == nil && e.Char == ':'
		if e.Has(':') && !isColon {
			return ""
		}
		if !isColon {
			continue
		}
		colons++
		if colons == 4 {
			at = i + 1
		}
		if colons == 5 {
			return digitsOf(p.Elements[at:i])
		}
	}
	return ""
}

func digitsOf(elems []sets.Element) string {
	if len(elems) != 12 {
		return ""
	}
	out := make([]byte, 12)
	for i, e := range elems {
		if e.Set != nil || e.Char < '0' || e.Char > '9' {
			return ""
		}
		out[i] = e.Char
	}
	return string(out)
}

func writeValue(b *sets.Builder, name, text string, v *view) {
	inside := v.inside
	switch name {
	case "stringlike":
		b.Glob(text, inside)
	case "arnlike":
		writeARN(b, text)
	case "stringequalsignorecase":
		b.IgnoreCase = true
		b.Text(sets.Unescape(text))
		b.IgnoreCase = false
	default:
		b.Text(sets.Unescape(text))
	}
}

// noARN are the texts that have fewer than the six components of an ARN.
var noARN = func() []func(*sets.Builder) {
	var out []func(*sets.Builder)
	for colons := range 5 {
		out = append(out, func(b *sets.Builder) {
			for range colons {
				b.Run(sets.NotColon).Text(":")
			}
			b.Run(sets.NotColon)
		})
	}
	return out
}()

// writeARN adds an ARN pattern: the wildcards of the first five components stay inside of them.
func writeARN(b *sets.Builder, s string) bool {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 {
		return false
	}
	for _, p := range parts[:5] {
		b.Glob(p, sets.NotColon).Text(":")
	}
	b.Glob(parts[5], sets.AnyChar)
	return true
}
