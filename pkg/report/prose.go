package report

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// segment is a piece of prose. Code is a name, a value or an expression: what is not a word of the language.
type segment struct {
	text string
	code bool
}

// segments parts prose into words and names. What stands in backquotes is a name, so is the given name wherever it
// occurs, and so is everything that is not a word: `kms:Decrypt`, `"*"`, `@somebody`. Formats that give some characters
// a meaning write names so that they have none.
func segments(s, name string) []segment {
	s = oneLine(s)
	var out segmentList
	parts := strings.Split(s, "`")
	if len(parts)%2 == 0 { // a backquote without its partner is nothing special
		parts = []string{s}
	}
	for i, part := range parts {
		if i%2 == 1 {
			out.add(part, true)
			continue
		}
		for rest := part; rest != ""; {
			at := indexName(rest, name)
			if at < 0 {
				out.words(rest)
				break
			}
			out.words(rest[:at])
			out.add(rest[at:at+len(name)], true)
			rest = rest[at+len(name):]
		}
	}
	return out
}

type segmentList []segment

func (l *segmentList) add(s string, code bool) {
	if s == "" {
		return
	}
	if n := len(*l); !code && n > 0 && !(*l)[n-1].code {
		(*l)[n-1].text += s
		return
	}
	*l = append(*l, segment{s, code})
}

// words adds text word by word.
func (l *segmentList) words(s string) {
	for s != "" {
		space := len(s) - len(strings.TrimLeft(s, " "))
		l.add(s[:space], false)
		s = s[space:]
		word, _, _ := strings.Cut(s, " ")
		head, core, tail := trimWord(word)
		l.add(head, false)
		l.add(core, !isWord(core))
		l.add(tail, false)
		s = s[len(word):]
	}
}

var (
	ordinary = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^([\p{L}\p{N}][\p{L}\p{M}\p{N}'’-]*(/[\p{L}\p{N}'’-]+|%)?|e\.g|i\.e|[-–—=+&·→])$`)
	})
	// linked is what code hosts link to issues and commits.
	linked = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?i:gh-[0-9]+|[0-9a-f]{7,})$`) })
)

// isWord says whether a word is one of the language, and not a name or a value.
func isWord(s string) bool {
	mixed := len(s) > 5 && strings.ContainsAny(s, "0123456789") && strings.ContainsFunc(s, unicode.IsLetter)
	return ordinary().MatchString(s) && !mixed && !linked().MatchString(s)
}

// trimWord takes the punctuation around a word off it, but not the brackets and quotes that belong to it.
func trimWord(word string) (head, core, tail string) {
	core = strings.TrimRight(word, ".,;:!?…")
	if core == "" {
		return word, "", ""
	}
	if strings.HasPrefix(core, "(") && strings.Count(core, "(") != strings.Count(core, ")") {
		core = core[1:]
	} else if strings.HasSuffix(core, ")") && strings.Count(core, "(") < strings.Count(core, ")") {
		core = core[:len(core)-1]
	} else if strings.HasPrefix(core, "(") && strings.HasSuffix(core, ")") {
		core = core[1 : len(core)-1]
	}
	if core == "" {
		return word, "", ""
	}
	i := strings.Index(word, core)
	return word[:i], core, word[i+len(core):]
}

// indexName finds a resource's address in a text, where it stands alone.
func indexName(s, name string) int {
	if !strings.Contains(name, ".") {
		return -1
	}
	i := strings.Index(s, name)
	if i < 0 || i > 0 && isNamePart(s[i-1]) || i+len(name) < len(s) && isNamePart(s[i+len(name)]) {
		return -1
	}
	return i
}

func isNamePart(c byte) bool {
	return c == '_' || c == '-' || c == '[' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
