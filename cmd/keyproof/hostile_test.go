//go:build linux

package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/file/filetest"
)

// hostile is one input that somebody made to use up time or memory, to make keyproof read or write what it should not, or
// to get past it.
type hostile struct {
	name string
	// make prepares a directory, and returns the arguments after check; stdin, if it is not nil, is written to the program.
	make  func(dir *folder) []string
	stdin func(w io.Writer)
	// code is the exit code, and says must be on one of the streams.
	code int
	says string
	// memory is the most that the program may take, 256 MB if it is 0.
	memory int64
	// processor is the most processor time that the program may take, 2 minutes if it is 0.
	processor time.Duration
}

// folder is where the input lies.
type folder struct {
	t    *testing.T
	path string
}

func (d *folder) file(name, text string) string {
	d.t.Helper()
	path := filepath.Join(d.path, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}

func (d *folder) link(target, name string) string {
	d.t.Helper()
	path := filepath.Join(d.path, name)
	filetest.Symlink(d.t, target, path)
	return path
}

const planHead, planTail = `{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[`, `],"complete":true,"errored":false}`

func planKey(policy string) string {
	return `{"address":"aws_kms_key.k","mode":"managed","type":"aws_kms_key","name":"k","provider_name":"registry.terraform.io/hashicorp/aws",` +
		`"change":{"actions":["create"],"before":null,"after":{"policy":` + policy + `},"after_unknown":{},"after_sensitive":{}}}`
}

// times writes a text over and over.
func times(w io.Writer, text string, n int) {
	block := strings.Repeat(text, 1000)
	for range n / 1000 {
		if _, err := io.WriteString(w, block); err != nil {
			return
		}
	}
	_, _ = io.WriteString(w, strings.Repeat(text, n%1000))
}

func open(s string) string { return strings.Repeat(s, 100_000) }

// keyWith is a key whose policy is the expression.
func keyWith(expression string) string {
	return "resource \"aws_kms_key\" \"k\" {\n  policy = " + expression + "\n}\n"
}

func sources(text string) func(*folder) []string {
	return func(d *folder) []string {
		d.file("src/main.tf", text)
		return []string{filepath.Join(d.path, "src")}
	}
}

func stdinOnly(*folder) []string { return []string{"-"} }

// conditions are sources with n values that depend on a variable, and a key whose policy is made of them: X in expression.
func conditions(n int, expression string) string {
	var locals, names []string
	for i := range n {
		locals = append(locals, fmt.Sprintf("  c%d = var.v == \"%d\" ? \"a\" : \"b\"\n", i, i))
		names = append(names, fmt.Sprintf("local.c%d", i))
	}
	return "variable \"v\" {}\nlocals {\n" + strings.Join(locals, "") + "}\n" + keyWith(strings.ReplaceAll(expression, "X", strings.Join(names, ", ")))
}

// doubling are locals of which each is twice the one before.
func doubling(first, next string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "locals {\n  l0 = %s\n", first)
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "  l%d = %s\n", i, strings.ReplaceAll(next, "X", fmt.Sprintf("local.l%d", i-1)))
	}
	return b.String() + "}\n"
}

func bomb(t *testing.T, text string, n int) string {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(z, planHead)
	times(z, text, n)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var hostileInputs = []hostile{
	// Size.
	{name: "a million tiny resources", make: stdinOnly, says: "Nothing to judge", stdin: func(w io.Writer) {
		_, _ = io.WriteString(w, planHead+`{"address":"a.b","mode":"managed","type":"a","name":"b","change":{"actions":["no-op"]}}`)
		times(w, `,{"address":"a.b","mode":"managed","type":"a","name":"b","change":{"actions":["no-op"]}}`, 1_000_000)
		_, _ = io.WriteString(w, planTail)
	}},
	{name: "a million tiny keys", make: func(*folder) []string { return []string{"-", "--limit", "memory=64MB"} }, code: 2, says: "--limit memory=VALUE", memory: 512 << 20, stdin: func(w io.Writer) {
		_, _ = io.WriteString(w, planHead+planKey(`"{}"`))
		times(w, ","+planKey(`"{}"`), 1_000_000)
		_, _ = io.WriteString(w, planTail)
	}},
	{name: "a string of 100 MB in a policy", make: stdinOnly, code: 2, says: "--limit string=VALUE", stdin: func(w io.Writer) {
		_, _ = io.WriteString(w, planHead+`{"address":"aws_kms_key.k","mode":"managed","type":"aws_kms_key","name":"k","change":{"actions":["create"],"after":{"policy":"`)
		times(w, "xxxxxxxxxx", 10<<20)
		_, _ = io.WriteString(w, `"}}}`+planTail)
	}},
	{name: "a string of 100 MB that nobody wants", make: stdinOnly, says: "Nothing to judge", stdin: func(w io.Writer) {
		_, _ = io.WriteString(w, planHead+`{"address":"a.b","mode":"managed","type":"a","name":"b","change":{"actions":["create"],"after":{"x":"`)
		times(w, "xxxxxxxxxx", 10<<20)
		_, _ = io.WriteString(w, `"}}}`+planTail)
	}},
	{name: "an endless device", make: func(*folder) []string { return []string{"/dev/zero"} }, code: 2, says: "/dev/zero"},
	{name: "a number of a million digits", make: stdinOnly, code: 2, says: "number", stdin: func(w io.Writer) {
		_, _ = io.WriteString(w, planHead+`{"address":"aws_kms_key.k","mode":"managed","type":"aws_kms_key","name":"k","change":{"actions":["create"],"after":{"policy":1`)
		times(w, "0", 1_000_000)
		_, _ = io.WriteString(w, `}}}`+planTail)
	}},
	{name: "an object of a million members", make: stdinOnly, code: 2, says: "members", stdin: func(w io.Writer) {
		_, _ = io.WriteString(w, planHead+`{"address":"aws_kms_key.k","mode":"managed","type":"aws_kms_key","name":"k","change":{"actions":["create"],"after":{"tags":{"a":"b"`)
		for i := range 1_000_000 {
			_, _ = fmt.Fprintf(w, `,"a%d":"b"`, i)
		}
		_, _ = io.WriteString(w, `}}}}`+planTail)
	}},
	{name: "a source file of 10 MB", make: sources(strings.Repeat("# x\n", 5<<19)), code: 2, says: "--limit source-file=VALUE"},
	{name: "hundreds of source files", make: func(d *folder) []string {
		for i := range 300 {
			d.file(fmt.Sprintf("src/f%d.tf", i), "# "+strings.Repeat("x", 10_000))
		}
		return []string{filepath.Join(d.path, "src"), "--limit", "source-files=2MB"}
	}, code: 2, says: "--limit source-files=VALUE"},

	// Depth.
	{name: "a plan of brackets", make: stdinOnly, code: 2, says: "nested too deeply", stdin: func(w io.Writer) { _, _ = io.WriteString(w, planHead+open("[")) }},
	{name: "a deep value", make: stdinOnly, code: 2, says: "--limit depth=VALUE", stdin: func(w io.Writer) { _, _ = io.WriteString(w, planHead+planKey(open("["))) }},
	{name: "deep modules", make: stdinOnly, code: 2, says: "nested too deeply", stdin: func(w io.Writer) {
		_, _ = io.WriteString(w, `{"format_version":"1.2","planned_values":{"root_module":`+open(`{"child_modules":[`))
	}},
	{name: "a policy of brackets", make: stdinOnly, code: 1, says: "levels deep", stdin: func(w io.Writer) {
		_, _ = io.WriteString(w, planHead+planKey(`"`+open("[")+`"`)+planTail)
	}},
	{name: "a deep expression", make: sources(keyWith(open("[") + open("]"))), code: 2, says: "nested too deeply"},
	{name: "deep templates", make: sources(keyWith(strings.Repeat(`"${`, 3000) + `"x"` + strings.Repeat(`}"`, 3000))), code: 2, says: "nested too deeply"},
	{name: "a deep configuration", make: func(d *folder) []string {
		d.file(".keyproof.hcl", "fail_on = "+open("[")+open("]"))
		return []string{"--config", filepath.Join(d.path, ".keyproof.hcl"), d.file("p.json", planHead+planTail)}
	}, code: 2, says: "nested"},

	// Lists.
	{name: "thousands of actions on hundreds of keys", make: func(d *folder) []string {
		keys := strings.Repeat(`"arn:aws:kms:eu-west-1:111122223333:key/a",`, 450)
		return []string{"--kind", "identity", d.file("p.json", `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [`+strings.Repeat(`"s3:GetObject",`, 50_000)+`"kms:*"], "Resource": [`+keys+`"*"]}]}`)}
	}, code: 1, says: "iam-kms-wildcard-action", processor: 5 * time.Second},

	// Expansion.
	{name: "a gzip bomb", make: func(d *folder) []string {
		return []string{"--limit", "unpacked=16MB", d.file("p.json.gz", bomb(d.t, `{"address":"a.b","mode":"managed","type":"a","name":"b","change":{"actions":["no-op"]}},`, 1<<19))}
	}, code: 2, says: "--limit unpacked=VALUE"},
	{name: "a gzip bomb of spaces", make: func(d *folder) []string { return []string{d.file("p.json.gz", bomb(d.t, " ", 200<<20))} }, code: 2, says: "beyond a limit"},
	{name: "a range without end", make: sources(keyWith("jsonencode(range(1000000000))")), says: "Error in function call"},
	{name: "a for in a for in a for", make: sources(keyWith("jsonencode([for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]])")), code: 2, says: "--limit argument-steps=VALUE"},
	{name: "lists that double", make: sources(doubling(`["*", "*"]`, "[X, X]", 60) + keyWith("jsonencode(local.l59)")), code: 2, says: "Value is too large"},
	{name: "texts that double", make: sources(doubling(`"0123456789"`, `"${X}${X}"`, 60) + keyWith("local.l59")), code: 2, says: "--limit built-string=VALUE"},
	{name: "conditions that multiply", make: sources(conditions(40, `join("", [X])`)), says: "it depends on var.v"},
	{name: "conditions that multiply, and nothing is left of the text", make: sources(conditions(40, "one(distinct([X]))")), says: "--limit outcomes=VALUE"},
	{name: "a billion instances", make: sources("resource \"aws_kms_key\" \"k\" {\n  count = 1000000000\n}\n"), code: 2, says: "Too many instances"},
	{name: "modules that multiply", make: func(d *folder) []string {
		d.file("src/main.tf", "module \"a\" {\n  source = \"./a\"\n  count = 1000\n}\n")
		d.file("src/a/main.tf", "module \"b\" {\n  source = \"../b\"\n  count = 1000\n}\n")
		d.file("src/b/main.tf", keyWith(`"x"`))
		return []string{filepath.Join(d.path, "src"), "--limit", "module-instances=3000"}
	}, code: 2, says: "--limit module-instances=VALUE"},
	{name: "a module that calls itself", make: sources("module \"a\" {\n  source = \"./\"\n}\n"), says: "its own caller"},
	{name: "modules in modules", make: func(d *folder) []string {
		for i := range 33 {
			d.file(fmt.Sprintf("src/m%d/main.tf", i), fmt.Sprintf("module \"m\" {\n  source = \"../m%d\"\n}\n", i+1))
		}
		d.file("src/m33/main.tf", keyWith(`"x"`))
		return []string{filepath.Join(d.path, "src", "m0"), "--root", d.path}
	}, code: 2, says: "nested in more than 30 others"},
	{name: "thousands of modules", make: func(d *folder) []string {
		var b strings.Builder
		for i := range 3000 {
			fmt.Fprintf(&b, "module \"m%d\" {\n  source = \"./m\"\n}\n", i)
		}
		d.file("src/m/main.tf", "# nothing\n")
		d.file("src/main.tf", b.String())
		return []string{filepath.Join(d.path, "src")}
	}, code: 2, says: "more than"},
	{name: "lists that double, perhaps", make: sources("variable \"u\" {}\n" + doubling(`["a"]`, `concat(X, var.u ? X : ["c"])`, 40) + keyWith("jsonencode(local.l39)")), code: 2, says: "Evaluation was given up", memory: 512 << 20},
	{name: "a pattern that looks to the end each time", make: sources("locals {\n  s = join(\"\", [for i in range(1000) : \"aaaaaaaaaa\"])\n}\n" + keyWith(`replace(local.s, "/a*?b|a/", "x")`)), code: 2, says: "matches too often"},
	{name: "a set of files of many alternatives", make: sources(keyWith(`join("", fileset(path.module, "` + strings.Repeat("{a,b}", 24) + `*"))`)), code: 2, says: "stands for too many"},
	{name: "a yaml of brackets", make: sources(keyWith(`jsonencode(yamldecode("` + open("[") + `"))`)), code: 2, says: "nested too deeply"},
	{name: "yaml that multiplies", make: sources(keyWith(`jsonencode(yamldecode("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n"))`)), code: 2, says: "Value is too large"},
	{name: "a harmless text behind what is beyond a limit", make: sources(keyWith(`try(indent(1000000000, "a\nb"), jsonencode({ Version = "2012-10-17", Statement = [] }))`)), says: "policy-undecided"},
	{name: "patterns that explode", make: func(d *folder) []string {
		stars := strings.Repeat("*a", 60)
		return []string{d.file("policy.json", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalArn":["`+
			stars+`","`+strings.Repeat("*b", 60)+`"]},"StringNotLike":{"aws:PrincipalArn":["`+strings.Repeat("?*a", 40)+`","`+strings.Repeat("*ab?", 40)+`"]}}}]}`), "--kind", "key"}
	}, code: 1},

	// Where it leads.
	{name: "a pipe that nobody writes to", make: func(d *folder) []string {
		path := filepath.Join(d.path, "src", "main.tf")
		d.file("src/other.tf", keyWith(`"x"`))
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			d.t.Fatal(err)
		}
		return []string{filepath.Join(d.path, "src")}
	}, code: 2, says: "not a regular file"},
	{name: "a pipe for a configuration", make: func(d *folder) []string {
		path := filepath.Join(d.path, ".keyproof.hcl")
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			d.t.Fatal(err)
		}
		return []string{"--config", path, d.file("p.json", planHead+planTail)}
	}, code: 2, says: "not a regular file"},
	{name: "a link out of the sources", make: func(d *folder) []string {
		d.file("secret.tf", keyWith(`"S3CR3T"`))
		d.file("src/main.tf", keyWith(`file("${path.module}/passwd")`))
		d.link("../secret.tf", "src/secret.tf")
		d.link("/etc/passwd", "src/passwd")
		return []string{filepath.Join(d.path, "src")}
	}, code: 2, says: "secret.tf"},
	{name: "a function that reads upwards", make: sources(keyWith(`file("../../../../../../../../etc/passwd")`)), says: "outside of the sources"},
	{name: "a module upwards", make: sources("module \"m\" {\n  source = \"../../../../../../etc\"\n}\n"), code: 2, says: "lies outside of the directory"},
	{name: "a loop of links", make: func(d *folder) []string {
		d.file("src/main.tf", "module \"m\" {\n  source = \"./loop\"\n}\n")
		d.link("loop", "src/loop")
		return []string{filepath.Join(d.path, "src")}
	}, code: 2, says: "lies outside of the directory"},
	{name: "a report over a link", make: func(d *folder) []string {
		return []string{"--report", "json=" + d.link(d.file("precious", "precious"), "report.json"), d.file("p.json", planHead+planTail)}
	}, code: 2, says: "not overwritten"},
	{name: "a baseline over a link", make: func(d *folder) []string {
		return []string{"--write-baseline", d.link(d.file("precious", "precious"), "baseline.json"), d.file("p.json", planHead+planTail)}
	}, code: 2, says: "not overwritten"},

	// What makes no sense.
	{name: "nothing", make: stdinOnly, code: 2, says: "The input is empty", stdin: func(io.Writer) {}},
	{name: "noise", make: stdinOnly, code: 2, says: "Error: ", stdin: func(w io.Writer) { times(w, "\x00\xff\x1b[2J{", 1<<20) }},
	{name: "half a plan", make: stdinOnly, code: 2, says: "ends too early", stdin: func(w io.Writer) { _, _ = io.WriteString(w, planHead+planKey(`"{}"`)[:100]) }},
}

// TestHostileInput runs the built program on every hostile input. It must end, soon, in little memory, with the exit code
// and a message; what it should not touch must be as it was.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	keyproof := filepath.Join(t.TempDir(), "keyproof")
	// As the action builds it, so that the two share what is compiled; a race detector would take memory of its own.
	build := exec.Command("go", "build", "-trimpath", "-o", keyproof, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, h := range hostileInputs {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			h.run(t, keyproof)
		})
	}
}

func (h *hostile) run(t *testing.T, keyproof string) {
	dir := &folder{t, t.TempDir()}
	cmd := exec.Command(keyproof, append([]string{"check"}, h.make(dir)...)...)
	cmd.Dir = t.TempDir()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if h.stdin != nil {
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			h.stdin(in)
			in.Close()
		}()
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Kill() })
	ended := make(chan struct{})
	peak := make(chan int64)
	go watchMemory(cmd.Process.Pid, ended, peak)
	_ = cmd.Wait()
	timer.Stop()
	close(ended)
	took := time.Since(start)
	said := out.String() + errs.String()
	if code := cmd.ProcessState.ExitCode(); code != h.code || !strings.Contains(said, h.says) {
		t.Errorf("exit code %d, not %d; want %q in:\n%.3000s", code, h.code, h.says, said)
	}
	if strings.Contains(said, "goroutine ") || strings.Contains(said, "S3CR3T") || strings.ContainsAny(said, "\x00\x1b") || len(said) > 200_000 {
		t.Errorf("%d bytes are printed that should not be:\n%.3000s", len(said), said)
	}
	most := max(h.memory, 256<<20)
	if memory := <-peak; memory > most || memory == 0 && took > 100*time.Millisecond {
		t.Errorf("it took %d MB", memory>>20)
	}
	if used := cmd.ProcessState.UserTime(); used > cmp.Or(h.processor, 2*time.Minute) {
		t.Errorf("it took %v of processor time", used)
	}
	if precious, err := os.ReadFile(filepath.Join(dir.path, "precious")); err == nil && string(precious) != "precious" {
		t.Error("a file was written through a link")
	}
	if left := names(t, cmd.Dir); len(left) > 0 {
		t.Errorf("it leaves %q", left)
	}
	t.Logf("%s, exit code %d", took.Round(time.Millisecond), cmd.ProcessState.ExitCode())
}

// watchMemory tells the most memory that a process had, in bytes. What the system tells of a process that has ended
// counts the memory of this one, too, which it was made from.
func watchMemory(pid int, ended <-chan struct{}, peak chan<- int64) {
	var most int64
	for {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		for line := range strings.Lines(string(status)) {
			var kb int64
			if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
				most = max(most, kb<<10)
			}
		}
		select {
		case <-ended:
			peak <- most
			return
		case <-time.After(2 * time.Millisecond):
		}
	}
}
