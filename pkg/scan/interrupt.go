package scan

import (
	"context"
	"errors"
	"io"
)

// interruptible is a reader that ends with the cause of the context's end. A Read that waits for input is waited for.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i *interruptible) Read(p []byte) (int, error) {
	if i.ctx.Err() != nil {
		return 0, context.Cause(i.ctx)
	}
	return i.r.Read(p)
}

// Seek lets the reader's positions be found again, where it has any.
func (i *interruptible) Seek(offset int64, whence int) (int64, error) {
	s, ok := i.r.(io.Seeker)
	if !ok {
		return 0, errors.New("the input cannot be read twice")
	}
	return s.Seek(offset, whence)
}
