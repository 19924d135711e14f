package tfsource

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// files reads files below one root and keeps what it read. Paths inside are slash-separated and relative to the root.
type files struct {
	fsys   fs.FS
	dir    string // the root module
	root   string // the directory below which files are read, for people
	prefix string // what positions show in front of a path relative to dir
	plain  bool   // positions show paths of fsys as they are
	limits Limits
	edited map[string][]byte // by name in positions
	total  int               // bytes that were read
	words  int               // words and signs that were parsed
	read   map[string][]byte // by path inside
	names  map[string]string // path inside → name in positions
	paths  map[string]string // name in positions → path inside
	extra  map[string][]byte // tfvars files from anywhere, by name in positions
	folds  []folded
	points map[string][]hcl.Pos
}

// fork is a copy that reads for itself.
func (f *files) fork() *files {
	own := *f
	own.read, own.names, own.paths, own.extra = maps.Clone(f.read), maps.Clone(f.names), maps.Clone(f.paths), maps.Clone(f.extra)
	own.folds, own.points = slices.Clip(f.folds), map[string][]hcl.Pos{}
	return &own
}

// absorb takes over what a fork has read.
func (f *files) absorb(own *files) {
	maps.Copy(f.read, own.read)
	maps.Copy(f.names, own.names)
	maps.Copy(f.paths, own.paths)
	f.total, f.words = max(f.total, own.total), max(f.words, own.words)
}

// Name is how positions call the file at p.
func (f *files) Name(p string) string {
	if f.plain {
		return p
	}
	rel, err := filepath.Rel(filepath.FromSlash(f.dir), filepath.FromSlash(p))
	if err != nil {
		return p
	}
	return filepath.Join(f.prefix, rel)
}

// Open returns the content of the regular file at p, a path inside.
func (f *files) Open(p string) ([]byte, error) {
	if b, ok := f.read[p]; ok {
		return b, nil
	}
	if !fs.ValidPath(p) {
		return nil, fmt.Errorf("%s lies outside of the sources, where keyproof does not read", f.Name(p))
	}
	info, err := fs.Stat(f.fsys, p)
	if err != nil {
		return nil, plainError(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	switch {
	case info.Size() > int64(f.limits.File):
		return nil, f.tooBig()
	case f.total+int(info.Size()) > f.limits.Total:
		return nil, fmt.Errorf("the files of the sources are larger together than keyproof reads (%d bytes; --limit source-files=VALUE allows more)", f.limits.Total)
	}
	file, err := f.fsys.Open(p)
	if err != nil {
		return nil, plainError(err)
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, int64(f.limits.File)+1))
	if err != nil {
		return nil, plainError(err)
	}
	if len(b) > f.limits.File {
		return nil, f.tooBig()
	}
	if text, ok := f.edited[f.Name(p)]; ok {
		b = text
	}
	f.total += len(b)
	f.read[p] = b
	f.names[p] = f.Name(p)
	f.paths[f.names[p]] = p
	return b, nil
}

func (f *files) tooBig() error {
	return fmt.Errorf("it is larger than keyproof reads (%d bytes; --limit source-file=VALUE allows more)", f.limits.File)
}

// readable says what keeps a text in Terraform's language from being parsed, "" where nothing does.
func (f *files) readable(src []byte) string {
	switch n := tf.Words(src); {
	case f.words+n > f.limits.Words:
		return fmt.Sprintf("The sources have more words and signs together than keyproof reads (%d; --limit source-words=VALUE allows more).", f.limits.Words)
	case tf.TooDeep(src):
		return "Its expressions are nested too deeply, or their chains are too long."
	default:
		f.words += n
		return ""
	}
}

// plainError leaves out the path, which the caller names in its own way.
func plainError(err error) error {
	var pe *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case errors.As(err, &pe) && pe.Err.Error() == "path escapes from parent": // what os.Root says
		return errors.New("a link leads out of where keyproof reads")
	case errors.As(err, &pe):
		return pe.Err
	}
	return err
}

// Contents are the bytes of every file that was read, by its name in positions.
func (f *files) Contents() map[string][]byte {
	out := make(map[string][]byte, len(f.read)+len(f.extra))
	for p, b := range f.read {
		out[f.names[p]] = b
	}
	maps.Copy(out, f.extra)
	return out
}

// ByName returns the bytes of a file by its name in positions.
func (f *files) ByName(name string) []byte {
	if b, ok := f.extra[name]; ok {
		return b
	}
	return f.read[f.paths[name]]
}

// sourceFiles returns the source files of a directory in Terraform's order: primary files by name, then override files.
// Of a .tofu file and the .tf file of the same name only one counts. both says that another tool would read other files.
func (f *files) sourceFiles(dir string, tool Tool) (primary, override []string, both bool, err error) {
	entries, err := fs.ReadDir(f.fsys, dir)
	if err != nil {
		return nil, nil, false, plainError(err)
	}
	have := map[string]bool{}
	anyTofu, anyShared := false, false
	for _, e := range entries {
		have[e.Name()] = !e.IsDir()
		if _, ext := splitExt(e.Name()); sourceName(e.Name()) && !e.IsDir() {
			anyTofu = anyTofu || strings.HasPrefix(ext, ".tofu")
			anyShared = anyShared || strings.HasPrefix(ext, ".tf")
		}
	}
	for _, e := range entries {
		name := e.Name()
		base, ext := splitExt(name)
		if e.IsDir() || ext == "" || ignored(name) || tool == Terraform && strings.HasPrefix(ext, ".tofu") {
			continue
		}
		if tofu, ok := map[string]string{".tf": ".tofu", ".tf.json": ".tofu.json"}[ext]; ok && tool != Terraform && have[base+tofu] {
			continue
		}
		p := path.Join(dir, name)
		if base == "override" || strings.HasSuffix(base, "_override") {
			override = append(override, p)
		} else {
			primary = append(primary, p)
		}
	}
	slices.Sort(primary)
	slices.Sort(override)
	return primary, override, anyTofu && anyShared, nil
}

// ignored says whether Terraform passes over a file of that name: what editors leave behind.
func ignored(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#")
}

// sourceName says whether a file of that name is read as a source.
func sourceName(name string) bool {
	_, ext := splitExt(name)
	return ext != "" && !ignored(name)
}

func splitExt(name string) (base, ext string) {
	for _, ext := range []string{".tf.json", ".tofu.json", ".tf", ".tofu"} {
		if base, ok := strings.CutSuffix(name, ext); ok {
			return base, ext
		}
	}
	return name, ""
}

// Forged says whether a text holds what only keyproof may put there: the tokens of unknown values.
func Forged(b []byte) bool {
	return bytes.Contains(b, []byte(unknown.Hole(0)[:3]))
}

// notText says whether the bytes are no text at all: an encrypted or compressed file.
func notText(b []byte) bool { return bytes.IndexByte(b, 0) >= 0 || !utf8.Valid(b) }

// entries lists a directory inside, sorted by name; nothing if it cannot be listed.
func (f *files) entries(dir string) []fs.DirEntry {
	entries, err := fs.ReadDir(f.fsys, dir)
	if err != nil {
		return nil
	}
	return entries
}

// Tool is a program that reads Terraform sources. Files with the ending .tofu are OpenTofu's: it reads them instead of the
// .tf files of the same name, and Terraform does not read them at all.
type Tool int

// The tools. The zero value reads as OpenTofu does.
const (
	AnyTool Tool = iota
	Terraform
	OpenTofu
)

// Limits bound what is read. A zero field means its default.
type Limits struct {
	File  int // bytes of one source file or of one file that a function reads
	Total int // bytes of all files together
	Words int // words and signs of all that is parsed: one costs about as much as another
}

// WithDefaults are the limits with the default in place of each zero.
func (l Limits) WithDefaults() Limits {
	if l.File <= 0 {
		l.File = 4 << 20
	}
	if l.Total <= 0 {
		l.Total = 24 << 20
	}
	if l.Words <= 0 {
		l.Words = 1_000_000
	}
	return l
}

// folded is a text that was taken out of a file with its escapes resolved. Syntax trees made of it have a made-up file
// name and count bytes in the resolved text.
type folded struct {
	file string
	text []byte
	from *unknown.JSON
}
