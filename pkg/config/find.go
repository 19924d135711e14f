package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/keyproof/keyproof/pkg/file"
)

// Find looks for the configuration file in a directory and in those above it up to the root of the repository, and
// returns the nearest one. Without a repository it looks in the directory alone, so that a file that somebody else left
// in a shared directory above never takes part. A symbolic link that leads out of the repository is an error.
func Find(dir string) (path string, ok bool, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", false, fmt.Errorf("look for %s: %w", FileName, err)
	}
	root, ok := file.Repository(dir)
	if !ok {
		root = dir
	}
	for {
		path = filepath.Join(dir, FileName)
		_, err := os.Lstat(path)
		switch {
		case err == nil:
			return path, true, file.Stays(path, root)
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission):
			return "", false, fmt.Errorf("look for %s: %w", FileName, err)
		case dir == root:
			return "", false, nil
		}
		dir = filepath.Dir(dir)
	}
}
