package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	before := parse("./pkg/x", []byte("goos: linux\nBenchmarkSame-2   \t 3\t 100 ns/op\t  12.5 MB/s\t 1000000 B/op\t 10000 allocs/op\nBenchmarkMore/a=1-2 3 1 ns/op 1000000 B/op 10000 allocs/op\nBenchmarkOften 3 1 ns/op 1000000 B/op 10000 allocs/op\nBenchmarkSmall-2 3 1 ns/op 100 B/op 3 allocs/op\nPASS\n"))
	after := parse("./pkg/x", []byte("BenchmarkSame-16 3 900 ns/op 1050000 B/op 10900 allocs/op\nBenchmarkMore/a=1-2 3 1 ns/op 1200000 B/op 10000 allocs/op\nBenchmarkOften-2 3 1 ns/op 1000000 B/op 12000 allocs/op\nBenchmarkSmall-2 3 1 ns/op 300 B/op 9 allocs/op\nBenchmarkNew-2 3 1 ns/op 300 B/op 9 allocs/op\n"))
	if len(before) != 4 || len(after) != 5 {
		t.Fatalf("%v %v", before, after)
	}
	var out bytes.Buffer
	got := compare(&out, before, after)
	if want := []string{"./pkg/x BenchmarkMore/a=1", "./pkg/x BenchmarkOften"}; !slices.Equal(got, want) {
		t.Errorf("worse: %q, not %q\n%s", got, want, out.String())
	}
	if !strings.Contains(out.String(), "new") || !strings.Contains(out.String(), "+20.0 %") {
		t.Error(out.String())
	}
}

func TestRefs(t *testing.T) {
	if n, err := refs("==8216== \n--8216-- warning: L3 cache found\n==8216== I   refs:      104,206,445\n"); n != 104206445 || err != nil {
		t.Error(n, err)
	}
	if n, err := refs("==8216== I refs:        5\n"); n != 5 || err != nil {
		t.Error(n, err)
	}
	if _, err := refs("no such option"); err == nil {
		t.Error("nothing was counted")
	}
}
