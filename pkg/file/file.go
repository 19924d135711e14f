// Package file reads and writes files that strangers may have a hand in: reading is bounded, writing is all or nothing
// and never goes through a link.
//
// It is no API: it may change in any version.
package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Read returns the content of a regular file of at most so many bytes. Anything else, such as a directory, a device or
// a pipe without end, is an error that names the path.
func Read(path string, most int) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	var data bytes.Buffer
	if info.Size() <= int64(most) {
		data.Grow(int(info.Size()) + bytes.MinRead)
		if _, err := data.ReadFrom(io.LimitReader(f, int64(most)+1)); err != nil {
			return nil, err
		}
	}
	if info.Size() > int64(most) || data.Len() > most {
		return nil, fmt.Errorf("%s is larger than the %d bytes that are read of such a file", path, most)
	}
	return data.Bytes(), nil
}

// Text is Read for a text that a shell may have written: a byte order mark is left out, and UTF-16 that has one becomes UTF-8.
func Text(path string, most int) ([]byte, error) {
	data, err := Read(path, most)
	if err != nil || len(data) == 0 || data[0] < 0xEF {
		return data, err
	}
	return io.ReadAll(Decoded(bytes.NewReader(data)))
}

// Decoded reads such a text.
func Decoded(r io.Reader) io.Reader {
	return transform.NewReader(r, unicode.BOMOverride(transform.Nop))
}

// Open opens a regular file to read it. Anything else is refused at once: to open a pipe is to wait for somebody who writes.
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, plain(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, plain(path, err)
	}
	return f, nil
}

// plain is an error of the system about a path, without the name of the call that failed and of what is called otherwise.
func plain(path string, err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		err = of.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// Guard lets whoever ends the process wait for what [Replace] is writing. The zero value is ready for use.
type Guard struct{ writing sync.RWMutex }

type guardKey struct{}

// In is a context whose files the guard waits for.
func (g *Guard) In(ctx context.Context) context.Context { return context.WithValue(ctx, guardKey{}, g) }

// Close returns when no file is being written. From then on none is begun: a call of Replace waits for the end of the process.
func (g *Guard) Close() { g.writing.Lock() }

// Replace writes a file completely or not at all: the data is written beside the file and then takes its place. A path
// that is a symbolic link, or anything but a regular file, is an error and stays as it is. When ctx ends before the data is
// in its place, what was written is taken away at once.
func Replace(ctx context.Context, path string, data []byte) (err error) {
	if g, ok := ctx.Value(guardKey{}).(*Guard); ok {
		g.writing.RLock()
		defer g.writing.RUnlock()
	}
	if err := replaceable(path); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no directory %s; make it before", filepath.Dir(path))
	}
	if err != nil {
		return plain(filepath.Dir(path), err)
	}
	takeAway := context.AfterFunc(ctx, func() { os.Remove(f.Name()) })
	defer func() {
		takeAway()
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	for _, step := range []func() error{func() error { return write(ctx, f, data) }, func() error { return f.Chmod(0o644) }, f.Sync, f.Close} {
		if e := step(); err == nil {
			err = e
		}
	}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// write writes in parts: a file cannot be taken away while a part of it is being written.
func write(ctx context.Context, f *os.File, data []byte) error {
	const part = 1 << 20
	for len(data) > 0 && ctx.Err() == nil {
		n, err := f.Write(data[:min(part, len(data))])
		if err != nil {
			return err
		}
		data = data[n:]
	}
	return context.Cause(ctx)
}

func replaceable(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link; give the path that it leads to", path)
	case info.IsDir():
		return fmt.Errorf("%s is a directory; give the path of a file", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", path)
	}
	return nil
}
