/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of steps, results from the pool, and finding an operation by its name. */
#include "ops/op.h"

#include "base/list.h"
#include "kernels/filter.h"
#include "ops/color.h"

#include <stdlib.h>
#include <string.h>

void steps_release(struct steps *steps)
{
	free(steps->step);
	*steps = (struct steps)STEPS_INIT;
}

static bool steps_room(struct steps *steps, size_t more)
{
	struct step *step = list_room(
		steps->step, sizeof *step, steps->count + more, &steps->room, 8);

	if (!step)
		return false;
	steps->step = step;
	return true;
}

struct step *steps_add(struct steps *steps, const struct op *op, uint32_t position)
{
	struct step *step;

	if (!steps_room(steps, 1))
		return NULL;
	step = &steps->step[steps->count++];
	memset(step, 0, sizeof *step);
	step->op = op;
	step->position = position;
	return step;
}

bool steps_append(struct steps *steps, const struct step *from, size_t count)
{
	if (!steps_room(steps, count))
		return false;
	if (count)
		memcpy(steps->step + steps->count, from, count * sizeof *from);
	steps->count += count;
	return true;
}

int op_env_image(struct op_env *env, const struct shape *shape, struct image *image)
{
	uint64_t bytes = shape_bytes(shape);
	void *data = bytes <= SIZE_MAX ? pool_take(env->pool, (size_t)bytes) : NULL;

	if (!data)
		return fault_set(env->fault, IMGBATCH_E_NOMEM,
			"no memory for a result of %ux%u pixels", shape->width, shape->height);
	*image = (struct image){.shape = *shape, .stride = shape_row_size(shape), .data = data};
	return 0;
}

uint8_t op_env_filter(const struct op_env *env, uint8_t own)
{
	return env->mask ? FILTER_NEAREST : own;
}

void op_env_fill(
	const struct op_env *env, const uint8_t color[4], const struct shape *shape, void *pixel)
{
	uint32_t value;

	if (!env->mask) {
		color_pixel(color, shape, pixel);
		return;
	}
	value = env->mask->fill;
	for (int c = 0; c < shape->channels; c++) {
		if (shape->sample == SAMPLE_U8)
			((uint8_t *)pixel)[c] = (uint8_t)value;
		else if (shape->sample == SAMPLE_U16)
			((uint16_t *)pixel)[c] = (uint16_t)value;
		else
			((float *)pixel)[c] = (float)value;
	}
}

const struct op *op_by_name(const char *name, size_t length)
{
	for (size_t i = 0; i < op_count; i++)
		if (strlen(ops[i]->name) == length && !memcmp(ops[i]->name, name, length))
			return ops[i];
	return NULL;
}
