/* SPDX-License-Identifier: Apache-2.0 */
/* What bounds a run, in words. */
#ifndef REPORT_VERDICT_H
#define REPORT_VERDICT_H

#include "base/str.h"
#include "measure/diagnosis.h"

/* Appends one paragraph of plain text without a newline: at most some 1,000 bytes. */
void report_verdict(
	struct str *out, const struct imgbatch_profile *profile, const struct diagnosis *diagnosis);

#endif
