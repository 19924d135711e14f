package unknown

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Texts that stand for what is not known where something of their form has to stand. Nothing that AWS assigns is like them; a
// document that writes one out is read as if it held a value that is not known, see [Reserve].
const (
	OwnAccountText = "000057000002"                     // the own account; people make up ids such as 000000000001 and 000000123456, and not this one
	AccountText    = "0000571"                          // and five digits: some account; see also ConfigurationAccount
	KeyIDText      = "5eed5eed-0000-4000-8000-5eed5eed" // and four digits: the id of a key
	MultiKeyIDText = "mrk-5eed5eed0000400080005eed5eed" // and four digits: the id of a multi-Region key
	OwnOrgText     = "o-00000000000000000000000000000own"
	OwnRegionText  = "own-region"
)

// ConfigurationAccount stands for the account of the provider configuration with a number where that is not known.
func ConfigurationAccount(n int) string {
	const first, some = 200000, 800000
	return fmt.Sprintf("%s%06d", AccountText[:6], first+n%some)
}

var reserved = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(?:` + OwnAccountText + "|" + AccountText[:6] + `[1-9][0-9]{5})\b|` + KeyIDText + "[0-9a-f]{4}|" + MultiKeyIDText + "[0-9a-f]{4}|" + OwnOrgText + "|" + OwnRegionText + "|[" + FixedMark + fixedEnd + "]")
})

// Reserve puts tokens for the texts in a value of a document that stand for something else here: hole is the number of one.
func Reserve(s string, hole func(Symbol) int) string {
	if !strings.Contains(s, AccountText[:6]) && !strings.Contains(s, OwnOrgText) && !strings.Contains(s, KeyIDText[:8]) && !strings.Contains(s, OwnRegionText) && !strings.ContainsAny(s, FixedMark+fixedEnd) {
		return s
	}
	return reserved().ReplaceAllStringFunc(s, func(text string) string {
		if strings.ContainsAny(text, FixedMark+fixedEnd) {
			text = ""
		}
		return Hole(hole(Symbol{Ref: text}))
	})
}
