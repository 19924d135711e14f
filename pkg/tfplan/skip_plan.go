package tfplan

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/keyproof/keyproof/pkg/tf"
)

// cut takes out the value that follows, unless it is small anyway.
func (c *cutter) cut() bool {
	if b := c.buf[c.pos]; b != '{' && b != '[' {
		return c.pass()
	}
	c.begin()
	ok := c.pass()
	c.done(ok, "null")
	return ok
}

// topMember lets through what reader.member reads.
func (c *cutter) topMember(name []byte) bool {
	switch string(name) {
	case "resource_changes":
		return c.elements(func() bool { return c.entry("change", c.cut) })
	case "prior_state":
		return c.object(func(name []byte) bool {
			if string(name) != "values" {
				return c.pass()
			}
			return c.state()
		})
	case "values":
		return c.state()
	case "planned_values":
		return c.object(func(name []byte) bool {
			if string(name) != "root_module" {
				return c.cut()
			}
			return c.object(func([]byte) bool { return c.cut() })
		})
	case "format_version", "terraform_version", "timestamp", "errored", "complete", "variables", "deferred_changes", "configuration":
		return c.pass()
	}
	if !plain(name) {
		return c.pass()
	}
	return c.cut()
}

// plain says whether a name is the one that is written: it was not too long, and has no escapes.
func plain(name []byte) bool { return name != nil && bytes.IndexByte(name, '\\') < 0 }

func (c *cutter) state() bool {
	return c.object(func(name []byte) bool {
		if string(name) != "root_module" {
			return c.pass()
		}
		return c.stateModule(1)
	})
}

func (c *cutter) stateModule(depth int) bool {
	return c.object(func(name []byte) bool {
		switch string(name) {
		case "resources":
			return c.elements(func() bool { return c.entry("values", c.arnOnly) })
		case "child_modules":
			if depth == 1000 {
				return c.pass()
			}
			return c.elements(func() bool { return c.stateModule(depth + 1) })
		}
		return c.pass()
	})
}

// entry passes an object of a plan or state, and does that with its values if they are not wanted.
func (c *cutter) entry(values string, unwanted func() bool) bool {
	c.kind, c.address = c.kind[:0], c.address[:0]
	return c.object(func(name []byte) bool {
		switch string(name) {
		case "type":
			return c.remember(&c.kind)
		case "address":
			return c.remember(&c.address)
		case values:
			if c.unwanted() {
				return unwanted()
			}
		}
		return c.pass()
	})
}

// remember passes a value, and remembers it if it is a string.
func (c *cutter) remember(s *[]byte) bool {
	if c.buf[c.pos] != '"' {
		return c.pass()
	}
	text, ok := c.str()
	*s = append(*s, text...)
	return ok
}

// unwanted says whether it is certain already that the values of the entry are not wanted.
func (c *cutter) unwanted() bool {
	if c.wanted.all || c.wanted.managed[string(c.kind)] || c.wanted.data[string(c.kind)] || bytes.IndexByte(c.kind, '\\') >= 0 {
		return false
	}
	kind, address := string(c.kind), ""
	if kind == "" || c.wanted.addresses != nil {
		text, err := jsontext.AppendUnquote(nil, slices.Concat([]byte{'"'}, c.address, []byte{'"'}))
		if err != nil || len(text) == 0 {
			return false
		}
		address = string(text)
	}
	if kind == "" {
		a, err := tf.ParseAddress(address)
		if err != nil {
			return false
		}
		kind = a.Type
	}
	if c.wanted.manages(kind) || c.wanted.data[kind] {
		return false
	}
	return c.wanted.addresses == nil || !c.wanted.addresses(address)
}

// arnOnly cuts the attributes of an object down to its ARN.
func (c *cutter) arnOnly() bool {
	if c.buf[c.pos] != '{' {
		return c.pass()
	}
	c.pos++
	c.begin()
	before := ""
	ok := c.members(func(name []byte) bool {
		if string(name) != "arn" {
			return c.pass()
		}
		c.done(true, before+`"arn":`)
		ok := c.pass()
		c.begin()
		before = ","
		return ok
	})
	c.done(ok, "}")
	return ok
}

// run cuts the whole document.
func (c *cutter) run() error {
	c.buf = make([]byte, chunk)
	if b, ok := c.peek(); ok && b == '{' {
		c.pos++
		if c.members(c.topMember) {
			c.flush(false)
		}
	}
	// What is left is the end of the document, or something unexpected.
	c.cutting = false
	for c.pos = c.end; c.fill(); c.pos = c.end {
	}
	c.flush(true)
	if errors.Is(c.err, io.EOF) {
		return nil
	}
	return c.err
}
