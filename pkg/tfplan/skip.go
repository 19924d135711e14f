package tfplan

import (
	"bytes"
	"errors"
	"io"
)

// cutter takes out of a plan what nobody reads, before it is parsed: members at the top that do not matter, and the
// values of resources of other types. That is most of a large plan, and finding the end of a value takes a fraction of
// the time that parsing it does. What is taken out is replaced by null; of it only brackets and quotes are checked.
//
// The cutter decides nothing about what it lets through. Where the text is not as it expects, it lets everything
// through, and parsing gives the error.
type cutter struct {
	r      io.Reader
	wanted wanted

	// buf[pos:end] is still to be looked at; buf[start:pos] has been, and goes out unless it is being cut.
	buf             []byte
	start, pos, end int
	cutting         bool
	err             error

	// read and sent count the bytes that came in before buf and went out.
	read, sent int64
	cuts       *cuts
	// send takes what went out and gives a slice to write on into; it is false when nobody reads on.
	send func([]byte) ([]byte, bool)
	out  []byte

	// brackets, text, kind and address are room for what is looked at: open brackets, a string, type and address of the
	// entry.
	brackets, text, kind, address []byte
}

// chunk is how many bytes the cutter reads and sends at a time.
const chunk = bufferSize

// errStopped says that nobody reads on.
var errStopped = errors.New("stopped")

// fill reads on when all of the buffer has been looked at.
func (c *cutter) fill() bool {
	if c.pos < c.end {
		return true
	}
	c.flush(false)
	for c.err == nil {
		c.read += int64(c.end)
		c.start, c.pos, c.end = 0, 0, 0
		n, err := c.r.Read(c.buf)
		c.end, c.err = n, err
		if n > 0 {
			return true
		}
	}
	return false
}

// flush puts out what was let through, and sends it when there is enough of it or nothing comes after it.
func (c *cutter) flush(last bool) {
	if !c.cutting {
		c.out = append(c.out, c.buf[c.start:c.pos]...)
	}
	c.start = c.pos
	if len(c.out) < chunk/2 && !last || len(c.out) == 0 {
		return
	}
	c.sent += int64(len(c.out))
	next, ok := c.send(c.out)
	if !ok && c.err == nil {
		c.err = errStopped
	}
	c.out = next[:0]
}

// begin starts to cut, and done stops, with a text in place of what was cut.
func (c *cutter) begin() {
	c.flush(false)
	c.cutting = true
}

func (c *cutter) done(ok bool, instead string) {
	if !ok && c.pos < c.end {
		// What was cut is broken: this makes sure that it is refused.
		instead = "\x00"
	}
	c.cutting = false
	c.start = c.pos
	c.out = append(c.out, instead...)
	out := c.sent + int64(len(c.out))
	c.cuts.add(out, c.read+int64(c.pos)-out)
}

// peek gives the next byte that is not white space.
func (c *cutter) peek() (byte, bool) {
	for c.fill() {
		switch b := c.buf[c.pos]; b {
		case ' ', '\t', '\r', '\n':
			c.pos++
		default:
			return b, true
		}
	}
	return 0, false
}

// members calls member for each member of the object whose bracket has been passed; member must pass the value, and
// says whether it could. The name is as it is written, nil where it is long.
func (c *cutter) members(member func(name []byte) bool) bool {
	return c.list('}', func() bool {
		if c.buf[c.pos] != '"' {
			return false
		}
		name, ok := c.str()
		if !ok {
			return false
		}
		if b, ok := c.peek(); !ok || b != ':' {
			return false
		}
		c.pos++
		_, ok = c.peek()
		return ok && member(name)
	})
}

// list calls one for each of what stands between commas up to a bracket.
func (c *cutter) list(end byte, one func() bool) bool {
	for first := true; ; first = false {
		b, ok := c.peek()
		if ok && b == end {
			c.pos++
			return true
		}
		if !first {
			if !ok || b != ',' {
				return false
			}
			c.pos++
			_, ok = c.peek()
		}
		if !ok || !one() {
			return false
		}
	}
}

// elements calls element for each element of the array that follows.
func (c *cutter) elements(element func() bool) bool {
	if c.buf[c.pos] != '[' {
		return c.pass()
	}
	c.pos++
	return c.list(']', element)
}

// object calls member for each member of the object that follows.
func (c *cutter) object(member func(name []byte) bool) bool {
	if c.buf[c.pos] != '{' {
		return c.pass()
	}
	c.pos++
	return c.members(member)
}

// str passes a string, and gives what is between the quotes as it is written: nil where it is long. It holds until the
// next call.
func (c *cutter) str() (text []byte, ok bool) {
	c.text = c.text[:0]
	c.pos++
	rest := c.buf[c.pos:c.end]
	q := endOfString(rest)
	if q < 0 || q > maxText {
		return c.longStr()
	}
	c.text = append(c.text, rest[:q]...)
	c.pos += q + 1
	return c.text, true
}

// longStr is str for a string that is long, or goes beyond the buffer.
func (c *cutter) longStr() ([]byte, bool) {
	for c.fill() {
		b := c.buf[c.pos]
		c.pos++
		if b == '"' {
			return c.text, true
		}
		c.text = append(c.text, b)
		if b == '\\' && c.fill() {
			c.text = append(c.text, c.buf[c.pos])
			c.pos++
		}
		if len(c.text) > maxText {
			return nil, c.passString()
		}
	}
	return nil, false
}

// maxText is how long names, types and addresses are that are looked at.
const maxText = 1024

// passString passes the rest of a string, from anywhere inside of it that is not behind a backslash.
func (c *cutter) passString() bool {
	for c.fill() {
		i := bytes.IndexAny(c.buf[c.pos:c.end], `"\`)
		if i < 0 {
			c.pos = c.end
			continue
		}
		c.pos += i + 1
		if c.buf[c.pos-1] == '"' {
			return true
		}
		if !c.fill() {
			return false
		}
		c.pos++
	}
	return false
}

// pass passes the value that follows.
func (c *cutter) pass() bool {
	switch c.buf[c.pos] {
	case '"':
		c.pos++
		if q := endOfString(c.buf[c.pos:c.end]); q >= 0 {
			c.pos += q + 1
			return true
		}
		return c.passString()
	case '{', '[':
		return c.passBrackets()
	}
	for c.fill() {
		switch c.buf[c.pos] {
		case ',', ':', '"', '{', '[', ']', '}', ' ', '\t', '\r', '\n':
			return true
		}
		c.pos++
	}
	return false
}

// maxBrackets is how deeply anything may be nested, as the parser has it.
const maxBrackets = 10000

// passBrackets passes an object or array.
func (c *cutter) passBrackets() bool {
	open := c.brackets[:0]
	defer func() { c.brackets = open[:0] }()
	for c.fill() {
		text := c.buf[c.pos:c.end]
		for i := 0; i < len(text); i++ {
			switch b := text[i]; b {
			case '"':
				q := endOfString(text[i+1:])
				if q < 0 {
					c.pos += i + 1
					if !c.passString() {
						return false
					}
					text = c.buf[c.pos:c.end]
					i = -1
					continue
				}
				i += q + 1
			case '{', '[':
				// The closing brackets stand two further in ASCII.
				if open = append(open, b+2); len(open) > maxBrackets {
					c.tooDeep()
					return false
				}
			case '}', ']':
				if open[len(open)-1] != b {
					c.pos += i
					return false
				}
				if open = open[:len(open)-1]; len(open) == 0 {
					c.pos += i + 1
					return true
				}
			}
		}
		c.pos = c.end
	}
	return false
}

// tooDeep ends the document within what is cut. What is let through is for the parser to refuse.
func (c *cutter) tooDeep() {
	if c.cutting {
		c.err = &limitError{"it is nested too deeply", "depth"}
		c.pos = c.end
	}
}

// endOfString finds the quote that ends a string, -1 if the text ends before.
func endOfString(text []byte) int {
	for from := 0; ; {
		q := bytes.IndexByte(text[from:], '"')
		if q < 0 {
			return -1
		}
		q += from
		slashes := 0
		for slashes < q && text[q-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return q
		}
		from = q + 1
	}
}
