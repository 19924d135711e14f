package report

// Options say how a report is written. The zero value is a plain report that is not wrapped.
type Options struct {
	// Color allows terminal colours in text. Other formats have none.
	Color bool
	// Width is the number of columns that text is wrapped to; 0 does not wrap.
	Width int
	// Quiet leaves out of text what is not a finding: the resolved findings and the summary.
	Quiet bool
	// Category is the first part of a SARIF run's automationDetails.id, "" for the name of the tool. Uploads of one category
	// and input replace each other.
	Category string
	// CodeScanning leaves suppressed and resolved findings out of SARIF, for readers that show them as open.
	CodeScanning bool
}
