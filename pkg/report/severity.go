package report

import "github.com/keyproof/keyproof/pkg/finding"

// color is a terminal colour by its SGR parameters.
type color string

// The colours are those of the fixed palette of 256: a terminal's own yellow and green cannot be read on a light ground. A test
// holds the contrast on light and dark ones.
const (
	bold    color = "1"
	faint   color = "38;5;244"
	red     color = "38;5;196"
	boldRed color = "1;38;5;196"
	alarm   color = "1;38;5;231;48;5;160" // white on red
	yellow  color = "38;5;166"
	green   color = "38;5;64"
	cyan    color = "38;5;32"
)

// severityForm is how the formats write a severity.
type severityForm struct {
	color                          color
	github, gitlab, sarif, problem string
	// score is read back as the severity by code hosts: above 9 critical, from 7 high, from 4 medium.
	score string
}

var severityForms = map[finding.Severity]severityForm{
	finding.Low:      {cyan, "notice", "minor", "note", "recommendation", "2.0"},
	finding.Medium:   {yellow, "warning", "major", "warning", "warning", "5.5"},
	finding.High:     {red, "error", "critical", "error", "error", "8.0"},
	finding.Critical: {alarm, "error", "blocker", "error", "error", "9.5"},
}
