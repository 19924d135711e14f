package aws

import "strings"

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

// partitions are those besides aws, by how the names of their regions begin.
// https://github.com/aws/aws-sdk-go-v2/blob/main/internal/endpoints/awsrulesfn/partitions.json
var partitions = []struct{ regions, name string }{
	{"cn-", "aws-cn"},
	{"us-gov-", "aws-us-gov"},
	{"us-iso-", "aws-iso"},
	{"us-isob-", "aws-iso-b"},
	{"eu-isoe-", "aws-iso-e"},
	{"us-isof-", "aws-iso-f"},
	{"eusc-", "aws-eusc"},
}

// IsRegion says whether a text has the form of a region's name: ap-southeast-2.
func IsRegion(s string) bool {
	number := strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyz-")
	return strings.Count(s, "-") >= 2 && number != "" && strings.Trim(number, "0123456789") == "" && strings.HasSuffix(s, "-"+number)
}
