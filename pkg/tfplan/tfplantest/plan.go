// Package tfplantest makes plan JSON of any size, and the sources that belong to it, for benchmarks and tests of limits.
//
// What it makes has the shape of a real plan: every resource in planned_values, resource_changes and, where it exists
// already, in prior_state; modules with keys; masks for unknown and sensitive values; a configuration. Of the twenty
// resources of a module instance one is a KMS key and two are a role and its policy; the rest carry no policy.
//
// It is no API: it may change in any version.
package tfplantest

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// Write writes the plan, and says how many keys, roles and policies it has.
func (p Plan) Write(w io.Writer) (wanted int, err error) {
	out := &writer{Plan: p, w: bufio.NewWriterSize(w, 1<<16)}
	out.print(`{"format_version":"1.2","terraform_version":"1.11.4","variables":{"region":{"value":"us-east-1"}},"planned_values":`)
	out.state(false)
	out.print(`,"resource_changes":[`)
	for m := range p.modules() {
		for k := range perModule {
			out.comma(m + k)
			out.change(resource{m, k})
			if k < len(policyTypes) {
				wanted++
			}
		}
	}
	out.print(`],"output_changes":{},"prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":`)
	out.state(true)
	out.print(`},"configuration":`)
	out.configuration()
	out.print(`,"relevant_attributes":[],"timestamp":"2026-11-23T17:54:09Z","applyable":true,"complete":true,"errored":false}`)
	if err := out.w.Flush(); out.err == nil {
		out.err = err
	}
	return wanted, out.err
}

type writer struct {
	Plan
	w   *bufio.Writer
	err error
}

func (p *writer) print(s string) {
	if _, err := p.w.WriteString(s); err != nil && p.err == nil {
		p.err = err
	}
}

func (p *writer) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(p.w, format, args...); err != nil && p.err == nil {
		p.err = err
	}
}

func (p *writer) comma(i int) {
	if i > 0 {
		p.print(",")
	}
}

// state writes the planned values, or the state before the plan.
func (p *writer) state(prior bool) {
	p.print(`{"root_module":{"child_modules":[`)
	first := true
	for m := range p.modules() {
		if prior && !exists(m) {
			continue
		}
		if !first {
			p.print(",")
		}
		first = false
		p.print(`{"resources":[`)
		for k := range perModule {
			p.comma(k)
			p.print("{")
			p.head(resource{m, k})
			p.printf(`,"schema_version":1,"values":%s,"sensitive_values":{"tags":{},"tags_all":{}}}`, p.values(resource{m, k}, 0))
		}
		p.printf(`],"address":%s}`, strconv.Quote(address(m)))
	}
	p.print(`]}}`)
}

func (p *writer) head(r resource) {
	index, field := "", ""
	if i := r.k - len(policyTypes); i >= 0 {
		index, field = fmt.Sprintf("[%d]", i), fmt.Sprintf(`"index":%d,`, i)
	}
	p.printf(`"address":%s,`, strconv.Quote(address(r.module)+"."+r.typ()+".this"+index))
	p.printf(`"mode":"managed","type":%q,"name":"this",%s"provider_name":"registry.terraform.io/hashicorp/aws"`, r.typ(), field)
}

func (p *writer) change(r resource) {
	p.print("{")
	p.head(r)
	p.printf(`,"module_address":%s,"change":`, strconv.Quote(address(r.module)))
	masks := `"before_sensitive":false,"after_sensitive":{"tags":{},"tags_all":{}}`
	switch {
	case !exists(r.module):
		unknown := `{"arn":true,"id":true,"tags":{},"tags_all":{}}`
		if p.late(r) {
			unknown = `{"id":true,"policy":true}`
		}
		p.printf(`{"actions":["create"],"before":null,"after":%s,"after_unknown":%s,%s}}`, p.values(r, 0), unknown, masks)
	case r.number()%7 == 0:
		p.printf(`{"actions":["update"],"before":%s,"after":%s,"after_unknown":{"tags":{},"tags_all":{}},%s}}`, p.values(r, 1), p.values(r, 0), masks)
	default:
		p.printf(`{"actions":["no-op"],"before":%[1]s,"after":%[1]s,"after_unknown":{},%[2]s}}`, p.values(r, 0), masks)
	}
}

// configuration is that of one module called with for_each.
func (p *writer) configuration() {
	p.print(`{"provider_config":{"aws":{"name":"aws","full_name":"registry.terraform.io/hashicorp/aws","expressions":{"region":{"references":["var.region"]}}}},"root_module":{"module_calls":{"service":{"source":"./modules/service","expressions":{"name":{"references":["each.key"]},"number":{"references":["each.value"]}},"for_each_expression":{"references":["local.teams"]},"module":{"resources":[`)
	own := `"local.account","local.varied"`
	open := ""
	if p.Varied {
		open = `"var.number",`
	}
	resource := `"local.account","var.number"`
	if p.Varied {
		resource = `"aws_kms_key.this.arn","aws_kms_key.this"`
	}
	block := func(k int, expressions, count string) {
		p.comma(k)
		t := resourceType(k)
		p.printf(`{"address":"%[1]s.this","mode":"managed","type":%[1]q,"name":"this","provider_config_key":"aws","expressions":{%[2]s},"schema_version":0%[3]s}`, t, expressions, count)
	}
	block(0, `"deletion_window_in_days":{"constant_value":30},"description":{"references":["var.number"]},"enable_key_rotation":{"constant_value":true},"policy":{"references":[`+own+`,`+open+own+`]}`, "")
	block(1, `"assume_role_policy":{"references":[`+own+`]},"description":{"references":["var.number"]},"name":{"references":["var.number"]}`, "")
	block(2, `"name":{"references":["var.number"]},"policy":{"references":[`+resource+`]},"role":{"references":["aws_iam_role.this.name","aws_iam_role.this"]}`, "")
	block(3, `"ami":{"constant_value":"ami-1"},"iam_instance_profile":{"references":["aws_iam_role.this.name","aws_iam_role.this"]},"instance_type":{"constant_value":"m6i.large"},"tags":{"references":["var.number","var.name"]}`,
		fmt.Sprintf(`,"count_expression":{"constant_value":%d}`, perModule-len(policyTypes)))
	p.print(`],"variables":{"name":{},"number":{}}}}},"variables":{"region":{"default":"us-east-1"}}}}`)
}
