package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/keyproof/keyproof/pkg/finding"
)

// accessFormats are the formats of who may use which key.
var accessFormats = []struct {
	name  string
	write func(io.Writer, *finding.Report, Options) error
}{
	{"text", writeAccessText},
	{"markdown", writeAccessMarkdown},
	{"html", writeAccessHTML},
	{"csv", writeAccessCSV},
	{"hcl", writeAccessHCL},
	{"json", func(w io.Writer, r *finding.Report, o Options) error { return Write(w, "json", r, o) }},
}

// AccessFormats are the names of the formats that [WriteAccess] knows.
func AccessFormats() []string {
	var out []string
	for _, f := range accessFormats {
		out = append(out, f.name)
	}
	return out
}

// WriteAccess writes who may use which key in a format.
func WriteAccess(w io.Writer, format string, r *finding.Report, o Options) error {
	i := slices.IndexFunc(accessFormats, func(f struct {
		name  string
		write func(io.Writer, *finding.Report, Options) error
	}) bool {
		return f.name == format
	})
	if i < 0 {
		return fmt.Errorf("%q is not a format of access", format)
	}
	return accessFormats[i].write(w, r, o)
}
