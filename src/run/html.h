/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the page about a run share. */
#ifndef RUN_HTML_H
#define RUN_HTML_H

#include "report/gather.h"
#include "run/run.h"

struct run_html {
	struct gather gather;
	int64_t started; /* seconds since 1970 */
	struct str notes; /* lines: what was told of choices, and of what is missing here */
};

/* html_pictures.c: a small picture of each output that is shown, and of each failure that may hold one. */
void run_html_pictures(struct run *run, bool stopped);

#endif
