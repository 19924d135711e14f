package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Find looks for the configuration file in a directory and in those above it up to the root of the repository, and
// returns the nearest one. Without a repository it looks in the directory alone, so that a file that somebody else left
// in a shared directory above never takes part. A symbolic link that leads out of the repository is an error.
func Find(dir string) (path string, ok bool, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", false, fmt.Errorf("look for %s: %w", FileName, err)
	}
	root, ok := Repository(dir)
	if !ok {
		root = dir
	}
	for {
		path = filepath.Join(dir, FileName)
		_, err := os.Lstat(path)
		switch {
		case err == nil:
			return path, true, below(root, path)
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission):
			return "", false, fmt.Errorf("look for %s: %w", FileName, err)
		case dir == root:
			return "", false, nil
		}
		dir = filepath.Dir(dir)
	}
}

// Repository returns the directory with .git, a directory or a worktree's file, that a directory lies in or is.
func Repository(dir string) (string, bool) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}

// below says whether a file lies below a directory when symbolic links are followed.
func below(root, path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	root, err = filepath.EvalSymlinks(root)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	rel, err := filepath.Rel(root, real)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return fmt.Errorf("read %s: it is a link to a file outside the repository; name that file with --config if it is the one you want", path)
	}
	return nil
}
