/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/values.h"

#include "kernels/values.h"

int value_check(const char *name, const struct shape *in, struct fault *fault)
{
	if (!in->indexed && in->sample != SAMPLE_F32)
		return 0;
	return fault_set(fault, IMGBATCH_E_OPERATION, "%s needs 8- or 16-bit colours, not %s", name,
		in->indexed ? "indices" : "floats");
}

uint64_t value_table_scratch(const void *params, const struct shape *in)
{
	(void)params;
	return sizeof(uint16_t) * values_levels(in) * values_colors(in);
}

int value_look_up(value_levels_fn *fn, const void *ctx, bool each, const struct image *in,
	struct image *out, struct op_env *env)
{
	const uint32_t levels = values_levels(&in->shape);
	const unsigned tables = each ? values_colors(&in->shape) : 1;
	uint16_t *table = pool_take(env->pool, value_table_scratch(NULL, &in->shape));
	int code;

	if (!table)
		return fault_set(env->fault, IMGBATCH_E_NOMEM, "no memory for a table of levels");
	for (unsigned c = 0; c < tables; c++)
		fn(ctx, c, levels - 1, table + (size_t)levels * c);
	code = op_env_image(env, &in->shape, out);
	if (!code)
		values_look_up(out, in, table, each);
	pool_put(env->pool, table);
	return code;
}
