package tfplan_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

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
	wanted, err = tfplantest.Write(f, n)
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
	p, diags := tfplan.Read(f, tfplan.Options{Name: file})
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
		wanted, err := tfplantest.Write(&b, n)
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
	if _, err := tfplantest.Write(&b, n); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const readerEnv = "TFPLAN_TEST_READ"

// TestMain reads a plan and nothing else where a test asks for it: the memory of the process is what reading takes.
func TestMain(m *testing.M) {
	file := os.Getenv(readerEnv)
	if file == "" {
		os.Exit(m.Run())
	}
	start := time.Now()
	f, err := os.Open(file)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	p, diags := tfplan.Read(f, tfplan.Options{Name: file})
	if diags.HasErrors() {
		fmt.Println(messages(diags))
		os.Exit(1)
	}
	fmt.Printf("%d resources in %d ms", len(p.Resources), time.Since(start).Milliseconds())
}

// A plan of 124 MB takes less than 100 MB of memory and, next to jq on the same file, less than a tenth of the time.
// The time is only reported: a machine that is busy with something else must not fail the test.
func TestLargePlan(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" || raceEnabled {
		t.Skip("needs a plain build on Linux, and a while")
	}
	file, size, wanted := largePlan(t, 30000)
	out, used, memory := run(t, os.Args[0], file)
	if !strings.HasPrefix(out, fmt.Sprintf("%d resources", wanted)) {
		t.Fatalf("got %s", out)
	}
	t.Logf("%d MB: %s, %v of processor time, %d MB of memory", size>>20, out, used, memory>>20)
	if memory > 100<<20 {
		t.Errorf("reading %d MB took %d MB of memory", size>>20, memory>>20)
	}
	if jq, err := exec.LookPath("jq"); err == nil {
		_, theirs, memory := run(t, jq, "-c", ".", file)
		t.Logf("jq -c .: %v of processor time, %d MB of memory; reading takes %.3f of that time", theirs, memory>>20, float64(used)/float64(theirs))
	}
}

// run starts a program, or this one as a reader of the file, and says what it took.
func run(t *testing.T, program string, args ...string) (out string, used time.Duration, memory int64) {
	cmd := exec.Command(program, args...)
	var b bytes.Buffer
	if program == os.Args[0] {
		cmd.Env = append(os.Environ(), readerEnv+"="+args[0])
		cmd.Stdout = &b
	}
	if err := cmd.Run(); err != nil {
		t.Fatal(err, b.String())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return b.String(), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss << 10
}
