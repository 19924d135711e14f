package unknown

import "strings"

// Plain is a text for people: tokens, be they written as they are or escaped by a quoting verb, become "(not known)".
func Plain(s string) string {
	s = plain(s, holeStart, holeEnd)
	s = plain(s, `\ue0a0`, `\ue0a1`)
	s = plain(s, FixedMark, fixedEnd)
	return plain(s, `\u0086`, `\u0087`)
}

func plain(s, start, end string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, start)
		if i < 0 {
			break
		}
		rest := strings.TrimLeft(s[i+len(start):], "0123456789")
		after, ok := strings.CutPrefix(rest, end)
		if !ok {
			after = s[i+len(start):]
		}
		b.WriteString(s[:i])
		b.WriteString("(not known)")
		s = after
	}
	b.WriteString(s)
	return b.String()
}
