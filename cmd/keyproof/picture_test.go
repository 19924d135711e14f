package main

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

// TestPicture draws what a terminal of 100 columns shows for the example, and compares it with docs/output.svg.
func TestPicture(t *testing.T) {
	atRoot(t)
	dir := filepath.Join("fixtures", "example")
	result, err := scan.Run(context.Background(), scan.Options{Paths: []string{filepath.Join(dir, "plan.json")}, Sources: []string{dir},
		Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Fixes: 1, Access: scan.AccessChanges})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := report.Write(&text, "text", result.Report, report.Options{Color: true, Width: 100}); err != nil {
		t.Fatal(err)
	}
	got := drawTerminal("$ keyproof check --source "+dir+" "+filepath.Join(dir, "plan.json"), text.String())
	path := filepath.Join("docs", "output.svg")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is not what the program prints now; run go test ./cmd/keyproof -update", path)
	}
}

var escape = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// drawTerminal draws coloured text on a dark ground. Every run of one colour has its own place, so that the columns
// stay where they are in whatever font there is.
func drawTerminal(command, text string) string {
	const charWidth, lineHeight, margin = 8.4, 20, 20
	lines := append([]string{"\x1b[38;5;244m" + command + "\x1b[0m"}, strings.Split(strings.TrimRight(text, "\n"), "\n")...)
	width := 0
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(escape.ReplaceAllString(l, "")))
	}
	w, h := int(float64(width)*charWidth)+2*margin, len(lines)*lineHeight+2*margin-4
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="t">`+"\n", w, h, w, h)
	b.WriteString("<title id=\"t\">What keyproof check prints: a key policy that lets anyone in, and the condition that does not keep them out</title>\n")
	b.WriteString("<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;fill:#d8dee9;white-space:pre}" +
		".b{font-weight:700}.f{fill:#8a94a6}.red{fill:#ff7b72}.yellow{fill:#e3b341}.green{fill:#7ee787}.cyan{fill:#79c0ff}</style>\n")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="8" fill="#161b22"/>`+"\n", w, h)
	for i, l := range lines {
		column, class := 0, ""
		for at := 0; at < len(l); {
			if m := escape.FindStringSubmatchIndex(l[at:]); m != nil && m[0] == 0 {
				class = classes(l[at:][m[2]:m[3]])
				at += m[1]
				continue
			}
			end := len(l)
			if m := escape.FindStringIndex(l[at:]); m != nil {
				end = at + m[0]
			}
			part := l[at:end]
			blank := len(part) - len(strings.TrimLeft(part, " "))
			if strings.TrimSpace(part) != "" {
				fmt.Fprintf(&b, `<text x="%.1f" y="%d"%s>%s</text>`+"\n", margin+float64(column+blank)*charWidth, margin+14+i*lineHeight-2, class,
					html.EscapeString(strings.TrimSpace(part)))
			}
			column += utf8.RuneCountInString(part)
			at = end
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// classes are the style classes of the parameters of a terminal's colour.
func classes(parameters string) string {
	names := map[string]string{"1": "b", "244": "f", "196": "red", "64": "green", "166": "yellow", "32": "cyan"}
	var out []string
	for _, p := range strings.Split(strings.ReplaceAll(parameters, "38;5;", ""), ";") {
		if n := names[p]; n != "" {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return ` class="` + strings.Join(out, " ") + `"`
}
