/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of work/ share: one worker's state, and one image on its way through it. */
#ifndef WORK_WORKER_H
#define WORK_WORKER_H

#include "base/pool.h"
#include "base/str.h"
#include "codec/codec.h"
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

/*
 * The part of the upright image that worker->drawn needs, when it begins with a crop inside the image; else all
 * of it. Returns how many leading steps that answers: 0 or 1.
 */
size_t work_leading_rect(const struct subject *s, struct rect *rect);

/* Decodes at least `want` (in upright coordinates) and gives exactly that part, upright, from the pool. */
int work_decode(struct subject *s, const struct rect *want, struct image *image);

/*
 * Runs the steps of worker->drawn from `first` on over base, encodes the result at slot offset `at` and
 * fills output. base stays as it is. *end is where free room begins again.
 */
int work_output(struct subject *s, const struct image *base, size_t first, uint64_t at,
	struct task_output *output, uint64_t *end);

#endif
