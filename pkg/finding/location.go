package finding

// Pos is a position in a file. Line and Column count from 1, columns in Unicode code points; Byte counts from 0.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// Location is a part of a file; End is exclusive.
type Location struct {
	// File is relative to the current directory when it lies below it, absolute otherwise.
	File  string `json:"file"`
	Start Pos    `json:"start"`
	End   Pos    `json:"end"`
	// Hidden says that the place holds a sensitive value: it is shown without an excerpt.
	Hidden bool `json:"-"`
}
