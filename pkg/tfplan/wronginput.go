package tfplan

// How to make the right input.
const (
	makePlan  = "Make the plan JSON with:\n  terraform plan -out=tfplan\n  terraform show -json tfplan > plan.json"
	showPlan  = "Make the plan JSON with:\n  terraform show -json tfplan > plan.json"
	showState = "Make the state JSON with:\n  terraform show -json > state.json"
)

// What people pass instead of a plan, a state or a policy document.
var (
	wrongEmpty = &wrongInput{"The input is empty",
		"There is nothing in it: the command that should have written it failed, and its exit code was ignored. " + makePlan}
	wrongLog = &wrongInput{"This is the log of terraform plan -json, not a plan",
		"The log tells what is planned, but holds no attribute values and so no policies. " + makePlan}
	wrongHuman = &wrongInput{"This is terraform's output for people, not a plan",
		"It cannot be read back reliably. " + makePlan}
	wrongErrorText = &wrongInput{"This is an error message of terraform, not a plan",
		"The command that should have made the JSON failed; its message is in the file. " + makePlan}
	wrongRawState = &wrongInput{"This is a raw state file, not JSON that terraform promises to keep stable",
		"A terraform.tfstate has an internal format. In the directory that it belongs to, make the state JSON with:\n  terraform show -json > state.json\nTo judge what is planned, " + lower(makePlan)}
	wrongCloudPlan = &wrongInput{"This is a saved plan of HCP Terraform, which only points to a run",
		"The plan itself lies on the server. In the workspace's directory, and logged in, make the plan JSON with:\n  terraform show -json FILE > plan.json"}
	wrongRedacted = &wrongInput{"This is the redacted plan of HCP Terraform",
		"It is made for showing and leaves out values. Get the unredacted one instead: the API's plans/PLAN_ID/json-output (not json-output-redacted), or in the workspace's directory:\n  terraform show -json FILE > plan.json"}
	wrongEncrypted = &wrongInput{"This is a plan or state encrypted by OpenTofu",
		"Only tofu can decrypt it. Where the key is available, make the JSON with:\n  tofu show -json tfplan > plan.json"}
	wrongValidate = &wrongInput{"This is the output of terraform validate -json, not a plan",
		"It holds no resources. " + makePlan}
	wrongSchemas = &wrongInput{"These are provider schemas, not a plan",
		"This is the output of terraform providers schema -json; it holds no resources. " + makePlan}
	wrongFunctions = &wrongInput{"These are function signatures, not a plan",
		"This is the output of terraform metadata functions -json; it holds no resources. " + makePlan}
	wrongVersion = &wrongInput{"This is the output of terraform version -json, not a plan",
		"It holds no resources. " + makePlan}
	wrongOutputs = &wrongInput{"These are output values, not a plan",
		"This is the output of terraform output -json; it holds no resources. " + makePlan}
	wrongConfig = &wrongInput{"This is a configuration in JSON, without any values",
		"This is the output of tofu show -json -config or -module. Pass the directory of the sources instead, or make the plan JSON with:\n  tofu plan -out=tfplan\n  tofu show -json tfplan > plan.json"}
	wrongModules = &wrongInput{"This is Terraform's list of installed modules, not a plan",
		"It is a file of Terraform's own. Pass the directory of the sources, or a plan. " + makePlan}
	wrongSourceJSON = &wrongInput{"This is Terraform source in JSON syntax, not a plan",
		"Pass the directory that it lies in (CDK for Terraform: cdktf.out/stacks/STACK), or a plan. " + makePlan}
	wrongCloudFormation = &wrongInput{"This is a CloudFormation template",
		"Only Terraform and OpenTofu are read: their plans, states and sources, and single policy documents."}
	wrongAWSPolicy = &wrongInput{"This is an answer of the AWS command line, with a policy inside",
		"Pass the policy document alone, for example:\n  aws kms get-key-policy --key-id ID --query Policy --output text > policy.json\n  aws iam get-role --role-name NAME --query Role.AssumeRolePolicyDocument > policy.json"}
	wrongReport = &wrongInput{"This is a report of this program, not a plan",
		"Pass the plan that it was made of. " + showPlan}
	wrongNothingShown = &wrongInput{"There is no plan and no state in this JSON",
		"terraform show -json prints this in a directory without state when it is not given a plan file. " + showPlan}
	wrongEmptyObject = &wrongInput{"This is an empty JSON object",
		"Nothing was written into it; terraform output -json prints this where there are no outputs. " + makePlan}
	wrongList = &wrongInput{"This is a JSON list, not a plan",
		"A plan is a single object. If the list holds plans (jq -s makes such lists), keep each in a file of its own. " + makePlan}
	wrongUnknownJSON = &wrongInput{"This JSON is not a plan, a state or a policy document",
		"None of the members that these have is in it. " + makePlan}
	wrongScalar = &wrongInput{"This is a single JSON value, not a plan",
		"A plan, a state and a policy document are objects. A policy printed by terraform output -json is a string that holds JSON: use terraform output -raw NAME. " + makePlan}
	wrongNotJSON = &wrongInput{"This is not JSON",
		"It starts as JSON does, but is something else. " + makePlan}
	wrongHCL = &wrongInput{"This is Terraform source, not a plan",
		"Pass the directory that it lies in, or a plan. " + makePlan}
	wrongYAML = &wrongInput{"This is YAML, not a plan",
		"Plans, states and policy documents are JSON. " + makePlan}
	wrongHTML = &wrongInput{"This is a web page or XML, not a plan",
		"A download probably ended at a login or error page. " + makePlan}
	wrongWrapper = &wrongInput{"The first line was written by a wrapper around terraform",
		"The wrapper of hashicorp/setup-terraform adds lines to the output. Set terraform_wrapper: false for that action, or call terraform-bin. " + showPlan}
	wrongLogLines = &wrongInput{"Log lines stand where the JSON should start",
		"Something else wrote into the same file. With Terragrunt, use terragrunt run --all --json-out-dir DIR -- plan, or --log-disable. " + showPlan}
	wrongPointer = &wrongInput{"This is a pointer to a file in Git LFS",
		"The file itself was not fetched. Get it with:\n  git lfs pull"}
	wrongZip = &wrongInput{"This is a zip archive without a plan",
		"A file that terraform plan -out writes has a member tfplan; this one has none. " + makePlan}
	wrongTar = &wrongInput{"This is a tar archive",
		"Unpack it, and pass what is inside: a plan JSON, or the directory of the sources."}
	wrongCompressed = &wrongInput{"This is compressed in a way that is not read",
		"Only gzip is decompressed, and only once. Decompress it, or compress it with gzip."}
	wrongUTF32 = &wrongInput{"This text is in UTF-32",
		"UTF-8 and UTF-16 are read. Convert it, for example with:\n  iconv -f UTF-32 -t UTF-8 FILE > plan.json"}
	wrongBinary = &wrongInput{"This is binary data, not a plan",
		"It is not a plan that terraform plan -out writes either. " + makePlan}
	wrongText = &wrongInput{"This is text, not a plan",
		"Plans, states and policy documents are JSON. " + makePlan}
)

// lower makes a sentence go on after a comma.
func lower(sentence string) string { return "m" + sentence[1:] }
