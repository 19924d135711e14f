package tfplan

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Snapshot is the sources inside a binary plan: exactly those that were planned. What file and templatefile read is not
// among them.
type Snapshot struct {
	// Files holds a directory for each module, and in it the module's files.
	Files fs.FS
	// Modules are the modules of the configuration, the root module first, in the order of their keys.
	Modules []SnapshotModule
}

// SnapshotModule is one module of a snapshot.
type SnapshotModule struct {
	// Key is the path of the module calls, joined with dots, "" for the root module.
	Key string
	// Path is the module's directory in Snapshot.Files.
	Path string
	// Dir is where the module lay when the plan was made, relative to the directory of the root module, with slashes.
	// It may lead out of that directory.
	Dir string
	// Source and Version are as the module call has them, with the version that was chosen.
	Source, Version string
}

// What a snapshot may have at most: a zip archive can be small and hold a lot.
const (
	maxSnapshotFiles = 20000
	maxSnapshotBytes = 256 << 20
	maxSnapshotFile  = 32 << 20
)

// OpenSnapshot opens the sources in a binary plan, the file that terraform plan -out writes. The file must stay open as
// long as the snapshot is in use. Name is what diagnostics call the file.
func OpenSnapshot(r io.ReaderAt, size int64, name string) (*Snapshot, hcl.Diagnostics) {
	s, err := openSnapshot(r, size)
	if err == nil {
		return s, nil
	}
	d, _ := diagnose(err, nil)
	d.Subject = &hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	return nil, hcl.Diagnostics{d}
}

func openSnapshot(r io.ReaderAt, size int64) (*Snapshot, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, brokenSnapshot("it is not a zip archive, or was cut off")
	}
	if !slices.ContainsFunc(archive.File, func(f *zip.File) bool { return f.Name == "tfplan" }) {
		return nil, wrongZip
	}
	if err := checkSnapshot(archive.File); err != nil {
		return nil, err
	}
	// The reader gives no more of a member than it declares, so what was checked holds for what is read.
	files, err := fs.Sub(archive, "tfconfig")
	if err != nil {
		return nil, brokenSnapshot("it holds no sources")
	}
	modules, err := snapshotModules(files)
	if err != nil {
		return nil, err
	}
	return &Snapshot{Files: files, Modules: modules}, nil
}

func brokenSnapshot(problem string) error {
	return &wrongInput{"The binary plan cannot be read", fmt.Sprintf("In it are the sources, but %s. Make it anew with `terraform plan -out=tfplan`, or pass the directory of the sources.", problem)}
}

// checkSnapshot makes sure that the members are what Terraform writes: files of a module's directory, none of them twice,
// not too many and not too large.
func checkSnapshot(members []*zip.File) error {
	if len(members) > maxSnapshotFiles {
		return &limitError{problem: fmt.Sprintf("it holds more than %d files", maxSnapshotFiles)}
	}
	var total uint64
	seen := map[string]bool{}
	for _, f := range members {
		inside, ok := strings.CutPrefix(f.Name, "tfconfig/")
		if !ok {
			continue
		}
		switch {
		case !plainName(inside):
			return brokenSnapshot("a file in it has a name that no file of a module has")
		case !f.Mode().IsRegular():
			return brokenSnapshot("something in it is not a regular file")
		case seen[inside]:
			return brokenSnapshot("a file in it is there twice")
		case f.UncompressedSize64 > maxSnapshotFile:
			return &limitError{problem: fmt.Sprintf("a file in it is larger than %s", megabytes(maxSnapshotFile))}
		}
		seen[inside] = true
		if total += f.UncompressedSize64; total > maxSnapshotBytes {
			return &limitError{problem: fmt.Sprintf("the files in it are larger than %s", megabytes(maxSnapshotBytes))}
		}
	}
	return nil
}

// plainName says whether a name is modules.json, or that of a file right inside the directory of a module.
func plainName(name string) bool {
	if name == "modules.json" {
		return true
	}
	dir, file, ok := strings.Cut(name, "/")
	return ok && fs.ValidPath(name) && strings.HasPrefix(dir, "m-") && file != "" && !strings.ContainsAny(name, "\\\x00:") && !strings.Contains(file, "/")
}

// snapshotModules reads the list of modules.
func snapshotModules(files fs.FS) ([]SnapshotModule, error) {
	text, err := fs.ReadFile(files, "modules.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, brokenSnapshot("the list of modules is missing")
	}
	if err != nil {
		return nil, brokenSnapshot("the list of modules is damaged")
	}
	var list []struct{ Key, Source, Version, Dir string }
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, brokenSnapshot("the list of modules is damaged")
	}
	modules := make([]SnapshotModule, 0, len(list))
	for _, m := range list {
		modules = append(modules, SnapshotModule{
			Key: m.Key, Path: "m-" + m.Key, Source: m.Source, Version: m.Version,
			// Windows writes backslashes.
			Dir: path.Clean(strings.ReplaceAll(m.Dir, `\`, "/")),
		})
	}
	slices.SortFunc(modules, func(a, b SnapshotModule) int { return strings.Compare(a.Key, b.Key) })
	for i, m := range modules {
		if i > 0 && modules[i-1].Key == m.Key {
			return nil, brokenSnapshot("a module in it is there twice")
		}
		if _, err := fs.ReadDir(files, m.Path); err != nil || !fs.ValidPath(m.Path) || strings.Contains(m.Path, "/") {
			return nil, brokenSnapshot("a module in its list has no files")
		}
	}
	if len(modules) == 0 || modules[0].Key != "" {
		return nil, brokenSnapshot("the root module is missing")
	}
	return modules, nil
}
