package function

import (
	"math/rand"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// What is found in a text of which parts are not known is what the regexp package finds, whatever the parts are.
func TestMatchesHoldForEveryValue(t *testing.T) {
	patterns := []string{
		`^arn:[^:]+:iam::(\d{12}):`, `:role/(.*)$`, `^(.*provider/)`, `arn:aws[a-z-]*:iam`, `\d+`, `(\d{3})`, `[a-z]+`, `:`, `/([^/]+)$`, `x?`, `(a|ab)(c|bcd)`, `^.*$`,
		`(?i)ARN`, `..`, `[^:]*:[^:]*`, `role|user`, `^aws`, `12`, `\bx`, `(?m)^a`, `a*?b`, `(?P<n>[a-z]+)-(\d)?`,
	}
	texts := [][]piece{
		{{text: "arn:"}, {kind: unknown.PartitionID}, {text: ":iam::"}, {kind: unknown.OwnAccount}, {text: ":role/"}, {kind: unknown.PathName}},
		{{kind: unknown.AnyText}, {text: "-1"}}, {{text: "ab"}, {kind: unknown.PlainName}, {text: "cd:x"}}, {{kind: unknown.AccountID}}, {{kind: unknown.RegionName}, {kind: unknown.KeyID}},
		{{text: "x"}, {kind: unknown.AnyText}}, {{kind: unknown.UserID}, {text: "/b"}},
	}
	random := rand.New(rand.NewSource(1))
	found := 0
	for _, text := range texts {
		for i := range text {
			text[i].vague = text[i].text == ""
			if i > 0 {
				text[i].from = text[i-1].to
			}
			text[i].to = text[i].from + max(1, len(text[i].text))
		}
		for _, p := range patterns {
			got, _, ok := matches(p, text, -1)
			if !ok {
				continue
			}
			found++
			re := regexp.MustCompile(p)
			for range 200 {
				s, at := filled(text, random)
				want := re.FindAllStringSubmatchIndex(s, -1)
				for _, m := range want {
					for i, x := range m {
						if x >= 0 {
							m[i] = slices.Index(at, x)
						}
					}
				}
				if !slices.EqualFunc(got, want, func(a, b []int) bool {
					return slices.EqualFunc(a, b, func(x, y int) bool { return x < 0 && y < 0 || x == y || at[max(x, 0)] == at[max(y, 0)] })
				}) {
					t.Fatalf("%s in %q: got %v, want %v", p, s, got, want)
				}
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d searches say something", found)
	}
}

// filled is a value of the text, and where its places are then.
func filled(text []piece, random *rand.Rand) (string, []int) {
	var b strings.Builder
	var at []int
	for _, p := range text {
		for i := range p.to - p.from {
			if at = append(at, b.Len()); !p.vague {
				b.WriteByte(p.text[i])
			}
		}
		if !p.vague {
			continue
		}
		b.WriteString(p.kind.Prefix())
		n := p.kind.Length()
		if n == 0 {
			n = random.Intn(8)
			if p.kind.Prefix() == "" && p.kind != unknown.AnyText {
				n++
			}
		}
		for n > 0 {
			if r := rune(' ' + random.Intn('~'-' ')); p.kind == unknown.AnyText || p.holds(r) {
				b.WriteRune(r)
				n--
			}
		}
	}
	return b.String(), append(at, b.Len())
}
