/* SPDX-License-Identifier: Apache-2.0 */
/* The boxes that an image is drawn by, from the slot to where they lie on the upright image. */
#include "work/boxes.h"

#include "recipe/outline.h"
#include "work/work.h"
#include "work/worker.h"

#include <string.h>

/* Whether the input is what it says: it was made by our own side, but sizes are looked at all the same. */
static bool is_whole(const struct extent *at, const struct work_boxes *block)
{
	return at->length >= sizeof *block &&
		block->count <= (at->length - sizeof *block) / sizeof block->box[0];
}

int work_take_boxes(struct subject *s)
{
	const struct extent *at = &s->request->input[WORK_BOXES];
	const struct work_boxes *block = (const void *)(s->slot + at->offset);
	struct annotated on = {
		.stored = s->facts.shape, .orientation = (uint8_t)work_orientation(s)};
	double(*boxes)[4];
	uint32_t count;

	if (s->request->input_count <= WORK_BOXES || !is_whole(at, block))
		return fault_set(&s->fault, IMGBATCH_E_BOXES, "no boxes came with the image");
	count = block->count;
	on.width = block->width;
	on.height = block->height;
	on.shares = block->shares;
	boxes = pool_take(s->worker->pool, (count + 1) * sizeof *boxes);
	if (!boxes)
		return fault_set(&s->fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	for (uint32_t i = 0; i < count; i++) {
		double corners[2][2] = {
			{block->box[i][0], block->box[i][1]}, {block->box[i][2], block->box[i][3]}};

		if (!annotated_place(&on, corners, 2))
			return fault_set(&s->fault, IMGBATCH_E_BOXES,
				"its boxes are on %ux%u pixels, the image has %ux%u", on.width,
				on.height, on.stored.width, on.stored.height);
		for (int axis = 0; axis < 2; axis++) {
			bool ordered = corners[0][axis] <= corners[1][axis];

			boxes[i][axis] = corners[!ordered][axis];
			boxes[i][axis + 2] = corners[ordered][axis];
		}
	}
	s->boxes = (struct recipe_boxes){(const double(*)[4])boxes, count};
	return 0;
}
