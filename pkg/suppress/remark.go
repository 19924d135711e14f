package suppress

import (
	"time"

	"github.com/hashicorp/hcl/v2"
)

// Comment is a comment in the sources that silences rules:
//
//	# keyproof:ignore kms-key-public until=2027-01-31 The update server's signing key
//
// It begins with # or //, or stands between /* and */ on one line. In JSON syntax it is the value of a "//" member.
type Comment struct {
	Rules  []string
	Reason string
	// Until is the last day on which the comment holds, the zero time where it holds for ever.
	Until time.Time
	// Range is the comment's place.
	Range hcl.Range

	reach reach
}

// remark is a comment of which nothing is known yet. Its text has no comment marks.
type remark struct {
	text  string
	place hcl.Range
	reach reach
	// split says that the comment spans lines.
	split bool
}

// reach is what a comment covers.
//
// In HCL's native syntax a comment at the end of a line covers what begins on that line, and a comment that stands alone
// what begins on the next line; inside a statement it covers the statement. Headers of resources and module calls stand
// for all that is in them.
//
// In JSON syntax a comment covers the object that it is a member of.
type reach struct {
	// at is where the comment is, line what it covers.
	at, line int
	// json says that the following are meant: where the member's name and its object begin, and where the object ends.
	json            bool
	from, open, end int
}

// prefix begins every comment that is meant for keyproof, directive the one that there is.
const (
	prefix    = "keyproof:"
	directive = "ignore"
)

// The values of Suppressed.By.
const (
	byComment   = "comment"
	byException = "exception"
	byBaseline  = "baseline"
)
