// Package filetest is for tests of files.
//
// It is no API: it may change in any version.
package filetest

import (
	"errors"
	"os"
	"runtime"
	"syscall"
	"testing"
)

// notHeld is Windows's ERROR_PRIVILEGE_NOT_HELD: links need a right there that most users do not have.
const notHeld = syscall.Errno(1314)

// Symlink makes a symbolic link. Where the system allows none the test is skipped; any other error fails it.
func Symlink(t *testing.T, target, link string) {
	t.Helper()
	err := os.Symlink(target, link)
	switch {
	case err == nil:
	case runtime.GOOS == "windows" && errors.Is(err, notHeld):
		t.Skip("this user may not make symbolic links:", err)
	default:
		t.Fatal(err)
	}
}
