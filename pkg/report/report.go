// Package report writes the result of a run: as text for people, and in the formats that pipelines and code hosts read.
//
// Every format is written from the same [finding.Report] and from nothing else. What comes from the input (names, paths,
// messages, source text) is data in all of them: it cannot add a line to a log, a tag to a page or a mention to a
// comment. Source text of a hidden location is never shown. The same report gives the same bytes.
package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

type format struct {
	name  string
	write func(io.Writer, *view, Options) error
}

// formats lists the formats in the order in which they are offered.
func formats() []format {
	return []format{
		{"text", writeText},
		{"json", writeJSON},
		{"sarif", writeSARIF},
		{"github", writeGitHub},
		{"gitlab", writeGitLab},
		{"junit", writeJUnit},
		{"markdown", writeMarkdown},
		{"html", writeHTML},
	}
}

// Formats returns the names of the formats, the default first.
func Formats() []string { return names(formats()) }

func names(formats []format) []string {
	var out []string
	for _, f := range formats {
		out = append(out, f.name)
	}
	return out
}

// Write writes the report in the named format. An unknown name is an error that lists the known ones.
func Write(w io.Writer, name string, r *finding.Report, opts Options) error {
	return write(w, formats(), name, r, opts)
}

func write(w io.Writer, formats []format, name string, r *finding.Report, opts Options) error {
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
	if i < 0 {
		return fmt.Errorf("%q is not a report format: choose one of %s", name, strings.Join(names(formats), ", "))
	}
	b := bufio.NewWriter(w)
	err := formats[i].write(b, newView(r), opts)
	if err == nil {
		err = b.Flush()
	}
	if err != nil {
		return fmt.Errorf("write the %s report: %w", name, err)
	}
	return nil
}
