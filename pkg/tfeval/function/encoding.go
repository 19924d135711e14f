package function

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"

	"github.com/zclconf/go-cty/cty"

	cf "github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// digest is a hash of bytes, written down as encode does.
func digest(hash func() hash.Hash, encode func([]byte) string) func([]byte) string {
	return func(b []byte) string {
		h := hash()
		h.Write(b)
		return encode(h.Sum(nil))
	}
}

// hashed is a function of the bytes of a string.
func hashed(h func([]byte) string) function {
	return guarded(stringFunction(cty.String, func(s string) (cty.Value, error) { return cty.StringVal(h([]byte(s))), nil }))
}

// stringFunction is a cty function of one string.
func stringFunction(ty cty.Type, f func(string) (cty.Value, error)) cf.Function {
	return cf.New(&cf.Spec{
		Params: []cf.Parameter{{Name: "str", Type: cty.String}},
		Type:   cf.StaticReturnType(ty),
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f(args[0].AsString()) },
	})
}

func base64Decode(c *call) cty.Value {
	return guarded(stringFunction(cty.String, func(s string) (cty.Value, error) {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil || !utf8.Valid(b) || tfsource.Forged(b) {
			return cty.NilVal, cf.NewArgErrorf(0, "the text is no base64 of a UTF-8 text")
		}
		return cty.StringVal(string(b)), nil
	}))(c)
}

func base64Gzip(c *call) cty.Value {
	return guarded(stringFunction(cty.String, func(s string) (cty.Value, error) {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(s)); err != nil {
			return cty.NilVal, err
		}
		if err := w.Close(); err != nil {
			return cty.NilVal, err
		}
		return cty.StringVal(base64.StdEncoding.EncodeToString(b.Bytes())), nil
	}))(c)
}

// base64Gunzip is OpenTofu's. https://opentofu.org/docs/language/functions/base64gunzip/
func base64Gunzip(c *call) cty.Value {
	long := false
	v := guarded(stringFunction(cty.String, func(s string) (cty.Value, error) {
		wrong := cf.NewArgErrorf(0, "the text is no base64 of a compressed UTF-8 text")
		r, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(s)))
		if err != nil {
			return cty.NilVal, wrong
		}
		b, err := io.ReadAll(io.LimitReader(r, int64(c.e.Limits.Text)+1))
		if long = len(b) > c.e.Limits.Text; err != nil || long || !utf8.Valid(b) || tfsource.Forged(b) {
			return cty.NilVal, wrong
		}
		return cty.StringVal(string(b)), nil
	}))(c)
	if long {
		return c.tooLarge(cty.String, "Text is too long", "The text is longer than keyproof puts together; --limit built-string=VALUE allows more.")
	}
	return v
}

var urlDecode = stringFunction(cty.String, func(s string) (cty.Value, error) {
	out, err := url.QueryUnescape(s)
	if err != nil || tfsource.Forged([]byte(out)) {
		return cty.NilVal, cf.NewArgErrorf(0, "the text is not URL-encoded")
	}
	return cty.StringVal(out), nil
})

var baseName = stringFunction(cty.String, func(s string) (cty.Value, error) { return cty.StringVal(filepath.Base(s)), nil })

var dirName = stringFunction(cty.String, func(s string) (cty.Value, error) { return cty.StringVal(filepath.Dir(s)), nil })

// uuidV5 hashes a name in a namespace as RFC 4122 section 4.3 says.
var uuidV5 = cf.New(&cf.Spec{
	Params: []cf.Parameter{{Name: "namespace", Type: cty.String}, {Name: "name", Type: cty.String}},
	Type:   cf.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		space := args[0].AsString()
		if n, ok := map[string]string{"dns": "10", "url": "11", "oid": "12", "x500": "14"}[space]; ok {
			space = "6ba7b8" + n + "-9dad-11d1-80b4-00c04fd430c8"
		}
		id, err := hex.DecodeString(strings.ReplaceAll(space, "-", ""))
		if err != nil || len(id) != 16 {
			return cty.NilVal, cf.NewArgErrorf(0, "the namespace is neither a UUID nor one of dns, url, oid and x500")
		}
		sum := sha1.Sum(append(id, args[1].AsString()...))
		sum[6], sum[8] = sum[6]&0x0f|0x50, sum[8]&0x3f|0x80
		h := hex.EncodeToString(sum[:16])
		return cty.StringVal(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]), nil
	},
})

// textEncoding knows the encodings that people use with these functions.
func textEncoding(name string) (encoding.Encoding, error) {
	switch strings.ToUpper(name) {
	case "UTF-8":
		return unicode.UTF8, nil
	case "UTF-16LE":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), nil
	case "UTF-16BE":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil
	case "ISO-8859-1", "WINDOWS-1252":
		return charmap.Windows1252, nil
	}
	return nil, cf.NewArgErrorf(1, "keyproof does not know this encoding")
}

var textEncodeBase64 = textFunction(func(e encoding.Encoding, s string) (string, error) {
	out, err := e.NewEncoder().String(s)
	return base64.StdEncoding.EncodeToString([]byte(out)), err
})

var textDecodeBase64 = textFunction(func(e encoding.Encoding, s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return "", cf.NewArgErrorf(0, "the text is no base64")
	}
	out, err := e.NewDecoder().Bytes(b)
	if tfsource.Forged(out) {
		return "", cf.NewArgErrorf(0, "the text holds a character that keyproof does not accept")
	}
	return string(out), err
})

func textFunction(f func(encoding.Encoding, string) (string, error)) cf.Function {
	return cf.New(&cf.Spec{
		Params: []cf.Parameter{{Name: "string", Type: cty.String}, {Name: "encoding", Type: cty.String}},
		Type:   cf.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			e, err := textEncoding(args[1].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			out, err := f(e, args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(out), nil
		},
	})
}

var timeCompare = cf.New(&cf.Spec{
	Params: []cf.Parameter{{Name: "a", Type: cty.String}, {Name: "b", Type: cty.String}},
	Type:   cf.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		a, err := time.Parse(time.RFC3339, args[0].AsString())
		if err != nil {
			return cty.NilVal, cf.NewArgErrorf(0, "the text is no RFC 3339 time")
		}
		b, err := time.Parse(time.RFC3339, args[1].AsString())
		if err != nil {
			return cty.NilVal, cf.NewArgErrorf(1, "the text is no RFC 3339 time")
		}
		return cty.NumberIntVal(int64(a.Compare(b))), nil
	},
})

// timestamp is the time of apply, the same for all calls.
func timestamp(*call) cty.Value {
	return value.UnknownOf(cty.String, unknown.Symbol{Ref: "timestamp()"})
}

// mapOf is the function map of very old sources: keys and values take turns.
func mapOf(c *call) cty.Value {
	if len(c.args)%2 != 0 {
		return c.wrongCount()
	}
	vals := map[string]cty.Value{}
	for i := 0; i < len(c.args); i += 2 {
		k, f := c.e.KeyText(c.args[i], c.at)
		if f != nil {
			return c.fails(f)
		}
		vals[k] = c.args[i+1]
	}
	return value.Object(vals)
}

// planTimestamp is known with a plan only.
func planTimestamp(c *call) cty.Value {
	if t := c.lib.env.PlanTime(); t != "" {
		return cty.StringVal(t)
	}
	return value.UnknownOf(cty.String, unknown.Symbol{Ref: "plantimestamp()"})
}

// csvDecode makes an object of each line. Lines and columns are counted before, because each cell becomes a value.
func csvDecode(c *call) cty.Value {
	s, _, known := c.str(0)
	if known {
		head, _, _ := strings.Cut(s, "\n")
		if lines := strings.Count(s, "\n"); lines*(1+strings.Count(head, ",")) > value.MaxValues {
			return c.tooLarge(cty.DynamicPseudoType, "Value is too large", fmt.Sprintf("The function csvdecode is given more than %d cells.", value.MaxValues))
		}
	}
	return guarded(stdlib.CSVDecodeFunc)(c)
}
