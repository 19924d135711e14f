package function

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// search finds the matches of a pattern in a text of which parts are not known: those that there are whatever the parts are.
// It walks through the program of the pattern as the regexp package does, on all characters that a part may hold at once.
type search struct {
	prog  *syntax.Prog
	text  []piece
	end   int             // of the text
	runes []rune          // one at least of each class of characters that the program tells apart
	class map[rune]string // what the program makes of them
	left  int             // how much work may be done
}

// maxPaths is how many ways through a text are followed at once, and maxSearch how much work a search is: with more it is not
// known what matches.
const maxPaths, maxSearch = 256, 200_000

// inPart is a place in the midst of what is not known.
const inPart = -2

// thread is a place in the program, with what its groups have matched.
type thread struct {
	pc   uint32
	caps []int
}

// path is the state of a search after a part of the text.
type path struct {
	threads []thread
	matched []int // the groups of the best match so far
}

func (p path) key() string { return fmt.Sprint(p) }

// newSearch prepares a search; false where the pattern asks for more than this can tell.
func newSearch(pattern string, text []piece) (*search, bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, false
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, false
	}
	s := &search{prog: prog, text: text, left: maxSearch, runes: []rune{0}, class: map[rune]string{}}
	if n := len(text); n > 0 {
		s.end = text[n-1].to
	}
	for _, in := range prog.Inst {
		switch in.Op {
		case syntax.InstEmptyWidth:
			switch op := syntax.EmptyOp(in.Arg); {
			case op&^(syntax.EmptyBeginText|syntax.EmptyEndText) != 0:
				return nil, false
			case op&syntax.EmptyEndText != 0 && len(text) > 0 && text[len(text)-1].mayBeEmpty():
				return nil, false // what ends in front of it may be the end
			}
		case syntax.InstRune, syntax.InstRune1:
			for i, r := range in.Rune {
				s.runes = append(s.runes, r+rune(i%2))
				for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
					s.runes = append(s.runes, f, f+1)
				}
				s.runes = append(s.runes, r, r+1)
			}
		case syntax.InstRuneAnyNotNL:
			s.runes = append(s.runes, '\n', '\n'+1)
		}
	}
	for r := rune(' '); r < unicode.MaxASCII; r++ {
		s.runes = append(s.runes, r)
	}
	slices.Sort(s.runes)
	s.runes = slices.Compact(s.runes)
	for _, r := range s.runes {
		s.class[r] = s.classOf(r)
	}
	return s, len(s.runes)*len(prog.Inst) < maxSearch
}

// classOf tells apart the characters that the program tells apart.
func (s *search) classOf(r rune) string {
	out := make([]byte, len(s.prog.Inst))
	for i := range s.prog.Inst {
		if takes(&s.prog.Inst[i], r) {
			out[i] = 1
		}
	}
	return string(out)
}

func takes(in *syntax.Inst, r rune) bool {
	switch in.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return in.MatchRune(r)
	}
	return false
}

// work takes n from what may be done.
func (s *search) work(n int) bool {
	s.left -= n
	return s.left > 0
}

// characters are such as a part may hold, one of each class.
func (s *search) characters(p piece) []rune {
	var out []rune
	seen := map[string]bool{}
	for _, r := range s.runes {
		if (p.kind == unknown.AnyText || p.holds(r)) && !seen[s.class[r]] {
			seen[s.class[r]] = true
			out = append(out, r)
		}
	}
	return out
}

// first is the first match behind a place: the bounds of the whole and of its groups, nil where there is none. It is false where
// that depends on what is not known.
func (s *search) first(from int) ([]int, bool) {
	paths := map[string]path{"": s.closed(path{}, from, s.flags(from))}
	for _, p := range s.text {
		if p.to <= from {
			continue
		}
		var ok bool
		if p.vague {
			paths, ok = s.over(paths, p)
		} else {
			paths, ok = s.through(paths, p, from)
		}
		if !ok {
			return nil, false
		}
	}
	var result []int
	seen := false
	for _, p := range paths {
		if seen && !slices.Equal(result, p.matched) {
			return nil, false
		}
		result, seen = p.matched, true
	}
	return result, !slices.Contains(result, inPart)
}

func (s *search) flags(at int) syntax.EmptyOp {
	var op syntax.EmptyOp
	if at == 0 {
		op |= syntax.EmptyBeginText
	}
	if at == s.end {
		op |= syntax.EmptyEndText
	}
	return op
}

// through goes through a known piece.
func (s *search) through(paths map[string]path, p piece, from int) (map[string]path, bool) {
	skip := max(0, from-p.from)
	out := map[string]path{}
	for _, at := range paths {
		for i, r := range p.text[skip:] {
			if !s.work(1 + len(at.threads)) {
				return nil, false
			}
			next := p.from + skip + i + len(string(r))
			at = s.closed(s.step(at, r), next, s.flags(next))
		}
		out[at.key()] = at
	}
	return out, true
}

// over goes over a piece that is not known, by every character that it may hold and every length that it may have.
func (s *search) over(paths map[string]path, p piece) (map[string]path, bool) {
	out, seen, next := map[string]path{}, map[string]bool{}, paths
	if p.mayBeEmpty() {
		for _, at := range paths {
			out[at.key()] = at
		}
	}
	for rest := p.kind.Prefix(); rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		within := map[string]path{}
		for _, at := range next {
			step := s.step(at, r)
			on := s.closed(step, inPart, 0)
			within[on.key()] = on
			if rest == "" {
				last := s.closed(step, p.to, s.flags(p.to))
				out[last.key()] = last
			}
		}
		next = within
	}
	length, characters := p.kind.Length(), s.characters(p)
	for n := 1; len(next) > 0; n++ {
		within := map[string]path{}
		for _, at := range next {
			for _, r := range characters {
				if !s.work(1 + len(at.threads)) {
					return nil, false
				}
				step := s.step(at, r)
				if last := s.closed(step, p.to, s.flags(p.to)); length == 0 || n == length {
					out[last.key()] = last
				}
				if on := s.closed(step, inPart, 0); n != length && (length > 0 || !seen[on.key()]) {
					seen[on.key()] = true
					within[on.key()] = on
				}
				if len(out) > maxPaths || len(within) > maxPaths {
					return nil, false
				}
			}
		}
		next = within
	}
	return out, true
}

// step takes a character.
func (s *search) step(p path, r rune) path {
	out := path{matched: p.matched}
	for _, t := range p.threads {
		if in := &s.prog.Inst[t.pc]; takes(in, r) {
			out.threads = append(out.threads, thread{in.Out, t.caps})
		}
	}
	return out
}

// closed follows the threads to where they wait for a character, and begins a new one where nothing has matched yet.
func (s *search) closed(p path, at int, flags syntax.EmptyOp) path {
	out := path{matched: p.matched}
	if p.matched == nil {
		p.threads = append(slices.Clip(p.threads), thread{uint32(s.prog.Start), nil})
	}
	seen := map[uint32]bool{}
	done := false
	var follow func(pc uint32, caps []int)
	follow = func(pc uint32, caps []int) {
		if done || seen[pc] {
			return
		}
		seen[pc] = true
		switch in := s.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			follow(in.Out, caps)
			follow(in.Arg, caps)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^flags == 0 {
				follow(in.Out, caps)
			}
		case syntax.InstNop:
			follow(in.Out, caps)
		case syntax.InstCapture:
			caps = slices.Clone(caps)
			caps[in.Arg] = at
			follow(in.Out, caps)
		case syntax.InstMatch:
			caps = slices.Clone(caps)
			caps[1] = at
			out.matched, done = caps, true // those that follow are worse
		case syntax.InstFail:
		default:
			out.threads = append(out.threads, thread{pc, caps})
		}
	}
	for _, t := range p.threads {
		if t.caps == nil {
			t.caps = slices.Repeat([]int{-1}, max(2, s.prog.NumCap))
			t.caps[0] = at
		}
		follow(t.pc, t.caps)
	}
	return out
}

// matches are all matches of a pattern in a text, as [regexp.Regexp.FindAllStringSubmatchIndex] gives them; only those that are
// asked for. It is false where they depend on what is not known.
func matches(pattern string, text []piece, only int) (found [][]int, work int, ok bool) {
	s, ok := newSearch(pattern, text)
	if !ok {
		return nil, 0, false
	}
	for from := 0; len(found) != only; {
		m, ok := s.first(from)
		if !ok || m != nil && m[0] == m[1] && only != 1 {
			return nil, maxSearch - s.left, false
		}
		if m == nil {
			break
		}
		found = append(found, m)
		from = m[1]
	}
	return found, maxSearch - s.left, true
}
