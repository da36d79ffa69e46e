/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a difference looks like, with the evidence, in one line. A guess from the pixels alone: patterns are tried from the
 * surest to the vaguest, and each says something only when its own numbers bear it out. Any thread.
 */
#ifndef COMPARE_EXPLAIN_H
#define COMPARE_EXPLAIN_H

#include "base/str.h"
#include "compare/measure.h"

/* Of two images of one shape that differ. */
enum imgbatch_cause explain_pixels(
	const struct comparison *c, const struct imgbatch_measures *measures, struct str *out);
/* Of two images of different sizes, in one form otherwise. */
enum imgbatch_cause explain_size(const struct image *a, const struct image *b, struct str *out);

#endif
