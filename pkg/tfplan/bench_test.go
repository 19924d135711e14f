package tfplan_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/keyproof/keyproof/pkg/tfplan"
	"github.com/keyproof/keyproof/pkg/tfplan/tfplantest"
)

// largePlan writes a plan of n resources and returns its file, its size and how many resources in it are wanted.
func largePlan(t testing.TB, n int) (file string, size int64, wanted int) {
	t.Helper()
	file = filepath.Join(t.TempDir(), fmt.Sprintf("plan-%d.json", n))
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err = tfplantest.Plan{Resources: n}.Write(f)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return file, info.Size(), wanted
}

func readFile(t testing.TB, file string, wanted int) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, diags := tfplan.Read(f, options(file))
	if diags.HasErrors() || len(p.Resources) != wanted {
		t.Fatalf("got %d resources of %d, and %s", len(p.Resources), wanted, messages(diags))
	}
}

func BenchmarkRead(b *testing.B) {
	for _, megabytes := range []int64{1, 10, 124} {
		b.Run(fmt.Sprintf("%dMB", megabytes), func(b *testing.B) {
			file, size, wanted := largePlan(b, tfplantest.Resources(megabytes<<20))
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				readFile(b, file, wanted)
			}
		})
	}
}

func BenchmarkDetect(b *testing.B) {
	text := plans(b)["safe"]
	b.ReportAllocs()
	for b.Loop() {
		if in, diags := tfplan.Detect(bytes.NewReader(text), tfplan.Options{}); diags.HasErrors() || in.Kind != tfplan.Plan {
			b.Fatal(messages(diags))
		}
	}
}

// The generated plan is one that terraform could have written: it reads without a complaint, whatever its size.
func TestGeneratedPlans(t *testing.T) {
	for _, n := range []int{1, 19, 20, 21, 500} {
		var b bytes.Buffer
		wanted, err := tfplantest.Plan{Resources: n}.Write(&b)
		if err != nil {
			t.Fatal(err)
		}
		p := read(t, "generated", b.Bytes())
		if len(p.Resources) != wanted {
			t.Errorf("%d resources: got %d wanted ones, not %d", n, len(p.Resources), wanted)
		}
		for _, r := range p.Resources {
			if r.Config == nil {
				t.Errorf("%s has no configuration", r.Address)
			}
		}
		if !bytes.Equal(b.Bytes(), generated(t, n)) {
			t.Errorf("%d resources: made anew, the plan differs", n)
		}
	}
}

func generated(t *testing.T, n int) []byte {
	var b bytes.Buffer
	if _, err := (tfplantest.Plan{Resources: n}).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
