/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operations share that make an image of the same shape row by row: how their rows are shared among idle
 * engines, and the alpha they leave alone.
 */
#ifndef OPS_ROWS_H
#define OPS_ROWS_H

#include "ops/op.h"

#include <stdint.h>

/* Does units first .. last - 1 (rows, strips) with memory of its own. */
typedef void rows_fn(void *arg, uint32_t first, uint32_t last, void *memory);

/*
 * Calls fn for all of `units`, split where the engine lends others and an image of this shape is worth it. `memory` bytes
 * a share come from the pool, for as many shares as it gives: IMGBATCH_E_NOMEM with a fault when not even for one.
 */
int rows_run(struct op_env *env, const char *name, const struct shape *shape, uint32_t units,
	size_t memory, rows_fn *fn, void *arg);

/* out, of in's shape, gets in's alpha where there is any. */
void rows_keep_alpha(const struct image *out, const struct image *in);

#endif
