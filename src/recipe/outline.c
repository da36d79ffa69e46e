/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/outline.h"

#include "base/list.h"
#include "kernels/move.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct shape annotated_upright(const struct annotated *on)
{
	return move_shape((enum move)on->orientation, &on->stored);
}

bool annotated_place(const struct annotated *on, double (*xy)[2], size_t count)
{
	struct shape upright = annotated_upright(on);
	bool stored = !on->width ||
		(on->width == on->stored.width && on->height == on->stored.height);

	if (!on->shares && !stored && (on->width != upright.width || on->height != upright.height))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (on->shares) {
			xy[i][0] *= upright.width;
			xy[i][1] *= upright.height;
		} else if (stored) {
			move_point((enum move)on->orientation, &on->stored, xy[i]);
		}
	}
	return true;
}

void outline_release(struct outline *outline)
{
	free(outline->xy);
	*outline = (struct outline){0};
}

static bool make_room(struct outline *outline, size_t count)
{
	double(*xy)[2] = list_room(outline->xy, sizeof *xy, count, &outline->room, 8);

	if (!xy)
		return false;
	outline->xy = xy;
	return true;
}

bool outline_make(struct outline *outline, size_t count)
{
	if (!make_room(outline, count))
		return false;
	outline->count = count;
	outline->share = 1;
	return true;
}

bool outline_set_box(struct outline *outline, const double box[4])
{
	const double corners[4][2] = {
		{box[0], box[1]}, {box[2], box[1]}, {box[2], box[3]}, {box[0], box[3]}};

	if (!outline_make(outline, 4))
		return false;
	memcpy(outline->xy, corners, sizeof corners);
	return true;
}

double outline_area(const struct outline *outline)
{
	double twice = 0;

	for (size_t i = 0; i < outline->count; i++) {
		/* From the first corner: the products stay small, and so do their errors. */
		const double *o = outline->xy[0], *a = outline->xy[i];
		const double *b = outline->xy[(i + 1) % outline->count];

		twice += (a[0] - o[0]) * (b[1] - o[1]) - (b[0] - o[0]) * (a[1] - o[1]);
	}
	return fabs(twice) / 2;
}

void outline_bounds(const struct outline *outline, double box[4])
{
	for (int i = 0; i < 4; i++)
		box[i] = outline->count ? outline->xy[0][i % 2] : 0;
	for (size_t i = 1; i < outline->count; i++)
		for (int axis = 0; axis < 2; axis++) {
			box[axis] = fmin(box[axis], outline->xy[i][axis]);
			box[axis + 2] = fmax(box[axis + 2], outline->xy[i][axis]);
		}
}

/* Keeps the side of a line across one axis where sign x (coordinate - at) <= 0. */
static bool cut_side(struct outline *outline, int axis, double at, double sign)
{
	struct outline kept = {.share = outline->share};

	if (!make_room(&kept, 2 * outline->count + 1))
		return false;
	for (size_t i = 0; i < outline->count; i++) {
		const double *a = outline->xy[i], *b = outline->xy[(i + 1) % outline->count];
		double from = sign * (a[axis] - at), to = sign * (b[axis] - at);

		if (from <= 0)
			memcpy(kept.xy[kept.count++], a, sizeof kept.xy[0]);
		if ((from <= 0) != (to <= 0)) {
			double *met = kept.xy[kept.count++];

			met[axis] = at;
			met[!axis] = a[!axis] + (b[!axis] - a[!axis]) * (from / (from - to));
		}
	}
	outline_release(outline);
	*outline = kept;
	return true;
}

bool outline_cut(struct outline *outline, const struct shape *shape)
{
	double box[4], before = outline_area(outline), after;

	outline_bounds(outline, box);
	if (box[0] >= 0 && box[1] >= 0 && box[2] <= shape->width && box[3] <= shape->height)
		return true;
	if (!cut_side(outline, 0, 0, -1) || !cut_side(outline, 0, shape->width, 1) ||
		!cut_side(outline, 1, 0, -1) || !cut_side(outline, 1, shape->height, 1))
		return false;
	after = outline_area(outline);
	outline->share *= before > 0 ? fmin(1, after / before) : 0;
	if (!(after > 0))
		outline->count = 0;
	return true;
}

/* A map may send corners to infinity: such an outline is nowhere. */
static bool is_finite(const struct outline *outline)
{
	for (size_t i = 0; i < outline->count; i++)
		if (!isfinite(outline->xy[i][0]) || !isfinite(outline->xy[i][1]))
			return false;
	return true;
}

bool outlines_step(struct outline *outlines, size_t count, const struct step *step,
	const struct shape *before, const struct shape *after)
{
	for (size_t i = 0; step->op->points && i < count; i++) {
		struct outline *outline = &outlines[i];

		step->op->points(step->params, before, outline->xy, outline->count);
		if (!is_finite(outline))
			outline->count = 0;
		if (outline->count && !outline_cut(outline, after))
			return false;
		if (!outline->count)
			outline->share = 0;
	}
	return true;
}

/* Onto the image as it is at first; what that takes away was never seen. */
static bool lay(struct outline *outline, const struct shape *in)
{
	if (!outline_cut(outline, in))
		return false;
	outline->share = outline->count ? 1 : 0;
	return true;
}

int outlines_follow(struct outline *outlines, size_t count, const struct recipe *fixed,
	const struct shape *in, struct fault *fault)
{
	struct shape before, after = *in;
	bool enough = true;

	for (size_t i = 0; enough && i < count; i++)
		enough = lay(&outlines[i], in);
	for (size_t i = 0; enough && i < fixed->steps.count; i++) {
		const struct step *step = &fixed->steps.step[i];
		int code;

		before = after;
		code = step->op->kind == OP_FIXED
			? step->op->shape(step->params, &before, &after, fault)
			: fault_set(fault, IMGBATCH_E_OPERATION, "%s is not drawn", step->op->name);
		if (code)
			return code;
		enough = outlines_step(outlines, count, step, &before, &after);
	}
	return enough ? 0 : fault_set(fault, IMGBATCH_E_NOMEM, "no memory for outlines");
}
