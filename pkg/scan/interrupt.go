package scan

import (
	"context"
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
