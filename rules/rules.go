// Package rules holds the rules that are built in, one HCL file each. check.Load reads them.
//
// A file that is added here is a rule; README.md is generated from them.
package rules

import "embed"

// FS holds the rule files.
//
//go:embed *.hcl
var FS embed.FS
