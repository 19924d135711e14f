package file

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

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

// Below says whether a path is a directory or lies in it, as the two are written: links are not looked at.
func Below(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// Stays refuses a path that links lead out of a repository: whoever may write to the repository would choose what is read.
func Stays(path, repository string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("read %w", plain(path, err))
	}
	if repository, err = filepath.EvalSymlinks(repository); err != nil {
		return fmt.Errorf("read %w", plain(path, err))
	}
	if real, err = filepath.Abs(real); err != nil {
		return fmt.Errorf("read %w", plain(path, err))
	}
	if !Below(real, repository) {
		return fmt.Errorf("read %s: it is a link to a file outside the repository; name that file itself if it is the one you want", path)
	}
	return nil
}
