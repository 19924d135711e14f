package sets

import (
	"math"
	"net/netip"

	"go4.org/netipx"
)

// PublicAddresses are those of the internet: neither private nor reserved ones.
func PublicAddresses() *netipx.IPSet {
	var b netipx.IPSetBuilder
	b.AddPrefix(netip.MustParsePrefix("0.0.0.0/0"))
	b.AddPrefix(netip.MustParsePrefix("2000::/3"))
	for _, p := range []string{"0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"} {
		b.RemovePrefix(netip.MustParsePrefix(p))
	}
	set, _ := b.IPSet() // the prefixes above are well-formed
	return set
}

// AnyAddress are all addresses, private ones too.
func AnyAddress() *netipx.IPSet {
	var b netipx.IPSetBuilder
	b.AddPrefix(netip.MustParsePrefix("0.0.0.0/0"))
	b.AddPrefix(netip.MustParsePrefix("::/0"))
	set, _ := b.IPSet()
	return set
}

// SampleAddress picks an address that reads well: 198.51.100.7 where it can be.
func SampleAddress(set *netipx.IPSet) (netip.Addr, bool) {
	for _, s := range []string{"198.51.100.7", "10.0.0.7", "2001:db8::7"} {
		if a := netip.MustParseAddr(s); set.Contains(a) {
			return a, true
		}
	}
	ranges := set.Ranges()
	if len(ranges) == 0 {
		return netip.Addr{}, false
	}
	return ranges[0].From(), true
}

// Broader says whether the set holds more than 2^(32-v4) IPv4 or 2^(128-v6) IPv6 addresses: more than one network of that
// prefix length. The union is counted, so that two halves of the internet do not pass as two narrow ranges.
func Broader(set *netipx.IPSet, v4, v6 int) bool {
	var n4, n6 float64
	for _, p := range set.Prefixes() {
		if p.Addr().Is4() {
			n4 += math.Exp2(float64(32 - p.Bits()))
		} else {
			n6 += math.Exp2(float64(128 - p.Bits()))
		}
	}
	return n4 > math.Exp2(float64(32-v4)) || n6 > math.Exp2(float64(128-v6))
}
