/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One image in memory: the same work that engines run, called directly. Its "slot" is ordinary memory: the
 * inputs, and behind them room for the output.
 */
#include "base/machine.h"
#include "recipe/outline.h"
#include "run/batch.h"
#include "sink/names.h"
#include "work/boxes.h"
#include "work/work.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4 << 20, INPUT_ALIGN = 64 };

/* What a call is about. */
struct call {
	struct imgbatch *batch;
	const void *bytes;
	size_t size;
	const char *name;
	unsigned copy;
	struct imgbatch_beside *beside; /* never NULL */
	struct task_request request;
	struct task_reply reply;
	struct fault fault;
};

/* A worker for images with and without company is not the same one. */
static int open_worker(struct call *call)
{
	struct imgbatch *batch = call->batch;
	uint64_t memory = batch->options.memory ? batch->options.memory : machine_memory() / 2;
	bool masks = call->beside->mask != NULL, boxes = call->beside->boxes != NULL;
	int code = entropy_check(batch->options.entropy, &call->fault);

	if (code ||
		(batch->worker && batch->config->masks == masks && batch->config->boxes == boxes))
		return code;
	batch_drop_worker(batch);
	batch->config = batch_config(batch, memory);
	if (!batch->config)
		return fault_set(&call->fault, IMGBATCH_E_NOMEM, "no memory for the settings");
	batch->config->dry_run = false;
	batch->config->measure = false;
	batch->config->masks = masks;
	batch->config->boxes = boxes;
	batch->worker = work_task.open(batch->config, batch->config->size, &call->fault);
	return batch->worker ? 0 : call->fault.code;
}

/* Where an input of so many bytes goes, behind those before it; *end moves. false: too large for any memory. */
static bool place(struct call *call, enum work_input which, uint64_t size, uint64_t *end)
{
	uint64_t at = (*end + INPUT_ALIGN - 1) / INPUT_ALIGN * INPUT_ALIGN;

	call->request.input[which] = (struct extent){at, size};
	call->request.input_count = which + 1;
	return size < SIZE_MAX / 4 && !__builtin_add_overflow(at, size, end);
}

static bool place_all(struct call *call, uint64_t *end)
{
	const struct imgbatch_beside *beside = call->beside;
	uint64_t boxes = sizeof(struct work_boxes);

	*end = 0;
	if (beside->box_count > UINT32_MAX ||
		__builtin_add_overflow(boxes, beside->box_count * sizeof *beside->boxes, &boxes))
		return false;
	return place(call, WORK_IMAGE, call->size, end) &&
		(!beside->mask || place(call, WORK_MASK, beside->mask_size, end)) &&
		(!beside->boxes || place(call, WORK_BOXES, boxes, end));
}

static void copy_inputs(const struct call *call)
{
	const struct imgbatch_beside *beside = call->beside;
	const struct extent *input = call->request.input;
	uint8_t *slot = call->batch->slot;

	if (call->size)
		memcpy(slot, call->bytes, call->size);
	if (beside->mask && beside->mask_size)
		memcpy(slot + input[WORK_MASK].offset, beside->mask, beside->mask_size);
	if (beside->boxes) {
		struct work_boxes *block = (void *)(slot + input[WORK_BOXES].offset);

		*block = (struct work_boxes){.count = (uint32_t)beside->box_count};
		if (block->count)
			memcpy(block->box, beside->boxes, block->count * sizeof *beside->boxes);
	}
}

/* Room for the inputs and `room` bytes of output, the inputs in it. */
static int fill_slot(struct call *call, size_t room)
{
	struct imgbatch *batch = call->batch;
	uint64_t inputs, whole;

	if (!place_all(call, &inputs) || __builtin_add_overflow(inputs, (uint64_t)room, &whole) ||
		whole > SIZE_MAX)
		return fault_set(&call->fault, IMGBATCH_E_NOMEM, "the input is too large");
	if (batch->slot_size < whole) {
		uint8_t *slot = realloc(batch->slot, whole);

		if (!slot)
			return fault_set(
				&call->fault, IMGBATCH_E_NOMEM, "no memory for the output");
		batch->slot = slot;
		batch->slot_size = whole;
	}
	copy_inputs(call);
	call->request.room = (struct extent){inputs, batch->slot_size - inputs};
	return 0;
}

static void draw_key(const struct imgbatch *batch, const char *name, uint32_t key[2])
{
	struct name_pieces pieces;

	name_split(&pieces, name, strlen(name));
	recipe_key(batch->options.seed, name, (size_t)(pieces.stem - name) + pieces.stem_size, key);
}

/* Runs work for one copy, once more with enough room where the output did not fit. */
static int work_on(struct call *call)
{
	struct imgbatch *batch = call->batch;
	struct task_reply *reply = &call->reply;
	size_t room = FIRST_ROOM;

	call->request.granted = batch->config->memory;
	call->request.from = call->copy;
	call->request.flags = TASK_ONE;
	draw_key(batch, call->name, call->request.key);
	for (int tries = 0; tries < 2; tries++) {
		int code = fill_slot(call, room);

		if (code)
			return code;
		work_task.run(
			batch->worker, &call->request, batch->slot, batch->slot_size, NULL, reply);
		if (reply->status != TASK_FAIL || !reply->room)
			break;
		room = reply->room + 1;
	}
	if (reply->status != TASK_FAIL)
		return 0;
	memcpy(call->fault.detail, reply->detail, sizeof call->fault.detail);
	return call->fault.code = reply->code;
}

/* Boxes to where they lie in the output. */
static int move_boxes(struct call *call, const struct recipe *drawn)
{
	struct annotated on = {
		.stored = {.width = call->reply.width, .height = call->reply.height, .channels = 3},
		.orientation = call->reply.orientation};
	struct shape upright = annotated_upright(&on);
	struct outline outline = {0};
	int code = 0;

	for (size_t i = 0; !code && i < call->beside->box_count; i++) {
		if (!outline_set_box(&outline, call->beside->boxes[i]))
			code = fault_set(&call->fault, IMGBATCH_E_NOMEM, "no memory for boxes");
		if (code)
			break;
		annotated_place(&on, outline.xy, outline.count);
		code = outlines_follow(&outline, 1, drawn, &upright, &call->fault);
		outline_bounds(&outline, call->beside->boxes[i]);
	}
	outline_release(&outline);
	return code;
}

static int follow_boxes(struct call *call)
{
	struct recipe drawn;
	int code;

	recipe_init(&drawn);
	code = recipe_parse(
		&drawn, str_text(&call->batch->drawn), call->batch->drawn.length, &call->fault);
	if (!code)
		code = move_boxes(call, &drawn);
	recipe_release(&drawn);
	return code;
}

/* The drawn recipe lies in the slot without an end of its own. */
static int keep_drawn(struct call *call)
{
	const struct extent *recipe = &call->reply.output[0].recipe;
	struct str *drawn = &call->batch->drawn;

	str_clear(drawn);
	str_add_bytes(drawn, call->batch->slot + recipe->offset, recipe->length);
	return drawn->failed ? fault_set(&call->fault, IMGBATCH_E_NOMEM, "no memory for a recipe")
			     : 0;
}

static void fill_result(const struct call *call, struct imgbatch_result *result)
{
	const struct task_output *output = &call->reply.output[0];
	uint8_t *slot = call->batch->slot;

	*result = (struct imgbatch_result){
		.data = slot + output->bytes.offset,
		.size = output->bytes.length,
		.width = output->width,
		.height = output->height,
		.format = codecs[output->format]->name,
		.recipe = str_text(&call->batch->drawn),
		.warnings = call->reply.warnings,
		.mask = output->mask.length ? slot + output->mask.offset : NULL,
		.mask_size = output->mask.length,
	};
}

int imgbatch_process_beside(struct imgbatch *batch, const void *bytes, size_t size,
	const char *name, unsigned copy, struct imgbatch_beside *beside,
	struct imgbatch_result *result, struct imgbatch_fault *to)
{
	struct imgbatch_beside nothing = {0};
	struct call call = {.batch = batch,
		.bytes = bytes,
		.size = size,
		.name = name ? name : "",
		.copy = copy,
		.beside = beside ? beside : &nothing};
	unsigned outputs = work_output_count(
		(uint32_t)batch->options.copies, recipe_fan(&batch->recipe));
	int code;

	*result = (struct imgbatch_result){0};
	if (copy >= outputs)
		return fault_report(to, &call.fault,
			fault_set(&call.fault, IMGBATCH_E_USAGE, "copy %u of %u", copy, outputs));
	code = open_worker(&call);
	if (!code)
		code = work_on(&call);
	if (!code)
		code = keep_drawn(&call);
	if (!code && call.beside->boxes)
		code = follow_boxes(&call);
	if (!code)
		fill_result(&call, result);
	return fault_report(to, &call.fault, code);
}

int imgbatch_process(struct imgbatch *batch, const void *bytes, size_t size, const char *name,
	unsigned copy, struct imgbatch_result *result, struct imgbatch_fault *to)
{
	return imgbatch_process_beside(batch, bytes, size, name, copy, NULL, result, to);
}
