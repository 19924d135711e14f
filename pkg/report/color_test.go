package report_test

import (
	"fmt"
	"math"
	"regexp"
	"testing"

	"github.com/keyproof/keyproof/pkg/report"
)

// TestColorsCanBeRead holds the contrast of the text's colours on light and dark grounds, by the formula of WCAG 2.
func TestColorsCanBeRead(t *testing.T) {
	const least = 3.5
	grounds := map[string][3]float64{"white": {255, 255, 255}, "dark grey": {30, 30, 30}, "cream": {253, 246, 227}, "dark blue": {0, 43, 54}}
	text := write(t, "text", full(t), report.Options{Color: true, Width: 80})
	colors := map[string]bool{}
	for _, m := range regexp.MustCompile(`\x1b\[([0-9;]*)m`).FindAllStringSubmatch(string(text), -1) {
		colors[m[1]] = true
	}
	fixed := regexp.MustCompile(`^(?:1;)?38;5;(\d+)(?:;48;5;(\d+))?$`)
	for c := range colors {
		m := fixed.FindStringSubmatch(c)
		switch {
		case c == "0" || c == "1":
		case m == nil:
			t.Errorf("colour %q is what the terminal makes of it, or dims what stands there", c)
		case m[2] != "":
			if got := contrast(palette(t, m[1]), palette(t, m[2])); got < least {
				t.Errorf("colour %q has a contrast of %.1f", c, got)
			}
		default:
			for name, ground := range grounds {
				if got := contrast(palette(t, m[1]), ground); got < least {
					t.Errorf("colour %q has a contrast of %.1f on %s", c, got, name)
				}
			}
		}
	}
	if len(colors) < 6 {
		t.Errorf("only %d colours were seen", len(colors))
	}
}

// palette is a colour of the palette of 256 terminal colours, from 16 on.
func palette(t *testing.T, number string) [3]float64 {
	t.Helper()
	var n int
	if _, err := fmt.Sscan(number, &n); err != nil || n < 16 || n > 255 {
		t.Fatalf("colour %q is not of the fixed palette", number)
	}
	if n >= 232 {
		v := float64(8 + 10*(n-232))
		return [3]float64{v, v, v}
	}
	steps := [6]float64{0, 95, 135, 175, 215, 255}
	n -= 16
	return [3]float64{steps[n/36], steps[n/6%6], steps[n%6]}
}

func contrast(a, b [3]float64) float64 {
	one, other := luminance(a), luminance(b)
	return (max(one, other) + 0.05) / (min(one, other) + 0.05)
}

func luminance(c [3]float64) float64 {
	for i, v := range c {
		if v /= 255; v <= 0.03928 {
			c[i] = v / 12.92
		} else {
			c[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
}
