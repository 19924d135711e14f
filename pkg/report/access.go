package report

import (
	"io"

	"github.com/keyproof/keyproof/pkg/finding"
)

// accessFormats lists the formats of who may use which key.
func accessFormats() []format {
	return []format{
		{"text", writeAccessText},
		{"markdown", writeAccessMarkdown},
		{"html", writeAccessHTML},
		{"csv", writeAccessCSV},
		{"hcl", writeAccessHCL},
		{"json", writeJSON},
	}
}

// AccessFormats are the names of the formats that [WriteAccess] knows.
func AccessFormats() []string { return names(accessFormats()) }

// WriteAccess writes who may use which key in a format.
func WriteAccess(w io.Writer, format string, r *finding.Report, o Options) error {
	return write(w, accessFormats(), format, r, o)
}
