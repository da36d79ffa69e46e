/* SPDX-License-Identifier: Apache-2.0 */
/* Accepting what was made as golden: a copy, whole or not there, in the place of the expected file. */
#ifndef COMPARE_UPDATE_H
#define COMPARE_UPDATE_H

#include "compare/compare.h"

/* E_USAGE where CI is set in the environment and nobody forces it. */
int update_allowed(const struct compare_settings *settings, struct fault *fault);
/* Whether this pair is to be made golden: it failed, has an actual file, and its name matches. */
bool update_wanted(const struct compare_settings *settings, const struct imgbatch_pair *pair);
/* Copies a file. E_WRITE, E_OPEN, E_READ. */
int update_file(const char *actual, const char *expected, struct fault *fault);

#endif
