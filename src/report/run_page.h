/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page about a run: everything is given, nothing is read. It needs no script and fetches nothing; whatever the run's size,
 * it stays below RUN_PAGE_MOST bytes.
 */
#ifndef REPORT_RUN_PAGE_H
#define REPORT_RUN_PAGE_H

#include "base/str.h"
#include "report/gather.h"

enum { RUN_PAGE_MOST = 4 << 20 };

/* One option of the run, as text. */
struct run_page_option {
	const char *name, *group; /* static text */
	char *value; /* owned by the caller */
	bool is_set; /* to another value than the default */
};

/* What is told beside the images. All borrowed. */
struct run_page {
	struct gather *gather; /* sorted for showing */
	const struct imgbatch_summary *summary;
	int code; /* of the run; 0 */
	const char *detail; /* goes with it */
	bool refused; /* before the first image: the code says why */
	int64_t started, ended; /* seconds since 1970 */
	const char *in, *out; /* as the options have them; in: the first */
	bool more_in; /* there are further inputs */
	const char *folder; /* what relative paths are relative to */
	const char *command; /* makes the same run */
	const char *recipe; /* every default spelled out; "" */
	const char *notes; /* lines: what was chosen and why; "" */
	bool random; /* chance decides something: each output has a recipe of its own */
	const struct run_page_option *option;
	size_t option_count;
	const char *build; /* lines: versions */
	const char *machine; /* lines */
};

void run_page_print(struct str *out, const struct run_page *page);

#endif
