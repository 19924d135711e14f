package main

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/aws"
)

const module = "github.com/keyproof/keyproof/"

// arrows says which rooms a room may use. Data flows one way: read, extract, decide, check, report.
var arrows = map[string][]string{
	"pkg/unknown":        {},
	"pkg/aws":            {},
	"pkg/sets":           {},
	"pkg/yamltext":       {},
	"pkg/cloudformation": {"pkg/unknown", "pkg/yamltext"},
	"pkg/tf":             {"pkg/unknown"},
	"pkg/finding":        {},
	"pkg/file":           {},
	"rules":              {},
	"pkg/spelling":       {},
	"pkg/iam":            {"pkg/unknown", "pkg/aws"},
	"pkg/tfplan":         {"pkg/unknown", "pkg/aws", "pkg/tf"},
	"pkg/tfsource":       {"pkg/unknown", "pkg/tf", "pkg/file"},
	"pkg/tfeval":         {"pkg/unknown", "pkg/yamltext", "pkg/aws", "pkg/tf", "pkg/iam", "pkg/tfsource"},
	"pkg/tfhcl":          {"pkg/unknown", "pkg/tf", "pkg/tfsource", "pkg/tfeval"},
	"pkg/extract":        {"pkg/unknown", "pkg/aws", "pkg/cloudformation", "pkg/tf", "pkg/iam"},
	// It shares tables and the parser with pkg/access, and nothing that matches.
	"pkg/evaluate": {"pkg/unknown", "pkg/aws", "pkg/iam"},
	"pkg/access":   {"pkg/unknown", "pkg/aws", "pkg/iam", "pkg/evaluate", "pkg/sets"},
	"pkg/config":   {"pkg/finding", "pkg/file", "pkg/spelling"},
	"pkg/check":    {"pkg/unknown", "pkg/aws", "pkg/tf", "pkg/iam", "pkg/extract", "pkg/access", "pkg/evaluate", "pkg/finding", "pkg/spelling", "pkg/config"},
	"pkg/suppress": {"pkg/unknown", "pkg/config", "pkg/finding", "pkg/file", "pkg/spelling"},
	"pkg/fix":      {"pkg/unknown", "pkg/yamltext", "pkg/aws", "pkg/tf", "pkg/iam", "pkg/access", "pkg/evaluate", "pkg/finding"},
	"pkg/report":   {"pkg/aws", "pkg/finding", "pkg/file"},
	"pkg/comment":  {"pkg/file"},
	"pkg/scan": {"pkg/unknown", "pkg/aws", "pkg/tf", "pkg/tfplan", "pkg/tfsource", "pkg/tfhcl", "pkg/iam", "pkg/extract", "pkg/access", "pkg/check", "pkg/fix", "pkg/config", "pkg/suppress",
		"pkg/finding", "pkg/file", "pkg/spelling", "rules"},
	// What measures from outside needs nothing but plans to measure on.
	"scripts/performance": {"pkg/tfplan"},
	"scripts/notices":     {},
	"scripts/compare":     {"pkg/tfplan"},
	"cmd/keyproof":        {"pkg/config", "pkg/aws", "pkg/spelling", "pkg/scan", "pkg/fix", "pkg/report", "pkg/check", "pkg/access", "pkg/evaluate", "pkg/iam", "pkg/unknown", "pkg/tf", "pkg/comment", "pkg/finding", "pkg/file", "rules"},
}

// onlyIn are libraries that one room alone may know.
var onlyIn = map[string]string{
	"github.com/urfave/cli/v2":         "cmd/keyproof",
	"golang.org/x/term":                "cmd/keyproof",
	"go4.org/netipx":                   "pkg",
	"net/http":                         "pkg/comment",
	"github.com/aymanbagabas/go-udiff": "pkg/fix",
	"os/exec":                          "scripts",
}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for dec.More() {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

const root = "../.."

// room is the room of a package: test helpers and commands below a room belong to it.
func room(path string) string {
	path = strings.TrimPrefix(path, module)
	parts := strings.Split(path, "/")
	return strings.Join(parts[:min(len(parts), 2)], "/")
}

func TestArrowsPointOneWay(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		from := room(p.ImportPath)
		if from == "rules" || strings.HasPrefix(from, "rules/") {
			from = "rules"
		}
		seen[from] = true
		allowed, ok := arrows[from]
		if !ok {
			t.Errorf("%s is a room that the matrix does not know", from)
		}
		for _, i := range p.Imports {
			if only, ok := onlyIn[i]; ok && only != from && !strings.HasPrefix(from, only+"/") {
				t.Errorf("%s imports %s, which only %q may", p.ImportPath, i, only)
			}
			if to := room(i); strings.HasPrefix(i, module) && to != from && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s: that arrow points back", from, to)
			}
		}
	}
	if len(seen) < 12 {
		t.Errorf("only %d rooms were found", len(seen))
	}
}

// atStart finds patterns and templates that are compiled before main, whether they are used or not.
var atStart = regexp.MustCompile(`(?m)^(var |\t)\w+(, \w+)*\s*= (regexp\.MustCompile|template\.(Must|New))\(`)

// TestImportable holds that each package says whether others may rely on it: six may be imported, the rest says that it is no API.
func TestImportable(t *testing.T) {
	for _, dir := range roomsOf(t) {
		var doc string
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if parsed.Doc != nil && !strings.HasSuffix(file, "_test.go") {
				doc += parsed.Doc.Text()
			}
		}
		api := slices.Contains([]string{"pkg/scan", "pkg/access", "pkg/evaluate", "pkg/iam", "pkg/finding", "pkg/report"}, dir)
		if says := strings.Contains(doc, "It is no API"); says == api {
			t.Errorf("%s: says that it is no API: %v; may be imported: %v", dir, says, api)
		}
	}
}

// roomsOf are the directories below pkg that hold a package.
func roomsOf(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(root, "pkg"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || d.Name() == "testdata" {
			if err == nil && d.IsDir() {
				return filepath.SkipDir
			}
			return err
		}
		if files, _ := filepath.Glob(filepath.Join(path, "*.go")); len(files) > 0 {
			out = append(out, filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator))))
		}
		return nil
	})
	if err != nil || len(out) < 20 {
		t.Fatalf("%d packages were found: %v", len(out), err)
	}
	return out
}

// literals are texts in quotes that may be names of condition keys.
var literals = regexp.MustCompile(`"([a-z]+:[A-Za-z]+)"`)

// TestHouse holds the rules of the house that a reader would otherwise have to check.
func TestHouse(t *testing.T) {
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		files++
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := string(src)
		test := strings.HasSuffix(path, "_test.go")
		if strings.Contains(text, "\nfunc init()") {
			t.Errorf("%s has an init function", path)
		}
		if !test && atStart.MatchString(text) {
			t.Errorf("%s compiles a pattern when the program starts: wrap it in sync.OnceValue", path)
		}
		if !test && !strings.Contains(path, "cmd/keyproof") && !strings.Contains(path, "scripts/") {
			for _, bad := range []string{"os.Exit(", "fmt.Print(", "fmt.Printf(", "fmt.Println(", "log.Fatal"} {
				if strings.Contains(text, bad) {
					t.Errorf("%s calls %s…): only cmd may exit or print", path, bad)
				}
			}
		}
		if !test && !strings.Contains(path, "pkg/aws/") && !strings.Contains(path, "tfplantest") {
			for _, quoted := range literals.FindAllStringSubmatch(text, -1) {
				if _, ok := aws.Keys[strings.ToLower(quoted[1])]; ok {
					t.Errorf("%s quotes the condition key %s: pkg/aws/names.go has a constant for it, or wants a row", path, quoted[1])
				}
			}
		}
		if lines := strings.Count(text, "\n"); !test && lines > 450 {
			t.Errorf("%s has %d lines: perhaps two rooms in one", path, lines)
		}
		return nil
	})
	if err != nil || files < 50 {
		t.Fatalf("%d files were read: %v", files, err)
	}
}
