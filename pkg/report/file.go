package report

import (
	"bytes"
	"context"
	"fmt"

	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
)

// WriteFile writes the report to a file: completely, or not at all. The report is made beside the file and then takes
// its place, so that a reader sees the old file or the new one and a failure leaves nothing behind. A path that is a
// symbolic link or anything but a regular file is an error: a report never goes through a link, nor replaces a device.
func WriteFile(ctx context.Context, path, name string, r *finding.Report, opts Options) error {
	var b bytes.Buffer
	if err := Write(&b, name, r, opts); err != nil {
		return err
	}
	if err := file.Replace(ctx, path, b.Bytes()); err != nil {
		return fmt.Errorf("write the %s report to %s: %w", name, path, err)
	}
	return nil
}
