package who

import (
	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
)

// doors are those to whom a service gives the role because a resource says so, where the trust policy lets the service in:
// pods of a service account, devices, holders of certificates, users of an identity pool.
func (w *world) doors(role *party, d document) []entrance {
	var out []entrance
	for _, door := range role.doors() {
		s := role.subject()
		for _, r := range access.Audiences(d.doc, s).Rows {
			if (r.Who.Kind != access.WhoService && r.Who.Kind != access.WhoProvider) || r.Who.Name != door.Service {
				continue
			}
			out = append(out, entrance{who: finding.Who{Kind: string(r.Who.Kind), Name: door.Service, Address: door.By.Address, Trusted: r.Who.Kind == access.WhoService},
				veil: veilOf(&key{subject: s}, d), conditions: r.Conditions, possible: r.Possible || door.Possible || len(role.trust.Docs) > 1, dependsOn: append(r.DependsOn, dependsOnDoor(door.Possible, door.By.Address)...),
				through: append(steps(d.policy, nil, r.Statements), step{by: door.By, statement: -1})})
		}
	}
	return out
}

func dependsOnDoor(possible bool, address string) []string {
	if possible {
		return []string{address}
	}
	return nil
}

// doors are the resources that give the role to somebody.
func (p *party) doors() []extract.Door {
	if p.address == "" {
		return nil
	}
	return p.side.doors[p.address]
}
