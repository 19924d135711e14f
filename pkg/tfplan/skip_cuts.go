package tfplan

import (
	"slices"
	"sync"
)

// cuts say which byte of the input a byte of the cut text was. The zero value is for a text that was not cut.
type cuts struct {
	mu   sync.Mutex
	list []cut
	// forgotten says that the oldest cuts are not in the list any more.
	forgotten bool
}

// cut says how many bytes are missing from one byte of the cut text on.
type cut struct{ from, missing int64 }

// maxCuts bounds the cuts that are remembered: places are asked for soon after they were read.
const maxCuts = 1 << 14

func (c *cuts) add(from, missing int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.list) == maxCuts {
		c.list = append(c.list[:0], c.list[maxCuts/2:]...)
		c.forgotten = true
	}
	c.list = append(c.list, cut{from, missing})
}

// place is where a byte of the cut text was in the input, -1 where that is not remembered.
func (c *cuts) place(offset int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, exact := slices.BinarySearchFunc(c.list, offset, func(c cut, offset int64) int { return int(c.from - offset) })
	if !exact {
		i--
	}
	switch {
	case offset < 0 || i < 0 && c.forgotten:
		return -1
	case i < 0:
		return offset
	}
	return offset + c.list[i].missing
}
