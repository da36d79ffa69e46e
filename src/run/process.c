/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One image in memory: the same work that engines run, called directly. Its "slot" is ordinary memory: the
 * input, and behind it room for the output.
 */
#include "base/machine.h"
#include "recipe/recipe.h"
#include "run/batch.h"
#include "sink/names.h"
#include "work/work.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4 << 20 };

static int open_worker(struct imgbatch *batch, struct fault *fault)
{
	uint64_t memory = batch->options.memory ? batch->options.memory : machine_memory() / 2;

	if (batch->worker)
		return 0;
	batch->config = batch_config(batch, memory);
	if (!batch->config)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for the settings");
	batch->config->dry_run = batch->config->masks = batch->config->boxes = false;
	batch->worker = work_task.open(batch->config, batch->config->size, fault);
	return batch->worker ? 0 : fault->code;
}

/* Room for the input and `room` bytes of output, the input in it. */
static int fill_slot(
	struct imgbatch *batch, const void *bytes, size_t size, size_t room, struct fault *fault)
{
	size_t whole;

	if (__builtin_add_overflow(size, room, &whole))
		return fault_set(fault, IMGBATCH_E_NOMEM, "the input is too large");
	if (batch->slot_size < whole) {
		uint8_t *slot = realloc(batch->slot, whole);

		if (!slot)
			return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for the output");
		batch->slot = slot;
		batch->slot_size = whole;
	}
	if (size)
		memcpy(batch->slot, bytes, size);
	return 0;
}

static void draw_key(const struct imgbatch *batch, const char *name, uint32_t key[2])
{
	struct name_pieces pieces;

	name_split(&pieces, name, strlen(name));
	recipe_key(batch->options.seed, name, (size_t)(pieces.stem - name) + pieces.stem_size, key);
}

/* Runs work for one copy, once more with enough room where the output did not fit. */
static int work_on(struct imgbatch *batch, const void *bytes, size_t size, const char *name,
	unsigned copy, struct task_reply *reply, struct fault *fault)
{
	struct task_request request = {.input_count = 1,
		.input = {{0, size}},
		.granted = batch->config->memory,
		.from = copy,
		.flags = TASK_ONE};
	size_t room = FIRST_ROOM;

	draw_key(batch, name, request.key);
	for (int tries = 0; tries < 2; tries++) {
		int code = fill_slot(batch, bytes, size, room, fault);

		if (code)
			return code;
		request.room = (struct extent){size, batch->slot_size - size - 1};
		work_task.run(batch->worker, &request, batch->slot, batch->slot_size, NULL, reply);
		if (reply->status != TASK_FAIL || !reply->room)
			break;
		room = reply->room + 1;
	}
	if (reply->status != TASK_FAIL)
		return 0;
	memcpy(fault->detail, reply->detail, sizeof fault->detail);
	return fault->code = reply->code;
}

int imgbatch_process(struct imgbatch *batch, const void *bytes, size_t size, const char *name,
	unsigned copy, struct imgbatch_result *result, struct imgbatch_fault *to)
{
	struct fault fault = {0};
	struct task_reply reply;
	unsigned outputs = work_output_count(
		(uint32_t)batch->options.copies, recipe_fan(&batch->recipe));
	int code;

	*result = (struct imgbatch_result){0};
	if (copy >= outputs)
		return fault_report(to, &fault,
			fault_set(&fault, IMGBATCH_E_USAGE, "copy %u of %u", copy, outputs));
	code = open_worker(batch, &fault);
	if (!code)
		code = work_on(batch, bytes, size, name ? name : "", copy, &reply, &fault);
	if (code)
		return fault_report(to, &fault, code);
	/* The recipe's text lies right behind the file; a byte was kept back for its end. */
	batch->slot[reply.output[0].recipe.offset + reply.output[0].recipe.length] = '\0';
	*result = (struct imgbatch_result){
		.data = batch->slot + reply.output[0].bytes.offset,
		.size = reply.output[0].bytes.length,
		.width = reply.output[0].width,
		.height = reply.output[0].height,
		.format = codecs[reply.output[0].format]->name,
		.recipe = (char *)batch->slot + reply.output[0].recipe.offset,
		.warnings = reply.warnings,
	};
	return fault_report(to, &fault, 0);
}
