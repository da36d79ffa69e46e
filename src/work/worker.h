/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of work/ share: one worker's state, and one image on its way through it. */
#ifndef WORK_WORKER_H
#define WORK_WORKER_H

#include "base/pool.h"
#include "base/str.h"
#include "codec/codec.h"
#include "ops/resize.h"
#include "recipe/recipe.h"
#include "slots/task.h"
#include "work/config.h"

/* Lives as long as its thread or process, from image to image. */
struct worker {
	struct work_config *config; /* owned copy */
	struct recipe recipe; /* as written */
	struct recipe drawn; /* of the output in hand */
	unsigned fan;
	struct pool *pool;
	struct axis_cache *axes; /* resampling plans, shared between images of the same sizes */
	struct str text; /* the drawn recipe, printed */
	struct decoder *decoder[CODEC_COUNT]; /* made when first needed */
	struct encoder *encoder[CODEC_COUNT];
};

/* One image. Borrowed from the caller of task.run, but for what comes from the worker's pool. */
struct subject {
	struct worker *worker;
	const struct task_request *request;
	uint8_t *slot;
	const struct parallel *parallel;
	struct task_reply *reply;

	struct bytes input;
	struct codec_facts facts;
	struct decoder *decoder;
	uint32_t warnings;
	const struct codec *target; /* the output's codec */
	struct shape upright; /* the decoded image once oriented */
	enum task_stage stage; /* where a failure would be */
	struct fault fault;
};

/*
 * The most that the outputs first .. last - 1 take at once in the pool, in bytes. Draws each of them. Fails as
 * drawing and recipe_shape do.
 */
int work_estimate(struct subject *s, uint32_t first, uint32_t last, uint64_t *bytes);

/* What operations get to work with. */
struct op_env work_env(struct subject *s);

/* Draws output `index` into worker->drawn. */
int work_draw(struct subject *s, uint32_t index);

/* How the beginning of worker->drawn is answered while decoding. */
struct work_plan {
	struct rect want; /* of the upright image: what a leading crop keeps, else all */
	bool streams; /* rows flow into the first resize, below */
	struct resize_work resize;
	struct rect part; /* of the resized image: what a crop behind it keeps, else all */
	size_t answered; /* steps that are done once the image is decoded */
};

/* Plans for worker->drawn; alone: the image is decoded for this output only. */
void work_plan(struct subject *s, bool alone, struct work_plan *plan);

/* stream.c: adds the streamed resize to a plan, where there can be one; its memory; and doing it. */
bool work_stream_plan(struct subject *s, struct work_plan *plan);
uint64_t work_stream_estimate(const struct subject *s, const struct work_plan *plan);
int work_stream(struct subject *s, const struct work_plan *plan, struct image *out);

/* Decodes at least `want` (in upright coordinates) and gives exactly that part, upright, from the pool. */
int work_decode(struct subject *s, const struct rect *want, struct image *image);

/*
 * Runs the steps of worker->drawn from `first` on over base, encodes the result at slot offset `at` and
 * fills output. base stays as it is. *end is where free room begins again.
 */
int work_output(struct subject *s, const struct image *base, size_t first, uint64_t at,
	struct task_output *output, uint64_t *end);

#endif
