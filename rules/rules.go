// Package rules holds the rules that are built in, one HCL file each, and the page that describes them all.
//
// A file that is added here is a rule; check.LoadKnown reads them. README.md is generated from the files and from what the
// rules say of fixtures/rules.
package rules

import (
	"embed"
	"io/fs"
)

// FS holds the rule files.
//
//go:embed *.hcl
var FS embed.FS

// Catalogue is the page of all rules, with an example of what each says; check.Example takes one out.
//
//go:embed README.md
var Catalogue string

// Pages is the catalogue on the web.
const Pages = "https://github.com/keyproof/keyproof/blob/main/rules/README.md"

// Page is where a built-in rule is described on the web, "" for other rules.
func Page(id string) string {
	if _, err := fs.Stat(FS, id+".hcl"); err != nil {
		return ""
	}
	return Pages + "#" + id
}
