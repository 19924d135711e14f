package aws

import (
	"slices"
	"strings"
)

// PartitionOf is the partition that a region is in, "" for no region.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
func PartitionOf(region string) string {
	if region == "" {
		return ""
	}
	for _, p := range partitions {
		if strings.HasPrefix(region, p.regions) {
			return p.name
		}
	}
	return "aws"
}

// DNSSuffix is how the names of services end in the partition aws.
const DNSSuffix = "amazonaws.com"

// DNSSuffixOf is how the names of services end in a partition, that of aws for one that is not in the table.
func DNSSuffixOf(partition string) string {
	for _, p := range partitions {
		if p.name == partition {
			return p.suffix
		}
	}
	return DNSSuffix
}

// EndsAsService says whether a text ends as the names of AWS's services do, in any partition.
func EndsAsService(name string) bool {
	name = strings.ToLower(name)
	ends := func(suffix string) bool { return strings.HasSuffix(name, "."+suffix) }
	return ends(DNSSuffix) || ends("amazon.com") || ends("aws.internal") ||
		slices.ContainsFunc(partitions, func(p partition) bool { return ends(p.suffix) })
}

type partition struct{ regions, name, suffix string }

// partitions are those besides aws, by how the names of their regions begin.
// https://github.com/aws/aws-sdk-go-v2/blob/main/internal/endpoints/awsrulesfn/partitions.json
var partitions = []partition{
	{"cn-", "aws-cn", "amazonaws.com.cn"},
	{"us-gov-", "aws-us-gov", DNSSuffix},
	{"us-iso-", "aws-iso", "c2s.ic.gov"},
	{"us-isob-", "aws-iso-b", "sc2s.sgov.gov"},
	{"eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"},
	{"us-isof-", "aws-iso-f", "csp.hci.ic.gov"},
	{"eusc-", "aws-eusc", "amazonaws.eu"},
}

// IsRegion says whether a text has the form of a region's name: ap-southeast-2.
func IsRegion(s string) bool {
	number := strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyz-")
	return strings.Count(s, "-") >= 2 && number != "" && strings.Trim(number, "0123456789") == "" && strings.HasSuffix(s, "-"+number)
}
