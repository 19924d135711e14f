package tfplan

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/hashicorp/hcl/v2"
)

// Input is an input whose kind is known. Reading from it gives the whole text: decompressed, in UTF-8, without a byte
// order mark.
type Input struct {
	// Kind is Plan for JSON that may still turn out to be a state or something else; Plan (the method) decides.
	Kind Kind

	opts   Options
	source io.Reader
	start  int64
	text   *bufio.Reader
	cuts   cuts
}

// Detect recognises what r holds by its content. For what cannot be read the kind is Other, and the diagnostics say what
// it is and how to make the right input. From then on r belongs to the input; if it can seek, errors in it are given with
// line and column.
func Detect(r io.Reader, opts Options) (*Input, hcl.Diagnostics) {
	opts.Limits = opts.Limits.withDefaults()
	in := &Input{opts: opts, source: r, start: -1}
	if seeker, ok := r.(io.Seeker); ok {
		if at, err := seeker.Seek(0, io.SeekCurrent); err == nil {
			in.start = at
		}
	}
	var err error
	if in.text, err = text(r, opts.Limits); err != nil {
		in.text = bufio.NewReader(bytes.NewReader(nil))
		return in, in.diagnostics(err)
	}
	head, err := in.text.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return in, in.diagnostics(err)
	}
	kind, err := recognise(head)
	if err != nil {
		return in, in.diagnostics(err)
	}
	in.Kind = kind
	return in, nil
}

// Read reads the text of the input.
func (in *Input) Read(p []byte) (int, error) { return in.text.Read(p) }

// recognise tells the kind by the first bytes of the text.
func recognise(head []byte) (Kind, error) {
	if isZip(head) {
		if holdsPlan(head) {
			return Binary, nil
		}
		return Other, wrongZip
	}
	body := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(body) == 0:
		return Other, wrongEmpty
	case len(body) > 0 && (body[0] == '{' || body[0] == '['):
		kind, wrong := scanHead(body).classify()
		switch {
		case wrong == wrongNotJSON:
			if w := recogniseText(head, body); w != wrongText {
				wrong = w
			}
			return Other, wrong
		case wrong != nil:
			return Other, wrong
		case kind == Other:
			// Nothing tells yet: the names of all members will.
			return Plan, nil
		}
		return kind, nil
	}
	return Other, recogniseText(head, body)
}

// diagnostics says why the input could not be read, with line and column where the input can be read again.
func (in *Input) diagnostics(err error) hcl.Diagnostics {
	d, offset := diagnose(err, in.cuts.place)
	d.Subject = &hcl.Range{Filename: in.opts.Name, Start: hcl.InitialPos, End: hcl.InitialPos}
	if seeker, ok := in.source.(io.Seeker); ok && offset >= 0 && in.start >= 0 {
		if _, err := seeker.Seek(in.start, io.SeekStart); err == nil {
			if again, err := text(in.source, in.opts.Limits); err == nil {
				pos := position(again, offset)
				d.Subject.Start, d.Subject.End = pos, pos
			}
		}
	}
	return hcl.Diagnostics{d}
}
