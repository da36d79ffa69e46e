/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said about a run, as text: NDJSON objects, failure lines, the summary for a person and the progress line.
 *
 * Everything here formats into a `struct str` and prints nothing. Names are bytes; text for a person has control
 * bytes and what is not UTF-8 as \xHH, JSON is always valid UTF-8. Numbers do not depend on a locale.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/str.h"

#include <imgbatch/profile.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What became of an input; the words are report_status_name()'s. Same order as enum ledger_state from OK on. */
enum report_status {
	REPORT_OK,
	REPORT_DAMAGED,
	REPORT_FAILED,
	REPORT_IGNORED,
	REPORT_SKIPPED,
	REPORT_NOT_ATTEMPTED,
};
/* "ok", "damaged", ..; static text. */
const char *report_status_name(enum report_status status);

struct report_output {
	const char *path; /* under OUT */
	size_t path_size;
	uint32_t width, height;
	uint64_t bytes;
	const char *mask; /* under --masks-out; NULL: there is none */
};

/* One image. Everything is borrowed. */
struct report_image {
	const char *in; /* the mirrored name, or the path as listed */
	size_t in_size;
	enum report_status status;
	int code; /* 0: left out */
	const char *stage; /* "decode"; NULL or "": left out */
	const char *detail; /* NULL or "": left out; need not be UTF-8 */
	unsigned warnings; /* enum imgbatch_warning bits */
	uint32_t width, height; /* of the input; 0: left out */
	uint64_t bytes_in;
	uint64_t memory; /* estimate of a dry run; 0: left out */
	const struct report_output *outputs;
	size_t output_count;
	uint64_t read_us, work_us, write_us;
	bool timed; /* "ms" is wanted */
	const struct imgbatch_image_profile *profile; /* NULL: no "stages" */
};

/* "key":"name", and the bytes themselves in base64, "key_b64", beside a name that is not UTF-8. */
void report_add_name(struct str *out, const char *key, const char *name, size_t size);
/* {"type":"image",..} and a newline. */
void report_image_json(struct str *out, const struct report_image *image);

struct report_summary {
	uint64_t listed, ok, damaged, failed, ignored, skipped, not_attempted;
	uint64_t outputs;
	uint64_t bytes_in, bytes_out;
	double seconds, cpu_seconds;
	const char *io, *cpu; /* engines; NULL when none ran */
	const char *sandbox; /* of worker processes; NULL: there were none */
	unsigned workers;
	bool dry; /* said in both texts */
	const struct imgbatch_profile *profile; /* NULL: none; in the JSON only */
};

/* "cpu", "bandwidth", ..; static text. */
const char *report_bound_name(enum imgbatch_bound bound);
/* "stages":{..}, with a comma before it. */
void report_image_stages(struct str *out, const struct imgbatch_image_profile *image);
/* {"bound":..} */
void report_profile_json(struct str *out, const struct imgbatch_profile *profile);

/* {"type":"summary","schema":1,..} and a newline. */
void report_summary_json(struct str *out, const struct report_summary *summary);
/*
 * One or two lines:
 *	1,279 ok (2 damaged), 3 failed, 12 ignored, 40 skipped: 1,334 listed
 *	1,281 files in 4.2 s: 305 images/s, 34 MB/s in; threads + processes x 8
 */
void report_summary_text(struct str *out, const struct report_summary *summary);

/*
 * `"a/b.jpg": E_TRUNCATED: ends in scan 1 of 1` and a newline; who speaks, and how many of a kind are worth a line,
 * is the caller's business. detail may be NULL: the code's own text.
 */
void report_failure_line(
	struct str *out, const char *in, size_t in_size, int code, const char *detail);

/* --- the progress line --- */

enum { REPORT_PROGRESS_NS = 100000000 /* ten updates a second */, REPORT_WINDOW = 16 };

/* A sliding window makes the rate follow the last seconds. Zeroed before first use. */
struct report_progress {
	uint64_t started_ns, shown_ns;
	struct {
		uint64_t ns, done, bytes;
	} mark[REPORT_WINDOW];
	unsigned marks; /* ever made */
	bool colour; /* failures stand out; callers leave it off for NO_COLOR */
	unsigned columns; /* of the terminal; 0: 80 */
};

struct report_state {
	uint64_t now_ns; /* monotonic */
	uint64_t done, total; /* total 0: not yet known */
	uint64_t failed, bytes; /* bytes read */
};

/*
 * Appends the line that replaces the last one ("\r" first, "\033[K" last, never wider than the terminal) and returns
 * true; or returns false when the last was less than a tenth of a second ago. `last` skips that check and ends
 * the line with a newline.
 *	 1234/50000  2%  305 images/s  34.1 MB/s  2:40 left  3 failed
 */
bool report_progress_line(struct report_progress *progress, const struct report_state *state,
	bool last, struct str *out);

#endif
