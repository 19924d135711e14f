package file

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/file/filetest"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := Read(path, 5); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
	for _, tt := range []struct {
		path string
		most int
		want string
	}{
		{path, 4, "larger than the 4 bytes"},
		{dir, 9, "not a regular file"},
		{filepath.Join(dir, "none"), 9, "no such file"},
	} {
		if _, err := Read(tt.path, tt.most); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.path) {
			t.Errorf("%s: %v", tt.path, err)
		}
	}
	if _, err := os.Stat(os.DevNull); err == nil {
		if _, err := Read(os.DevNull, 9); err == nil {
			t.Error("a device is read")
		}
	}
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, data := range []string{"first", "second"} {
		if err := Replace(t.Context(), path, []byte(data)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != data {
			t.Errorf("%q, %v", got, err)
		}
	}
	target := filepath.Join(dir, "target")
	if err := os.WriteFile(target, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	filetest.Symlink(t, target, link)
	for path, want := range map[string]string{
		link:                            "symbolic link",
		dir:                             "directory",
		os.DevNull:                      "not a regular file",
		filepath.Join(dir, "none", "a"): "there is no directory",
	} {
		if err := Replace(t.Context(), path, []byte("x")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if got, _ := os.ReadFile(target); !bytes.Equal(got, []byte("precious")) {
		t.Errorf("the link's target holds %q", got)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("what is left: %v, %v", entries, err)
	}
}

// What is interrupted leaves neither the file nor what it was to be made from; what was there before stays.
func TestReplaceInterrupted(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := Replace(t.Context(), path, []byte("before")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	for range 50 {
		if err := Replace(ctx, path, []byte("after")); err == nil {
			t.Fatal("it was written all the same")
		}
	}
	entries, err := os.ReadDir(dir)
	if got, _ := os.ReadFile(path); err != nil || len(entries) != 1 || string(got) != "before" {
		t.Errorf("%d files are left, with %q: %v", len(entries), got, err)
	}
}

func TestText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	for _, text := range []string{"{\"é\"}", "\ufeff{\"é\"}", "\xff\xfe{\x00\"\x00\xe9\x00\"\x00}\x00", "\xfe\xff\x00{\x00\"\x00\xe9\x00\"\x00}", "", "\ufeff"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		want := "{\"é\"}"
		if len(text) < 4 {
			want = ""
		}
		if data, err := Text(path, 99); err != nil || string(data) != want {
			t.Errorf("%q is %q, %v", text, data, err)
		}
	}
}
