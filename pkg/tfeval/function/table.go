package function

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/hashicorp/go-cty-funcs/cidr"
	"github.com/hashicorp/go-cty-funcs/encoding"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	yaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functions are Terraform's functions by name. Three kinds: those that keep structure and marks, those that put strings
// together around tokens, and guarded ones, for which a token is an unknown value.
func functions() map[string]function {
	return map[string]function{
		"abs":                               guarded(stdlib.AbsoluteFunc),
		"abspath":                           taking(1, absPath),
		"alltrue":                           taking(1, allTrue),
		"anytrue":                           taking(1, anyTrue),
		"base64decode":                      base64Decode,
		"base64encode":                      guarded(encoding.Base64EncodeFunc),
		"base64gunzip":                      base64Gunzip,
		"base64gzip":                        base64Gzip,
		"base64sha256":                      hashed(digest(sha256.New, base64.StdEncoding.EncodeToString)),
		"base64sha512":                      hashed(digest(sha512.New, base64.StdEncoding.EncodeToString)),
		"basename":                          guarded(baseName),
		"bcrypt":                            impure,
		"ceil":                              guarded(stdlib.CeilFunc),
		"chomp":                             taking(1, chomp),
		"chunklist":                         taking(2, chunkList),
		"cidrcontains":                      guarded(cidrContains),
		"cidrhost":                          ofPrefix(cidr.HostFunc),
		"cidrnetmask":                       ofPrefix(cidr.NetmaskFunc),
		"cidrsubnet":                        ofPrefix(cidr.SubnetFunc),
		"cidrsubnets":                       ofPrefix(cidr.SubnetsFunc),
		"coalesce":                          coalesce,
		"coalescelist":                      coalesceList,
		"compact":                           taking(1, compact),
		"concat":                            concat,
		"contains":                          taking(2, containsValue),
		"csvdecode":                         taking(1, traced(csvDecode, 0)),
		"dirname":                           guarded(dirName),
		"distinct":                          taking(1, distinct),
		"element":                           taking(2, elementAt),
		"endswith":                          taking(2, affix(false)),
		"file":                              taking(1, readFile),
		"filebase64":                        taking(1, ofFile(base64.StdEncoding.EncodeToString)),
		"filebase64sha256":                  taking(1, ofFile(digest(sha256.New, base64.StdEncoding.EncodeToString))),
		"filebase64sha512":                  taking(1, ofFile(digest(sha512.New, base64.StdEncoding.EncodeToString))),
		"fileexists":                        taking(1, fileExists),
		"filemd5":                           taking(1, ofFile(digest(md5.New, hex.EncodeToString))),
		"fileset":                           taking(2, fileSet),
		"filesha1":                          taking(1, ofFile(digest(sha1.New, hex.EncodeToString))),
		"filesha256":                        taking(1, ofFile(digest(sha256.New, hex.EncodeToString))),
		"filesha512":                        taking(1, ofFile(digest(sha512.New, hex.EncodeToString))),
		"flatten":                           taking(1, flatten),
		"floor":                             guarded(stdlib.FloorFunc),
		"format":                            format,
		"formatdate":                        guarded(stdlib.FormatDateFunc),
		"formatlist":                        formatList,
		"indent":                            taking(2, indent),
		"index":                             taking(2, indexOf),
		"issensitive":                       taking(1, isSensitive),
		"join":                              join,
		"jsondecode":                        taking(1, jsonDecode),
		"jsonencode":                        taking(1, jsonEncode),
		"keys":                              taking(1, keysOf),
		"length":                            taking(1, length),
		"list":                              listOf,
		"log":                               guarded(stdlib.LogFunc),
		"lookup":                            lookup,
		"lower":                             taking(1, caseMapped(strings.ToLower)),
		"map":                               mapOf,
		"matchkeys":                         taking(3, matchKeys),
		"max":                               guarded(stdlib.MaxFunc),
		"md5":                               hashed(digest(md5.New, hex.EncodeToString)),
		"merge":                             merge,
		"min":                               guarded(stdlib.MinFunc),
		"nonsensitive":                      taking(1, nonSensitive),
		"one":                               taking(1, one),
		"parseint":                          guarded(stdlib.ParseIntFunc),
		"pathexpand":                        taking(1, pathExpand),
		"plantimestamp":                     planTimestamp,
		"pow":                               guarded(stdlib.PowFunc),
		"provider::aws::arn_build":          taking(5, arnBuild),
		"provider::aws::arn_parse":          taking(1, arnParse),
		"provider::aws::trim_iam_role_path": taking(1, trimRolePath),
		"range":                             guarded(stdlib.RangeFunc),
		"regex":                             taking(2, regexCall(false)),
		"regexall":                          taking(2, regexCall(true)),
		"replace":                           taking(3, replace),
		"reverse":                           taking(1, reverse),
		"rsadecrypt":                        impure,
		"sensitive":                         taking(1, makeSensitive),
		"setintersection":                   membersOf(true, setOperation(stdlib.SetIntersectionFunc)),
		"setproduct":                        setProduct,
		"setsubtract":                       membersOf(false, setOperation(stdlib.SetSubtractFunc)),
		"setunion":                          setUnion,
		"sha1":                              hashed(digest(sha1.New, hex.EncodeToString)),
		"sha256":                            hashed(digest(sha256.New, hex.EncodeToString)),
		"sha512":                            hashed(digest(sha512.New, hex.EncodeToString)),
		"signum":                            guarded(stdlib.SignumFunc),
		"slice":                             taking(3, slice),
		"sort":                              taking(1, sortStrings),
		"split":                             taking(2, split),
		"startswith":                        taking(2, affix(true)),
		"strcontains":                       taking(2, strContains),
		"strrev":                            guarded(stdlib.ReverseFunc),
		"substr":                            taking(3, substr),
		"sum":                               taking(1, sum),
		"templatefile":                      taking(2, templateFile),
		"templatestring":                    taking(2, templateString),
		"textdecodebase64":                  guarded(textDecodeBase64),
		"textencodebase64":                  guarded(textEncodeBase64),
		"timeadd":                           guarded(stdlib.TimeAddFunc),
		"timecmp":                           guarded(timeCompare),
		"timestamp":                         timestamp,
		"title":                             taking(1, caseMapped(title)),
		"tobool":                            taking(1, convertCall(cty.Bool)),
		"tolist":                            taking(1, convertCall(cty.List(cty.DynamicPseudoType))),
		"tomap":                             taking(1, convertCall(cty.Map(cty.DynamicPseudoType))),
		"tonumber":                          taking(1, convertCall(cty.Number)),
		"toset":                             taking(1, convertCall(cty.Set(cty.DynamicPseudoType))),
		"tostring":                          taking(1, convertCall(cty.String)),
		"transpose":                         taking(1, transpose),
		"trim":                              taking(2, trim),
		"trimprefix":                        taking(2, trimAffix(true)),
		"trimspace":                         taking(1, trimSpace),
		"trimsuffix":                        taking(2, trimAffix(false)),
		"upper":                             taking(1, caseMapped(strings.ToUpper)),
		"urldecode":                         guarded(urlDecode),
		"urlencode":                         guarded(encoding.URLEncodeFunc),
		"uuid":                              impure,
		"uuidv5":                            guarded(uuidV5),
		"values":                            taking(1, valuesOf),
		"yamldecode":                        taking(1, traced(yamlDecode, 0)),
		"yamlencode":                        guarded(yaml.YAMLEncodeFunc),
		"zipmap":                            taking(2, zipMap),
	}
}

// New returns the functions for one run.
func New(e *value.Run, around Env) *Library {
	return &Library{e: e, env: around, funcs: functions(), texts: map[string]cty.Value{}}
}
