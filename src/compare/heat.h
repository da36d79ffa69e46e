/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The picture of the differences: the expected image pale and grey, what differs in red, the more the stronger, what is
 * within the budget in blue, anti-aliased pixels in yellow. A PNG in memory.
 */
#ifndef COMPARE_HEAT_H
#define COMPARE_HEAT_H

#include "compare/measure.h"

/* *data is the caller's to free(). */
int heat_png(const struct comparison *c, uint8_t **data, size_t *size, struct fault *fault);

#endif
