/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of work/ share: one worker's state, and one image on its way through it. */
#ifndef WORK_WORKER_H
#define WORK_WORKER_H

#include "base/pool.h"
#include "base/str.h"
#include "codec/codec.h"
#include "kernels/move.h"
#include "measure/stopwatch.h"
#include "ops/resize.h"
#include "recipe/recipe.h"
#include "slots/task.h"
#include "work/config.h"
#include "work/recoder.h"

/* Lives as long as its thread or process, from image to image. */
struct worker {
	struct work_config *config; /* owned copy */
	struct recipe recipe; /* as written */
	struct recipe drawn; /* of the output in hand */
	unsigned fan;
	struct pool *pool;
	struct recoder
		recoder; /* what operations are lent; not the image's own codecs, whose facts are borrowed */
	struct axis_cache *axes; /* resampling plans, shared between images of the same sizes */
	struct stopwatch watch; /* on the image in hand */
	struct str text; /* the drawn recipe, printed */
	struct decoder *decoder[CODEC_COUNT]; /* made when first needed */
	struct encoder *encoder[CODEC_COUNT];
	struct decoder *mask_decoder; /* PNG's; the image's own is in use meanwhile */
	struct encoder *mask_encoder;
};

/* The mask that goes with an image: mask.c. */
struct mask {
	struct codec_facts facts;
	enum move move; /* that turns it as the image is turned */
	struct shape upright;
	struct image base; /* decoded and turned, from the pool; data NULL: not yet */
};

/* The image between two steps, and the buffer that it begins in: NULL where it is a view into a base. */
struct held {
	struct image image;
	void *buffer;
};
/* What the last step made comes next; lets go of what it was made from, unless it still lies in it. */
void held_pass_on(struct held *now, const struct image *out, struct pool *pool);

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
	struct mask mask; /* where config->masks */
	struct recipe_boxes boxes; /* where config->boxes: upright, in the pool */
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
/* Prints worker->drawn into worker->text, to be recorded. E_OPERATION for a text that no reply may hold. */
int work_print(struct subject *s);

/* How the beginning of worker->drawn is answered while decoding: plan.c. */
struct work_plan {
	uint8_t scale; /* DCT scale that the image is decoded at, in eighths */
	struct shape source; /* the upright image at that scale */
	struct rect want; /* of source: what a leading crop keeps, else all */
	bool resizes; /* the first resize is done, too: */
	bool streams; /* while rows are decoded */
	struct resize_work resize; /* its window in want's pixels */
	struct rect part; /* of the resized image: what a crop behind it keeps, else all */
	const struct op *resizer; /* the operation that asked for it; NULL: none */
	size_t answered; /* steps that are done once the image is decoded */
};

/* What was done since the last of these was a stage's work, or an operation's; count: 1 once it has run, else 0. */
void work_lap(struct subject *s, enum spent_stage stage);
void work_lap_op(struct subject *s, const struct op *op, uint32_t count);

/* Plans for worker->drawn; alone: the image is decoded for this output only. */
void work_plan(struct subject *s, bool alone, struct work_plan *plan);
/* How the image is to be turned. */
enum move work_orientation(const struct subject *s);
/* A shape at so many eighths: sides rounded up, as libjpeg does. */
struct shape work_scaled_shape(const struct shape *shape, uint8_t scale);

/* Decodes as planned: the image that step plan->answered works on, from the pool. */
int work_decode(struct subject *s, const struct work_plan *plan, struct image *image);
/* Whether this image is among those that are verified: by its key, so that it is wherever the run goes on. */
bool work_verifies(const struct subject *s);
/* Begins decoding `need`, in stored coordinates at this scale. The delivery's corner is at that scale, too. */
int work_start(
	struct subject *s, uint8_t scale, const struct rect *need, struct codec_delivery *delivery);
/* stream.c: work_decode for plans that stream, and the memory that takes. */
int work_stream(struct subject *s, const struct work_plan *plan, struct image *out);
uint64_t work_stream_estimate(const struct subject *s, const struct work_plan *plan);
/* Whether rows of this image can flow into a resize, however it lies. */
bool work_can_stream(const struct subject *s);

/*
 * Runs the steps of worker->drawn from `first` on over base, encodes the result at slot offset `at` and
 * fills output. base stays as it is. *end is where free room begins again.
 */
int work_output(struct subject *s, const struct image *base, size_t first, uint64_t at,
	struct task_output *output, uint64_t *end);
/* That `bound` bytes would do, where only `left` are: said in the reply. */
void work_tell_room(struct subject *s, uint64_t bound, uint64_t left);

/* The third input: boxes, laid upright. Behind the image's header. */
int work_take_boxes(struct subject *s);
/* What the mask is, and whether it fits its image. Behind the image's header. */
int work_mask_header(struct subject *s);
/* The most that the mask takes in the pool, beside its image, for worker->drawn. */
int work_mask_estimate(struct subject *s, uint64_t *bytes);
/* Runs worker->drawn over the mask and encodes it at slot offset `at`: output->mask. *end as above. */
int work_mask_output(struct subject *s, uint64_t at, struct task_output *output, uint64_t *end);

#endif
