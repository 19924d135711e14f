package tf

import (
	"strings"
	"testing"
)

// TestTooDeep holds what nests in every way that the language has: below the limit it is parsed, far above it is refused.
func TestTooDeep(t *testing.T) {
	for _, link := range []string{"+1", "&&true", "==1", ".b", "[0]", "[*]", ".*", "? 1 : 1", "+\n1", "+f({}, [])", "+\"x\"", "[f({})]"} {
		for _, around := range []string{"x = a%\n", "x = (a%)\n", "x = [a%]\n", "x = { for k in a% : k => k }\n", "x = \"${a%}\"\n", "b {\n  x = f(a%)\n}\n"} {
			if strings.Contains(link, "\n") && (strings.HasPrefix(around, "x = a")) {
				continue
			}
			few, many := strings.Replace(around, "%", strings.Repeat(link, 90), 1), strings.Replace(around, "%", strings.Repeat(link, 900), 1)
			if TooDeep([]byte(few)) || !TooDeep([]byte(many)) {
				t.Errorf("%q in %q: few %v, many %v", link, around, TooDeep([]byte(few)), TooDeep([]byte(many)))
			}
		}
	}
	for _, pair := range [][2]string{{"(", ")"}, {"[", "]"}, {"{a=", "}"}, {"\"${", "}\""}, {"!", ""}, {"-", ""}, {"f(", ")"}, {"<<E\n${", "}\nE\n"}} {
		if many := "x = " + strings.Repeat(pair[0], 900) + "1" + strings.Repeat(pair[1], 900) + "\n"; !TooDeep([]byte(many)) {
			t.Errorf("%q", pair)
		}
	}
	if many := "x = \"" + strings.Repeat("%{ if true }", 900) + strings.Repeat("%{ endif }", 900) + "\"\n"; !TooDeep([]byte(many)) {
		t.Error("directives")
	}
	for _, flat := range []string{"x = var.a.b[0] + 1\n", "x = [\n" + strings.Repeat("  var.a.b,\n", 300) + "]\n", "x {\n  y = a.b\n}\n", "# a.b.c\n", "x = f(a.b, c.d) # e.f\n", "x = \"${a.b}-${c.d}\"\n",
		"x = {\n" + strings.Repeat("  a = b.c\n", 300) + "}\n", "x = <<E\n" + strings.Repeat("${a.b} text.\n", 300) + "E\n"} {
		if TooDeep([]byte(strings.Repeat(flat, 200))) {
			t.Errorf("many of %.60q", flat)
		}
	}
}
