package cloudformation_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/cloudformation"
	"github.com/keyproof/keyproof/pkg/unknown"
)

const template = `
Parameters:
  Reader: {Type: String, Default: "arn:aws:iam::111122223333:role/reader"}
  Stage: {Type: String}
  Names: {Type: CommaDelimitedList, Default: "a, b"}
  Looked: {Type: "AWS::SSM::Parameter::Value<String>", Default: /looked}
Mappings:
  Accounts:
    prod: {id: "444455556666"}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  Fixed: {"Fn::Equals": ["x", "y"]}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument: {Statement: {Effect: Allow, Action: "kms:Decrypt", Resource: !GetAtt Key.Arn}}
  Key:
    Type: AWS::KMS::Key
    Condition: IsProd
    Properties:
      KeyPolicy:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal:
              AWS:
                - !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
                - !GetAtt Role.Arn
                - Ref: Reader
                - Fn::Join: [":", ["arn:aws:iam:", !FindInMap [Accounts, prod, id], root]]
                - !If [Fixed, never, !Ref "AWS::NoValue"]
                - "{{resolve:ssm:/reader}}"
                - !Ref Looked
                - !Sub "{{resolve:ssm:/${Looked}}}"
            Action: kms:*
            Resource: "*"
            Condition: !If [IsProd, {Bool: {"aws:SecureTransport": true}}, !Ref "AWS::NoValue"]
`

func readable(t unknown.Text) string {
	s := t.S
	for i, h := range t.Holes {
		s = strings.ReplaceAll(s, unknown.Hole(i), fmt.Sprintf("<%s %d>", h.Ref, h.Kind))
	}
	return s
}

func TestTemplate(t *testing.T) {
	file := unknown.Span{End: len(template), Linear: true, Range: hcl.Range{Filename: "t.yaml", Start: hcl.Pos{Line: 1, Column: 1}}}
	got, err := cloudformation.Read(cloudformation.Stack{Body: unknown.Text{S: template, Spans: []unknown.Span{file}}, Owner: "aws_cloudformation_stack.s",
		AllParameters: true, Parameters: map[string]unknown.Text{"Stage": {S: unknown.Hole(0), Holes: []unknown.Symbol{{Ref: "var.stage"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Resources) != 2 || got.Resources[0].Name != "Role" || !got.Resources[1].Perhaps {
		t.Fatalf("resources: %+v", got.Resources)
	}
	outcomes := got.Resources[1].Outcomes("KeyPolicy")
	if len(outcomes) != 2 {
		t.Fatalf("%d outcomes", len(outcomes))
	}
	principals := fmt.Sprintf(`"Principal":{"AWS":["arn:<aws_cloudformation_stack.s.AWS::Partition %d>:iam::<aws_cloudformation_stack.s.AWS::AccountId %d>:root",`+
		`"<aws_cloudformation_stack.s.Role.Arn %d>","arn:aws:iam::111122223333:role/reader","arn:aws:iam::444455556666:root","<{{resolve:ssm:/reader}} 0>",<aws_cloudformation_stack.s.Looked 0>,<aws_cloudformation_stack.s.Fn::Sub 0>]}`,
		unknown.PartitionID, unknown.OwnAccount, unknown.RoleARN)
	for i, want := range []string{`,"Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}`, `}]}`} {
		want = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + principals + `,"Action":"kms:*","Resource":"*"` + want
		if is := readable(outcomes[i]); is != want {
			t.Errorf("outcome %d:\n got %s\nwant %s", i, is, want)
		}
		if outcomes[i].Assuming == "" || len(outcomes[i].DependsOn) != 1 {
			t.Errorf("outcome %d assumes %q, depends on %v", i, outcomes[i].Assuming, outcomes[i].DependsOn)
		}
	}
	at := strings.Index(outcomes[0].S, `"kms:*"`)
	if rng, ok := outcomes[0].At(at, at+len(`"kms:*"`)); !ok || rng.Start.Line != 1+strings.Count(template[:strings.Index(template, "Action: kms:*")], "\n") {
		t.Errorf("kms:* is at %v", rng)
	}
	inline := got.Resources[0].ElementOutcomes("Policies", 0, "PolicyDocument")
	if got.Resources[0].Elements("Policies") != 1 || len(inline) != 1 || !strings.Contains(readable(inline[0]), fmt.Sprintf("<aws_cloudformation_stack.s.Key.Arn %d>", unknown.KeyARN)) {
		t.Errorf("inline policy: %v", inline)
	}
}

func TestParametersThatAreNotKnown(t *testing.T) {
	got, err := cloudformation.Read(cloudformation.Stack{Body: unknown.Known(template), Owner: "s"})
	if err != nil {
		t.Fatal(err)
	}
	if is := readable(got.Resources[1].Outcomes("KeyPolicy")[0]); !strings.Contains(is, `<s.Reader 0>`) {
		t.Errorf("a default counts although the parameters are not known: %s", is)
	}
}

func TestJSONAndDesiredState(t *testing.T) {
	state := unknown.Text{S: `{"KeyPolicy":` + unknown.Hole(0) + `,"Description":"a\"b\u00e4"}`, Holes: []unknown.Symbol{{Ref: "local.policy"}}}
	r, err := cloudformation.ReadDesiredState("AWS::KMS::Key", state, "c")
	if err != nil {
		t.Fatal(err)
	}
	if got := readable(r.Outcomes("KeyPolicy")[0]); got != "<local.policy 0>" {
		t.Errorf("policy: %s", got)
	}
	if got := r.Outcomes("Description")[0].S; got != `a"bä` {
		t.Errorf("description: %s", got)
	}
	if got := r.Outcomes("Nothing"); len(got) != 0 {
		t.Errorf("what is left out: %v", got)
	}
}

func TestNoTemplate(t *testing.T) {
	for _, body := range []string{"", "{", "[]", "x", "{}", "Resources: []", "a: &a [*a]"} {
		if _, err := cloudformation.Read(cloudformation.Stack{Body: unknown.Known(body)}); err == nil {
			t.Errorf("%q is a template", body)
		}
	}
}

// FuzzRead reads whatever it is given as a template with a parameter, and as a desired state: each hole of what comes out is there.
func FuzzRead(f *testing.F) {
	f.Add(template, "prod")
	f.Add(`{"Resources":{"K":{"Type":"AWS::KMS::Key","Properties":{"KeyPolicy":{"Fn::Sub":"${Stage}"}}}}}`, `"},"x":{"`)
	f.Add("Resources: &r\n  K:\n    Type: T\n    Properties: *r\n", "")
	f.Add(`{"KeyPolicy":{"Statement":[]},"Policies":[{"PolicyDocument":"{}"}]}`, "a")
	for _, name := range []string{"cloudformation.json", "cloudformation.yaml"} {
		src, err := os.ReadFile(filepath.Join("../../fixtures/inputs", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src), name)
	}
	f.Fuzz(func(t *testing.T, body, stage string) {
		var resources []cloudformation.Resource
		for _, all := range []bool{false, true} {
			got, err := cloudformation.Read(cloudformation.Stack{Body: unknown.Known(body), Owner: "s", AllParameters: all, Parameters: map[string]unknown.Text{"Stage": unknown.Known(stage)}})
			if err == nil {
				resources = append(resources, got.Resources...)
			}
		}
		if r, err := cloudformation.ReadDesiredState("AWS::KMS::Key", unknown.Known(body), "s"); err == nil {
			resources = append(resources, r)
		}
		for _, r := range resources {
			texts := r.Outcomes("KeyPolicy")
			for i := range r.Elements("Policies") {
				texts = append(texts, r.ElementOutcomes("Policies", i, "PolicyDocument")...)
			}
			for _, text := range texts {
				for _, part := range unknown.Parts(text.S) {
					if part.Hole >= len(text.Holes) {
						t.Errorf("there is no hole %d in %s", part.Hole, text.S)
					}
				}
			}
		}
	})
}

// TestConditions reads resources that a condition of the template decides about.
func TestConditions(t *testing.T) {
	body := `{"Parameters": {"Env": {"Type": "String"}}, "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}, "Always": {"Fn::Not": [{"Condition": "Never"}]}, "Prod": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}},
"Resources": {"A": {"Type": "AWS::KMS::Key", "Condition": "Never"}, "B": {"Type": "AWS::KMS::Key", "Condition": "Always"}, "C": {"Type": "AWS::KMS::Key", "Condition": "Prod"}}}`
	for given, want := range map[string]string{"": "B C?", "prod": "B C", "dev": "B"} {
		s := cloudformation.Stack{Body: unknown.Known(body), Owner: "aws_cloudformation_stack.s", AllParameters: given != ""}
		if given != "" {
			s.Parameters = map[string]unknown.Text{"Env": unknown.Known(given)}
		}
		got, err := cloudformation.Read(s)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, r := range got.Resources {
			if r.Perhaps {
				r.Name += "?"
			}
			names = append(names, r.Name)
		}
		if is := strings.Join(names, " "); is != want {
			t.Errorf("with Env = %q the stack makes %s, want %s", given, is, want)
		}
	}
}

// TestSecretsStaySecret puts a sensitive value through the functions of a template: nothing that comes of it may be shown.
func TestSecretsStaySecret(t *testing.T) {
	const secret = "ORCHID,LILY"
	for _, tt := range []struct{ parameter, principal, hidden string }{
		{`"Type": "String"`, `{"Ref": "P"}`, "ORCHID,LILY"},
		{`"Type": "CommaDelimitedList"`, `{"Ref": "P"}`, "LILY"},
		{`"Type": "String"`, `{"Fn::Split": [",", {"Ref": "P"}]}`, "LILY"},
		{`"Type": "String"`, `{"Fn::Select": [1, {"Fn::Split": [",", {"Ref": "P"}]}]}`, "LILY"},
		{`"Type": "String"`, `{"Fn::If": ["IsSecret", ["DERIVED"], "x"]}`, "DERIVED"},
		{`"Type": "String"`, `{"Fn::FindInMap": ["M", {"Ref": "P"}, "a"]}`, "DERIVED"},
	} {
		body := `{"Parameters": {"P": {` + tt.parameter + `}}, "Conditions": {"IsSecret": {"Fn::Equals": [{"Ref": "P"}, "` + secret + `"]}}, "Mappings": {"M": {"` + secret + `": {"a": "DERIVED"}}},
"Resources": {"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": {"Principal": {"AWS": ` + tt.principal + `}}}}}}}`
		given := unknown.Text{S: secret, Spans: []unknown.Span{{End: len(secret), Sensitive: true}}}
		got, err := cloudformation.Read(cloudformation.Stack{Body: unknown.Known(body), Owner: "s", AllParameters: true, Parameters: map[string]unknown.Text{"P": given}})
		if err != nil {
			t.Fatal(err)
		}
		policy := got.Resources[0].Outcomes("KeyPolicy")[0]
		if at := strings.Index(policy.S, tt.hidden); at < 0 || !policy.SensitiveAt(at, at+len(tt.hidden)) {
			t.Errorf("%s with %s: %s is not hidden", tt.principal, tt.parameter, policy.S)
		}
	}
	whole := `{"Parameters": {"P": {"Type": "String"}}, "Resources": {"R": {"Type": "T", "Properties": {"RoleName": {"Ref": "P"}}}}}`
	given := unknown.Text{S: secret, Spans: []unknown.Span{{End: len(secret), Sensitive: true}}}
	named, err := cloudformation.Read(cloudformation.Stack{Body: unknown.Known(whole), Owner: "s", AllParameters: true, Parameters: map[string]unknown.Text{"P": given}})
	if err != nil {
		t.Fatal(err)
	}
	if name := named.Resources[0].Outcomes("RoleName")[0]; !name.SensitiveAt(0, len(name.S)) {
		t.Error("a property that is a secret as a whole is shown")
	}
	body := `{"Parameters": {"P": {"Type": "String", "NoEcho": true, "Default": "ORCHID"}}, "Resources": {"K": {"Type": "T", "Properties": {"KeyPolicy": {"A": {"Ref": "P"}}}}}}`
	got, err := cloudformation.Read(cloudformation.Stack{Body: unknown.Known(body), Owner: "s", AllParameters: true})
	if err != nil {
		t.Fatal(err)
	}
	if policy := got.Resources[0].Outcomes("KeyPolicy")[0]; !policy.SensitiveAt(strings.Index(policy.S, "ORCHID"), len(policy.S)-2) {
		t.Error("what AWS does not echo is shown")
	}
}
