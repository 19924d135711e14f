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

// distinct are the rows of a report, in which keys and callers that several inputs have at one address are named with their input.
func distinct(r *finding.Report) []finding.Access {
	if len(r.Inputs) < 2 {
		return r.Access
	}
	at := map[string]map[int]bool{}
	note := func(address string, input int) {
		if at[address] == nil {
			at[address] = map[int]bool{}
		}
		at[address][input] = true
	}
	for i := range r.Access {
		a := &r.Access[i]
		note(a.Key, a.Input)
		if a.Who.Address != "" {
			note(a.Who.Address, a.Who.Input)
		}
	}
	name := func(address string, input int) string {
		if len(at[address]) < 2 || input >= len(r.Inputs) {
			return address
		}
		return address + " of " + inputName(r.Inputs[input].Path)
	}
	out := slices.Clone(r.Access)
	for i := range out {
		a := &out[i]
		if a.Key = name(a.Key, a.Input); a.Who.Address != "" {
			a.Who.Address = name(a.Who.Address, a.Who.Input)
		}
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
