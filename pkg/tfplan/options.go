// Package tfplan reads plans and states in JSON into the resource model of pkg/tf, the sources inside a binary plan, and
// says of every other input what it is.
//
// Plans are read as a stream: what is not wanted is skipped token by token, so memory follows what is wanted and not the
// size of the plan. Everything read is untrusted. The package never panics on input and never drops what it cannot
// read: it returns a diagnostic with an error.
//
// It is no API: it may change in any version.
package tfplan

import (
	"slices"
	"strings"
	"sync"
)

// Options say what to read. The zero value reads every resource.
type Options struct {
	// Name is what diagnostics call the input: a file name, or "-" for the standard input.
	Name string
	// Types are the types of resources to read; those of data sources start with "data.". A star at the end
	// stands for the rest of a name. Nil means all of them.
	Types []string
	// Addresses asks for further resource instances, whatever their type. It may be nil. It is called from one goroutine
	// at a time, and may be asked the same twice.
	Addresses func(address string) bool
	// Limits bound what hostile input can cost.
	Limits Limits
}

// Limits bound what one input may cost. A zero stands for the default.
type Limits struct {
	// Depth is how deeply values and modules may be nested: 200.
	Depth int
	// String is how many bytes one string may have: 32 MB.
	String int
	// Memory is the estimate of what the values that are kept may take: 2 GB.
	Memory int64
	// Text is how many bytes of text a compressed input may hold: 8 GB.
	Text int64
}

// DefaultLimits are what the zero value stands for.
func DefaultLimits() Limits { return Limits{}.withDefaults() }

func (l Limits) withDefaults() Limits {
	if l.Depth <= 0 {
		l.Depth = 200
	}
	if l.String <= 0 {
		l.String = 32 << 20
	}
	if l.Memory <= 0 {
		l.Memory = 2 << 30
	}
	if l.Text <= 0 {
		l.Text = 8 << 30
	}
	return l
}

// wanted are the types of Options.Types and the addresses besides them.
type wanted struct {
	// all says that every type is wanted.
	all           bool
	managed, data map[string]bool
	begins        []string // how the names of further managed types begin
	addresses     func(string) bool
}

// manages says whether managed resources of a type are wanted.
func (w wanted) manages(typ string) bool {
	return w.managed[typ] || slices.ContainsFunc(w.begins, func(b string) bool { return strings.HasPrefix(typ, b) })
}

// types are the same types, without the addresses.
func (w wanted) types() wanted { w.addresses = nil; return w }

func (o Options) wanted() wanted {
	w := wanted{all: o.Types == nil, managed: map[string]bool{}, data: map[string]bool{}}
	if o.Addresses != nil {
		var one sync.Mutex
		w.addresses = func(address string) bool {
			one.Lock()
			defer one.Unlock()
			return o.Addresses(address)
		}
	}
	for _, t := range o.Types {
		if name, ok := strings.CutPrefix(t, "data."); ok {
			w.data[name] = true
		} else if name, ok := strings.CutSuffix(t, "*"); ok {
			w.begins = append(w.begins, name)
		} else {
			w.managed[t] = true
		}
	}
	return w
}
