package iam

type validator struct {
	Document
	kind Kind
	size int
}

func (v *validator) refuse(statement int, at String, format string, args ...any) {
	v.problem(true, statement, at.Start, at.End, format, args...)
}
