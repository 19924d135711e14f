package tfplan_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/tfplan"
)

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
	p, diags := tfplan.Read(f, options(file))
	if diags.HasErrors() {
		fmt.Println(messages(diags))
		os.Exit(1)
	}
	fmt.Printf("%d resources in %d ms", len(p.Resources), time.Since(start).Milliseconds())
}

// A plan of 124 MB takes less than 100 MB of memory and, next to jq on the same file, less than a tenth of the time.
// The time is only reported: a machine that is busy with something else must not fail the test.
func TestLargePlan(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("needs a plain build, and a while")
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
