/* SPDX-License-Identifier: Apache-2.0 */
/* What operations on values share: which images they take, and levels that go through a table. */
#ifndef OPS_VALUES_H
#define OPS_VALUES_H

#include "base/fault.h"
#include "image/image.h"
#include "ops/op.h"

#include <stdint.h>

/* IMGBATCH_E_OPERATION, naming the operation, for indices and floats: they are no levels. */
int value_check(const char *name, const struct shape *in, struct fault *fault);

/* The new level of each of 0 .. full of one colour (0 .. 2), none above full; full is 255 or 65535. */
typedef void value_levels_fn(const void *ctx, unsigned color, uint32_t full, uint16_t *level);

/*
 * apply() by such a table; each: every colour has its own, else fn is asked for colour 0 and all take that.
 * value_table_scratch is the operation's scratch().
 */
int value_look_up(value_levels_fn *fn, const void *ctx, bool each, const struct image *in,
	struct image *out, struct op_env *env);
uint64_t value_table_scratch(const void *params, const struct shape *in);

#endif
