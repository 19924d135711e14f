// Command notices writes the licences of everything that is compiled into keyproof, for archives and images. Run it at
// the root of the repository: go run ./scripts/notices THIRD-PARTY-NOTICES.txt
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: notices FILE")
		os.Exit(2)
	}
	var b bytes.Buffer
	err := notices(&b)
	if err == nil {
		err = os.WriteFile(os.Args[1], b.Bytes(), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

// module is what is compiled in: a Go module, or Go itself.
type module struct{ Path, Version, Dir string }

// notices writes the licence texts of all modules of the program. A module without one is an error.
func notices(w io.Writer) error {
	modules, err := compiled("linux", "darwin", "windows")
	if err != nil {
		return err
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	modules = append(modules, module{"Go, its runtime and standard library", runtime.Version(), strings.TrimSpace(string(root))})
	fmt.Fprintln(w, "keyproof is under the licence in the file LICENSE. It contains the following software.")
	for _, m := range modules {
		texts, err := licences(m.Dir)
		if err != nil {
			return fmt.Errorf("%s: %w", m.Path, err)
		}
		fmt.Fprintf(w, "\n%s\n%s %s\n\n%s\n", strings.Repeat("=", 80), m.Path, m.Version, strings.Join(texts, "\n"))
	}
	return nil
}

// tags are those that releases are built with.
const tags = "urfave_cli_no_docs"

// compiled are the modules of the program on any of the systems, without its own.
func compiled(systems ...string) ([]module, error) {
	var out []module
	for _, system := range systems {
		cmd := exec.Command("go", "list", "-deps", "-tags", tags, "-json=Module", "./cmd/keyproof")
		cmd.Env = append(os.Environ(), "GOOS="+system, "GOFLAGS=-mod=readonly")
		cmd.Stderr = os.Stderr
		text, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", system, err)
		}
		for dec := json.NewDecoder(bytes.NewReader(text)); dec.More(); {
			var p struct {
				Module *struct {
					module
					Main bool
				}
			}
			if err := dec.Decode(&p); err != nil {
				return nil, err
			}
			if p.Module != nil && !p.Module.Main {
				out = append(out, p.Module.module)
			}
		}
	}
	slices.SortFunc(out, func(a, b module) int { return cmp.Compare(a.Path, b.Path) })
	return slices.Compact(out), nil
}

// licences are the licence and notice files of a directory.
func licences(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") && !strings.HasPrefix(name, "NOTICE") && name != "PATENTS" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, string(text))
	}
	if len(texts) == 0 {
		return nil, fmt.Errorf("no licence is found in %s", dir)
	}
	return texts, nil
}
