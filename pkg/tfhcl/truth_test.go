package tfhcl_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// TestNoMadeUpFacts evaluates random expressions twice: with a variable unknown, and with a value for it. Whatever is
// said without the value must hold with it: one of the texts matches.
func TestNoMadeUpFacts(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		g := &generator{t: t}
		src := fmt.Sprintf("variable \"u\" {\n  type = string\n}\n\nvariable \"l\" {\n  type = list(string)\n}\n\nresource \"x\" \"y\" {\n  input = %s\n}\n", g.top())
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(src), 0o644); err != nil {
			t.Fatal(err)
		}
		known := texts(t, dir, map[string]string{
			"u": rapid.SampledFrom([]string{"*", "", "a-b", "arn:aws:iam::1:role/x", "Open", "1", " x ", "a,b", "abc"}).Draw(t, "u"),
			"l": rapid.SampledFrom([]string{`[]`, `["*"]`, `["a", "b"]`, `["a", "a", ""]`, `["abc"]`}).Draw(t, "l"),
		})
		unknown := texts(t, dir, nil)
		if known == nil || unknown == nil {
			return // Terraform refuses the expression, or nothing is said
		}
		if len(known) != 1 || len(known[0].Holes) > 0 {
			t.Fatalf("with values there should be one text: %v\n%s", known, src)
		}
		for _, text := range unknown {
			if pattern(text).MatchString(known[0].S) {
				return
			}
		}
		for _, text := range unknown {
			t.Errorf("without values: %s (%s)", pattern(text), text.Assuming)
		}
		t.Fatalf("with values: %s\n%s", known[0].S, src)
	})
}

func texts(t *rapid.T, dir string, vars map[string]string) []unknown.Text {
	var given []tfsource.Value
	for name, text := range vars {
		given = append(given, tfsource.Value{Name: name, Text: text})
	}
	c, diags := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{Dir: dir, Root: dir, Given: given}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	plan, diags := c.Plan(context.Background())
	if len(diags) > 0 && vars != nil {
		return nil
	}
	attr := plan.Resources[0].Source.Attrs["input"]
	if attr == nil {
		return nil
	}
	return attr.Texts
}

// generator draws expressions.
type generator struct {
	t     *rapid.T
	depth int
}

func (g *generator) pick(options ...string) string {
	return rapid.SampledFrom(options).Draw(g.t, "choice")
}

func (g *generator) top() string {
	return "jsonencode({ a = " + g.value() + ", b = " + g.value() + " })"
}

func (g *generator) deeper() bool {
	g.depth++
	return g.depth < 14
}

func (g *generator) value() string {
	if !g.deeper() {
		return "var.u"
	}
	// Lists that are not known have no text of their own: a token in an array stands for any number of elements.
	switch g.pick("str", "str", "bool", "number", "object", "cond") {
	case "bool":
		return g.boolean()
	case "number":
		return g.number()
	case "object":
		return "merge({ k = " + g.value() + ", n = \"x\" }, { k2 = " + g.value() + " })"
	case "cond":
		return "(" + g.boolean() + " ? " + g.str() + " : " + g.str() + ")"
	}
	return g.str()
}

func (g *generator) str() string {
	if !g.deeper() {
		return g.pick("var.u", `"*"`)
	}
	s := g.str
	switch g.pick("u", "u", "lit", "tmpl", "tmpl", "format", "join", "replace", "upper", "lower", "title", "trimprefix", "trimsuffix", "trim", "trimspace", "chomp",
		"substr", "coalesce", "element", "json", "cond", "lookup", "indent", "try", "decode", "rev", "md5", "base64", "roundtrip", "first", "regex", "directive", "filejoin") {
	case "u":
		return "var.u"
	case "lit":
		return g.pick(`"*"`, `"abc"`, `"a-b:c"`, `""`, `"<&>"`, `"1"`, `"Two words"`)
	case "tmpl":
		return `"x${` + s() + `}-${` + s() + `}"`
	case "format":
		return g.pick(`format("%s:%v", `, `format("<%s|%5s>", `) + s() + ", " + s() + ")"
	case "join":
		return `join("` + g.pick(",", "-", "") + `", ` + g.list() + ")"
	case "replace":
		return "replace(" + s() + ", " + g.pick(`"a"`, `"*"`, `"x"`, `"-"`, `"/[ab]+/"`, `"ab"`) + ", " + s() + ")"
	case "upper", "lower", "title":
		return g.pick("upper", "lower", "title") + "(" + s() + ")"
	case "trimprefix", "trimsuffix":
		return g.pick("trimprefix", "trimsuffix") + "(" + s() + ", " + g.pick(`"x"`, `"a"`, `"arn:"`, `"*"`) + ")"
	case "trim":
		return "trim(" + s() + `, "xa* -")`
	case "trimspace", "chomp":
		return g.pick("trimspace", "chomp") + "(" + s() + ")"
	case "substr":
		return "substr(" + s() + ", " + g.pick("0, 1", "1, 2", "0, -1", "-2, 2") + ")"
	case "coalesce":
		return "coalesce(" + s() + ", " + s() + `, "z")`
	case "element":
		return "element(concat(" + g.counted() + `, ["e"]), ` + g.pick("0", "1") + ")"
	case "json":
		return "jsonencode(" + g.value() + ")"
	case "cond":
		return "(" + g.boolean() + " ? " + s() + " : " + s() + ")"
	case "lookup":
		return "lookup({ abc = " + s() + ", a = \"q\" }, " + s() + ", " + s() + ")"
	case "indent":
		return "indent(2, \"a\\n${" + s() + "}\")"
	case "try":
		return "try(" + g.list() + "[1], " + s() + ")"
	case "decode":
		return "jsondecode(jsonencode([" + s() + "]))[0]"
	case "rev":
		return "strrev(" + s() + ")"
	case "md5":
		return "md5(" + s() + ")"
	case "base64":
		return "base64encode(" + s() + ")"
	case "roundtrip":
		return "yamldecode(yamlencode({ k = " + s() + " })).k"
	case "first":
		return "split(\"" + g.pick(",", "-") + "\", " + s() + ")[0]"
	case "regex":
		return "try(regex(\"[a-z]\", " + s() + "), \"none\")"
	case "directive":
		return `"%{for x in ` + g.list() + `}${x};%{endfor}%{if ` + g.boolean() + `}yes%{else}no%{endif}"`
	}
	return `join("/", [for i, x in ` + g.list() + ` : "${i}${x}"])`
}

func (g *generator) list() string {
	if !g.deeper() {
		return g.pick("var.l", `["q"]`)
	}
	s := g.str
	switch g.pick("l", "lit", "lit", "concat", "for", "for", "compact", "reverse", "split", "flatten", "keys", "values", "formatlist", "slice", "cond") {
	case "l":
		return "var.l"
	case "concat":
		return "concat(" + g.list() + ", " + g.list() + ")"
	case "for":
		return "[for x in " + g.list() + " : \"${x}!\" if " + g.pick(`x != "*"`, "true", `x == var.u`, `x != ""`) + "]"
	case "compact", "reverse":
		return g.pick("compact", "reverse") + "(" + g.list() + ")"
	case "split":
		return "split(\",\", " + s() + ")"
	case "flatten":
		return "flatten([" + g.list() + ", [" + s() + ", " + g.list() + "]])"
	case "keys":
		return "keys({ z = 1, (" + s() + ") = 2 })"
	case "values":
		return "values({ z = " + s() + ", a = \"v\" })"
	case "formatlist":
		return "formatlist(\"%s-%s\", " + g.list() + ", " + s() + ")"
	case "slice":
		return "slice([" + s() + ", " + s() + ", \"c\"], 1, 3)"
	case "cond":
		return "(" + g.boolean() + " ? " + g.list() + " : " + g.list() + ")"
	}
	return "[" + s() + ", " + s() + "]"
}

// counted is a list of which only the number of elements, or what they are, is looked at: its order and repetitions are
// free to differ.
func (g *generator) counted() string {
	switch g.pick("list", "distinct", "sort", "toset", "union") {
	case "distinct", "sort":
		return g.pick("distinct", "sort") + "(" + g.list() + ")"
	case "toset":
		return "tolist(toset(" + g.list() + "))"
	case "union":
		return "tolist(setunion(" + g.list() + ", " + g.list() + "))"
	}
	return g.list()
}

func (g *generator) boolean() string {
	if !g.deeper() {
		return "true"
	}
	s := g.str
	switch g.pick("eq", "eq", "ne", "contains", "and", "not", "starts", "has", "empty", "can", "all", "isnull", "list", "map") {
	case "eq":
		return s() + " == " + s()
	case "ne":
		return s() + " != " + s()
	case "contains":
		return "contains(" + g.counted() + ", " + s() + ")"
	case "and":
		return "(" + g.boolean() + g.pick(" && ", " || ") + g.boolean() + ")"
	case "not":
		return "!(" + g.boolean() + ")"
	case "starts":
		return g.pick("startswith", "endswith") + "(" + s() + ", " + g.pick(`"x"`, `"*"`, `"a"`) + ")"
	case "has":
		return "strcontains(" + s() + ", " + g.pick(`"*"`, `"a"`) + ")"
	case "empty":
		return "length(" + g.pick(s(), g.counted()) + ") > 0"
	case "can":
		return "can(" + g.counted() + "[0])"
	case "list":
		return g.counted() + g.pick(" == ", " != ") + g.pick("[]", `["a", "b"]`, "tolist([])", g.counted())
	case "map":
		return "merge({ a = " + s() + " }, { b = \"q\" })" + g.pick(" == ", " != ") + g.pick("{}", "{ a = \"*\", b = \"q\" }", "tomap({ a = \"*\", b = \"q\" })")
	case "all":
		return "alltrue([for x in " + g.counted() + " : x != \"*\"])"
	}
	return s() + " == null"
}

func (g *generator) number() string {
	if !g.deeper() {
		return "1"
	}
	switch g.pick("len", "index", "sum", "cond") {
	case "len":
		return "length(" + g.pick(g.str(), g.counted()) + ")"
	case "index":
		return "try(index(" + g.counted() + ", " + g.str() + "), -1)"
	case "sum":
		return "sum(concat([for x in " + g.list() + " : length(x)], [0]))"
	}
	return "(" + g.boolean() + " ? 1 : 2)"
}
