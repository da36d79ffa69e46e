/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What decoding can leave out, planned from the drawn recipe before a pixel is decoded.
 *
 *	upright image ┌───────────────────────────┐
 *	              │  want (a leading crop)    │
 *	              │   ┌───────────────────┐   │      ┌──────────┐
 *	              │   │ columns and rows  │   │      │ part (a  │
 *	              │   │ that part needs   │ ──┼─────►│ crop     │──► the other steps
 *	              │   │                   │   │resize│ behind)  │
 *	              │   └───────────────────┘   │      └──────────┘
 *	              └───────────────────────────┘
 *
 * The same bytes come out as from decoding all and running the steps one by one; but with --decode scaled a
 * large image is decoded at half or a quarter of its size where twice the target is left, which is close, not
 * the same. Geometry stays exact: the resize's window is scaled with the image, fractions and all.
 */
#include "kernels/move.h"
#include "ops/lay.h"
#include "work/work.h"
#include "work/worker.h"

#include <math.h>

struct shape work_scaled_shape(const struct shape *shape, uint8_t scale)
{
	struct shape scaled = *shape;

	scaled.width = (uint32_t)(((uint64_t)shape->width * scale + 7) / 8);
	scaled.height = (uint32_t)(((uint64_t)shape->height * scale + 7) / 8);
	return scaled;
}

static struct shape want_shape(const struct work_plan *plan)
{
	struct shape shape = plan->source;

	shape.width = plan->want.width;
	shape.height = plan->want.height;
	return shape;
}

/* The first resize, with the crop behind it. False: the next step is none, or one that copies. */
static bool plan_resize(struct subject *s, struct work_plan *plan)
{
	const struct steps *steps = &s->worker->drawn.steps;
	const struct step *step;
	struct shape in = want_shape(plan), out;
	struct resize_work *work = &plan->resize;

	if (plan->answered >= steps->count)
		return false;
	step = &steps->step[plan->answered];
	if (!step->op->resolve)
		return false;
	if (step->op->resolve(step->params, &in, work, NULL))
		return false; /* told when the step runs */
	if (work->copy || work->move || work->padded || work->filter == FILTER_NEAREST)
		return false;
	plan->resizer = step->op;
	plan->answered++;
	out = resize_shape(work, &in);
	if (plan->answered < steps->count && op_crop_rect(step + 1, &out, &plan->part))
		plan->answered++;
	else
		plan->part = (struct rect){0, 0, out.width, out.height};
	return true;
}

/* The smallest scale in eighths that leaves at least twice the target, of those that libjpeg-turbo has SIMD for. */
static uint8_t choose_scale(const struct subject *s, const struct resize_work *work)
{
	double width = (double)work->window[2] - work->window[0];
	double height = (double)work->window[3] - work->window[1];

	if (!s->worker->config->decode_scaled || !s->facts.codec->scales)
		return 8;
	if (work->linear)
		return 8; /* decoding smaller averages levels */
	/* Several outputs share one decode, or not, as slots have room: their bytes must not depend on that. */
	if (work_output_count(s->worker->config->copies, s->worker->fan) > 1)
		return 8;
	for (uint8_t scale = 2; scale < 8; scale *= 2)
		if (width * scale / 8 >= 2.0 * work->width &&
			height * scale / 8 >= 2.0 * work->height)
			return scale;
	return 8;
}

/*
 * One axis at a smaller scale: [at, at + size) of the want and its resize's window, whole pixels around a
 * fraction. shift: a mirrored axis begins with the part of a pixel that its scaled length was rounded up by.
 */
static void shrink_axis(uint32_t *at, uint32_t *size, float *from, float *to, uint32_t length,
	double factor, double shift)
{
	double begin = *at * factor + shift, end = ((double)*at + *size) * factor + shift;
	double first = floor(begin), last = ceil(end);

	if (last > length)
		last = length;
	*from = (float)(begin - first + *from * factor);
	*to = (float)(begin - first + *to * factor);
	if (*to > (float)(last - first))
		*to = (float)(last - first);
	*at = (uint32_t)first;
	*size = (uint32_t)(last - first);
}

static void shrink(const struct subject *s, struct work_plan *plan)
{
	enum move move = work_orientation(s);
	bool mirror_x = move == MOVE_FLIP_H || move == MOVE_ROTATE_180 || move == MOVE_ROTATE_CW ||
		move == MOVE_TRANSVERSE;
	bool mirror_y = move == MOVE_FLIP_V || move == MOVE_ROTATE_180 || move == MOVE_ROTATE_CCW ||
		move == MOVE_TRANSVERSE;
	double factor = plan->scale / 8.0;
	float *window = plan->resize.window;

	plan->source = work_scaled_shape(&s->upright, plan->scale);
	shrink_axis(&plan->want.x, &plan->want.width, &window[0], &window[2], plan->source.width,
		factor, mirror_x ? plan->source.width - s->upright.width * factor : 0);
	shrink_axis(&plan->want.y, &plan->want.height, &window[1], &window[3], plan->source.height,
		factor, mirror_y ? plan->source.height - s->upright.height * factor : 0);
}

enum move work_orientation(const struct subject *s)
{
	return s->worker->config->auto_orient ? s->facts.orientation : MOVE_NONE;
}

void work_plan(struct subject *s, bool alone, struct work_plan *plan)
{
	const struct steps *steps = &s->worker->drawn.steps;
	bool whole = s->request->flags & TASK_WHOLE;

	*plan = (struct work_plan){.scale = 8,
		.source = s->upright,
		.want = {0, 0, s->upright.width, s->upright.height}};
	if (!alone || (whole && !s->worker->config->decode_scaled))
		return;
	if (steps->count && op_crop_rect(&steps->step[0], &s->upright, &plan->want))
		plan->answered = 1;
	plan->resizes = plan_resize(s, plan);
	if (!plan->resizes)
		return;
	plan->streams = work_can_stream(s) && !whole && !plan->resize.linear;
	plan->scale = choose_scale(s, &plan->resize);
	if (plan->scale < 8)
		shrink(s, plan);
}
