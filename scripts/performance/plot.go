//go:build unix

package main

import (
	"fmt"
	"math"
	"strings"
)

// The picture's size and the margins around the lines.
const (
	width, height            = 640, 400
	left, right, top, bottom = 64, 150, 44, 48
)

// line is one line of a plot.
type line struct {
	name, color, dash string
	points            [][2]float64 // the size, what was measured of it
}

// plot draws what was measured against the size of the plan, both on logarithmic scales, so that what grows linearly is a
// straight line.
func plot(title string, rows []row, value func(cost) float64) string {
	const ours, different = "#1d4ed8", "#b45309"
	var lines []line
	add := func(name, color, dash string, varied bool, of func(row) cost) {
		l := line{name: name, color: color, dash: dash}
		for _, r := range rows {
			if c := of(r); r.varied == varied && c.time > 0 {
				l.points = append(l.points, [2]float64{float64(r.bytes) / 1e6, value(c)})
			}
		}
		lines = append(lines, l)
	}
	add("jq -c .", "#6b7280", "", false, func(r row) cost { return r.jq })
	add("all different, --source", different, "6 4", true, func(r row) cost { return r.sources })
	add("keyproof --source", ours, "6 4", false, func(r row) cost { return r.sources })
	add("all different", different, "", true, func(r row) cost { return r.alone })
	add("keyproof", ours, "", false, func(r row) cost { return r.alone })
	add("different, no access", different, "2 3", true, func(r row) cost { return r.lean })
	add("--access none", ours, "2 3", false, func(r row) cost { return r.lean })
	return draw(title, "by the size of the plan in MB", lines)
}

// draw draws lines; by says what is on the axis below.
func draw(title, by string, lines []line) string {
	x, y := scale(lines, 0), scale(lines, 1)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="%s %s">`+"\n", width, height, width, height, title, by)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/><text x="%d" y="24" font-size="15" font-weight="600" fill="#111827">%s, %s</text>`+"\n", width, height, left, title, by)
	for _, v := range x.ticks() {
		at := x.at(v, left, width-right)
		fmt.Fprintf(&b, `<path d="M%.1f %d V%d" stroke="#e5e7eb"/><text x="%.1f" y="%d" text-anchor="middle" fill="#374151">%s</text>`+"\n", at, top, height-bottom, at, height-bottom+18, number(v))
	}
	for _, v := range y.ticks() {
		at := y.at(v, height-bottom, top)
		fmt.Fprintf(&b, `<path d="M%d %.1f H%d" stroke="#e5e7eb"/><text x="%d" y="%.1f" text-anchor="end" fill="#374151">%s</text>`+"\n", left, at, width-right, left-8, at+4, number(v))
	}
	var used [][2]float64
	for _, l := range lines {
		if len(l.points) == 0 {
			continue
		}
		var path strings.Builder
		var px, py float64
		for i, p := range l.points {
			px, py = x.at(p[0], left, width-right), y.at(p[1], height-bottom, top)
			fmt.Fprintf(&path, "%s%.1f %.1f ", map[bool]string{true: "M", false: "L"}[i == 0], px, py)
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"/>`, px, py, l.color)
		}
		fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>`, strings.TrimSpace(path.String()), l.color, l.dash)
		at := free(px, py+4, used)
		used = append(used, [2]float64{px, at})
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" fill="%s">%s</text>`+"\n", px+8, at, l.color, l.name)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// free moves a label down until it covers none of those beside it.
func free(x, y float64, used [][2]float64) float64 {
	const wide, high = 40, 14
	for moved := true; moved; {
		moved = false
		for _, u := range used {
			if math.Abs(x-u[0]) < wide && math.Abs(y-u[1]) < high {
				y, moved = u[1]+high, true
			}
		}
	}
	return y
}

// axis is a logarithmic scale from one power of ten on.
type axis struct{ from, to float64 }

func scale(lines []line, dimension int) axis {
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		for _, p := range l.points {
			low, high = min(low, p[dimension]), max(high, p[dimension])
		}
	}
	if math.IsInf(low, 0) {
		low, high = 1, 10
	}
	return axis{math.Floor(math.Log10(low)), math.Log10(high * 1.2)}
}

func (a axis) at(v float64, from, to float64) float64 {
	return from + (math.Log10(v)-a.from)/(a.to-a.from)*(to-from)
}

func (a axis) ticks() []float64 {
	var out []float64
	for e := a.from; e <= a.to; e++ {
		out = append(out, math.Pow(10, e))
	}
	return out
}

func number(v float64) string {
	if v >= 1 {
		return thousands(int(math.Round(v)))
	}
	return fmt.Sprintf("%.2g", v)
}

// bar is one tool in a comparison.
type bar struct {
	name, color string
	seconds     float64
	memory      int64 // bytes, 0 where it was not measured
}

// bars draws the seconds of several tools on a logarithmic scale, from a hundredth of a second on.
func bars(title string, list []bar) string {
	const row = 34
	longest := 0.0
	for _, b := range list {
		longest = max(longest, b.seconds)
	}
	x := axis{-2, math.Log10(longest * 1.2)}
	high := top + row*len(list) + 16
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="%s">`+"\n", width, high, width, high, title)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/><text x="16" y="24" font-size="15" font-weight="600" fill="#111827">%s</text>`+"\n", width, high, title)
	for i, r := range list {
		y := top + row*i
		end := x.at(max(r.seconds, 0.011), 110, width-right)
		says := fmt.Sprintf("%.2g s", r.seconds)
		if r.seconds >= 100 {
			says = fmt.Sprintf("%.0f s", r.seconds)
		}
		if r.memory > 0 {
			says += fmt.Sprintf(", %s MB", thousands(int(r.memory>>20)))
		}
		fmt.Fprintf(&b, `<text x="102" y="%d" text-anchor="end" fill="#111827">%s</text><rect x="110" y="%d" width="%.1f" height="20" fill="%s"/><text x="%.1f" y="%d" fill="#374151">%s</text>`+"\n",
			y+15, r.name, y, end-110, r.color, end+6, y+15, says)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// others are tools that were run once on the plan of 132 MB whose policies all differ, on the machine of the table: they take too
// long, or too much memory, to be run with it each time.
var others = []bar{
	{name: "conftest", color: "#9ca3af", seconds: 3.5, memory: 1_100 << 20},
	{name: "trivy", color: "#9ca3af", seconds: 526, memory: 3_600 << 20},
}

// tools compares what was measured of that plan with the others, "" where it was not measured.
func tools(rows []row) string {
	var of *row
	for i, r := range rows {
		if r.varied && r.jq.time > 0 && r.bytes > 120e6 && r.bytes < 140e6 {
			of = &rows[i]
		}
	}
	if of == nil {
		return ""
	}
	list := []bar{
		{"keyproof", "#1d4ed8", of.lean.time.Seconds(), of.lean.memory},
		{"with access", "#1d4ed8", of.alone.time.Seconds(), of.alone.memory},
		{"jq -c .", "#6b7280", of.jq.time.Seconds(), of.jq.memory},
	}
	return bars(fmt.Sprintf("Seconds for a plan of %d MB whose policies all differ (logarithmic)", of.bytes/1_000_000), append(list, others...))
}
