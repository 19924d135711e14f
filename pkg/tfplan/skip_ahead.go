package tfplan

import (
	"io"
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
