package check

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
)

// everywhere are the policies of the input, and then those of its peers.
func (c *checker) everywhere() []*judged {
	out := slices.Clip(c.judged)
	for _, p := range c.peers {
		out = append(out, p.judged...)
	}
	return out
}

// home is the checker of the input that a policy is of.
func (c *checker) home(j *judged) *checker {
	for _, p := range c.peers {
		if p.of[j.policy] != nil {
			return p
		}
	}
	return c
}

// about is what is judged of a policy of some input, nil where nothing is.
func (c *checker) about(p *extract.Policy) *judged {
	j := c.of[p]
	for _, peer := range c.peers {
		if j == nil {
			j = peer.of[p]
		}
	}
	return j
}

// meet says whether two policies may have to do with each other: those of two inputs do where the accounts of both are known.
func (c *checker) meet(a, b *judged) bool {
	known := func(j *judged) bool {
		account := aws.AccountOf(j.subject.Resource)
		return account != "" && !access.StandsIn(account)
	}
	return c.home(a) == c.home(b) || known(a) && known(b)
}

// joined is a subject with what the peers refer to.
func (c *checker) joined(s access.Subject) access.Subject {
	if len(c.peers) > 0 {
		s.Others, s.AccountNames = c.others, c.names
	}
	return s
}
