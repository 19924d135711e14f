package tfplantest

import (
	"fmt"
	"strconv"
)

// account is the one that the plan is for.
const account = "123456789012"

// values are the attributes of a resource, with the computed ones where it exists; version tells before from after.
func (p Plan) values(r resource, version int) string {
	i := r.number()
	tags := fmt.Sprintf(`{"CostCenter":"%06d","Environment":"production","Name":"service-%d","Team":%q,"Version":"%d"}`, i*7919%1000000, i, team(r.module), version)
	computed := ""
	if exists(r.module) {
		computed = fmt.Sprintf(`"arn":%q,"id":"00000000-0000-4000-8000-%012d",`, arn(r), i)
	}
	switch r.k {
	case 0:
		return fmt.Sprintf(`{%s"bypass_policy_lockout_safety_check":false,"custom_key_store_id":null,"customer_master_key_spec":"SYMMETRIC_DEFAULT","deletion_window_in_days":30,"description":"Key number %d of a service, for what it keeps","enable_key_rotation":true,"is_enabled":true,"key_usage":"ENCRYPT_DECRYPT","multi_region":false,"policy":%s,"rotation_period_in_days":365,"tags":%s,"tags_all":%s,"timeouts":null}`,
			computed, r.module, strconv.Quote(p.keyPolicy(r.module)), tags, tags)
	case 1:
		return fmt.Sprintf(`{%s"assume_role_policy":%s,"description":"Role %d","force_detach_policies":false,"inline_policy":[],"managed_policy_arns":[],"max_session_duration":3600,"name":"role-%d","name_prefix":null,"path":"/","permissions_boundary":null,"tags":%s,"tags_all":%s}`,
			computed, strconv.Quote(p.trustPolicy(r.module)), r.module, r.module, tags, tags)
	case 2:
		policy := `"policy":` + strconv.Quote(rolePolicy(r.module)) + ","
		if p.late(r) {
			policy = ""
		}
		return fmt.Sprintf(`{%s"name":"policy-%d","name_prefix":null,%s"role":"role-%d"}`, computed, r.module, policy, r.module)
	}
	return instance(i, computed, tags)
}

func arn(r resource) string {
	switch r.k {
	case 0:
		return keyARN(r.module)
	case 1:
		return fmt.Sprintf("arn:aws:iam::%s:role/role-%d", account, r.module)
	case 2:
		return ""
	}
	return fmt.Sprintf("arn:aws:ec2:us-east-1:%s:instance/i-%017x", account, r.number())
}

func keyARN(module int) string {
	return fmt.Sprintf("arn:aws:kms:us-east-1:%s:key/00000000-0000-4000-8000-%012d", account, module*perModule)
}

// varied is a word that makes a text one of its own, where the plan wants that.
func (p Plan) varied(module int) string {
	if p.Varied {
		return fmt.Sprintf("-%d", module)
	}
	return ""
}

// keyPolicy is what jsonencode makes of the sources: names sorted, nothing between them.
func (p Plan) keyPolicy(module int) string {
	name, who := p.varied(module), fmt.Sprintf(`["arn:aws:iam::%[1]s:role/app%[2]s","arn:aws:iam::%[1]s:role/batch%[2]s"]`, account, p.varied(module))
	if p.open(module) {
		who = `"*"`
	}
	return fmt.Sprintf(`{"Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%[1]s:root"},"Resource":"*","Sid":"Root"},`+
		`{"Action":["kms:Decrypt","kms:Encrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Condition":{"StringEquals":{"kms:EncryptionContext:service":"orders%[2]s","kms:ViaService":"s3.us-east-1.amazonaws.com"}},"Effect":"Allow","Principal":{"AWS":%[3]s},"Resource":"*","Sid":"Use"},`+
		`{"Action":["kms:Encrypt*","kms:Decrypt*","kms:GenerateDataKey*"],"Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:%[1]s:*"}},"Effect":"Allow","Principal":{"Service":"logs.us-east-1.amazonaws.com"},"Resource":"*","Sid":"Logs"}],"Version":"2012-10-17"}`,
		account, name, who)
}

// open says whether the module's key lets a stranger in.
func (p Plan) open(module int) bool { return p.Varied && module%5 == 3 }

func (p Plan) trustPolicy(module int) string {
	return fmt.Sprintf(`{"Statement":[{"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"orders%s"}},"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root","Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"}`,
		p.varied(module), account)
}

func rolePolicy(module int) string {
	return fmt.Sprintf(`{"Statement":[{"Action":["kms:Decrypt","kms:GenerateDataKey"],"Effect":"Allow","Resource":%q}],"Version":"2012-10-17"}`, keyARN(module))
}

// instance is a resource without a policy, with as many attributes as a virtual machine has.
func instance(i int, computed, tags string) string {
	return fmt.Sprintf(`{%s"ami":"ami-%017x","associate_public_ip_address":false,"availability_zone":"us-east-1%c","disable_api_stop":false,"disable_api_termination":true,"ebs_optimized":true,"ephemeral_block_device":[],"get_password_data":false,"host_id":null,"iam_instance_profile":"role-%d","instance_initiated_shutdown_behavior":"stop","instance_type":"m6i.large","key_name":null,"launch_template":[],"metadata_options":[{"http_endpoint":"enabled","http_put_response_hop_limit":1,"http_tokens":"required","instance_metadata_tags":"disabled"}],"monitoring":true,"network_interface":[],"private_ip":"10.%d.%d.%d","root_block_device":[{"delete_on_termination":true,"device_name":"/dev/xvda","encrypted":true,"iops":3000,"throughput":125,"volume_size":20,"volume_type":"gp3"}],"security_groups":[],"source_dest_check":true,"subnet_id":"subnet-%017x","tags":%s,"tags_all":%s,"tenancy":"default","timeouts":null,"user_data":"#!/bin/sh\nset -eu\nexec /opt/service/run --number %d --listen \"0.0.0.0:8080\"\n","vpc_security_group_ids":["sg-%017x"]}`,
		computed, i*2654435761, 'a'+i%3, i, i>>16&255, i>>8&255, i&255, i*40503, tags, tags, i, i*69069)
}
