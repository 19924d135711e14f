package tfplan

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/hashicorp/hcl/v2"
)

// contentError is JSON that says something a plan cannot say.
type contentError struct {
	at      jsontext.Pointer
	offset  int64
	problem string
	// about is the address of the resource that it is about, if it is about one.
	about string
}

func (e *contentError) Error() string { return pathOf(e.at) + " " + e.problem }

// about says in an error about the content which resource it is about.
func about(err error, address string) error {
	var content *contentError
	if errors.As(err, &content) && content.about == "" {
		content.about = address
	}
	return err
}

// limitError is input that costs more than the limits allow. Name is that of the limit, "" for one that cannot be raised.
type limitError struct{ problem, name string }

// remedy says what an honest user can do.
func (e *limitError) remedy() string {
	text := "Limits keep hostile input from using up time and memory"
	if e.name == "" {
		return text + "; this one is far above what Terraform writes."
	}
	return text + "; where the input is your own, --limit " + e.name + "=VALUE raises this one."
}

func (e *limitError) Error() string { return e.problem }

// wrongInput is input that is something else than what is wanted, with the way to the right one.
type wrongInput struct{ summary, detail string }

func (e *wrongInput) Error() string { return e.summary + ": " + e.detail }

var (
	errSeveral  = errors.New("several JSON documents in one input")
	errTrailing = errors.New("text after the end of the JSON document")
)

// diagnose says in a diagnostic why the input could not be read, where in the text (a byte offset, -1 if nowhere) and in
// which part of the document. It never quotes the input. Place says where a byte of what was parsed was in the input, -1
// where that is not known.
func diagnose(err error, place func(int64) int64) (d *hcl.Diagnostic, offset int64) {
	d = &hcl.Diagnostic{Severity: hcl.DiagError}
	var (
		wrong   *wrongInput
		content *contentError
		limit   *limitError
		syntax  *jsontext.SyntacticError
	)
	switch {
	case errors.As(err, &wrong):
		d.Summary, d.Detail = wrong.summary, wrong.detail
		return d, -1
	case errors.As(err, &limit):
		d.Summary = "The input is beyond a limit"
		d.Detail = fmt.Sprintf("It is not read on because %s. %s", limit.problem, limit.remedy())
		return d, -1
	case errors.As(err, &content):
		d.Summary = "This is not what a plan or state looks like"
		where := pathOf(content.at)
		if content.about != "" {
			where += fmt.Sprintf(" (%.200s)", content.about)
		}
		d.Detail = fmt.Sprintf("In %s: it %s. Make the JSON anew with `terraform show -json`, and do not edit it.", where, content.problem)
		return d, place(content.offset)
	case errors.Is(err, errSeveral):
		d.Summary = "Several JSON documents in one input"
		d.Detail = "Only one plan can be read from one input. `terragrunt run --all show -json` and `cat` put several together: keep each plan in a file of its own (`terragrunt run --all --json-out-dir DIR -- plan` does that) and pass them all."
		return d, -1
	case errors.Is(err, errTrailing):
		d.Summary = "Text after the end of the JSON document"
		d.Detail = "Something else wrote into the same file, such as a wrapper or 2>&1. In GitHub Actions, set terraform_wrapper: false for hashicorp/setup-terraform. Make it anew with `terraform show -json tfplan > plan.json`."
		return d, -1
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		d.Summary = "The compressed input is damaged"
		d.Detail = "It starts as gzip does, but cannot be decompressed. Compress the plan JSON anew, or pass it as it is."
		return d, -1
	case errors.As(err, &syntax):
		offset = place(syntax.ByteOffset)
		return diagnoseSyntax(d, syntax, offset), offset
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		d.Summary = "The input ends too early"
		d.Detail = truncatedHint
		return d, -1
	}
	d.Summary = "The input cannot be read"
	d.Detail = fmt.Sprintf("Reading stopped: %v.", err)
	return d, -1
}

const truncatedHint = "It is incomplete: `terraform show -json` may have failed, the disk may have been full, or a download was cut off. Make it anew with `terraform show -json tfplan > plan.json` and check the exit code."

func diagnoseSyntax(d *hcl.Diagnostic, e *jsontext.SyntacticError, offset int64) *hcl.Diagnostic {
	at, after, in := "", "", ""
	if offset >= 0 {
		at, after = fmt.Sprintf(" at byte %d", offset), fmt.Sprintf(" after %d bytes", offset)
	}
	if e.JSONPointer != "" {
		in = " in " + pathOf(e.JSONPointer)
	}
	text := e.Err.Error()
	switch {
	case errors.Is(e, io.ErrUnexpectedEOF):
		d.Summary = "The JSON document ends too early"
		d.Detail = fmt.Sprintf("It ends%s%s. %s", after, in, truncatedHint)
	case strings.Contains(text, "UTF-8"):
		d.Summary = "Invalid UTF-8"
		d.Detail = fmt.Sprintf("The text%s%s is not UTF-8: it was converted by something that took it for another encoding (PowerShell does so with `>`). Make the JSON anew with `terraform show -json tfplan | Out-File -Encoding utf8 plan.json`, or in another shell.", at, in)
	case strings.Contains(text, "max depth"):
		d.Summary = "The input is beyond a limit"
		d.Detail = "It is nested too deeply for a plan."
	default:
		d.Summary = "Invalid JSON"
		d.Detail = fmt.Sprintf("The text%s%s is not valid JSON. Make it anew with `terraform show -json tfplan > plan.json`, and do not edit it.", at, in)
	}
	return d
}

// holdsValues are the members below which names may be the names of anything: of those only one more level is shown.
var holdsValues = map[string]bool{
	"after": true, "after_unknown": true, "after_sensitive": true, "before": true, "before_sensitive": true,
	"values": true, "sensitive_values": true, "constant_value": true, "default": true, "value": true,
}

// pathOf writes a JSON pointer as an expression would: resource_changes[3].change.after.policy.
func pathOf(p jsontext.Pointer) string {
	var b strings.Builder
	n, last, element := 0, false, false
	for token := range p.Tokens() {
		if n++; n > 40 || b.Len() > 400 {
			return b.String() + "…"
		}
		switch {
		case isNumber(token):
			b.WriteString("[" + token + "]")
		case isWord(token):
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(token)
		default:
			fmt.Fprintf(&b, "[%.80q]", token)
		}
		if last {
			break
		}
		// The values of a resource stand in an element of a list; those of a state or module do not.
		last = holdsValues[token] && (token != "values" || element)
		element = isNumber(token)
	}
	if b.Len() == 0 {
		return "the document"
	}
	return b.String()
}

func isNumber(s string) bool { return s != "" && len(s) < 12 && strings.Trim(s, "0123456789") == "" }

func isWord(s string) bool {
	for _, r := range s {
		if r != '_' && r != '-' && (r < '0' || '9' < r) && (r < 'a' || 'z' < r) && (r < 'A' || 'Z' < r) {
			return false
		}
	}
	return s != "" && len(s) <= 80
}

// position finds line and column of a byte of the text.
func position(text io.Reader, offset int64) hcl.Pos {
	pos := hcl.Pos{Line: 1, Column: 1}
	buf := make([]byte, 64<<10)
	for left := offset; left > 0; {
		n, err := text.Read(buf[:min(int64(len(buf)), left)])
		for _, c := range buf[:n] {
			switch {
			case c == '\n':
				pos.Line, pos.Column = pos.Line+1, 1
			case c&0xC0 != 0x80:
				pos.Column++
			}
		}
		left -= int64(n)
		pos.Byte += n
		if err != nil {
			break
		}
	}
	return pos
}
