package tfplan

import (
	"io"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/tf"
)

// ReadUncut reads a plan or state in UTF-8 without cutting anything out before it is parsed.
func ReadUncut(text io.Reader, opts Options) (*tf.Plan, error) {
	r := newReader(text, opts.wanted(), opts.Limits.withDefaults())
	kind, err := r.document()
	if err != nil {
		return nil, err
	}
	r.finish(kind)
	return r.plan, nil
}

// Cut gives what is left of a text.
func Cut(text io.Reader, opts Options) ([]byte, error) {
	a := readAhead(&cutter{r: text, wanted: opts.wanted(), cuts: &cuts{}})
	return io.ReadAll(a)
}

// Read reads the plan JSON or state JSON that r holds.
func Read(r io.Reader, opts Options) (*tf.Plan, hcl.Diagnostics) {
	in, diags := Detect(r, opts)
	if diags.HasErrors() {
		return nil, diags
	}
	return in.Plan()
}
