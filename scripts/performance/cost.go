//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cost is what one command took.
type cost struct {
	time   time.Duration
	memory int64 // the most that was resident, in bytes
}

// measure runs a command, and keeps the cost if it is the best so far. Findings, exit code 1, are no failure.
func (c *cost) measure(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = os.TempDir()
	var errs strings.Builder
	cmd.Stderr = &errs
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args, " "), err, errs.String())
	}
	if c.time == 0 || took < c.time {
		c.time = took
	}
	if memory := resident(cmd.ProcessState); c.memory == 0 || memory < c.memory {
		c.memory = memory
	}
	return nil
}

// resident is the most memory that a process had, in bytes: macOS counts it so, others in KB.
func resident(p *os.ProcessState) int64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return usage.Maxrss
	}
	return usage.Maxrss << 10
}

func (c cost) String() string {
	if c.time == 0 {
		return "– | –"
	}
	return fmt.Sprintf("%.2f s | %d MB", c.time.Seconds(), c.memory>>20)
}

// of is the ratio of the times.
func (c cost) of(other cost) string {
	if other.time == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", c.time.Seconds()/other.time.Seconds())
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
