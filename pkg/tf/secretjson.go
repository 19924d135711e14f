package tf

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// jsonSecrets walks through a source file in JSON syntax, and calls mark with the bytes of what may hold a value that must not be shown:
// objects that say they are sensitive or ephemeral, members that are called as secrets are, arguments of modules for variables that
// are, and texts that call sensitive. It returns the names of the variables that the file declares so, and whether it got through.
func jsonSecrets(src []byte, variables map[string]bool, mark func(from, to int)) (declared []string, whole bool) {
	w := &jsonWalk{dec: json.NewDecoder(bytes.NewReader(src)), src: src, variables: variables, mark: mark}
	whole = w.value(0) && len(bytes.TrimSpace(src[w.dec.InputOffset():])) == 0
	return w.declared, whole
}

type jsonWalk struct {
	dec       *json.Decoder
	src       []byte
	path      []string // of the names of members; what is in an array has that of the array
	variables map[string]bool
	declared  []string
	mark      func(from, to int)
}

// value reads one value, false where it cannot.
func (w *jsonWalk) value(depth int) bool {
	t, err := w.dec.Token()
	if err != nil || depth > 1000 {
		return false
	}
	end := int(w.dec.InputOffset())
	switch t := t.(type) {
	case string:
		if strings.Contains(t, "sensitive(") {
			w.mark(end-1, end)
		}
	case json.Delim:
		if t == '[' {
			for w.dec.More() {
				if !w.value(depth + 1) {
					return false
				}
			}
			_, err := w.dec.Token()
			return err == nil
		}
		return w.members(end-1, depth)
	}
	return true
}

func (w *jsonWalk) members(start, depth int) bool {
	secret := false
	for w.dec.More() {
		t, err := w.dec.Token()
		if err != nil {
			return false
		}
		name, _ := t.(string)
		from := int(w.dec.InputOffset())
		w.path = append(w.path, name)
		if !w.value(depth + 1) {
			return false
		}
		to := int(w.dec.InputOffset())
		text := w.src[from:to]
		switch {
		case name == "sensitive" || name == "ephemeral":
			secret = secret || !bytes.HasSuffix(text, []byte("false"))
		case w.isArgument() && w.variables[name], secretMember().MatchString(name) && bytes.Contains(text, []byte(`"`)) && !w.isBlock():
			w.mark(from, to)
		}
		w.path = w.path[:len(w.path)-1]
	}
	if _, err := w.dec.Token(); err != nil {
		return false
	}
	if secret {
		w.mark(start, int(w.dec.InputOffset()))
		if len(w.path) == 2 && w.path[0] == "variable" {
			w.declared = append(w.declared, w.path[1])
		}
	}
	return true
}

// isArgument says whether the member is an argument of a module's call.
func (w *jsonWalk) isArgument() bool { return len(w.path) == 3 && w.path[0] == "module" }

// isBlock says whether the member's name is one of those that users give: of a variable, a resource and so on.
func (w *jsonWalk) isBlock() bool {
	n := len(w.path)
	return n == 2 && slices.Contains([]string{"variable", "output", "module", "provider"}, w.path[0]) ||
		(n == 2 || n == 3) && slices.Contains([]string{"resource", "data", "ephemeral"}, w.path[0])
}

// secretNames are in the names of arguments that hold secrets, or that no state keeps (write-only ones).
const secretNames = `password|passwd|secret|token|key_material|private_key|credential|_wo\b`

var secretMember = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^[\w-]*(` + secretNames + `)[\w-]*$`) })
