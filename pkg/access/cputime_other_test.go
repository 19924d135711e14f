//go:build !unix

package access_test

import "time"

// spent is the clock where the processor time of the process cannot be told.
func spent() time.Duration { return time.Duration(time.Now().UnixNano()) }
