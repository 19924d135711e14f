package access_test

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"
)

// TestMain gives the property tests the same documents in every run, so that a change is red or green by itself.
// KEYPROOF_SEED=N tries others; a failure tells the seed that finds it again.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := seed(0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Exit(m.Run())
}

// seed sets the seed of the next property: the first one and so many on.
func seed(round uint64) error {
	first := uint64(20261127)
	if s := os.Getenv("KEYPROOF_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return fmt.Errorf("KEYPROOF_SEED is no number: %w", err)
		}
		first = n
	}
	return flag.Set("rapid.seed", strconv.FormatUint(first+round, 10))
}
