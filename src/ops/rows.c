/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/rows.h"

#include "kernels/alpha.h"

/* Below this many pixels a split costs more than it saves. */
enum { SPLIT_PIXELS = 1 << 20, SPLIT_UNITS = 4, SPLIT_MAX = 64 };

struct shares {
	uint32_t units;
	unsigned count;
	void *memory[SPLIT_MAX];
	rows_fn *fn;
	void *arg;
};

static void run_share(void *arg, unsigned i)
{
	struct shares *s = arg;
	uint32_t first = (uint32_t)((uint64_t)s->units * i / s->count);
	uint32_t last = (uint32_t)((uint64_t)s->units * (i + 1) / s->count);

	s->fn(s->arg, first, last, s->memory[i]);
}

static unsigned shares_wanted(const struct op_env *env, const struct shape *shape, uint32_t units)
{
	unsigned shares;

	if (!env->parallel || (uint64_t)shape->width * shape->height < SPLIT_PIXELS)
		return 1;
	shares = units / SPLIT_UNITS;
	if (shares > 2 * env->parallel->width)
		shares = 2 * env->parallel->width;
	return shares < 1 ? 1 : shares > SPLIT_MAX ? SPLIT_MAX : shares;
}

int rows_run(struct op_env *env, const char *name, const struct shape *shape, uint32_t units,
	size_t memory, rows_fn *fn, void *arg)
{
	struct shares s = {.units = units, .fn = fn, .arg = arg};
	unsigned wanted = shares_wanted(env, shape, units);

	while (s.count < wanted && (s.memory[s.count] = pool_take(env->pool, memory)) != NULL)
		s.count++;
	if (!s.count)
		return fault_set(env->fault, IMGBATCH_E_NOMEM,
			"%s: no memory for %zu bytes of rows", name, memory);
	parallel_for(env->parallel, s.count, run_share, &s);
	while (s.count)
		pool_put(env->pool, s.memory[--s.count]);
	return 0;
}

void rows_keep_alpha(const struct image *out, const struct image *in)
{
	for (uint32_t y = 0; y < in->shape.height && shape_has_alpha(&in->shape); y++)
		alpha_keep_row(image_row(out, y), image_row(in, y), &in->shape);
}
