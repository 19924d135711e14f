package scan

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/keyproof/keyproof/pkg/file"
)

// Unchanged is an error where the file is not what was read any more, or may not be written.
func (f *EditedFile) Unchanged() error {
	info, err := os.Lstat(f.Path)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %s", f.Name, reason(err))
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", f.Name)
	case info.Mode().Perm()&0o200 == 0:
		return fmt.Errorf("%s is not writable", f.Name)
	}
	real, err := filepath.EvalSymlinks(f.Path)
	if err != nil {
		return fmt.Errorf("%s: %s", f.Name, reason(err))
	}
	if real != f.Path {
		if dir, err := filepath.EvalSymlinks(filepath.Dir(f.Path)); err != nil || filepath.Join(dir, filepath.Base(f.Path)) != real {
			return fmt.Errorf("%s lies behind a link", f.Name)
		}
	}
	now, err := file.Read(f.Path, len(f.Before)+1)
	if err != nil || !bytes.Equal(now, f.Before) {
		return fmt.Errorf("%s has changed since it was read", f.Name)
	}
	return nil
}

// WriteFiles puts edited files in place: all of them, or none. A file that cannot be written puts those before it back.
func WriteFiles(ctx context.Context, files []EditedFile) error {
	for i := range files {
		if err := files[i].Unchanged(); err != nil {
			return fmt.Errorf("nothing was written: %w", err)
		}
	}
	for i := range files {
		err := files[i].put(ctx, files[i].After)
		if err == nil {
			continue
		}
		for k := range files[:i] {
			if back := files[k].put(context.WithoutCancel(ctx), files[k].Before); back != nil {
				return fmt.Errorf("%s could not be written (%w), and %s could not be put back: %w", files[i].Name, err, files[k].Name, back)
			}
		}
		return fmt.Errorf("nothing was written: %s: %w", files[i].Name, err)
	}
	return nil
}

func (f *EditedFile) put(ctx context.Context, data []byte) error {
	info, err := os.Stat(f.Path)
	if err != nil {
		return err
	}
	if err := file.Replace(ctx, f.Path, data); err != nil {
		return err
	}
	return os.Chmod(f.Path, info.Mode().Perm())
}

// editable is how reports name a file that a fix may edit, "" for one that it may not: one of a module that was
// downloaded, of a binary plan, behind a link, or outside of the repository.
func (r *judging) editable(name string) string {
	if len(r.moved) > 0 || name == "-" || strings.HasPrefix(name, "\x00") {
		return ""
	}
	abs, err := filepath.Abs(name)
	if err != nil || strings.Contains(filepath.ToSlash(abs), "/.terraform/") {
		return ""
	}
	info, err := os.Lstat(abs)
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil || !file.Below(real, r.root()) {
		return ""
	}
	return r.name(name)
}

// root is how far files may be edited.
func (r *judging) root() string {
	if r.Root != "" {
		return absolute(r.Root)
	}
	dir := r.in.path
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	if r.again.sources != nil {
		dir = r.again.sources.Options().Dir
	}
	dir = absolute(dir)
	if root, ok := file.Repository(dir); ok {
		return root
	}
	return dir
}
