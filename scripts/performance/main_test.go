//go:build unix

package main

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"
)

// The command measures what it says on a small plan.
func TestRun(t *testing.T) {
	t.Chdir("../..")
	var out strings.Builder
	c := config{parts: "check,sources,who", sizes: "1", instances: "2", keys: "3", runs: 1, jqUpTo: 1}
	if err := c.run(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n| 1 MB | 244 | 39 | ", "\n| 1 MB, all different | 244 | 39 | ", "\n| 2 | 10 | ", "\n| 3 | 9 | "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got\n%s", out.String())
		}
	}
	for _, sizes := range []string{"", "x", "0", "1,-1"} {
		c := config{parts: "check", sizes: sizes, runs: 1}
		if err := c.run(io.Discard); err == nil || !strings.Contains(err.Error(), "-sizes") {
			t.Errorf("%q: %v", sizes, err)
		}
	}
}

// The plots are well-formed, have every line that was measured, and no two labels on top of each other.
func TestPlot(t *testing.T) {
	at := func(seconds float64) cost { return cost{time.Duration(seconds * 1e9), int64(seconds * 1e6)} }
	rows := []row{
		{bytes: 1e6, alone: at(0.02), sources: at(0.03), jq: at(0.05)},
		{bytes: 1e9, alone: at(3), sources: at(3.1)},
		{bytes: 1e9, varied: true, alone: at(3.05), sources: at(6)},
	}
	svg := plot("Seconds", rows, func(c cost) float64 { return c.time.Seconds() })
	labels := map[string]string{}
	for dec := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "text" {
			x, y := "", ""
			for _, a := range e.Attr {
				switch a.Name.Local {
				case "x":
					x = a.Value
				case "y":
					y = a.Value
				}
			}
			if was, taken := labels[x+","+y]; taken {
				t.Errorf("two labels at %s, %s: %s", x, y, was)
			}
			labels[x+","+y] = "there"
		}
	}
	for _, want := range []string{">jq -c .<", ">keyproof<", ">keyproof --source<", ">all different<", ">all different, --source<", ">1,000<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is not in\n%s", want, svg)
		}
	}
}
