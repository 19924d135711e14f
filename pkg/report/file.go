package report

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/keyproof/keyproof/pkg/finding"
)

// WriteFile writes the report to a file: completely, or not at all. The report is made beside the file and then takes
// its place, so that a reader sees the old file or the new one and a failure leaves nothing behind. A path that is a
// symbolic link or anything but a regular file is an error: a report never goes through a link, nor replaces a device.
func WriteFile(path, name string, r *finding.Report, opts Options) error {
	if err := writable(path); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := Write(&b, name, r, opts); err != nil {
		return err
	}
	if err := replace(path, b.Bytes()); err != nil {
		return fmt.Errorf("write the %s report to %s: %w", name, path, err)
	}
	return nil
}

func writable(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("write a report: %w", err)
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("write a report: %s is a symbolic link; give the path that it leads to", path)
	case info.IsDir():
		return fmt.Errorf("write a report: %s is a directory; give the path of a file", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("write a report: %s is not a regular file; use --format to write to the standard output", path)
	}
	return nil
}

// replace puts data at path by way of a temporary file in the same directory.
func replace(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if e := f.Chmod(0o644); err == nil {
		err = e
	}
	if e := f.Sync(); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
