package scan

import (
	"fmt"
	"strings"

	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfplan"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

// Limit is a bound on what input may cost that honest users may meet, and can raise.
type Limit struct {
	// Name is what Options.Limits calls it.
	Name string
	// What says what it bounds.
	What string
	// Default is the bound where nothing else is said, in bytes or a number.
	Default int64
	// Bytes says that it is a size.
	Bytes bool
	set   func(*bounds, int64)
}

// bounds are the limits of the readers.
type bounds struct {
	plan   tfplan.Limits
	files  tfsource.Limits
	budget tfhcl.Budget
}

// Limits are the limits that can be raised.
func Limits() []Limit {
	p, f, e := tfplan.DefaultLimits(), tfsource.Limits{}.WithDefaults(), tfhcl.Budget{}.WithDefaults()
	return []Limit{
		{"string", "one string in a plan", int64(p.String), true, func(b *bounds, n int64) { b.plan.String = int(n) }},
		{"memory", "memory for the values of a plan that are kept, estimated", p.Memory, true, func(b *bounds, n int64) { b.plan.Memory = n }},
		{"unpacked", "text in a compressed plan, unpacked", p.Text, true, func(b *bounds, n int64) { b.plan.Text = n }},
		{"depth", "nesting of values and modules in a plan", int64(p.Depth), false, func(b *bounds, n int64) { b.plan.Depth = int(n) }},
		{"source-file", "one source file, or one file that a function reads", int64(f.File), true, func(b *bounds, n int64) { b.files.File = int(n) }},
		{"source-files", "all source files together", int64(f.Total), true, func(b *bounds, n int64) { b.files.Total = int(n) }},
		{"source-words", "words and signs of all sources that are parsed", int64(f.Words), false, func(b *bounds, n int64) { b.files.Words = int(n) }},
		{"built-string", "a string that sources put together", int64(e.Text), true, func(b *bounds, n int64) { b.budget.Text = int(n) }},
		{"argument-steps", "steps to evaluate one argument", int64(e.Each), false, func(b *bounds, n int64) { b.budget.Each = int(n) }},
		{"steps", "steps to evaluate all sources", int64(e.Steps), false, func(b *bounds, n int64) { b.budget.Steps = int(n) }},
		{"module-instances", "module instances", int64(e.Modules), false, func(b *bounds, n int64) { b.budget.Modules = int(n) }},
		{"outcomes", "outcomes of unknown conditions in one argument", int64(e.Choices), false, func(b *bounds, n int64) { b.budget.Choices = int(n) }},
	}
}

// mostOfLimit keeps a limit within what every machine can count.
const mostOfLimit = 1 << 40

// bound makes the readers' limits of those that the user gave.
func bound(given map[string]int64) (bounds, error) {
	var b bounds
	known := map[string]Limit{}
	var names []string
	for _, l := range Limits() {
		known[l.Name] = l
		names = append(names, l.Name)
	}
	for name, n := range given {
		l, ok := known[name]
		switch {
		case !ok:
			return b, fmt.Errorf("there is no limit %q: the limits are %s", name, strings.Join(names, ", "))
		case n <= 0 || n > mostOfLimit:
			return b, fmt.Errorf("the limit %s is %d: it must be more than 0, and at most %d", name, n, int64(mostOfLimit))
		}
		l.set(&b, n)
	}
	return b, nil
}
