/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The task: opens a worker, takes one image from its bytes to its outputs, and puts what happened into the reply.
 */
#include "work/work.h"

#include "kernels/axis.h"
#include "kernels/move.h"
#include "work/worker.h"

#include <stdlib.h>
#include <string.h>

static void worker_close(void *state)
{
	struct worker *worker = state;

	if (!worker)
		return;
	for (int i = 0; i < CODEC_COUNT; i++) {
		codecs[i]->decoder_free(worker->decoder[i]);
		codecs[i]->encoder_free(worker->encoder[i]);
	}
	codec_png.decoder_free(worker->mask_decoder);
	codec_png.encoder_free(worker->mask_encoder);
	str_release(&worker->text);
	recipe_release(&worker->drawn);
	recipe_release(&worker->recipe);
	recoder_release(&worker->recoder);
	axis_cache_free(worker->axes);
	pool_free(worker->pool);
	free(worker->config);
	free(worker);
}

static void *worker_open(const void *block, size_t size, struct fault *fault)
{
	struct worker *worker;

	if (!work_config_valid(block, size)) {
		fault_set(fault, IMGBATCH_E_SYSTEM, "the worker's settings are damaged");
		return NULL;
	}
	worker = calloc(1, sizeof *worker);
	if (!worker)
		goto no_memory;
	recipe_init(&worker->recipe);
	recipe_init(&worker->drawn);
	recoder_init(&worker->recoder, ((const struct work_config *)block)->entropy);
	worker->pool = pool_new();
	worker->axes = axis_cache_new();
	worker->config = malloc(size);
	if (!worker->pool || !worker->axes || !worker->config)
		goto no_memory;
	memcpy(worker->config, block, size);
	if (recipe_parse(&worker->recipe, worker->config->recipe, worker->config->recipe_length,
		    fault)) {
		worker_close(worker);
		return NULL;
	}
	worker->fan = recipe_fan(&worker->recipe);
	return worker;

no_memory:
	worker_close(worker);
	fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a worker");
	return NULL;
}

struct op_env work_env(struct subject *s)
{
	return (struct op_env){.pool = s->worker->pool,
		.parallel = s->parallel,
		.axes = s->worker->axes,
		.jpeg = &s->worker->recoder.lent,
		.fault = &s->fault};
}

void work_lap(struct subject *s, enum spent_stage stage)
{
	stopwatch_lap(&s->worker->watch, stage);
}

void work_lap_op(struct subject *s, const struct op *op, uint32_t count)
{
	if (s->worker->watch.running)
		stopwatch_lap_operation(&s->worker->watch, op_index(op), count);
}

uint32_t work_output_count(uint32_t copies, unsigned fan)
{
	return copies * fan;
}

static int index_of(const struct codec *codec)
{
	for (int i = 0; i < CODEC_COUNT; i++)
		if (codecs[i] == codec)
			return i;
	return 255;
}

/* The decoded image once it stands upright. */
static struct shape upright_shape(const struct subject *s, uint8_t sample)
{
	struct shape shape = s->facts.shape;

	shape.sample = sample;
	return move_shape(work_orientation(s), &shape);
}

/* Tells what the bytes are. Nothing large is allocated. */
static int read_header(struct subject *s)
{
	struct worker *worker = s->worker;
	const struct codec *codec;
	int index, code;
	bool deep;

	if (s->input.size == 0)
		return fault_set(&s->fault, IMGBATCH_E_EMPTY, "zero bytes");
	codec = codec_probe(s->input.data, s->input.size);
	if (!codec)
		return fault_set(&s->fault, IMGBATCH_E_NOT_IMAGE, "neither JPEG nor PNG");
	index = index_of(codec);
	s->reply->format = (uint8_t)index;
	if (s->request->flags & TASK_OVERSIZE)
		return fault_set(
			&s->fault, IMGBATCH_E_LIMIT_FILE, "larger than the largest file allowed");
	if (!worker->decoder[index])
		worker->decoder[index] = codec->decoder_new();
	s->decoder = worker->decoder[index];
	if (!s->decoder)
		return fault_set(&s->fault, IMGBATCH_E_NOMEM, "no memory for a decoder");
	code = codec->header(s->decoder, s->input.data, s->input.size, &worker->config->limits,
		&s->facts, &s->warnings, &s->fault);
	if (code)
		return code;
	s->reply->width = s->facts.shape.width;
	s->reply->height = s->facts.shape.height;
	s->reply->orientation = (uint8_t)work_orientation(s);
	s->target = worker->config->format == FORMAT_SAME ? codec : codecs[worker->config->format];
	deep = worker->config->keep_depth && s->target->deep && s->facts.shape.sample == SAMPLE_U16;
	s->upright = upright_shape(s, deep ? SAMPLE_U16 : SAMPLE_U8);
	return 0;
}

/* Sees to it that what follows fits in the memory granted: 0, TASK_NEED's need set, or a failure. */
static int check_memory(struct subject *s, uint32_t first, uint32_t last)
{
	uint64_t need;
	int code = work_estimate(s, first, last, &need);

	if (code)
		return code;
	s->reply->need = need;
	if (need > s->worker->config->memory) {
		s->stage = STAGE_DECODE;
		return fault_set(&s->fault, IMGBATCH_E_LIMIT_MEMORY,
			"needs about %llu MiB, and --memory leaves %llu MiB for one image",
			(unsigned long long)(need >> 20),
			(unsigned long long)(s->worker->config->memory >> 20));
	}
	return 0;
}

/* What the reply holds is done; what is left of first .. last - 1 is asked for again. */
static int answer(struct subject *s, uint32_t first, uint32_t last)
{
	s->reply->next = first + s->reply->output_count;
	s->reply->status = s->reply->next < last ? TASK_MORE : TASK_DONE;
	return 0;
}

/* Draws output `index`, and what is recorded of it. */
static int draw(struct subject *s, uint32_t index)
{
	int code = work_draw(s, index);

	return code ? code : work_print(s);
}

/* For --dry-run: what would be written, without pixels. */
static int foretell(struct subject *s, uint32_t first, uint32_t last)
{
	for (uint32_t i = first; i < last && s->reply->output_count < TASK_OUTPUTS_MAX; i++) {
		struct task_output *output = &s->reply->output[s->reply->output_count];
		struct shape shape;
		int code = draw(s, i);

		if (!code)
			code = recipe_shape(&s->worker->drawn, &s->upright,
				s->worker->config->limits.max_pixels, &shape, &s->fault);
		if (code)
			return code;
		*output = (struct task_output){.bytes = {s->request->room.offset, 0},
			.width = shape.width,
			.height = shape.height,
			.format = (uint8_t)index_of(s->target)};
		s->reply->output_count++;
	}
	return answer(s, first, last);
}

/* The image, and its mask behind it. *at stays where only one of them fits. */
static int make_output(struct subject *s, const struct image *base, size_t first,
	struct task_output *output, uint64_t *at)
{
	uint64_t end;
	int code = work_output(s, base, first, *at, output, &end);

	if (!code && s->worker->config->masks)
		code = work_mask_output(s, end, output, &end);
	if (!code)
		*at = end;
	return code;
}

/* All outputs from one decode, as many as the slot has room for. */
static int make_outputs(struct subject *s, uint32_t first, uint32_t last)
{
	uint64_t at = s->request->room.offset;
	bool alone = last - first == 1;
	struct work_plan plan;
	struct image base;
	int code;

	code = draw(s, first);
	if (code)
		return code;
	work_plan(s, alone, &plan);
	work_lap(s, SPENT_PLAN);
	code = work_decode(s, &plan, &base);
	if (code)
		return code;
	for (uint32_t i = first; i < last; i++) {
		struct task_output *output = &s->reply->output[s->reply->output_count];

		if (s->reply->output_count == TASK_OUTPUTS_MAX)
			break;
		if (i > first)
			code = draw(s, i);
		work_lap(s, SPENT_PLAN);
		if (!code)
			code = make_output(s, &base, plan.answered, output, &at);
		if (code == IMGBATCH_E_ENCODE && s->reply->output_count && s->reply->room)
			break; /* no room left: the slot goes out and comes back */
		if (code)
			return code;
		s->reply->output_count++;
	}
	return answer(s, first, last);
}

static int process(struct subject *s)
{
	const struct worker *worker = s->worker;
	uint32_t first = s->request->from;
	uint32_t last = work_output_count(worker->config->copies, worker->fan);
	int code;

	if (s->request->flags & TASK_ONE)
		last = first + 1;
	s->stage = STAGE_DECODE;
	code = read_header(s);
	if (!code && worker->config->boxes)
		code = work_take_boxes(s);
	if (!code && worker->config->masks)
		code = work_mask_header(s);
	if (!code)
		code = check_memory(s, first, last);
	if (code)
		return code;
	if (worker->config->dry_run)
		return foretell(s, first, last);
	if (s->reply->need > s->request->granted) {
		s->reply->status = TASK_NEED;
		return 0;
	}
	return make_outputs(s, first, last);
}

/* A refusal by the pool is no verdict on the image while more memory can be granted. */
static void fail(struct subject *s, int code)
{
	struct task_reply *reply = s->reply;
	uint64_t granted = s->request->granted, most = s->worker->config->memory;

	reply->output_count = 0;
	if (code == IMGBATCH_E_NOMEM && granted < most) {
		reply->status = TASK_NEED;
		reply->need = granted > most / 2 ? most : granted * 2;
		return;
	}
	reply->status = TASK_FAIL;
	reply->code = code == IMGBATCH_E_NOMEM ? IMGBATCH_E_MEMORY : code;
	reply->stage = s->stage;
	memcpy(reply->detail, s->fault.detail, sizeof reply->detail);
}

/* What the time since the last lap was for, however the work ended. */
static enum spent_stage last_stage(const struct subject *s)
{
	if (s->reply->status != TASK_FAIL)
		return SPENT_PLAN;
	return s->stage == STAGE_DECODE    ? SPENT_DECODE
		: s->stage == STAGE_ENCODE ? SPENT_ENCODE
					   : SPENT_PLAN;
}

static void run(void *state, const struct task_request *request, uint8_t *slot, size_t size,
	const struct parallel *parallel, struct task_reply *reply)
{
	struct worker *worker = state;
	struct subject subject = {.worker = worker,
		.request = request,
		.slot = slot,
		.parallel = parallel,
		.reply = reply};
	int code;

	(void)size;
	stopwatch_start(&worker->watch, !worker->config->measure);
	memset(reply, 0, sizeof *reply);
	reply->seq = request->seq;
	reply->slot = request->slot;
	reply->format = 255;
	reply->status = TASK_DONE;
	subject.input = (struct bytes){
		slot + request->input[WORK_IMAGE].offset, request->input[WORK_IMAGE].length};
	pool_reset(worker->pool);
	pool_set_limit(worker->pool, request->granted);
	code = process(&subject);
	reply->warnings = subject.warnings;
	if (code)
		fail(&subject, code);
	stopwatch_stop(&worker->watch, last_stage(&subject), &reply->spent);
}

const struct task work_task = {
	.open = worker_open,
	.close = worker_close,
	.run = run,
};
