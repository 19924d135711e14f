package main

import (
	"fmt"
	"strings"
)

// leakCase is one input of which one value is sensitive. Files are made for a secret; two secrets of one shape must give the
// same output.
type leakCase struct {
	name  string
	files func(secret string) map[string]string
	args  []string // paths are relative to the case
	shape shape
}

// shape is a kind of secret: two of one form, and the text around it.
type shape struct {
	name   string
	around string // with the mark; empty: the mark stands before or after what was there
	a, b   string
}

const (
	word, otherWord       = "quokkavelvet7", "quokkavelvet8"
	account, otherAccount = "777766665555", "777766665556"
)

var shapes = []shape{
	{"a word", mark, word, otherWord},
	{"a word after it", "", word, otherWord},
	{"a pattern", mark, "*" + word + "*", "*" + otherWord + "*"},
	{"an account", mark, account, otherAccount},
	{"an account's root", "arn:aws:iam::" + mark + ":root", account, otherAccount},
	{"a role", "arn:aws:iam::999988887777:role/" + mark, word, otherWord},
	{"a role of an account", mark, "arn:aws:iam::" + account + ":role/" + word, "arn:aws:iam::" + otherAccount + ":role/" + otherWord},
	{"a pattern of roles", "arn:aws:iam::*:role/" + mark + "*", word, otherWord},
	{"a number", mark, "48151623", "48151624"},
	{"an address", mark, "203.0.113.77/32", "203.0.113.78/32"},
	{"an action", "kms:" + mark, "Quokka" + "Velvet", "Quokka" + "Velvex"},
	{"an organization", mark, "o-quokkavelv", "o-quokkavelw"},
	{"a service", mark + ".amazonaws.com", word, otherWord},
	{"a key", "arn:aws:kms:eu-central-1:111122223333:key/" + mark, "0badcafe-0bad-4bad-8bad-0badcafe7777", "0badcafe-0bad-4bad-8bad-0badcafe7778"},
	{"a date", mark, "2031-07-19T03:14:15Z", "2031-07-19T03:14:16Z"},
	{"odd characters", mark, "quokka\"velvet\\7 <é>", "quokka\"velvet\\8 <é>"},
}

const ownRoot = "arn:aws:iam::111122223333:root"

func allow(principal, action any, condition ...any) object {
	out := o("Sid", "Readers", "Effect", "Allow", "Principal", principal, "Action", action, "Resource", "*")
	if len(condition) > 0 {
		out = append(out, member{"Condition", o(condition...)})
	}
	return out
}

var rootStatement = o("Sid", "Root", "Effect", "Allow", "Principal", o("AWS", ownRoot), "Action", "kms:*", "Resource", "*")

func keyOf(statements ...any) resource {
	return resource{"aws_kms_key", "k", o("policy", policy(append([]any{rootStatement}, statements...)...), "enable_key_rotation", true, "deletion_window_in_days", 30)}
}

func roleOf(attrs ...any) resource {
	trust := policy(o("Effect", "Allow", "Principal", o("Service", "ec2.amazonaws.com"), "Action", "sts:AssumeRole"))
	return resource{"aws_iam_role", "r", append(o("name", "reader", "assume_role_policy", trust), o(attrs...)...)}
}

func trusting(principal any, action string, condition ...any) resource {
	s := o("Sid", "Login", "Effect", "Allow", "Principal", principal, "Action", action)
	if len(condition) > 0 {
		s = append(s, member{"Condition", o(condition...)})
	}
	return resource{"aws_iam_role", "r", o("name", "reader", "assume_role_policy", policy(s))}
}

// scenes are the trees into which the secrets go, each by what it is about.
var scenes = map[string][]resource{
	"public":              {keyOf(allow(o("AWS", "*"), "kms:Decrypt"))},
	"another account":     {keyOf(allow(o("AWS", "arn:aws:iam::999988887777:root"), l("kms:Decrypt", "kms:DescribeKey")))},
	"another role":        {keyOf(allow(o("AWS", l("arn:aws:iam::999988887777:role/reader")), "kms:Decrypt", "StringEquals", o("aws:PrincipalTag/team", "blue")))},
	"a pattern of roles":  {keyOf(allow("*", "kms:Decrypt", "StringLike", o("aws:PrincipalArn", l("arn:aws:iam::*:role/reader*"))))},
	"a service":           {keyOf(allow(o("Service", "s3.amazonaws.com"), "kms:GenerateDataKey", "ArnLike", o("aws:SourceArn", "arn:aws:s3:::bucket*")))},
	"a service's account": {keyOf(allow(o("Service", "sns.amazonaws.com"), "kms:Decrypt", "StringEqualsIfExists", o("aws:SourceAccount", "999988887777")))},
	"a network":           {keyOf(allow("*", "kms:Decrypt", "IpAddress", o("aws:SourceIp", l("203.0.113.0/24")), "StringEquals", o("aws:SourceVpce", "vpce-1a2b3c4d")))},
	"what the caller chooses": {keyOf(allow("*", "kms:Decrypt", "StringEquals", o("kms:EncryptionContext:app", "ledger", "kms:ViaService", "s3.eu-central-1.amazonaws.com"),
		"Null", o("aws:RequestTag/x", "false")))},
	"denied": {keyOf(allow(o("AWS", "*"), "kms:*"), o("Sid", "No", "Effect", "Deny", "NotPrincipal", o("AWS", "arn:aws:iam::111122223333:role/app"), "Action", "kms:Decrypt", "Resource", "*",
		"Condition", o("StringNotEquals", o("aws:PrincipalTag/team", "${aws:ResourceAccount}"))))},
	"an organization":  {keyOf(allow("*", "kms:Decrypt", "ForAnyValue:StringLike", o("aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*"), "StringEquals", o("aws:PrincipalOrgID", "o-a1b2c3d4e5")))},
	"times":            {keyOf(allow("*", "kms:Decrypt", "DateLessThan", o("aws:CurrentTime", "2030-01-01T00:00:00Z"), "NumericLessThan", o("aws:MultiFactorAuthAge", "300"), "Bool", o("aws:SecureTransport", "true")))},
	"not principal":    {keyOf(o("Sid", "Most", "Effect", "Allow", "NotPrincipal", o("AWS", "arn:aws:iam::999988887777:root"), "NotAction", l("kms:Decrypt"), "Resource", "*"))},
	"a federated user": {keyOf(allow(o("Federated", "cognito-identity.amazonaws.com"), "kms:Decrypt", "StringEquals", o("cognito-identity.amazonaws.com:aud", "eu-central-1:1a2b")))},
	"attributes": {{"aws_kms_key", "k", o("description", "ledger", "tags", o("team", "blue"), "policy", policy(rootStatement), "enable_key_rotation", false, "deletion_window_in_days", 7)},
		{"aws_kms_alias", "a", o("name", "alias/ledger", "target_key_id", "1234abcd-12ab-34cd-56ef-1234567890ab")}},
	"a policy of its own": {{"aws_kms_key_policy", "p", o("key_id", "1234abcd-12ab-34cd-56ef-1234567890ab", "policy", policy(allow("*", "kms:Decrypt")))}},
	"a role's inline policy": {keyOf(), roleOf("path", "/team/", "inline_policy", blocks{o("name", "inline", "policy",
		policy(o("Sid", "All", "Effect", "Allow", "Action", l("kms:Decrypt", "s3:GetObject"), "Resource", l("*"), "Condition", o("StringEquals", o("kms:ViaService", "s3.eu-central-1.amazonaws.com")))))})},
	"a policy of IAM": {keyOf(), {"aws_iam_policy", "p", o("name", "reader", "path", "/", "policy", policy(o("Effect", "Allow", "Action", "kms:*", "NotResource", "arn:aws:kms:eu-central-1:111122223333:key/1234")))},
		{"aws_iam_user_policy", "u", o("name", "inline", "user", "alice", "policy", policy(o("Sid", "U", "Effect", "Allow", "NotAction", "iam:*", "Resource", "*")))},
		roleOf("managed_policy_arns", l("arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser")),
		{"aws_iam_role_policy_attachment", "t", o("role", "reader", "policy_arn", "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser")}},
	"trust of accounts": {keyOf(allow(o("AWS", "arn:aws:iam::111122223333:role/reader"), "kms:Decrypt")), trusting(o("AWS", l("arn:aws:iam::999988887777:root")), "sts:AssumeRole", "StringEquals", o("sts:ExternalId", "x-1"))},
	"tags": {trusting(o("AWS", "*"), "sts:AssumeRole", "StringEquals", o("iam:ResourceTag/team", "blue")),
		{"aws_iam_role_policy", "p", o("name", "all", "role", "reader", "policy", policy(o("Effect", "Allow", "Action", "kms:*", "Resource", "*", "Condition", o("StringEquals", o("aws:ResourceTag/team", "blue")))))},
		{"aws_iam_role_policy", "q", o("name", "one", "role", "reader", "policy", policy(o("Effect", "Allow", "Action", "kms:Decrypt", "Resource", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")))}},
	"trust of everybody": {keyOf(allow(o("AWS", "arn:aws:iam::111122223333:role/reader"), "kms:Decrypt")), trusting(o("AWS", "*"), "sts:AssumeRole", "StringLike", o("aws:username", "alice", "sts:RoleSessionName", "s*"))},
	"trust of tokens": {keyOf(allow(o("AWS", "arn:aws:iam::111122223333:role/reader"), "kms:Decrypt")), trusting(o("Federated", "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"), "sts:AssumeRoleWithWebIdentity",
		"StringLike", o("token.actions.githubusercontent.com:sub", "repo:corp/*"), "StringEquals", o("token.actions.githubusercontent.com:aud", "sts.amazonaws.com"))},
	"a provider of tokens": {{"aws_iam_openid_connect_provider", "p", o("url", "https://ci.example.com", "client_id_list", l("sts.amazonaws.com"), "thumbprint_list", l("0badcafe"))},
		trusting(o("Federated", "arn:aws:iam::111122223333:oidc-provider/ci.example.com"), "sts:AssumeRoleWithWebIdentity", "StringLike", o("ci.example.com:sub", "org:*"))},
	"a grant": {keyOf(), {"aws_kms_grant", "g", o("name", "reader", "key_id", "1234abcd-12ab-34cd-56ef-1234567890ab", "grantee_principal", "arn:aws:iam::999988887777:role/reader", "retiring_principal", "arn:aws:iam::999988887777:role/admin",
		"operations", l("Decrypt", "CreateGrant"), "constraints", blocks{o("encryption_context_equals", o("app", "ledger"))})}},
	"a stack": {{"aws_cloudformation_stack", "s", o("name", "keys", "parameters", o("Who", "arn:aws:iam::999988887777:root"), "template_body", document{o("Parameters", o("Who", o("Type", "String")), "Resources", o("Key", o("Type", "AWS::KMS::Key",
		"Properties", o("KeyPolicy", o("Version", "2012-10-17", "Statement", l(rootStatement, allow(o("AWS", o("Ref", "Who")), "kms:Decrypt"), allow(o("AWS", o("Fn::Sub", "arn:aws:iam::${AWS::AccountId}:role/x")), "kms:Encrypt")))))))})}},
	"lists of a stack": {{"aws_cloudformation_stack", "s", o("name", "keys", "parameters", o("Who", "arn:aws:iam::999988887777:root,arn:aws:iam::999988886666:root"), "template_body", document{o("Parameters", o("Who", o("Type", "CommaDelimitedList")),
		"Conditions", o("Two", o("Fn::Equals", l(o("Fn::Select", l("0", o("Ref", "Who"))), "x"))), "Resources", o("Key", o("Type", "AWS::KMS::Key",
			"Properties", o("KeyPolicy", o("Version", "2012-10-17", "Statement", l(rootStatement, allow(o("AWS", o("Ref", "Who")), "kms:Decrypt"), allow(o("AWS", o("Fn::If", l("Two", "*", o("Fn::Select", l("1", o("Ref", "Who")))))), "kms:Encrypt")))))))})}},
	"cloud control": {{"aws_cloudcontrolapi_resource", "c", o("type_name", "AWS::KMS::Key", "desired_state", document{o("Description", "d", "KeyPolicy", o("Statement", l(rootStatement, allow("*", "kms:Decrypt"))))})}},
	"awscc":         {{"awscc_kms_key", "c", o("description", "d", "key_policy", policy(rootStatement, allow("*", "kms:Decrypt")), "tags", l(o("key", "team", "value", "blue")))}},
	"groups": {keyOf(), {"aws_iam_group", "g", o("name", "staff", "path", "/")}, {"aws_iam_user", "u", o("name", "alice", "path", "/")}, {"aws_iam_group_membership", "m", o("name", "m", "group", "staff", "users", l("alice"))},
		{"aws_iam_group_policy", "p", o("name", "p", "group", "staff", "policy", policy(o("Effect", "Allow", "Action", "kms:Decrypt", "Resource", "*")))},
		{"aws_ssoadmin_permission_set_inline_policy", "s", o("instance_arn", "arn:aws:sso:::instance/i", "permission_set_arn", "arn:aws:sso:::permissionSet/i/p", "inline_policy", policy(o("Effect", "Allow", "Action", "kms:*", "Resource", "*")))}},
	"not judged": {{"aws_kms_custom_key_store", "x", o("custom_key_store_name", "store", "xks_proxy_uri_path", "/x", "xks_proxy_vpc_endpoint_service_name", "com.amazonaws.vpce.x")},
		{"aws_s3_bucket_policy", "b", o("bucket", "data", "policy", policy(o("Effect", "Allow", "Principal", "*", "Action", "s3:GetObject", "Resource", "*")))}},
}

// carriers are the ways in which sources come to a secret: other text of theirs, and the expression for it.
var carriers = []struct {
	name, expression string
	files            func(secret string) map[string]string
	args             []string
}{
	{"a variable", "var.s", tfvars(`variable "s" { sensitive = true }`), nil},
	{"a default", "var.s", func(s string) map[string]string {
		return map[string]string{"v.tf": "variable \"s\" {\n  sensitive = true\n  default = " + escaped(s) + "\n}\n"}
	}, nil},
	{"a local", "local.s", tfvars("variable \"s\" { sensitive = true }\nlocals { s = lower(var.s) }\n"), nil},
	{"a literal", "local.s", func(s string) map[string]string {
		return map[string]string{"v.tf": "locals { s = sensitive(" + escaped(s) + ") }\n"}
	}, nil},
	{"an ephemeral variable", "var.s", tfvars(`variable "s" { ephemeral = true }`), nil},
	{"a member", `var.o["k"]`, func(s string) map[string]string {
		return map[string]string{"v.tf": `variable "o" { sensitive = true }`, "terraform.tfvars": "o = { k = " + escaped(s) + " }\n"}
	}, nil},
	{"a secret key", `keys(local.m)[0]`, tfvars("variable \"s\" { sensitive = true }\nlocals { m = { (var.s) = 1 } }\n"), nil},
	{"a module's output", "module.m.s", func(s string) map[string]string {
		return map[string]string{"v.tf": "variable \"s\" { sensitive = true }\nmodule \"m\" {\n  source = \"./m\"\n  s = var.s\n}\n", "terraform.tfvars": "s = " + escaped(s) + "\n",
			"m/main.tf": "variable \"s\" {}\noutput \"s\" {\n  value = var.s\n  sensitive = true\n}\n"}
	}, nil},
	{"functions", `jsondecode(base64decode(base64encode(jsonencode({ a = [join("", split("|", replace(format("%s|", var.s), "zzz", "")))] })))).a[0]`, tfvars(`variable "s" { sensitive = true }`), nil},
	{"a template", `templatefile("${path.module}/t.tftpl", { x = var.s })`, func(s string) map[string]string {
		out := tfvars(`variable "s" { sensitive = true }`)(s)
		out["t.tftpl"] = "${x}"
		return out
	}, nil},
	{"a for", `[for x in toset([var.s]) : x][0]`, tfvars(`variable "s" { sensitive = true }`), nil},
	{"a condition", `(var.s == "x" ? "none" : var.s)`, tfvars(`variable "s" { sensitive = true }`), nil},
	{"a file of values", "var.s", func(s string) map[string]string {
		return map[string]string{"v.tf": `variable "s" { sensitive = true }`, "x.auto.tfvars.json": jsonText(map[string]string{"s": s})}
	}, nil},
}

func tfvars(declared string) func(string) map[string]string {
	return func(s string) map[string]string {
		return map[string]string{"v.tf": declared + "\n", "terraform.tfvars": "s = " + escaped(s) + "\n"}
	}
}

func escaped(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(jsonText(s), "${", "$${"), "%{", "%%{")
}

// functionCalls have the secret in every argument of every function of Terraform, where it fits and where it does not.
func functionCalls() []string {
	var out []string
	for name, args := range map[string][]string{
		"abs": {"1"}, "abspath": {`"a"`}, "alltrue": {"[true]"}, "anytrue": {"[true]"}, "base64decode": {`"eA=="`}, "base64encode": {`"a"`}, "base64gzip": {`"a"`}, "base64sha256": {`"a"`}, "base64sha512": {`"a"`},
		"basename": {`"a/b"`}, "bcrypt": {`"a"`}, "can": {`"a"`}, "ceil": {"1.5"}, "chomp": {`"a"`}, "chunklist": {`["a"]`, "1"}, "cidrhost": {`"10.0.0.0/8"`, "1"}, "cidrnetmask": {`"10.0.0.0/8"`},
		"cidrsubnet": {`"10.0.0.0/8"`, "4", "1"}, "cidrsubnets": {`"10.0.0.0/8"`, "4"}, "coalesce": {`"a"`, `"b"`}, "coalescelist": {`["a"]`, `["b"]`}, "compact": {`["a"]`}, "concat": {`["a"]`, `["b"]`},
		"contains": {`["a"]`, `"a"`}, "csvdecode": {`"a,b"`}, "dirname": {`"a/b"`}, "distinct": {`["a"]`}, "element": {`["a"]`, "0"}, "endswith": {`"a"`, `"a"`}, "ephemeralasnull": {`"a"`}, "file": {`"a"`},
		"filebase64": {`"a"`}, "filebase64sha256": {`"a"`}, "fileexists": {`"a"`}, "filemd5": {`"a"`}, "fileset": {`"."`, `"*"`}, "flatten": {`["a"]`}, "floor": {"1"}, "format": {`"%s"`, `"a"`},
		"formatdate": {`"YYYY"`, `"2020-01-01T00:00:00Z"`}, "formatlist": {`"%s"`, `["a"]`}, "indent": {"1", `"a"`}, "index": {`["a"]`, `"a"`}, "issensitive": {`"a"`}, "join": {`","`, `["a"]`}, "jsondecode": {`"{}"`},
		"jsonencode": {`"a"`}, "keys": {`{ a = 1 }`}, "length": {`["a"]`}, "log": {"1", "2"}, "lookup": {`{ a = 1 }`, `"a"`, `"b"`}, "lower": {`"a"`}, "matchkeys": {`["a"]`, `["a"]`, `["a"]`}, "max": {"1"},
		"md5": {`"a"`}, "merge": {`{ a = 1 }`, `{ b = 1 }`}, "min": {"1"}, "one": {`["a"]`}, "parseint": {`"1"`, "10"}, "pathexpand": {`"~/a"`}, "pow": {"1", "2"}, "range": {"1", "2"}, "regex": {`"a"`, `"a"`},
		"regexall": {`"a"`, `"a"`}, "replace": {`"a"`, `"a"`, `"b"`}, "reverse": {`["a"]`}, "rsadecrypt": {`"a"`, `"b"`}, "sensitive": {`"a"`}, "setintersection": {`["a"]`, `["a"]`}, "setproduct": {`["a"]`, `["b"]`},
		"setsubtract": {`["a"]`, `["b"]`}, "setunion": {`["a"]`, `["b"]`}, "sha1": {`"a"`}, "sha256": {`"a"`}, "sha512": {`"a"`}, "signum": {"1"}, "slice": {`["a"]`, "0", "1"}, "sort": {`["a"]`}, "split": {`","`, `"a,b"`},
		"startswith": {`"a"`, `"a"`}, "strcontains": {`"a"`, `"a"`}, "strrev": {`"a"`}, "substr": {`"abc"`, "0", "2"}, "sum": {"[1]"}, "templatefile": {`"t.tftpl"`, `{ x = "a" }`}, "templatestring": {"local.t", `{ x = "a" }`},
		"textdecodebase64": {`"eA=="`, `"UTF-8"`}, "textencodebase64": {`"a"`, `"UTF-8"`}, "timeadd": {`"2020-01-01T00:00:00Z"`, `"1h"`}, "timecmp": {`"2020-01-01T00:00:00Z"`, `"2020-01-01T00:00:00Z"`}, "title": {`"a"`}, "tobool": {"true"},
		"tolist": {`["a"]`}, "tomap": {`{ a = 1 }`}, "tonumber": {`"1"`}, "toset": {`["a"]`}, "tostring": {"1"}, "transpose": {`{ a = ["b"] }`}, "trim": {`"a"`, `"b"`}, "trimprefix": {`"a"`, `"b"`}, "trimspace": {`"a"`},
		"trimsuffix": {`"a"`, `"b"`}, "try": {`"a"`, `"b"`}, "upper": {`"a"`}, "urlencode": {`"a"`}, "uuidv5": {`"dns"`, `"a"`}, "values": {`{ a = 1 }`}, "yamldecode": {`"a: b"`}, "yamlencode": {`{ a = 1 }`}, "zipmap": {`["a"]`, `["b"]`},
		"provider::aws::arn_parse": {`"arn:aws:iam::1:root"`}, "provider::aws::arn_build": {`"aws"`, `"iam"`, `""`, `"1"`, `"root"`}, "provider::aws::trim_iam_role_path": {`"arn:aws:iam::1:role/a/b"`}, "nosuch": {`"a"`},
	} {
		for i := range args {
			for _, form := range []string{"var.s", "[var.s]", "{ (var.s) = var.s }", `"x-${var.s}"`, "[[var.s], 1]"} {
				call := append([]string(nil), args...)
				call[i] = form
				out = append(out, name+"("+strings.Join(call, ", ")+")")
			}
		}
	}
	return append(out, "var.s + 1", "-var.s", "!var.s", "var.s ? 1 : 2", "var.s.x", "var.s[0]", "var.s[var.s]", "{ a = 1 }[var.s]", "[1, 2][var.s]", "var.s[*].x", "[for k, v in var.s : v]", "{ for k in [var.s, var.s] : k => 1 }",
		"{ for k in [var.s] : k => 1 if k }", "var.s && true", "var.s > 1", "local.nosuch[var.s]", "data.x.y[var.s]", "aws_kms_key.k[var.s].arn", "module.m[var.s]", `"%{ if var.s }x%{ endif }"`, `"%{ for x in var.s }${x}%{ endfor }"`)
}

// placesOf are where a call stands in sources: where its result shows most, and where it must be of another type.
var callPlaces = map[string]string{
	"a Sid":           "resource \"aws_kms_key\" \"k\" {\n  policy = jsonencode({ Statement = [{ Sid = X, Effect = \"Allow\", Principal = \"*\", Action = \"kms:Decrypt\", Resource = \"*\" }] })\n}\n",
	"a window":        "resource \"aws_kms_key\" \"k\" {\n  deletion_window_in_days = X\n  policy = X\n}\n",
	"for_each":        "resource \"aws_kms_key\" \"k\" {\n  for_each = X\n  description = each.key\n}\n",
	"count":           "resource \"aws_kms_key\" \"k\" {\n  count = X\n}\n",
	"a principal":     "resource \"aws_kms_key\" \"k\" {\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Principal = { AWS = X }, Action = \"kms:Decrypt\", Resource = \"*\" }] })\n}\n",
	"a key":           "resource \"aws_kms_key\" \"k\" {\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"kms:Decrypt\", Resource = \"*\", Condition = { StringLike = { (X) = \"a\" } } }] })\n}\n",
	"a dynamic label": "resource \"aws_iam_role\" \"r\" {\n  assume_role_policy = \"{}\"\n  dynamic \"inline_policy\" {\n    for_each = X\n    labels = [X]\n    content {\n      name = inline_policy.key\n      policy = inline_policy.value\n    }\n  }\n}\n",
	"a document":      "data \"aws_iam_policy_document\" \"d\" {\n  statement {\n    sid = X\n    actions = [X]\n    resources = X\n    principals {\n      type = X\n      identifiers = [X]\n    }\n    condition {\n      test = X\n      variable = X\n      values = [X]\n    }\n  }\n  source_policy_documents = [X]\n  override_policy_documents = X\n  version = X\n}\nresource \"aws_kms_key\" \"k\" {\n  policy = data.aws_iam_policy_document.d.json\n}\n",
	"a loop":          "resource \"aws_kms_key\" \"k\" {\n  policy = jsonencode({ Statement = [for k, v in X : { Sid = k, Effect = \"Allow\", Principal = v[k], Action = \"kms:Decrypt\", Resource = \"*\" }] })\n}\n",
	"a dynamic block": "data \"aws_iam_policy_document\" \"d\" {\n  dynamic \"statement\" {\n    for_each = X\n    content {\n      sid = statement.key\n      actions = [\"kms:Decrypt\"]\n      resources = [\"*\"]\n      principals {\n        type = \"AWS\"\n        identifiers = [\"arn:aws:iam::999988887777:role/${statement.key}\", statement.value[statement.key]]\n      }\n      condition {\n        test = \"StringLike\"\n        variable = \"aws:PrincipalTag/${statement.key}\"\n        values = [statement.key]\n      }\n    }\n  }\n}\nresource \"aws_kms_key\" \"k\" {\n  policy = data.aws_iam_policy_document.d.json\n}\n",
	"a module":        "module \"m\" {\n  source = \"./m\"\n  for_each = X\n  v = X\n}\n",
	"a provider":      "provider \"aws\" {\n  region = X\n  allowed_account_ids = [X]\n  assume_role {\n    role_arn = X\n  }\n}\nresource \"aws_kms_key\" \"k\" {\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"kms:Decrypt\", Resource = \"*\" }] })\n}\n",
}

// textCases are the positions that no tree has.
func textCases() []leakCase {
	var out []leakCase
	both := shape{"a word", mark, word, otherWord}
	add := func(name string, sh shape, args []string, files func(string) map[string]string) {
		out = append(out, leakCase{name: name, files: files, args: append([]string{}, args...), shape: sh})
	}
	calls := functionCalls()
	for _, call := range calls {
		for place, text := range callPlaces {
			if len(call)%3 != 0 && place != "a Sid" && place != "a window" && (len(call)+len(place))%4 != 0 {
				continue
			}
			for _, sh := range []shape{both, {"a number", mark, "48151623", "48151624"}} {
				if sh.name == "a number" && (len(call)+len(place))%2 != 0 {
					continue
				}
				add(fmt.Sprintf("%s of %s as %s", call, sh.name, place), sh, []string{"."}, func(s string) map[string]string {
					files := tfvars("variable \"s\" { sensitive = true }\nlocals { t = \"${\"$\"}{x}\" }")(s)
					files["main.tf"] = strings.ReplaceAll(text, "X", call)
					files["t.tftpl"] = "${x} ${x.y}"
					files["m/main.tf"] = "variable \"v\" { type = number }\nresource \"aws_kms_key\" \"k\" {\n  description = var.v\n  policy = var.v\n}\n"
					return files
				})
			}
		}
	}
	for name, text := range map[string]string{
		"no quotes": "s = %s\n", "no end": "s = \"%s\n", "a call": "s = %s(\n", "a block": "%s {\n}\n", "two": "s = \"%s\"\ns = \"%s\"\n", "a reference": "s = var.%s\n", "another name": "%s = 1\n", "a template": "s = \"${%s}\"\n",
		"a heredoc": "s = <<E\n%s\n", "an odd character": "s = \"%s\" `\n", "an object": "s = { %s }\n", "an operator": "s = \"%s\" + 1\n",
	} {
		for _, kind := range []string{`type = string`, `type = number`, `type = object({ id = string })`, `type = list(number)`, "validation {\n  condition = false\n  error_message = \"bad ${var.s}\"\n}"} {
			declared := "variable \"s\" {\n  sensitive = true\n  " + kind + "\n}\nresource \"aws_kms_key\" \"k\" {\n  policy = var.s\n}\n"
			value := strings.ReplaceAll(text, "%s", mark)
			add("values with "+name+" for "+kind, both, []string{"."}, func(s string) map[string]string {
				return map[string]string{"main.tf": declared, "terraform.tfvars": strings.ReplaceAll(value, mark, s)}
			})
			add("a named file with "+name+" for "+kind, both, []string{"--var-file", "more.tfvars", "."}, func(s string) map[string]string {
				return map[string]string{"main.tf": declared, "more.tfvars": strings.ReplaceAll(value, mark, s)}
			})
			add("JSON values with "+name+" for "+kind, both, []string{"."}, func(s string) map[string]string {
				return map[string]string{"main.tf": declared, "a.auto.tfvars.json": `{"s": ` + strings.ReplaceAll(value, mark, s) + `}`}
			})
			add("a default with "+name+" for "+kind, both, []string{"."}, func(s string) map[string]string {
				return map[string]string{"main.tf": strings.Replace(declared, "sensitive = true\n", "sensitive = true\n default = "+strings.TrimPrefix(strings.ReplaceAll(value, mark, s), "s = "), 1)}
			})
		}
	}
	return out
}
