package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/keyproof/keyproof/pkg/scan"
)

// limitNames lists the limits for the help.
func limitNames() string {
	var names []string
	for _, l := range scan.Limits() {
		names = append(names, l.Name)
	}
	return "The limits: " + strings.Join(names, ", ")
}

// limits reads --limit.
func limits(given []string) (map[string]int64, error) {
	out := map[string]int64{}
	for _, g := range given {
		name, value, ok := strings.Cut(g, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--limit: %q is not NAME=VALUE, such as memory=4GB", g)
		}
		n, err := amount(value)
		if err != nil {
			return nil, fmt.Errorf("--limit %s: %w", name, err)
		}
		out[name] = n
	}
	return out, nil
}

// amount reads a number, or a size such as 64MB. The units are those of 1024.
func amount(s string) (int64, error) {
	digits := strings.TrimRight(strings.ToUpper(s), "KMGTIB")
	unit := strings.ToUpper(s)[len(digits):]
	n, err := strconv.ParseInt(strings.ReplaceAll(digits, "_", ""), 10, 64)
	shift, known := map[string]int{"": 0, "B": 0, "K": 10, "KB": 10, "KIB": 10, "M": 20, "MB": 20, "MIB": 20, "G": 30, "GB": 30, "GIB": 30, "T": 40, "TB": 40, "TIB": 40}[unit]
	if err != nil || !known || n <= 0 || n > 1<<40>>shift {
		return 0, fmt.Errorf("%q is not a number above 0, or a size such as 64MB", s)
	}
	return n << shift, nil
}
