// Package cloudformation reads templates and the desired state of Cloud Control resources as far as policies need it:
// the properties of each resource as JSON text, with what the template's functions leave open as holes.
//
// It follows the template reference, https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/.
//
// It is no API: it may change in any version.
package cloudformation

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/keyproof/keyproof/pkg/yamltext"
)

// Stack is the template of a stack: its body in JSON or YAML, the parameters that the stack is given, and how the stack
// is called in what depends on it.
type Stack struct {
	Body unknown.Text
	// Parameters are the values by name; one that is not known is a text that is one hole.
	Parameters map[string]unknown.Text
	// AllParameters says that Parameters are all that the stack is given, so that the others have their defaults.
	AllParameters bool
	// Owner is the address of the resource that makes the stack.
	Owner string
}

func with(m map[string]unknown.Text, name string, t unknown.Text) map[string]unknown.Text {
	if m == nil {
		m = map[string]unknown.Text{}
	}
	m[name] = t
	return m
}

// SecretName says whether the name must not be shown.
func (r Resource) SecretName() bool {
	return r.name != nil && r.template.body.SensitiveAt(r.template.offset(r.name))
}

// ReadDesiredState reads the desired state of a Cloud Control resource of that type: its properties, without functions.
// https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-create.html
func ReadDesiredState(typ string, state unknown.Text, owner string) (Resource, error) {
	t := &Template{body: state, owner: owner}
	root, err := t.parse()
	if err != nil {
		return Resource{}, err
	}
	return Resource{Type: typ, template: t, properties: root}, nil
}

// parse reads the body: JSON is YAML, too. Functions in their short form keep their tags.
func (t *Template) parse() (*yaml.Node, error) {
	doc, err := yamltext.Read(t.body.S)
	if err != nil {
		if t.body.SensitiveAt(0, len(t.body.S)) {
			return nil, errors.New("it is neither JSON nor YAML") // the error quotes it
		}
		return nil, fmt.Errorf("it is neither JSON nor YAML: %w", err)
	}
	t.doc = doc
	root := resolve(doc.Root)
	if root == nil || root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("it is no object")
	}
	return root, nil
}

// resolve is the node behind an alias.
func resolve(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// member is the value of a name in a mapping, the last one if it is repeated; nil where there is none.
func member(n *yaml.Node, name string) *yaml.Node {
	n = resolve(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	var out *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			out = resolve(n.Content[i+1])
		}
	}
	return out
}

func members(n *yaml.Node) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n = resolve(n); n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = resolve(n.Content[i+1])
		}
	}
	return out
}

// symbol is a text that is one hole: what the stack makes, or is given, under that name.
func (t *Template) symbol(name string, kind unknown.Kind) unknown.Text {
	u := unknown.Symbol{Ref: t.owner + "." + name, Kind: kind}
	if t.hides(name) {
		n := slices.Index(t.hidden, name)
		if n < 0 {
			n, t.hidden = len(t.hidden), append(t.hidden, name)
		}
		u.Ref, u.Variant, u.Sensitive = t.owner+".(sensitive)", n+1, true
	}
	return unknown.Text{S: unknown.Hole(0), Holes: []unknown.Symbol{u}}
}

// symbolOf is an attribute of a resource of the template, or what a Ref to it gives.
func (t *Template) symbolOf(resource, name string, kind unknown.Kind) unknown.Text {
	text := t.symbol(name, kind)
	text.Holes[0].Of = t.owner + " " + resource
	return text
}

// shown is a name of the template for people.
func (t *Template) shown(name string) string {
	if t.hides(name) {
		return "(sensitive)"
	}
	return name
}

// hides says whether a name of the template must not be shown: its text is nowhere in the open, and AWS does not give it.
func (t *Template) hides(name string) bool {
	if _, given := pseudoParameters[name]; given || !t.body.SensitiveAt(0, len(t.body.S)) {
		return false
	}
	for from := 0; name != ""; {
		i := strings.Index(t.body.S[from:], name)
		if i < 0 {
			break
		}
		from += i
		if !t.body.SensitiveAt(from, from+len(name)) {
			return false
		}
		from++
	}
	return true
}

// pseudoParameters are what is certain of what every stack is told.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
var pseudoParameters = map[string]unknown.Kind{
	"AWS::AccountId":        unknown.OwnAccount,
	"AWS::Partition":        unknown.PartitionID,
	"AWS::Region":           unknown.RegionName,
	"AWS::URLSuffix":        unknown.DNSSuffix,
	"AWS::StackName":        unknown.PlainName,
	"AWS::StackId":          unknown.AnyText,
	"AWS::NotificationARNs": unknown.AnyText,
}

// refKinds are what Ref gives for a resource, by its type; others are any text.
var refKinds = map[string]unknown.Kind{
	"AWS::IAM::Role":          unknown.PlainName,
	"AWS::IAM::User":          unknown.PlainName,
	"AWS::IAM::Group":         unknown.PlainName,
	"AWS::IAM::ManagedPolicy": unknown.OwnARN,
	"AWS::KMS::Key":           unknown.KeyID,
	"AWS::KMS::ReplicaKey":    unknown.KeyID,
	"AWS::S3::Bucket":         unknown.PlainName,
}

// attributeKinds are what Fn::GetAtt gives, by type and attribute.
var attributeKinds = map[string]unknown.Kind{
	"AWS::IAM::Role.Arn":         unknown.RoleARN,
	"AWS::IAM::Role.RoleId":      unknown.UniqueID,
	"AWS::IAM::User.Arn":         unknown.UserARN,
	"AWS::KMS::Key.Arn":          unknown.KeyARN,
	"AWS::KMS::Key.KeyId":        unknown.KeyID,
	"AWS::KMS::ReplicaKey.Arn":   unknown.KeyARN,
	"AWS::KMS::ReplicaKey.KeyId": unknown.KeyID,
	"AWS::IAM::OIDCProvider.Arn": unknown.OIDCProvider,
	"AWS::IAM::SAMLProvider.Arn": unknown.SAMLProvider,
	"AWS::Lambda::Function.Arn":  unknown.OwnARN,
	"AWS::S3::Bucket.Arn":        unknown.OwnARN,
	"AWS::SNS::Topic.TopicArn":   unknown.OwnARN,
	"AWS::SQS::Queue.Arn":        unknown.OwnARN,
	"AWS::DynamoDB::Table.Arn":   unknown.OwnARN,
	"AWS::CloudTrail::Trail.Arn": unknown.OwnARN,
}
