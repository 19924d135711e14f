//go:build !urfave_cli_no_docs

package main

import "testing"

// TestManualPageIsCurrent holds the manual page that packages install against the program. The library's generator is in tests
// alone: released binaries are built without it.
func TestManualPageIsCurrent(t *testing.T) {
	app := newApp(streams{})
	app.Setup()
	page, err := app.ToManWithSection(1)
	if err != nil {
		t.Fatal(err)
	}
	current(t, "docs/keyproof.1", []byte(page))
}
