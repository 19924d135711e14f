package report

import (
	"net/url"
	"path/filepath"
	"strings"
)

// repoPath returns the path of a file from the repository's root, with slashes. It is false for a file elsewhere, whose
// absolute path is returned.
func (v *view) repoPath(file string) (string, bool) {
	abs := file
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(v.report.Dir, abs)
	}
	if v.report.Root == "" {
		return filepath.ToSlash(filepath.Clean(file)), !filepath.IsAbs(file)
	}
	rel, err := filepath.Rel(v.report.Root, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(abs), false
	}
	return filepath.ToSlash(rel), true
}

// pathOf is the path of a file from the repository's root where it lies below it, and a name for what - stands for.
func (v *view) pathOf(file string) string {
	if file == "-" {
		return "stdin"
	}
	path, _ := v.repoPath(file)
	return path
}

// uri returns a file's path as a URI reference: relative to the repository's root, or absolute for a file elsewhere.
func (v *view) uri(file string) (string, bool) {
	path, inside := v.repoPath(file)
	u := url.URL{Path: path}
	if !inside {
		u.Scheme = "file"
		if !strings.HasPrefix(path, "/") { // a drive letter
			u.Path = "/" + path
		}
	}
	return u.String(), inside
}
