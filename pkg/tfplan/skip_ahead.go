package tfplan

import (
	"io"
	"slices"
	"sync"
)

// ahead runs a cutter beside whoever reads from it.
type ahead struct {
	full    chan []byte
	free    chan []byte
	stop    chan struct{}
	stopped sync.Once
	// err is what ended the text, valid when full is closed.
	err error

	rest, used []byte
}

// readAhead starts to cut. The caller must call close.
func readAhead(c *cutter) *ahead {
	a := &ahead{full: make(chan []byte, 2), free: make(chan []byte, 4), stop: make(chan struct{})}
	c.send = func(out []byte) ([]byte, bool) {
		select {
		case a.full <- out:
		case <-a.stop:
			return out, false
		}
		select {
		case next := <-a.free:
			return next, true
		default:
			return nil, true
		}
	}
	go func() {
		defer close(a.full)
		a.err = c.run()
	}()
	return a
}

func (a *ahead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.used != nil {
			select {
			case a.free <- a.used:
			default:
			}
			a.used = nil
		}
		next, ok := <-a.full
		if !ok {
			if a.err != nil {
				return 0, a.err
			}
			return 0, io.EOF
		}
		a.rest, a.used = next, next
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// close stops the cutter. With wait, it returns when the cutter has stopped to read, which a pipe without a writer can
// put off for good.
func (a *ahead) close(wait bool) {
	a.stopped.Do(func() { close(a.stop) })
	for wait {
		if _, ok := <-a.full; !ok {
			return
		}
	}
}

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
