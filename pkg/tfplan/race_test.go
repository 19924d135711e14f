//go:build race

package tfplan_test

const raceEnabled = true
