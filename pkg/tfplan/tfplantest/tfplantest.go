// Package tfplantest makes plan JSON of any size, for benchmarks and tests of limits.
//
// What it makes has the shape of a real plan: every resource in planned_values, resource_changes and, where it exists
// already, in prior_state; modules with keys; masks for unknown and sensitive values; a configuration. One resource in
// twenty is a KMS key and one in ten a role or an IAM policy, the rest carry no policy.
package tfplantest

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// perModule is how many resources one module instance holds.
const perModule = 20

// Write writes a plan with n resources, about 4 KB each, and says how many of them are keys, roles or policies.
// The same n gives the same bytes.
func Write(w io.Writer, n int) (wanted int, err error) {
	p := &printer{w: bufio.NewWriterSize(w, 1<<16)}
	p.print(`{"format_version":"1.2","terraform_version":"1.11.4","variables":{"region":{"value":"us-east-1"}},"planned_values":`)
	p.state(n, nil)
	p.print(`,"resource_changes":[`)
	for i := range n {
		p.comma(i)
		p.change(i)
		if kindOf(i) != other {
			wanted++
		}
	}
	p.print(`],"output_changes":{},"prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":`)
	p.state(n, exists)
	p.print(`},"configuration":`)
	p.configuration()
	p.print(`,"relevant_attributes":[],"timestamp":"2026-11-23T17:54:09Z","applyable":true,"complete":true,"errored":false}`)
	if err := p.w.Flush(); p.err == nil {
		p.err = err
	}
	return wanted, p.err
}

// Resources is how many resources make a plan of about that many bytes.
func Resources(bytes int64) int { return int(max(1, bytes/4120)) }

type kind int

const (
	other kind = iota
	key
	role
	policy
)

// kindOf spreads the kinds evenly: in twenty resources one key, one role and one policy.
func kindOf(i int) kind {
	switch i % 20 {
	case 3:
		return key
	case 9:
		return role
	case 15:
		return policy
	}
	return other
}

// exists says whether the resource is in the state before the plan: two of five module instances are.
func exists(i int) bool { return i/perModule%5 < 2 }

type printer struct {
	w   *bufio.Writer
	err error
}

func (p *printer) print(s string) {
	if _, err := p.w.WriteString(s); err != nil && p.err == nil {
		p.err = err
	}
}

func (p *printer) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(p.w, format, args...); err != nil && p.err == nil {
		p.err = err
	}
}

func (p *printer) comma(i int) {
	if i > 0 {
		p.print(",")
	}
}

func module(i int) string { return fmt.Sprintf(`module.service["team.%d"]`, i/perModule) }

// state writes the resources that in lets through, one child module for each module instance.
func (p *printer) state(n int, in func(int) bool) {
	p.print(`{"root_module":{"child_modules":[`)
	first := true
	for m := 0; m < n; m += perModule {
		if in != nil && !in(m) {
			continue
		}
		if !first {
			p.print(",")
		}
		first = false
		p.print(`{"resources":[`)
		for i := m; i < min(m+perModule, n); i++ {
			p.comma(i - m)
			p.print("{")
			p.head(i)
			p.printf(`,"schema_version":1,"values":%s,"sensitive_values":{"tags":{},"tags_all":{}}}`, values(i, in != nil))
		}
		p.printf(`],"address":%s}`, strconv.Quote(module(m)))
	}
	p.print(`]}}`)
}

var types = [...]string{other: "aws_instance", key: "aws_kms_key", role: "aws_iam_role", policy: "aws_iam_role_policy"}

func (p *printer) head(i int) {
	t := types[kindOf(i)]
	p.printf(`"address":%s,`, strconv.Quote(fmt.Sprintf("%s.%s.this[%d]", module(i), t, i%perModule)))
	p.printf(`"mode":"managed","type":%q,"name":"this","index":%d,"provider_name":"registry.terraform.io/hashicorp/aws"`, t, i%perModule)
}

func (p *printer) change(i int) {
	p.print("{")
	p.head(i)
	p.printf(`,"module_address":%s,"change":`, strconv.Quote(module(i)))
	masks := `"before_sensitive":false,"after_sensitive":{"tags":{},"tags_all":{}}`
	switch {
	case !exists(i):
		p.printf(`{"actions":["create"],"before":null,"after":%s,"after_unknown":{"arn":true,"id":true,"tags":{},"tags_all":{}},%s}}`, values(i, false), masks)
	case i%7 == 0:
		p.printf(`{"actions":["update"],"before":%s,"after":%s,"after_unknown":{"tags":{},"tags_all":{}},%s}}`, values(i, true), values(i+1000000, true), masks)
	default:
		p.printf(`{"actions":["no-op"],"before":%[1]s,"after":%[1]s,"after_unknown":{},%[2]s}}`, values(i, true), masks)
	}
}

// values are the attributes of a resource, with the computed ones where it exists.
func values(i int, exists bool) string {
	tags := fmt.Sprintf(`{"Name":"service-%d","Team":"team.%d","CostCenter":"%06d","Environment":"production"}`, i, i/perModule, i*7919%1000000)
	computed := ""
	if exists {
		computed = fmt.Sprintf(`"arn":"arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-%012d","id":"00000000-0000-4000-8000-%012d",`, i, i)
	}
	const account = 123456789012 // a plan is about one account
	switch kindOf(i % 1000000) {
	case key:
		return fmt.Sprintf(`{%s"bypass_policy_lockout_safety_check":false,"custom_key_store_id":null,"customer_master_key_spec":"SYMMETRIC_DEFAULT","deletion_window_in_days":30,"description":"Key number %d of a service, for what it keeps","enable_key_rotation":true,"is_enabled":true,"key_usage":"ENCRYPT_DECRYPT","multi_region":false,"policy":%s,"rotation_period_in_days":365,"tags":%s,"tags_all":%s,"timeouts":null}`,
			computed, i, strconv.Quote(keyPolicy(account)), tags, tags)
	case role:
		return fmt.Sprintf(`{%s"assume_role_policy":%s,"description":"Role %d","force_detach_policies":false,"inline_policy":[],"managed_policy_arns":[],"max_session_duration":3600,"name":"role-%d","name_prefix":null,"path":"/","permissions_boundary":null,"tags":%s,"tags_all":%s}`,
			computed, strconv.Quote(fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com","AWS":"arn:aws:iam::%d:root"},"Action":"sts:AssumeRole"}]}`, account)), i, i, tags, tags)
	case policy:
		return fmt.Sprintf(`{%s"name":"policy-%d","name_prefix":null,"policy":%s,"role":"role-%d"}`,
			computed, i, strconv.Quote(fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"arn:aws:kms:us-east-1:%d:key/00000000-0000-4000-8000-%012d"}]}`, account, i)), i)
	}
	return instance(i, computed, tags)
}

func keyPolicy(account int) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%[1]d:root"},"Action":"kms:*","Resource":"*"},`+
		`{"Sid":"Use","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::%[1]d:role/app","arn:aws:iam::%[1]d:role/batch"]},"Action":["kms:Decrypt","kms:Encrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com","kms:CallerAccount":"%[1]d"}}},`+
		`{"Sid":"Logs","Effect":"Allow","Principal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":["kms:Encrypt*","kms:Decrypt*","kms:GenerateDataKey*"],"Resource":"*","Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:%[1]d:*"}}}]}`, account)
}

// instance is a resource without a policy, with as many attributes as a virtual machine has.
func instance(i int, computed, tags string) string {
	return fmt.Sprintf(`{%s"ami":"ami-%017x","associate_public_ip_address":false,"availability_zone":"us-east-1%c","disable_api_stop":false,"disable_api_termination":true,"ebs_optimized":true,"ephemeral_block_device":[],"get_password_data":false,"host_id":null,"iam_instance_profile":"role-%d","instance_initiated_shutdown_behavior":"stop","instance_type":"m6i.large","key_name":null,"launch_template":[],"metadata_options":[{"http_endpoint":"enabled","http_put_response_hop_limit":1,"http_tokens":"required","instance_metadata_tags":"disabled"}],"monitoring":true,"network_interface":[],"private_ip":"10.%d.%d.%d","root_block_device":[{"delete_on_termination":true,"device_name":"/dev/xvda","encrypted":true,"iops":3000,"throughput":125,"volume_size":20,"volume_type":"gp3"}],"security_groups":[],"source_dest_check":true,"subnet_id":"subnet-%017x","tags":%s,"tags_all":%s,"tenancy":"default","timeouts":null,"user_data":"#!/bin/sh\nset -eu\nexec /opt/service/run --number %d --listen \"0.0.0.0:8080\"\n","vpc_security_group_ids":["sg-%017x"]}`,
		computed, i*2654435761, 'a'+i%3, i, i>>16&255, i>>8&255, i&255, i*40503, tags, tags, i, i*69069)
}

// configuration is that of one module called with for_each.
func (p *printer) configuration() {
	p.print(`{"provider_config":{"aws":{"name":"aws","full_name":"registry.terraform.io/hashicorp/aws","expressions":{"region":{"references":["var.region"]}}}},"root_module":{"module_calls":{"service":{"source":"./modules/service","expressions":{"name":{"references":["each.key"]}},"for_each_expression":{"references":["local.teams"]},"module":{"resources":[`)
	for k, t := range types {
		p.comma(k)
		p.printf(`{"address":"%[1]s.this","mode":"managed","type":%[1]q,"name":"this","provider_config_key":"aws","expressions":{"description":{"references":["count.index","var.name"]},"policy":{"references":["data.aws_caller_identity.current.account_id","data.aws_caller_identity.current","var.name"]},"enable_key_rotation":{"constant_value":true}},"schema_version":0,"count_expression":{"constant_value":%[2]d}}`, t, perModule)
	}
	p.print(`],"variables":{"name":{}}}}},"variables":{"region":{"default":"us-east-1"}}}}`)
}
