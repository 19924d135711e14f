package tfplan_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keyproof/keyproof/pkg/tfplan"
)

func open(text []byte) (*tfplan.Snapshot, string) {
	s, diags := tfplan.OpenSnapshot(bytes.NewReader(text), int64(len(text)), "tfplan")
	return s, messages(diags)
}

func TestSnapshot(t *testing.T) {
	text, err := os.ReadFile("../../fixtures/inputs/binary.tfplan")
	if err != nil {
		t.Fatal(err)
	}
	s, problem := open(text)
	if s == nil {
		t.Fatal(problem)
	}
	var got strings.Builder
	for _, m := range s.Modules {
		fmt.Fprintf(&got, "module %q: files in %s, was in %s, source %q, version %q\n", m.Key, m.Path, m.Dir, m.Source, m.Version)
		files, err := fs.ReadDir(s.Files, m.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := fs.ReadFile(s.Files, m.Path+"/"+f.Name())
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "  %s, which starts with %q\n", f.Name(), text[:12])
		}
	}
	want := `module "": files in m-, was in ., source "", version ""
  main.tf, which starts with "variable \"se"
module "kms": files in m-kms, was in m, source "./m", version ""
  main.tf, which starts with "variable \"p\""
module "kms.inner": files in m-kms.inner, was in m/inner, source "./inner", version ""
  main.tf, which starts with "resource \"te"
`
	if got.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
	}
	if err := fstest.TestFS(s.Files, "modules.json", "m-/main.tf", "m-kms.inner/main.tf"); err != nil {
		t.Error(err)
	}
	for _, end := range []int{0, 10, 100, len(text) / 2, len(text) - 1} {
		if s, problem := open(text[:end]); s != nil || problem == "" {
			t.Errorf("the first %d bytes were opened", end)
		}
	}
}

// member is one member of an archive that a test makes.
type member struct {
	name, text string
	mode       fs.FileMode
	// size is what the archive says of the size, where that is not the size of the text.
	size uint64
}

func archive(t testing.TB, members ...member) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		if m.mode != 0 {
			h.SetMode(m.mode)
		}
		if m.text == "" {
			h.Method = zip.Store
		}
		create := w.CreateHeader
		if m.size > 0 {
			h.Method, h.UncompressedSize64, h.CompressedSize64 = zip.Store, m.size, uint64(len(m.text))
			create = w.CreateRaw
		}
		f, err := create(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, m.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileSnapshots(t *testing.T) {
	plan := member{name: "tfplan", text: "x"}
	list := member{name: "tfconfig/modules.json", text: `[{"Key":"","Dir":"."}]`}
	main := member{name: "tfconfig/m-/main.tf", text: "locals {}"}
	var many []member
	for i := range 20001 {
		many = append(many, member{name: fmt.Sprintf("tfconfig/m-/f%d.tf", i)})
	}
	var large []member
	for i := range 9 {
		large = append(large, member{name: fmt.Sprintf("tfconfig/m-/f%d.tf", i), text: "x", size: 30 << 20})
	}
	for _, c := range []struct {
		name    string
		members []member
		want    string
	}{
		{"good", []member{plan, list, main}, ""},
		{"Windows and out of the directory", []member{plan, {name: list.name, text: `[{"Key":"","Dir":"."},{"Key":"a","Source":"..\\a","Dir":"..\\a"}]`}, main, {name: "tfconfig/m-a/x.tf"}}, ""},
		{"other members do not matter", []member{plan, list, main, {name: "tfstate", text: "x"}, {name: "../../etc/passwd", text: "x"}, {name: "huge", text: "x", size: 1 << 40}}, ""},
		{"no plan", []member{list, main}, "zip archive without a plan"},
		{"no list", []member{plan, main}, "the list of modules is missing"},
		{"broken list", []member{plan, {name: list.name, text: `[{"Key":`}, main}, "the list of modules is damaged"},
		{"list of something else", []member{plan, {name: list.name, text: `{"Key":""}`}, main}, "the list of modules is damaged"},
		{"empty list", []member{plan, {name: list.name, text: `[]`}, main}, "the root module is missing"},
		{"no root module", []member{plan, {name: list.name, text: `[{"Key":"a","Dir":"a"}]`}, {name: "tfconfig/m-a/x.tf"}}, "the root module is missing"},
		{"module twice", []member{plan, {name: list.name, text: `[{"Key":"","Dir":"."},{"Key":"","Dir":"b"}]`}, main}, "a module in it is there twice"},
		{"module without files", []member{plan, {name: list.name, text: `[{"Key":"","Dir":"."},{"Key":"a","Dir":"a"}]`}, main}, "a module in its list has no files"},
		{"module key that is a path", []member{plan, {name: list.name, text: `[{"Key":"","Dir":"."},{"Key":"a/../..","Dir":"a"}]`}, main}, "a module in its list has no files"},
		{"climbing name", []member{plan, list, main, {name: "tfconfig/m-/../../x.tf"}}, "a name that no file of a module has"},
		{"absolute name", []member{plan, list, main, {name: "tfconfig//etc/passwd"}}, "a name that no file of a module has"},
		{"backslash", []member{plan, list, main, {name: `tfconfig/m-/..\..\x.tf`}}, "a name that no file of a module has"},
		{"drive", []member{plan, list, main, {name: `tfconfig/m-/c:x.tf`}}, "a name that no file of a module has"},
		{"nested", []member{plan, list, main, {name: `tfconfig/m-/sub/x.tf`}}, "a name that no file of a module has"},
		{"directory of something else", []member{plan, list, main, {name: `tfconfig/other/x.tf`}}, "a name that no file of a module has"},
		{"symbolic link", []member{plan, list, main, {name: "tfconfig/m-/link.tf", text: "/etc/passwd", mode: fs.ModeSymlink | 0o777}}, "not a regular file"},
		{"device", []member{plan, list, main, {name: "tfconfig/m-/dev.tf", mode: fs.ModeDevice | 0o777}}, "not a regular file"},
		{"file twice", []member{plan, list, main, main}, "a file in it is there twice"},
		{"large file", []member{plan, list, main, {name: "tfconfig/m-/big.tf", text: "x", size: 33 << 20}}, "a file in it is larger than"},
		{"large files", append([]member{plan, list, main}, large...), "the files in it are larger than"},
		{"many files", append([]member{plan, list, main}, many...), "it holds more than 20000 files"},
	} {
		s, problem := open(archive(t, c.members...))
		if (s == nil) != (c.want != "") || !strings.Contains(problem, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, problem, c.want)
		}
	}
}

// A member that is larger than it says is not read beyond what it says.
func TestSnapshotThatLies(t *testing.T) {
	text := archive(t, member{name: "tfplan", text: "x"}, member{name: "tfconfig/modules.json", text: `[{"Key":"","Dir":"."}]`},
		member{name: "tfconfig/m-/main.tf", text: strings.Repeat("#", 1<<20)})
	for _, signature := range []string{"PK\x01\x02", "PK\x07\x08"} {
		at := bytes.LastIndex(text, []byte(signature))
		size := at + 24
		if signature == "PK\x07\x08" {
			size = at + 12
		}
		copy(text[size:], []byte{4, 0, 0, 0})
	}
	s, problem := open(text)
	if s == nil {
		t.Fatal(problem)
	}
	if got, err := fs.ReadFile(s.Files, "m-/main.tf"); err == nil || len(got) > 4 {
		t.Errorf("read %d bytes (%v)", len(got), err)
	}
}

func FuzzSnapshot(f *testing.F) {
	if text, err := os.ReadFile("../../fixtures/inputs/binary.tfplan"); err == nil {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, problem := open(text)
		if (s == nil) == (problem == "") {
			t.Fatalf("neither read nor refused: %q", problem)
		}
		if s == nil {
			return
		}
		for _, m := range s.Modules {
			files, err := fs.ReadDir(s.Files, m.Path)
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				_, _ = fs.ReadFile(s.Files, m.Path+"/"+file.Name())
			}
		}
	})
}
