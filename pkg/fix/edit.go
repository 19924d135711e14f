package fix

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// edit is a change of the sources.
type edit struct {
	splices []splice
	// declare are blocks that the modules of some files get if they have them not.
	declare []declaration
}

// declaration is a block for the module of a file: it is written at the end of that file. ref is what refers to it.
type declaration struct{ file, block, ref string }

func (e edit) equal(other edit) bool {
	return slices.Equal(e.splices, other.splices) && slices.Equal(e.declare, other.declare)
}

// with is both edits together. What both do is done once, and a module gets a block once, whichever file asks for it.
func (e edit) with(other edit) edit {
	out := edit{slices.Clone(e.splices), slices.Clone(e.declare)}
	for _, x := range other.splices {
		if !slices.Contains(out.splices, x) {
			out.splices = append(out.splices, x)
		}
	}
	for _, d := range other.declare {
		if !slices.ContainsFunc(out.declare, func(has declaration) bool {
			return has.block == d.block && filepath.Dir(has.file) == filepath.Dir(d.file)
		}) {
			out.declare = append(out.declare, d)
		}
	}
	return out
}

// edited are the files that an edit changes, and false where it cannot be made. A file that was formatted stays formatted.
func (s *sources) edited(e edit) (map[string][]byte, bool) {
	out := map[string][]byte{}
	for file, list := range s.byFile(e) {
		src, ok := s.files[file]
		if !ok {
			return nil, false
		}
		if bytes.Contains(src, []byte("\r\n")) {
			for i := range list {
				list[i].text = strings.ReplaceAll(strings.ReplaceAll(list[i].text, "\r\n", "\n"), "\n", "\r\n")
			}
		}
		text, ok := apply(src, list)
		if !ok || bytes.Equal(text, src) {
			return nil, false
		}
		if s.isFormatted(file) {
			text = s.formattedAgain(file, list, text)
		}
		out[file] = text
	}
	return out, len(out) > 0
}

// fits says whether the splices of an edit leave each other room.
func (s *sources) fits(e edit) bool {
	for file, list := range s.byFile(e) {
		if _, ok := apply(s.files[file], list); !ok {
			return false
		}
	}
	return true
}

// byFile are the splices of an edit by their files.
func (s *sources) byFile(e edit) map[string][]splice {
	out := map[string][]splice{}
	for _, x := range e.splices {
		out[x.file] = append(out[x.file], x)
	}
	for _, d := range e.declare {
		end, block := len(s.files[d.file]), "\n"+d.block
		if !bytes.HasSuffix(s.files[d.file], []byte("\n")) {
			block = "\n" + block
		}
		out[d.file] = append(out[d.file], splice{d.file, end, end, block})
	}
	return out
}

// formattedAgain is a file that was formatted with splices, formatted; text is the whole of it. Blocks at the top level know
// nothing of each other, so only those with splices are looked at, where all splices are in some or behind all of them.
func (s *sources) formattedAgain(file string, list []splice, text []byte) []byte {
	body, src := s.body(file), s.files[file]
	if body == nil {
		return hclwrite.Format(text)
	}
	within := map[*hclsyntax.Block][]splice{}
	var blocks []splice
	for _, x := range list {
		i := slices.IndexFunc(body.Blocks, func(b *hclsyntax.Block) bool {
			return b.OpenBraceRange.End.Byte <= x.start && x.end <= b.CloseBraceRange.Start.Byte
		})
		switch {
		case i >= 0:
			b := body.Blocks[i]
			start := b.TypeRange.Start.Byte
			within[b] = append(within[b], splice{start: x.start - start, end: x.end - start, text: x.text})
		case x.start == len(src) && len(src) > 0 && src[len(src)-1] == '\n':
			blocks = append(blocks, x)
		default:
			return hclwrite.Format(text)
		}
	}
	for b, list := range within {
		start, end := b.TypeRange.Start.Byte, b.CloseBraceRange.End.Byte
		if block, ok := apply(src[start:end], list); ok {
			blocks = append(blocks, splice{file, start, end, string(hclwrite.Format(block))})
		}
	}
	out, _ := apply(src, blocks)
	return out
}
