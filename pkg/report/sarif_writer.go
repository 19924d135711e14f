package report

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

type sarifWriter struct {
	*view
	opts      Options
	rules     []sarifRule
	ruleIndex map[string]int
	runs      []sarifRun
}

func (s *sarifWriter) physical(l *finding.Location) *sarifPhysicalLocation {
	uri, inside := s.uri(l.File)
	p := &sarifPhysicalLocation{ArtifactLocation: sarifArtifactLocation{URI: uri}}
	if inside {
		p.ArtifactLocation.URIBaseID = srcRoot
	}
	if l.Start.Line < 1 {
		p.Region = &sarifRegion{StartLine: 1}
		return p
	}
	p.Region = &sarifRegion{StartLine: l.Start.Line, StartColumn: max(l.Start.Column, 1)}
	if l.End.Line > l.Start.Line || l.End.Line == l.Start.Line && l.End.Column >= p.Region.StartColumn {
		p.Region.EndLine, p.Region.EndColumn = l.End.Line, max(l.End.Column, 1)
	}
	return p
}

// unlinked keeps input from reading as an embedded link, [text](target).
func unlinked(s string) string { return strings.ReplaceAll(s, "](", "] (") }
