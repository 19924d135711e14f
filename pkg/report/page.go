package report

import (
	"embed"
	"html/template"
)

// page is what the HTML report shows, every text of it visible already.
type page struct {
	Policy   string // what the browser lets the page do: use this style and this script, and nothing else
	Style    template.CSS
	Script   template.JS
	Tool     string
	Headline string
	Mood     string
	Facts    []string
	Notes    []string
	Gate     string
	Settings []string
	Counts   []severityCount
	Statuses []string
	Problems []problem
	Picture  *picture
	Access   *matrix
	Findings []card
	Resolved []card
	Silenced []card
	Policies []policyRow
	Inputs   bool // there are several
}

//go:embed page/*.html
var pageFiles embed.FS

//go:embed page/page.css
var pageStyle string

//go:embed page/page.js
var pageScript string

type severityCount struct {
	Name string
	N    int
}

type problem struct {
	Severity, Summary, Spot string
	Detail                  []string
	Source                  *source
}

// card is one finding, or a group of them.
type card struct {
	ID                       string
	Severity, Title, Rule    string
	Certainty, Status, Input string
	Addresses                []string
	Attribute, Statement     string
	Spot                     string
	Hidden                   bool
	Source                   *source
	Message, Witness, Remedy []span
	DependsOn                []string
	Related                  []relatedPlace
	Fixes                    []fixCard
	Why, Fix                 []block
	References               []reference
	Suppressed               string
	Search                   string // what the filter looks in
}

type source struct {
	Lines []sourceLine
	More  string
}

type sourceLine struct {
	Number                int
	Before, Marked, After string
}

type relatedPlace struct {
	Spot, Message string
	Source        *source
}

type reference struct{ Text, Link string }

type policyRow struct {
	Danger                                                   string // how bad the verdict is
	Verdict, Public, Kind, Address, Attribute, Input, Action string
	From, DependsOn, Search                                  string
}

// fixCard is a fix on the page.
type fixCard struct {
	Title        string
	TakesAway    []string
	Placeholders string
	Diff         string
	Policy       string
	Commands     string
	Console      []string
}

// matrix is who may use which key: a line for each caller and a column for each key.
type matrix struct {
	Keys   []string
	Groups []callerGroup
	Facts  string
	// Many says that the columns must be narrow.
	Many bool
}

// callerGroup are callers of one kind.
type callerGroup struct {
	Name    string
	Callers []callerLine
}

type callerLine struct {
	Name, Search string
	Cells        []matrixCell
}

// matrixCell is what a caller may do with a key.
type matrixCell struct {
	Key string
	// Classes are those that it may do something of, worst first.
	Classes []cellClass
	Ways    []cellWay
}

type cellClass struct {
	Letter, Name, Change string
	Possible             bool // no row says it for certain
}

type cellWay struct {
	Change, Class, Actions, Via, Depends string
	Conditions, Through                  []string
	Witness                              string
}
