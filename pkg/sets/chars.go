package sets

// Chars is a set of characters of Latin-1, U+0000 to U+00FF. Other characters count as one of U+0080 to U+009F: two different
// texts may become one, so what is found is tried on the text as it is.
type Chars [4]uint64

func (c *Chars) has(b byte) bool { return c[b>>6]&(1<<(b&63)) != 0 }
func (c *Chars) add(b byte)      { c[b>>6] |= 1 << (b & 63) }
func (c Chars) and(o Chars) Chars {
	return Chars{c[0] & o[0], c[1] & o[1], c[2] & o[2], c[3] & o[3]}
}
func (c Chars) minus(o Chars) Chars {
	return Chars{c[0] &^ o[0], c[1] &^ o[1], c[2] &^ o[2], c[3] &^ o[3]}
}
func (c Chars) empty() bool { return c == Chars{} }

// CharsOf are the characters of s.
func CharsOf(s string) *Chars {
	var c Chars
	for i := 0; i < len(s); i++ {
		c.add(s[i])
	}
	return &c
}

// Except are all characters but those of s.
func Except(s string) *Chars {
	c := AnyChar.minus(*CharsOf(s))
	return &c
}

// Sets of characters that names are made of.
var (
	AnyChar   = &Chars{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	NotColon  = Except(":")
	Digit     = CharsOf(Digits)
	NotSlash  = Except("/")
	Alnum     = CharsOf(Lower + Digits)
	LowerDash = CharsOf(Lower + "-")
	WordDash  = CharsOf(Lower + Digits + "-")
)

// Characters to make sets of.
const (
	Lower  = "abcdefghijklmnopqrstuvwxyz"
	Upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	Digits = "0123456789"
)

// preferred orders characters by how well they read in a sample.
const preferred = "x" + "9" + Lower + Digits + Upper + "-_./:@=+,"

func (c Chars) prefer() (byte, bool) {
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

// ToLatin writes a text as one byte for each character, as languages hold it.
func ToLatin(s string) string {
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

// FromLatin is the text of bytes that a language holds.
func FromLatin(s string) string {
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
