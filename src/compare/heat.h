/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The picture of the differences: the expected image pale and grey, what differs in red, the more the stronger, what is
 * within the budget in blue, anti-aliased pixels in yellow.
 */
#ifndef COMPARE_HEAT_H
#define COMPARE_HEAT_H

#include "compare/measure.h"

/* 8-bit RGB, in the comparison's pool. E_NOMEM. */
int heat_image(const struct comparison *c, struct image *image, struct fault *fault);
/* It as a PNG, which is the caller's to free(). */
int heat_png(const struct image *image, uint8_t **data, size_t *size, struct fault *fault);

#endif
