package tfplan

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// headSize is how much of the text is looked at to recognise it.
const headSize = 64 << 10

// bufferSize is how much is read at a time.
const bufferSize = 64 << 10

// text gives the input as UTF-8 without a byte order mark: gzip is decompressed, UTF-16 is transcoded. The reader holds
// at least headSize bytes ahead.
func text(r io.Reader, limits Limits) (*bufio.Reader, error) {
	buffered := bufio.NewReaderSize(r, bufferSize)
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1F, 0x8B}) {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("decompressing it: %w", err)
		}
		buffered = bufio.NewReaderSize(&limitedText{unzipped, limits.Text}, bufferSize)
	}
	start, err := buffered.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if e := encodingOf(start); e != nil {
		return bufio.NewReaderSize(transform.NewReader(buffered, e.NewDecoder()), bufferSize), nil
	}
	if bytes.HasPrefix(start, []byte("\xEF\xBB\xBF")) {
		_, err = buffered.Discard(3)
		return buffered, err
	}
	return buffered, nil
}

// encodingOf recognises UTF-16 by its byte order mark, or by the zero bytes of two ASCII characters. It is nil for
// everything else.
func encodingOf(start []byte) encoding.Encoding {
	if len(start) < 4 {
		start = append(bytes.Clone(start), 1, 1, 1, 1)[:4]
	}
	switch {
	case start[0] == 0xFF && start[1] == 0xFE && start[2]|start[3] != 0, start[0] == 0xFE && start[1] == 0xFF:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case start[0] != 0 && start[1] == 0 && start[2] != 0 && start[3] == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case start[0] == 0 && start[1] != 0 && start[2] == 0 && start[3] != 0:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

// limitedText fails when more is read than the limit: a small compressed file can hold any amount of text.
type limitedText struct {
	r    io.Reader
	left int64
}

func (l *limitedText) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, &limitError{"it holds too much text for its compressed size", "unpacked"}
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}
