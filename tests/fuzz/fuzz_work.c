/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work behind every engine, as the scheduler drives it: memory is granted as asked for and is then enough, room grows as
 * told and is then enough, outputs come in as many replies as they like, each of which the parent would believe; and an
 * image decoded into a resize is the image that was decoded whole. With settings, an image is its own mask, and has boxes.
 */
#include "work/config.h"
#include "work/boxes.h"
#include "work/work.h"
#include "work/worker.h"

#include "case.h"

#include <stdlib.h>
#include <string.h>

/* What a run may take beside what it asked for: the codecs' and the recipe's own structs, profiles, and text. */
enum { BESIDE = 4 << 20, ROOM = 64 << 10, BOXES_ROOM = 256, RUNS_MAX = 200 };

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return fuzz_case_mutate(data, size, max_size, seed);
}

static struct work_config *make_config(const struct fuzz_case *c)
{
	struct work_config *config = work_config_new(c->recipe, c->recipe_size);

	config->limits = (struct codec_limits){40000, 20, 20, 50, 64 << 10};
	config->memory = 256 << 20;
	config->copies = 1 + (c->setting[0] & 1);
	config->format = c->setting[0] & 2 ? FORMAT_SAME : c->setting[0] >> 2 & 1;
	config->metadata = (uint8_t)((c->setting[0] >> 3 & 3) % 3);
	config->keep_depth = c->setting[0] & 32;
	config->auto_orient = !(c->setting[0] & 64);
	config->check_full = c->setting[0] & 128;
	config->keep_damaged = c->setting[1] & 1;
	config->masks = c->setting[1] & 2;
	config->boxes = c->setting[1] & 4;
	config->mask_fill = c->setting[2];
	return config;
}

/* A slot that grows as a reply says, and the outputs that were taken from it. */
struct desk {
	void *worker;
	const struct fuzz_case *c;
	uint64_t granted, room;
	uint32_t flags, until; /* until: how many outputs there must be */
	uint8_t *slot;
	uint64_t hash; /* of all outputs so far */
	uint32_t outputs;
	int code;
};

static uint64_t mix(uint64_t hash, const uint8_t *slot, struct extent e)
{
	for (uint64_t i = 0; i < e.length; i++)
		hash = (hash ^ slot[e.offset + i]) * 0x100000001b3;
	return hash * 31 + e.length;
}

static void take_outputs(struct desk *d, const struct task_reply *reply)
{
	for (uint32_t i = 0; i < reply->output_count; i++) {
		const struct task_output *o = &reply->output[i];

		fuzz_check(o->bytes.length && o->recipe.length + 1, "output %u", i);
		d->hash = mix(d->hash, d->slot, o->bytes);
		d->hash = mix(d->hash, d->slot, o->recipe);
		d->hash = mix(d->hash, d->slot, o->mask);
		d->outputs++;
	}
}

/* Boxes, as many as a setting says, some of them outside of every image; returns where they end. */
static uint64_t put_boxes(uint8_t *slot, struct extent *at, const uint8_t setting[4])
{
	struct work_boxes *boxes = (struct work_boxes *)(slot + at->offset);

	*boxes = (struct work_boxes){.count = setting[2] & 3, .shares = setting[1] >> 3 & 1};
	for (uint32_t i = 0; i < boxes->count; i++) {
		double unit = boxes->shares ? 1.0 / 64 : 1, left = (setting[3] & 31) * unit;
		double box[4] = {left, i * unit, left + (1 + 9 * i) * unit, (2 + 7 * i) * unit};

		memcpy(boxes->box[i], box, sizeof box);
	}
	at->length = sizeof *boxes + boxes->count * sizeof boxes->box[0];
	return at->offset + at->length;
}

static void ask(
	struct desk *d, uint32_t from, struct task_request *request, struct task_reply *reply)
{
	struct extent input = {0, d->c->image.size}, boxes = {(input.length + 15) & ~15u, 0};
	uint64_t end;

	d->slot = realloc(d->slot, boxes.offset + BOXES_ROOM + d->room);
	memcpy(d->slot, d->c->image.data, input.length);
	end = put_boxes(d->slot, &boxes, d->c->setting);
	*request = (struct task_request){.seq = 7,
		.slot = 3,
		.input_count = TASK_INPUTS_MAX,
		.input = {[WORK_IMAGE] = input, [WORK_MASK] = input, [WORK_BOXES] = boxes},
		.room = {end, d->room},
		.granted = d->granted,
		.from = from,
		.until = d->until,
		.formats = CODEC_COUNT,
		.key = {d->c->setting[3], 1},
		.flags = d->flags};
	fuzz_memory_begin();
	work_task.run(d->worker, request, d->slot, end + d->room, NULL, reply);
	fuzz_check(!task_reply_check(reply, request), "status %u, %u outputs", reply->status,
		reply->output_count);
	fuzz_check(fuzz_memory_peak() <= d->granted + BESIDE,
		"%llu bytes taken, %llu granted, %llu asked for",
		(unsigned long long)fuzz_memory_peak(), (unsigned long long)d->granted,
		(unsigned long long)reply->need);
}

/* One reply as the scheduler takes it; true: ask again, from *from on. */
static bool take(struct desk *d, const struct task_reply *reply, uint32_t *from)
{
	struct fault fault = {.code = reply->code};

	switch (reply->status) {
	case TASK_NEED:
		fuzz_check(!d->granted || d->granted >= 256 << 20,
			"%llu bytes granted as asked for, and %llu needed",
			(unsigned long long)d->granted, (unsigned long long)reply->need);
		d->granted = reply->need;
		return true;
	case TASK_FAIL:
		memcpy(fault.detail, reply->detail, sizeof fault.detail);
		fuzz_check_fault(&fault, reply->code);
		fuzz_check(reply->code != IMGBATCH_E_MEMORY, "%s", reply->detail);
		if (reply->room) {
			fuzz_check(reply->room > d->room, "%llu bytes were not enough: %s",
				(unsigned long long)d->room, reply->detail);
			d->room = reply->room;
			return true;
		}
		d->code = reply->code;
		return false;
	default:
		take_outputs(d, reply);
		/* What the next ones need is another question: the drawn recipes differ. */
		d->granted = 0;
		*from = reply->next;
		return reply->status == TASK_MORE;
	}
}

static void run(struct desk *d, const struct work_config *config, uint32_t flags)
{
	struct task_request request;
	struct task_reply reply;
	struct fault fault = {0};
	uint32_t from = 0;
	unsigned runs = 0;

	d->flags = flags;
	d->room = ROOM;
	d->worker = work_task.open(config, config->size, &fault);
	fuzz_check(d->worker || fault.code == IMGBATCH_E_RECIPE, "%s", fault.detail);
	if (!d->worker)
		return;
	d->until = work_output_count(config->copies, ((struct worker *)d->worker)->fan);
	do
		ask(d, from, &request, &reply);
	while (take(d, &reply, &from) && ++runs < RUNS_MAX);
	work_task.close(d->worker);
	free(d->slot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct work_config *config;
	struct fuzz_case c;
	struct desk streamed = {.c = &c}, whole = {.c = &c};

	if (!fuzz_case_read(&c, data, size))
		return 0;
	config = make_config(&c);
	run(&streamed, config, 0);
	run(&whole, config, TASK_WHOLE);
	fuzz_check(streamed.code == whole.code && streamed.outputs == whole.outputs &&
			streamed.hash == whole.hash,
		"%u outputs and %s; decoded whole: %u and %s", streamed.outputs,
		code_name(streamed.code), whole.outputs, code_name(whole.code));
	free(config);
	fuzz_case_release(&c);
	return 0;
}
