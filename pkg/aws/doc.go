// Package aws is what AWS is, as tables: each row or table names the page that it is from and the day it was looked at.
//
// It holds facts and no judgement, and knows nothing of Terraform or of this program's other packages.
//
// It is no API: it may change in any version.
package aws
