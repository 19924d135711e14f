package main

import (
	"bytes"
	"context"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/scan"
)

var update = flag.Bool("update", false, "rewrite what is generated in the documentation")

// atRoot goes to the root of the repository, where the commands of the documentation are run, without anything that the
// environment says.
func atRoot(t *testing.T) {
	t.Helper()
	t.Chdir(root)
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "KEYPROOF_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	t.Setenv("KEYPROOF_NOW", "2026-11-23")
}

func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("docs", "*.md"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	return append(found, "README.md", "README.ja.md", "CHANGELOG.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md")
}

// TestDocumentedCommands runs the console blocks of the documentation. A line of only … stands for any lines, and one that
// ends with … for every line that begins so.
func TestDocumentedCommands(t *testing.T) {
	atRoot(t)
	ran := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		out := consoleBlock.ReplaceAllStringFunc(string(text), func(block string) string {
			body := consoleBlock.FindStringSubmatch(block)[1]
			got := transcript(t, page, body)
			ran++
			if *update && !strings.Contains(body, "…\n") {
				return "```console\n" + got + "```\n"
			}
			if !like(strings.Split(body, "\n"), strings.Split(got, "\n")) {
				t.Errorf("%s: what the commands print differs (-page +now):\n%s", page, cmp.Diff(body, got))
			}
			return block
		})
		if *update && out != string(text) {
			if err := os.WriteFile(page, []byte(out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if ran < 10 {
		t.Errorf("only %d console blocks were found", ran)
	}
}

var consoleBlock = regexp.MustCompile("(?ms)^```console\n(.*?)^```\n")

// transcript runs the commands of a block, which are lines that begin with "$ ", and returns what a terminal would show.
func transcript(t *testing.T, page, body string) string {
	t.Helper()
	var out strings.Builder
	code := 0
	for line := range strings.Lines(body) {
		command, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "$ ")
		if !ok {
			continue
		}
		out.WriteString(line)
		words := words(command)
		var stdin, stdout bytes.Buffer
		if i := slices.Index(words, "<"); i > 0 {
			text, err := os.ReadFile(words[i+1])
			if err != nil {
				t.Fatal(err)
			}
			stdin.Write(text)
			words = words[:i]
		}
		switch {
		case command == "echo $?":
			out.WriteString(string(rune('0'+code)) + "\n")
		case words[0] == "keyproof":
			code = run(context.Background(), words, &stdin, &stdout, &stdout)
			out.WriteString(stdout.String())
		default:
			t.Errorf("%s: a block of the kind console holds %q, which cannot be run", page, command)
		}
	}
	return out.String()
}

// words splits a command as a shell does, with single and double quotes.
func words(command string) []string {
	var out []string
	var word strings.Builder
	quote, open := rune(0), false
	for _, r := range command {
		switch {
		case r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, open = r, true
		case quote == 0 && r == ' ':
			if open {
				out = append(out, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteRune(r)
			open = true
		}
	}
	if open {
		out = append(out, word.String())
	}
	return out
}

// like says whether lines are as wanted, where … stands for any.
func like(want, got []string) bool {
	switch {
	case len(want) == 0:
		return len(got) == 0
	case want[0] == "…":
		for i := range len(got) + 1 {
			if like(want[1:], got[i:]) {
				return true
			}
		}
		return false
	}
	if len(got) == 0 {
		return false
	}
	head, cut := strings.CutSuffix(want[0], "…")
	return (got[0] == want[0] || cut && strings.HasPrefix(got[0], head)) && like(want[1:], got[1:])
}

// TestFlagsAreDocumented holds every flag, its environment variable and nothing else against the page.
func TestFlagsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## Flags")
	section, _, _ = strings.Cut(section, "\n## ")
	row := regexp.MustCompile("(?m)^\\| `--([a-z-]+)[^`]*` \\|.*$")
	documented := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(section, -1) {
		documented[m[1]] = m[0]
	}
	for _, f := range checkFlags() {
		name := f.Names()[0]
		line, ok := documented[name]
		if !ok {
			t.Errorf("docs/configuration.md does not have --%s", name)
		}
		for _, v := range f.(cli.DocGenerationFlag).GetEnvVars() {
			if !strings.Contains(line, "`"+v+"`") {
				t.Errorf("docs/configuration.md does not say that --%s is %s", name, v)
			}
		}
		delete(documented, name)
	}
	for name := range documented {
		t.Errorf("docs/configuration.md has --%s, which keyproof check does not", name)
	}
}

// TestLinks follows the links between the pages.
func TestLinks(t *testing.T) {
	atRoot(t)
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)|<img[^>]* src="([^"]+)"`)
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			to := m[1] + m[3]
			if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
				continue
			}
			path := filepath.Join(filepath.Dir(page), to)
			target, err := os.ReadFile(path)
			if info, e := os.Stat(path); e == nil && info.IsDir() {
				err = nil
			}
			if err != nil {
				t.Errorf("%s links to %s, which is not there", page, to)
			} else if m[2] != "" && !slices.Contains(anchors(string(target)), m[2]) {
				t.Errorf("%s links to %s%s, a heading that is not there", page, to, m[2])
			}
		}
	}
}

// anchors are the anchors of a page's headings as GitHub makes them.
func anchors(page string) []string {
	var out []string
	for line := range strings.Lines(page) {
		title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !ok || !strings.HasPrefix(line, "#") {
			continue
		}
		out = append(out, "#"+strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z':
				return r
			}
			return -1
		}, strings.ToLower(strings.TrimSpace(title))))
	}
	return out
}

// allCode is every Go file that is no test, one after the other.
func allCode(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		b.Write(src)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestLimitsAreDocumented holds the limits that docs/security.md and docs/verdicts.md name against the code.
func TestLimitsAreDocumented(t *testing.T) {
	atRoot(t)
	code := allCode(t)
	for _, l := range []struct{ code, page, says string }{
		{"l.Depth = 200", "security", "| nesting of values and modules in a plan | 200 |"},
		{"l.String = 32 << 20", "security", "| one string in a plan | 32 MiB |"},
		{"l.Memory = 2 << 30", "security", "estimated | 2 GiB |"},
		{"l.Text = 8 << 30", "security", "unpacked | 8 GiB |"},
		{"maxSnapshotFiles = 20000", "security", "| 20,000, 32 MiB, 256 MiB |"},
		{"maxSnapshotFile  = 32 << 20", "security", "| 20,000, 32 MiB, 256 MiB |"},
		{"maxSnapshotBytes = 256 << 20", "security", "| 20,000, 32 MiB, 256 MiB |"},
		{"l.File = 4 << 20", "security", "that a function reads | 4 MiB |"},
		{"l.Total = 24 << 20", "security", "| all source files together | 24 MiB |"},
		{"def(&l.Text, 4<<20)", "security", "| a string that sources put together | 4 MiB |"},
		{"def(&l.Each, 700_000)", "security", "| 700,000 |"},
		{"def(&l.Steps, 20_000_000)", "security", "| 20,000,000 |"},
		{"def(&l.Modules, 20_000)", "security", "| module instances | 20,000 |"},
		{"def(&l.Choices, 16)", "security", "in one argument | 16 |"},
		{"maxNesting = 400", "security", "| nesting in a source file | 400 |"},
		{"fullBudget = 3_000_000", "security", "| steps for one question about a policy | 3,000,000 |"},
		{"fullBudget = 3_000_000", "verdicts", "3,000,000 steps"},
		{"most = 1 << 20", "security", "| a bare policy document | 1 MiB |"},
		{"maxLine = 16 << 20", "security", "| one line of `keyproof evaluate` | 16 MiB |"},
		{"maxSize    = 1 << 20", "security", "| `.keyproof.hcl` | 1 MiB, nested 100 deep |"},
		{"maxNesting = 100", "security", "| `.keyproof.hcl` | 1 MiB, nested 100 deep |"},
		{"maxModuleDepth, maxModules = 30, 2000", "security", "| 2,000, 30 |"},
		{"maxFound = 100_000", "security", "| directories that `--recursive` looks through | 100,000 |"},
		{"maxBaseline = 64 << 20", "security", "| a baseline, a report that `merge` reads | 64 MiB, 256 MiB |"},
		{"maxReport = 256 << 20", "security", "| a baseline, a report that `merge` reads | 64 MiB, 256 MiB |"},
		{"maxSarifResults = 5000", "formats", "worst 5,000 results"},
		{"maxMarkdown = 65536", "formats", "65,536\ncharacters"},
		{"maxAnnotations = 10", "formats", "at most ten of each level"},
	} {
		page, err := os.ReadFile(filepath.Join("docs", l.page+".md"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(code, l.code) {
			t.Errorf("no code says %q any more: correct docs/%s.md, which says %q", l.code, l.page, l.says)
		}
		if !strings.Contains(string(page), l.says) {
			t.Errorf("docs/%s.md does not say %q", l.page, l.says)
		}
	}
}

// TestRaisableLimitsAreDocumented finds every limit that --limit takes in a row of docs/security.md, by what it bounds.
func TestRaisableLimitsAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range scan.Limits() {
		found := false
		for line := range strings.Lines(string(page)) {
			found = found || strings.HasPrefix(line, "| "+l.What+" |") && strings.HasSuffix(line, "| `"+l.Name+"` |\n")
		}
		if !found {
			t.Errorf("docs/security.md has no row for %q with the name %s", l.What, l.Name)
		}
	}
}

// TestConfigurationExample holds the configuration that the page shows against the one that is run.
func TestConfigurationExample(t *testing.T) {
	atRoot(t)
	page, err := os.ReadFile(filepath.Join("docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join("fixtures", "configuration", ".keyproof.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```hcl\n"+string(file)+"```\n") {
		t.Error("docs/configuration.md does not show fixtures/configuration/.keyproof.hcl")
	}
}

// TestReadmeCommands makes sure that every command of the README is one that testdata/script/readme.txtar runs, and that
// the configuration and the comment that it shows are those that are tried there.
func TestReadmeCommands(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join("testdata", "script", "readme.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?m)^(?:.*\| )?(keyproof [^#\n]*)`)
	commands := 0
	for _, block := range regexp.MustCompile("(?ms)^```(sh|hcl)\n(.*?)^```\n").FindAllStringSubmatch(string(page), -1) {
		if block[1] == "hcl" {
			if !strings.Contains(string(script), "\n"+block[2]) {
				t.Errorf("readme.txtar does not try what the README shows:\n%s", block[2])
			}
			continue
		}
		for _, m := range command.FindAllStringSubmatch(block[2], -1) {
			commands++
			// The script keeps plans in a directory of their own: beside the sources, check . would judge them, too.
			if !strings.Contains(strings.ReplaceAll(string(script), " out/", " "), "exec "+strings.TrimSpace(m[1])+"\n") {
				t.Errorf("readme.txtar does not run %q", m[1])
			}
		}
	}
	if commands < 6 {
		t.Errorf("only %d commands were found in the README", commands)
	}
}
