package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"sync"
)

// sniffed is how much of a file is looked at.
const sniffed = 16 << 10

// beginnings are how reports begin, in every format.
var beginnings = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(strings.Join([]string{
		`^\s*$`, // made by mktemp, or a quiet report that has nothing to say
		`^\{\s*"format_version":\s*"1\.\d+",\s*"tool":\s*\{\s*"name":\s*"keyproof"`,
		`^\{\s*("\$schema":\s*"[^"]*",\s*)?"version":\s*"2\.1\.0",\s*"runs":\s*\[\s*\{\s*"tool":\s*\{\s*"driver":\s*\{\s*"name":\s*"keyproof"`,
		`^\[\s*\]\s*$`,
		`^\[\s*\{\s*"description":\s*"(?:[^"\\]|\\.)*",\s*"check_name":\s*"`,
		`^<\?xml [^>]*>\s*<testsuites name="keyproof"`,
		`^<!-- keyproof\b`,
		`(?s)^<!doctype html>.*<title>[^<]* - keyproof [^<]*</title>`,
		`^(Critical|High|Medium|Low): [^\n]* \([a-z0-9-]+(, [a-z]+)*\)\n`,
		`^::(error|warning|notice) [^\n]*title=`,
		`^\S[^\n]*\n  [-+~ ] (data|control|use|metadata) `,
		`^Nobody: no row of access\b`,
		`^Nothing changes in who may use which key\.`,
		`^input,key,class,actions,who_kind,`,
		`^# Who can use our keys\. `,
		`^(yes|no|unknown): \S+ (can call|cannot call|may be able to call) `,
		`^\{\s*"format_version":\s*"1\.\d+",\s*"principal":`,
		`^(\d+ findings?|No findings|No new findings|Nothing to judge|Not everything was analysed)[.:,]`,
	}, "|"))
})

// Replaceable is an error where a report must not take the place of the file: it is there, and no report of keyproof in any
// format. What is not there, or empty, may be written.
func Replaceable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil || !info.Mode().IsRegular():
		return err // what is no file is refused for that when it is written
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, sniffed))
	if err != nil {
		return err
	}
	if !beginnings().Match(head) {
		return fmt.Errorf("%s is there and is no report of keyproof, so it is not overwritten; remove it, or give another path", path)
	}
	return nil
}
