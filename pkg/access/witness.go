package access

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/sets"
)

// witness writes a request out of a piece.
func (a *answer) witness() *evaluate.Request {
	if a.piece == nil {
		return nil
	}
	sh, q := a.sh, a.sh.q
	work := newBudget() // what was found is shown, even if the search ran out of its own
	req := &evaluate.Request{Action: q.table[a.piece.actions.first()].Name, Resource: q.Resource, Context: map[string]evaluate.Values{}}
	if req.Resource == "" {
		req.Resource = "*"
	}
	for i, st := range a.piece.states { // dimensions of the shape that were made later do not matter to the piece
		d := &sh.dims[i]
		if !st.holds && !st.solve(d, work) {
			return nil
		}
		if !st.held.absent {
			sh.write(req, d, &st.held)
		}
	}
	for i, key := range sh.keys {
		if r := sh.refs[i]; r.fixed && q.mentioned(key) {
			req.Context[q.spelling(key)] = evaluate.Values{All: []string{r.value}, List: r.multi}
		}
	}
	sh.identify(req, a.piece, work)
	return req
}

func (sh *shape) write(req *evaluate.Request, d *domain, held *sample) {
	for _, k := range d.keys {
		r := sh.ref(aws.Lower(k.name))
		var values []string
		all := held.texts
		if d.kind != textDim && d.kind != listDim {
			all = []string{held.text(d)}
		}
		for _, t := range all {
			if v, ok := k.view(sets.FromLatin(t)); ok {
				values = append(values, v)
			}
		}
		if r.view == servicesView {
			values = aws.ServiceNames(values[0])
		}
		if len(values) > 0 {
			req.Context[sh.q.spelling(aws.Lower(k.name))] = evaluate.Values{All: values, List: r.multi}
		}
	}
}

// identify names the caller of a witness.
func (sh *shape) identify(req *evaluate.Request, p *piece, work *sets.Budget) {
	held := func(name string) string {
		i, ok := sh.names.find(name)
		if !ok {
			return ""
		}
		st := p.state(sh, i)
		if !st.holds && !st.solve(&sh.dims[i], work) {
			return ""
		}
		return st.held.text(&sh.dims[i])
	}
	switch sh.caller {
	case accountCaller:
		sh.callerDim()
		req.Principal = sessionARN(held("caller"))
		if arn, ok := aws.ParseARN(req.Principal); ok {
			req.Context[sh.q.spelling(aws.KeyPrincipalAccount)] = evaluate.One(arn.Account)
		}
		if sh.forwarded {
			req.Context[sh.q.spelling(aws.KeyViaAWSService)] = evaluate.One("true")
		}
	case serviceCaller, serviceFor:
		if req.Principal = held("service"); req.Principal == "" {
			req.Principal = "sns.amazonaws.com"
		}
		req.Context[sh.q.spelling(aws.KeyPrincipalIsAWSService)] = evaluate.One("true")
	case tokenCaller:
		req.Principal = sh.provider
	}
}

// sessionARN is the caller as a request names it: a session by its own ARN, which leaves the role's path out.
func sessionARN(caller string) string {
	role, session, ok := strings.Cut(caller, sessionMark)
	arn, isARN := aws.ParseARN(role)
	if !ok || !isARN {
		return caller
	}
	arn.Service, arn.Resource = "sts", "assumed-role/"+role[strings.LastIndex(role, "/")+1:]+"/"+session
	return arn.String()
}

// explain fills in the witness and what is open.
func (r *Result) explain(q *question, a *answer) {
	usable := a.open & filter(q.table, func(x aws.Action) bool { return x.CrossAccount })
	r.Usable = usable != 0
	if !r.Usable {
		usable = a.open
	}
	r.Open = usable.names(q.table)
	r.Everybody = usable&^a.all == 0
	for i := range q.table {
		if usable&(1<<i) != 0 {
			r.Class = max(r.Class, q.table[i].Class)
		}
	}
	r.Witness = a.witness()
	r.Statement = a.piece.box.statement.Index
}
