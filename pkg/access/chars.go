package access

// charset is a set of the characters that a policy may hold, U+0000 to U+00FF. Other characters stand in for one of
// U+0080 to U+009F: AWS refuses documents that hold them, and a witness is replayed on the document as it is.
type charset [4]uint64

func (c *charset) has(b byte) bool { return c[b>>6]&(1<<(b&63)) != 0 }
func (c *charset) add(b byte)      { c[b>>6] |= 1 << (b & 63) }
func (c charset) and(o charset) charset {
	return charset{c[0] & o[0], c[1] & o[1], c[2] & o[2], c[3] & o[3]}
}
func (c charset) minus(o charset) charset {
	return charset{c[0] &^ o[0], c[1] &^ o[1], c[2] &^ o[2], c[3] &^ o[3]}
}
func (c charset) empty() bool { return c == charset{} }

func chars(s string) *charset {
	var c charset
	for i := 0; i < len(s); i++ {
		c.add(s[i])
	}
	return &c
}

// except are all characters but those of s.
func except(s string) *charset {
	c := anyChar.minus(*chars(s))
	return &c
}

var (
	anyChar   = &charset{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	notColon  = except(":")
	digits    = chars(digit)
	printable = &charset{0xFFFFFFFE00000000, 0x7FFFFFFFFFFFFFFF} // U+0021 to U+007E
	notSlash  = except("/")
	alnum     = chars(lower + digit)
	lowerDash = chars(lower + "-")
	wordDash  = chars(lower + digit + "-")
	hostChars = chars(lower + digit + "-.")
)

const (
	lower = "abcdefghijklmnopqrstuvwxyz"
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digit = "0123456789"
)

// preferred orders characters by how well they read in a witness.
const preferred = "x" + "9" + lower + digit + upper + "-_./:@=+,"

func (c charset) prefer() (byte, bool) {
	for i := 0; i < len(preferred); i++ {
		if c.has(preferred[i]) {
			return preferred[i], true
		}
	}
	for b := range 256 {
		if c.has(byte(b)) {
			return byte(b), true
		}
	}
	return 0, false
}

func latin(r rune) byte {
	if r > 0xFF {
		return 0x80 | byte(r&0x1F)
	}
	return byte(r)
}

func toLatin(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			out := make([]byte, 0, len(s))
			for _, r := range s {
				out = append(out, latin(r))
			}
			return string(out)
		}
	}
	return s
}

func fromLatin(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			out := make([]rune, 0, len(s))
			for j := 0; j < len(s); j++ {
				out = append(out, rune(s[j]))
			}
			return string(out)
		}
	}
	return s
}

func otherCase(c byte) (byte, bool) {
	switch {
	case c >= 'a' && c <= 'z', c >= 0xE0 && c <= 0xFE && c != 0xF7:
		return c - 32, true
	case c >= 'A' && c <= 'Z', c >= 0xC0 && c <= 0xDE && c != 0xD7:
		return c + 32, true
	}
	return 0, false
}
