package unknown

import "strings"

// MayEqual says whether two texts whose tokens are numbered alike may be the same once all is known. A token is the same
// value wherever it stands; beside that it may be any text, the empty one too.
func MayEqual(a, b string) bool {
	x, y := Parts(a), Parts(b)
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	if len(x) == 0 && len(y) == 0 {
		return true
	}
	px, sx, lx, hx := edges(x)
	py, sy, ly, hy := edges(y)
	n, m := min(len(px), len(py)), min(len(sx), len(sy))
	switch {
	case !hx && !hy:
		return px == py
	case px[:n] != py[:n], sx[len(sx)-m:] != sy[len(sy)-m:]:
		return false
	}
	return (hy || lx <= ly) && (hx || ly <= lx)
}

// Numbered is the text with its holes numbered as of tells, so that several texts can be compared by [MayEqual].
func (t Text) Numbered(of func([]Symbol) []int) string {
	if len(t.Holes) == 0 {
		return t.S
	}
	numbers := of(t.Holes)
	var b strings.Builder
	for _, p := range Parts(t.S) {
		b.WriteString(p.Text)
		if p.Hole >= 0 && p.Hole < len(numbers) {
			b.WriteString(Hole(numbers[p.Hole]))
		} else if p.Hole >= 0 {
			b.WriteString(Hole(0))
		}
	}
	return b.String()
}

// MayEqual says whether the texts may be the same once all is known.
func (t Text) MayEqual(o Text) bool {
	a, b := t.beside(o)
	return MayEqual(a, b)
}

// beside are two texts whose holes are numbered alike.
func (t Text) beside(o Text) (string, string) {
	var holes Holes
	of := func(list []Symbol) []int {
		var out []int
		for _, u := range list {
			holes.Add(u)
			out = append(out, holes.index[u])
		}
		return out
	}
	return t.Numbered(of), o.Numbered(of)
}

// Edges returns the text before the first token, the text after the last one, and the length of all text.
func Edges(s string) (prefix, suffix string, length int) {
	prefix, suffix, length, _ = edges(Parts(s))
	return prefix, suffix, length
}

func edges(parts []Part) (prefix, suffix string, length int, holes bool) {
	for i, p := range parts {
		if p.Hole >= 0 {
			holes = true
			continue
		}
		length += len(p.Text)
		if i == 0 {
			prefix = p.Text
		}
		if i == len(parts)-1 {
			suffix = p.Text
		}
	}
	return prefix, suffix, length, holes
}
