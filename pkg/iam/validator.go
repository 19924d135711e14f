package iam

type validator struct {
	Document
	kind      Kind
	size      int
	partition string // of what the document is for, "" where it is not known
}

func (v *validator) refuse(statement int, at String, format string, args ...any) *Problem {
	return v.problem(true, statement, at.Start, at.End, format, args...)
}
