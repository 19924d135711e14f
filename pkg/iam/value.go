package iam

import (
	"math/big"
	"net/netip"
	"strings"
	"time"
)

// ParsePrefix reads a CIDR range or a single address. Host bits of IPv4 ranges are ignored; an IPv6 range with host
// bits is no range.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func ParsePrefix(s string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Addr().Is6() && p.Masked().Addr() != p.Addr() {
		return netip.Prefix{}, false
	}
	return p.Masked(), true
}

// ParseNumber reads an integer or a decimal, as JSON writes them or with a plus sign: no fraction, no hexadecimal number.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func ParseNumber(s string) (*big.Rat, bool) {
	if strings.Trim(s, "+-.0123456789eE") != "" {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// ParseDate reads an ISO 8601 date in one of the forms of the W3C, or seconds since 1970. Four digits are a year.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
// https://www.w3.org/TR/NOTE-datetime
func ParseDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02", "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Truncate(time.Millisecond), true
		}
	}
	seconds, ok := ParseNumber(s)
	if !ok || strings.ContainsAny(s, "eE") {
		return time.Time{}, false
	}
	ms, _ := new(big.Rat).Mul(seconds, big.NewRat(1000, 1)).Float64()
	return time.UnixMilli(int64(ms)), true
}
