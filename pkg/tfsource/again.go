package tfsource

import (
	"bytes"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// takeOver takes from the same sources as they were read before what is no other now: files, and their syntax trees.
func (c *Sources) takeOver(before *Sources) {
	c.called = before.called
	for p, src := range before.read {
		name := before.names[p]
		now, edited := c.edited[name]
		was, wasEdited := before.edited[name]
		if edited != wasEdited || !bytes.Equal(now, was) {
			continue
		}
		c.read[p], c.names[p], c.paths[name] = src, name, p
		c.total += len(src)
		if body := before.parsed[p]; body != nil {
			c.parsed[p] = body
		}
	}
}

// Body is the syntax tree of a file in native syntax, by its name in positions; nil for others, and for one that could not
// be read without a note.
func (c *Sources) Body(name string) *hclsyntax.Body { return c.parsed[c.paths[name]] }
