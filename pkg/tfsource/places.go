package tfsource

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/unknown"
)

const foldPrefix = "\x00folded "

// fold registers a resolved text: byte i of it was written at offsets[i] of the file.
func (f *files) fold(file string, n *unknown.JSON) string {
	f.folds = append(f.folds, folded{file, []byte(n.Text), n})
	return foldPrefix + strconv.Itoa(len(f.folds)-1)
}

// unfold returns the text that a made-up file name stands for, and false for the name of a file.
func (f *files) unfold(name string) (folded, bool) {
	rest, ok := strings.CutPrefix(name, foldPrefix)
	if !ok {
		return folded{}, false
	}
	i, err := strconv.Atoi(rest)
	if err != nil || i >= len(f.folds) {
		return folded{}, false
	}
	return f.folds[i], true
}

func (d folded) at(i int) int {
	return d.from.Offset(min(max(i, 0), len(d.text)))
}

// Place is a range as it leaves this package: in a real file, with columns in code points.
func (f *files) Place(r hcl.Range) hcl.Range {
	if d, ok := f.unfold(r.Filename); ok {
		r = hcl.Range{Filename: d.file, Start: hcl.Pos{Byte: d.at(r.Start.Byte)}, End: hcl.Pos{Byte: d.at(r.End.Byte)}}
	}
	src := f.ByName(r.Filename)
	if src == nil {
		return r
	}
	r.Start, r.End = f.pos(r.Filename, src, r.Start.Byte), f.pos(r.Filename, src, r.End.Byte)
	return r
}

// farApart is how many bytes of a line may lie between two points of it, because a file may be one very long line.
const farApart = 256

// pos is the place of a byte of a file. The points of a file, from which columns are counted, are the starts of its lines and some
// within lines that are long.
func (f *files) pos(name string, src []byte, at int) hcl.Pos {
	points, ok := f.points[name]
	if !ok {
		points = pointsOf(src)
		f.points[name] = points
	}
	at = min(max(at, 0), len(src))
	after := sort.Search(len(points), func(i int) bool { return points[i].Byte > at })
	p := points[after-1]
	p.Column += utf8.RuneCount(src[p.Byte:at])
	p.Byte = at
	return p
}

func pointsOf(src []byte) []hcl.Pos {
	p := hcl.InitialPos
	out := []hcl.Pos{p}
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		i += n
		p.Byte, p.Column = i, p.Column+1
		if r == '\n' {
			p.Line, p.Column = p.Line+1, 1
		}
		if r == '\n' || i-out[len(out)-1].Byte >= farApart {
			out = append(out, p)
		}
	}
	return out
}

// PlaceSpans gives spans as they leave this package. A linear span over resolved escapes is split where bytes were
// written differently.
func (f *files) PlaceSpans(spans []unknown.Span) []unknown.Span {
	out := make([]unknown.Span, 0, len(spans))
	for _, s := range spans {
		d, ok := f.unfold(s.Range.Filename)
		if !ok || !s.Linear {
			s.Range = f.Place(s.Range)
			out = append(out, s)
			continue
		}
		base := s.Range.Start.Byte
		for i := 0; i < s.End-s.Start; {
			j := i + 1
			for j < s.End-s.Start && d.at(base+j) == d.at(base+j-1)+1 {
				j++
			}
			r := hcl.Range{Filename: d.file, Start: hcl.Pos{Byte: d.at(base + i)}, End: hcl.Pos{Byte: d.at(base + j)}}
			out = append(out, unknown.Span{Start: s.Start + i, End: s.Start + j, Range: f.Place(r), Linear: true, Sensitive: s.Sensitive})
			i = j
		}
	}
	return out
}

// BlockRange is where a block is written, its body included.
func BlockRange(b *hclsyntax.Block) hcl.Range {
	r := hcl.RangeBetween(b.DefRange(), b.CloseBraceRange)
	if b.Body != nil && b.Body.SrcRange.Filename == b.TypeRange.Filename && b.Body.SrcRange.End.Byte > r.End.Byte {
		r = hcl.RangeBetween(r, b.Body.SrcRange)
	}
	return r
}

// SourceText is the text of a range, nil where it lies in no file that was read.
func (f *files) SourceText(r hcl.Range) []byte {
	src := f.ByName(r.Filename)
	if d, ok := f.unfold(r.Filename); ok {
		src = d.text
	}
	if r.Start.Byte < 0 || r.End.Byte > len(src) || r.Start.Byte > r.End.Byte {
		return nil
	}
	return src[r.Start.Byte:r.End.Byte]
}
