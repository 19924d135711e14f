package tfplan

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"
)

// isZip says whether the input starts as a zip archive does.
func isZip(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// holdsPlan looks for the member tfplan among the first members of a zip archive. Terraform writes it first.
func holdsPlan(head []byte) bool {
	for {
		i := bytes.Index(head, []byte("PK\x03\x04"))
		if i < 0 || len(head) < i+30 {
			return false
		}
		head = head[i:]
		n := int(binary.LittleEndian.Uint16(head[26:]))
		if len(head) >= 30+n && string(head[30:30+n]) == "tfplan" {
			return true
		}
		head = head[4:]
	}
}

// recogniseText says what input is that does not start as a JSON object or list. Body is head without leading space.
func recogniseText(head, body []byte) *wrongInput {
	if w := recogniseBinary(head); w != nil {
		return w
	}
	coloured := string(firstLines(body))
	text := withoutColour(coloured)
	switch {
	case strings.HasPrefix(text, "version https://git-lfs."):
		return wrongPointer
	case strings.HasPrefix(text, "<"):
		return wrongHTML
	case strings.HasPrefix(text, "[command]"), strings.HasPrefix(text, "::"):
		return wrongWrapper
	case has(text, "│ Error:", "\nError: ", "╷\n") || strings.HasPrefix(text, "Error: "):
		return wrongErrorText
	case has(text, "Terraform used the selected providers", "OpenTofu used the selected providers", "will perform the following actions",
		"No changes. Your infrastructure", "Refreshing state...", ": Reading...", ": Read complete", "will be created", "Plan: ", "Changes to Outputs:",
		"Resource actions are indicated", ":\nresource \"", ":\ndata \"", "No state."):
		if looksLikeSource(text) && !has(text, "will be", "Plan: ", ":\nresource \"", ":\ndata \"") {
			return wrongHCL
		}
		return wrongHuman
	case looksLikeSource(text):
		return wrongHCL
	case looksLikeLog(text):
		return wrongLogLines
	case isScalar(body):
		return wrongScalar
	case strings.Contains(text, "\nAWSTemplateFormatVersion:") || strings.HasPrefix(text, "AWSTemplateFormatVersion:"):
		return wrongCloudFormation
	case looksLikeYAML(text):
		return wrongYAML
	}
	if text != coloured {
		return wrongHuman
	}
	return wrongText
}

// withoutColour takes out the escape sequences that colour a terminal.
func withoutColour(text string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		text = strings.TrimPrefix(strings.TrimLeft(after, "0123456789;"), "m")
	}
}

func recogniseBinary(head []byte) *wrongInput {
	switch {
	case bytes.HasPrefix(head, []byte("\xFF\xFE\x00\x00")), bytes.HasPrefix(head, []byte("\x00\x00\xFE\xFF")):
		return wrongUTF32
	case bytes.HasPrefix(head, []byte("\x1F\x8B")), bytes.HasPrefix(head, []byte("BZh")),
		bytes.HasPrefix(head, []byte("\x28\xB5\x2F\xFD")), bytes.HasPrefix(head, []byte("\xFD7zXZ")), bytes.HasPrefix(head, []byte("7z\xBC\xAF")):
		return wrongCompressed
	case len(head) > 262 && string(head[257:262]) == "ustar":
		return wrongTar
	case bytes.IndexByte(head, 0) >= 0 || !mostlyText(head):
		return wrongBinary
	}
	return nil
}

// mostlyText says whether nearly all of it is UTF-8.
func mostlyText(head []byte) bool {
	bad := 0
	for rest := head; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 {
			bad++
		}
		rest = rest[n:]
	}
	return bad*10 <= len(head)
}

// firstLines is about the first page of a text.
func firstLines(text []byte) []byte {
	text = text[:min(len(text), 4096)]
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
}

func has(text string, any ...string) bool {
	return slices.ContainsFunc(any, func(s string) bool { return strings.Contains(text, s) })
}

// looksLikeSource says whether a line opens a block as Terraform sources do, or a first line is one of their comments
// and a later one opens a block.
func looksLikeSource(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\n")
		word, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		switch word {
		case "resource", "data", "module", "variable", "provider", "output", "ephemeral", "check":
			if strings.HasPrefix(rest, `"`) && strings.Contains(rest, "{") {
				return true
			}
		case "terraform", "locals", "moved", "import", "removed":
			if strings.HasPrefix(rest, "{") {
				return true
			}
		}
	}
	return false
}

// looksLikeLog says whether the first line looks like a line of a log.
func looksLikeLog(text string) bool {
	line, _, _ := strings.Cut(text, "\n")
	return has(line, "level=", " INFO ", " WARN ", " ERROR ", " STDOUT ", "[INFO]", "[WARN]", "[DEBUG]", "terragrunt")
}

// isScalar says whether it is a JSON string, number or literal.
func isScalar(body []byte) bool {
	body = bytes.TrimRight(body, " \t\r\n")
	switch string(body) {
	case "null", "true", "false":
		return true
	}
	return body[0] == '"' || len(body) < 64 && bytes.Trim(body, "-+.eE0123456789") == nil
}

// looksLikeYAML says whether the first lines are keys with a colon, items with a dash, or the start of a document.
func looksLikeYAML(text string) bool {
	lines := 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\n")
		key, _, colon := strings.Cut(line, ":")
		switch {
		case line == "---" || strings.HasPrefix(line, "%YAML"):
			return true
		case line == "" || strings.HasPrefix(strings.TrimSpace(line), "#"):
			continue
		case strings.HasPrefix(strings.TrimSpace(line), "- "), colon && !strings.ContainsAny(strings.TrimSpace(key), " {}();=/"):
			if lines++; lines == 2 {
				return true
			}
		default:
			return false
		}
	}
	return lines > 0
}
