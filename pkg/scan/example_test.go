package scan_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/keyproof/keyproof/pkg/scan"
)

// A plan is read from any reader, here a small one.
const plan = `{
  "format_version": "1.2",
  "terraform_version": "1.11.4",
  "resource_changes": [{
    "address": "aws_kms_key.backup",
    "mode": "managed",
    "type": "aws_kms_key",
    "name": "backup",
    "provider_name": "registry.terraform.io/hashicorp/aws",
    "change": {
      "actions": ["create"],
      "before": null,
      "after": {
        "enable_key_rotation": true,
        "deletion_window_in_days": 30,
        "policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Restore\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":[\"kms:Decrypt\",\"kms:PutKeyPolicy\"],\"Resource\":\"*\"}]}"
      },
      "after_unknown": {}
    }
  }]
}`

func Example() {
	result, err := scan.Run(context.Background(), scan.Options{
		Paths:   []string{"-"},
		Stdin:   strings.NewReader(plan),
		Account: "111122223333",
	})
	if err != nil {
		log.Fatal(err) // options that do not fit, or the end of the context
	}
	for _, p := range result.Report.Policies {
		fmt.Printf("%s: %s\n", p.Address, p.Verdict)
	}
	for _, f := range result.Report.Findings {
		fmt.Printf("%s %s (%s, %s)\n", f.Severity, f.Rule, f.Certainty, f.Status)
		if f.Witness != nil {
			fmt.Printf("  %s may call %s\n", f.Witness.Principal, f.Witness.Action)
		}
	}
	fmt.Println("exit code", result.ExitCode())
	// Output:
	// aws_kms_key.backup: public
	// critical kms-key-public (certain, new)
	//   arn:aws:iam::999999999999:role/stranger may call kms:Decrypt
	// exit code 1
}
