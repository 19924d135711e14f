package report

import "github.com/keyproof/keyproof/pkg/finding"

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
