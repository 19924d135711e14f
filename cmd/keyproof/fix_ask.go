package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

// asking shows one finding after the other with its fixes, and asks which to take.
func asking(c *cli.Context, look report.Options) (func(*scan.Offer) (int, error), error) {
	if terminal(c.App.Writer) == nil || !isTerminal(c.App.Reader) {
		return nil, errors.New("--interactive needs a terminal: use --write, or --rule and --address to choose")
	}
	in := bufio.NewReader(c.App.Reader)
	s := screen{w: c.App.Writer, width: look.Width, paint: painter(look.Color)}
	stopped := false
	return func(o *scan.Offer) (int, error) {
		if stopped {
			return -1, nil
		}
		s.heading(o.Finding, o.More)
		n, shown := 0, false
		for {
			if !shown {
				s.fix(&o.Fixes[n], n, len(o.Fixes))
			}
			shown = true
			answer, err := s.ask(in, choices(&o.Fixes[n], len(o.Fixes)))
			if err != nil {
				stopped = true
				if err == io.EOF {
					err = nil
				}
				return -1, err
			}
			switch strings.ToLower(answer) {
			case "a", "apply", "y", "yes":
				if applicable(&o.Fixes[n]) {
					return n, nil
				}
				s.prose("This one cannot be applied as it is.")
			case "f", "fill", "fill in":
				if !fillable(&o.Fixes[n]) {
					s.prose("There is nothing to fill in here.")
					continue
				}
				if shown, err = s.fill(in, o, n); err != nil && err != io.EOF {
					return -1, err
				}
			case "s", "skip", "n", "no":
				return -1, nil
			case "o", "other":
				n, shown = (n+1)%len(o.Fixes), len(o.Fixes) == 1
			case "q", "quit":
				stopped = true
				return -1, nil
			default:
				s.prose("a applies it, f asks for what only you know, s skips the finding, o shows another fix, q stops; what was applied before is written at the end.")
			}
		}
	}, nil
}

// ask is the line that somebody answers; io.EOF where nobody does.
func (s *screen) ask(in *bufio.Reader, question string) (string, error) {
	fmt.Fprint(s.w, question)
	answer, err := in.ReadString('\n')
	if err != nil && answer == "" {
		return "", err
	}
	return strings.TrimSpace(answer), nil
}

// fill asks for what a fix leaves to somebody. With no answer, or with one that does not end the finding, it stays as it is: as it
// is shown.
func (s *screen) fill(in *bufio.Reader, o *scan.Offer, n int) (same bool, err error) {
	values := map[string]string{}
	for _, name := range o.Fixes[n].Placeholders {
		value, err := s.ask(in, "  "+oneLine(name)+": ")
		if err != nil || value == "" {
			return true, err
		}
		values[name] = value
	}
	if len(values) > 0 && o.Fill(n, values) {
		return false, nil
	}
	s.prose("That is no single name, or with it the finding does not end, or another one comes: nothing was changed.")
	return true, nil
}

// fillable says whether a fix can be written once somebody says what only they know.
func fillable(x *finding.Fix) bool { return len(x.Edits) > 0 && len(x.Placeholders) > 0 }

// applicable says whether a fix can be written as it is.
func applicable(x *finding.Fix) bool { return len(x.Edits) > 0 && len(x.Placeholders) == 0 }

func choices(x *finding.Fix, fixes int) string {
	var words, keys []string
	add := func(word, key string) { words, keys = append(words, word), append(keys, key) }
	switch {
	case applicable(x):
		add("apply", "a")
	case fillable(x):
		add("fill in", "f")
	}
	add("skip", "s")
	if fixes > 1 {
		add("other fix", "o")
	}
	add("quit", "q")
	return capitalized(strings.Join(words, ", ")) + "? [" + strings.Join(keys, "/") + "] "
}

// screen is a terminal that findings and fixes are shown on.
type screen struct {
	w     io.Writer
	width int // in columns, 0 where it is not known
	paint func(code, s string) string
}

// prose writes a text, broken between words.
func (s *screen) prose(text string) {
	for _, line := range report.Wrap("  "+text, s.width) {
		fmt.Fprintln(s.w, line)
	}
}

func (s *screen) heading(f *finding.Finding, more int) {
	severity, about := capitalized(f.Severity.String())+":", oneLine(f.Address)+", "+f.Rule
	fmt.Fprintf(s.w, "\n%s %s", s.paint("1;31", severity), s.paint("1", about))
	if more > 0 {
		tail := fmt.Sprintf(" (%d more)", more)
		if s.width > 0 && len(severity)+1+utf8.RuneCountInString(about)+len(tail) > s.width {
			tail = "\n " + tail
		}
		fmt.Fprint(s.w, s.paint("2", tail))
	}
	fmt.Fprintln(s.w)
	message, ok := strings.CutPrefix(f.Message, f.Address+": ")
	if word, _, _ := strings.Cut(message, " "); ok && !strings.ContainsAny(word, "_.:") {
		message = capitalized(message)
	}
	s.prose(oneLine(message))
}

func (s *screen) fix(x *finding.Fix, n, of int) {
	head := "Fix:"
	if of > 1 {
		head = fmt.Sprintf("Fix %d of %d:", n+1, of)
	}
	fmt.Fprintln(s.w)
	for i, line := range report.Wrap("  "+head+" "+oneLine(x.Title), s.width) {
		if i == 0 {
			line = "  " + s.paint("1", head) + strings.TrimPrefix(line, "  "+head)
		}
		fmt.Fprintln(s.w, line)
	}
	if x.Proof.Keeps != "" {
		s.prose(oneLine(x.Proof.Keeps))
	}
	for _, t := range x.Proof.TakesAway {
		s.prose("It takes away: " + oneLine(t) + ".")
	}
	if n := len(x.Placeholders); n > 0 {
		it, its := "it", "the real value in its place"
		if n > 1 {
			it, its = "them", "the real values in their places"
		}
		how := "make the edit yourself, with "
		if fillable(x) {
			how = "fill " + it + " in, or " + how
		}
		s.prose("Only you know " + oneLine(strings.Join(x.Placeholders, " and ")) + ": " + how + its + ".")
	}
	if x.Diff == "" {
		s.prose("The sources do not tell where to edit: this fix cannot be applied here.")
		return
	}
	fmt.Fprintln(s.w)
	for _, line := range strings.Split(strings.TrimSuffix(x.Diff, "\n"), "\n") {
		line = visible(strings.ReplaceAll(line, "\t", "    "))
		switch {
		case strings.HasPrefix(line, "+"):
			line = s.paint("32", line)
		case strings.HasPrefix(line, "-"):
			line = s.paint("31", line)
		case strings.HasPrefix(line, "@@"):
			line = s.paint("2", line)
		}
		fmt.Fprintln(s.w, "  "+line)
	}
	fmt.Fprintln(s.w)
}

func painter(color bool) func(code, s string) string {
	return func(code, s string) string {
		if !color {
			return s
		}
		return "\x1b[" + code + "m" + s + "\x1b[0m"
	}
}

func capitalized(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
