package function

import (
	"regexp"
	"sync"
)

// verb is a verb of format: flags, width, precision, an argument number and a letter.
var verb = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`%([-+# 0]*)(\d*)(?:\.(\d*))?(?:\[(\d+)\])?([a-zA-Z%])`)
})
