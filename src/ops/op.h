/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations: one file and one table row each. Flags, help, recipe words and the tests that walk the table
 * all follow from the row.
 *
 * A FIXED operation is a pure function of pixels: it knows its output's shape from its input's shape.
 * A RANDOM one does no pixel work: it draws, and expands into fixed ones. So the drawn recipe of an image
 * is itself a recipe, which replays it.
 */
#ifndef OPS_OP_H
#define OPS_OP_H

#include "base/fault.h"
#include "base/parallel.h"
#include "base/pool.h"
#include "base/str.h"
#include "image/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum op_kind { OP_FIXED, OP_RANDOM };

/* Room for any operation's parameters; each file asserts that its own fit. Plain values, copied freely. */
enum { STEP_PARAMS_MAX = 160 };

struct op;

/*
 * One operation with its parameters: a line of a recipe.
 *
 * Nested lists are flat: a step that holds a list is followed at once by its `inside` steps, those of lists
 * within the list included. So steps stay plain values, a span of them is a copy away, and a step's index in the
 * recipe is a stable position.
 */
struct step {
	const struct op *op;
	uint32_t
		position; /* stable place in the recipe as written, for draws; nested ones have theirs */
	uint32_t inside; /* how many of the steps that follow belong to this one */
	_Alignas(8) unsigned char params[STEP_PARAMS_MAX];
};

struct steps {
	struct step *step; /* owned */
	size_t count, room;
};

#define STEPS_INIT                                                                                 \
	{                                                                                          \
		0                                                                                  \
	}

void steps_release(struct steps *steps);
/* Appends a step for op with its default parameters and returns it; NULL when out of memory. */
struct step *steps_add(struct steps *steps, const struct op *op, uint32_t position);
/* Appends copies of count steps; false when out of memory. from may not lie in steps. */
bool steps_append(struct steps *steps, const struct step *from, size_t count);
/*
 * Appends the step that a line of recipe text says, for expansions: "rotate %.17g filter=nearest". Numbers print with a
 * point whatever the locale; %.17g reads back unchanged. No list in brackets; the recipe's defaults play no part, so
 * the line spells out what must not change. A line that does not parse is IMGBATCH_E_RECIPE.
 */
int steps_add_text(struct steps *steps, uint32_t position, struct fault *fault, const char *format,
	...) __attribute__((format(printf, 4, 5)));

/* Settings of a recipe that hold for every step which does not say otherwise. */
struct op_defaults {
	uint8_t filter; /* enum resample_filter, for everything that resizes */
	uint8_t gravity; /* enum gravity */
	uint8_t background[4]; /* RGBA, 8 bits */
	bool filter_set; /* the recipe named one: it also overrides an operation's own default */
	bool linear; /* all that resizes averages light, not levels */
};

/* The words after an operation's name: positional values first, then settings and flags. */
struct op_args; /* what a parser calls to take them: args.h */

/* Draws of one random operation: a pure function of the image's key, the copy, the position and a count. */
struct draws {
	uint32_t key[2];
	uint32_t copy, position;
	uint32_t next; /* draw number; each operation counts from 0 */
	uint32_t part; /* which of op->fan outputs this is */
	/* For operations that draw by boxes: those in the image so far, in its pixels: left, top, right, bottom. */
	const double (*box)[4]; /* borrowed */
	size_t box_count;
	bool boxed; /* the image's boxes are known, even if it has none */
};

/* Counter: (copy, position, draw number, 0). Each call below takes one draw number, whatever it returns. */
uint32_t draws_u32(struct draws *draws);
double draws_unit(struct draws *draws); /* uniform in [0, 1), 53 bits: two draw words */
double draws_range(struct draws *draws, double low, double high); /* uniform in [low, high) */
/* Uniform in 0 .. n - 1 without bias, always one draw number; n at least 1. */
uint32_t draws_below(struct draws *draws, uint32_t n);
/* A permutation of 0 .. count - 1, each as likely; count - 1 draws. */
void draws_order(struct draws *draws, uint8_t *order, uint8_t count);

/* How a mask follows its image: values are never blended, so everything resamples by nearest. */
struct op_mask {
	uint32_t fill; /* the value of what lies outside: an index, a level or an instance number */
};

/* A JPEG encoder and a decoder, lent to operations, which know no codec. */
struct op_jpeg {
	void *ctx; /* the lender's */
	/*
	 * out becomes what in is after a JPEG file of this quality (1 .. 100) and subsampling (444, 422 or 420): 8 bits, 1 or
	 * 3 channels, one shape, which may be one image. jpeg.c's scratch() says how much memory that may take.
	 */
	int (*pass)(void *ctx, const struct image *in, const struct image *out, uint8_t quality,
		uint16_t subsampling, struct pool *pool, struct fault *fault);
};

/* What a fixed operation works with. */
struct op_env {
	struct pool *pool; /* for results and for scratch; put scratch back before returning */
	const struct parallel *parallel; /* NULL: none */
	struct axis_cache
		*axes; /* the worker's resampling plans (kernels/axis.h); NULL: made anew */
	const struct op_mask *mask; /* the image is a mask; NULL: it is none */
	const struct op_jpeg *jpeg; /* NULL: none, and operations that need it fail */
	struct fault *fault;
};

/* A fresh packed image from the pool; IMGBATCH_E_NOMEM with a fault when the pool refuses. */
int op_env_image(struct op_env *env, const struct shape *shape, struct image *image);
/* The filter (enum resample_filter) to resample by: the operation's own, or nearest for a mask. */
uint8_t op_env_filter(const struct op_env *env, uint8_t own);
/* The pixel that fills: the operation's colour as color_pixel() has it, or the mask's value in every channel. */
void op_env_fill(
	const struct op_env *env, const uint8_t color[4], const struct shape *shape, void *pixel);

struct resize_work;

struct op {
	const char *name; /* the recipe's word and, behind two dashes, the option */
	enum op_kind kind;
	const char *usage; /* "WxH[+X+Y][,gravity=G][,fill=C]"; "" when it takes nothing */
	const char *summary; /* one line, for --help */
	const char *
		help; /* paragraphs for `imgbatch ops NAME`: meaning, defaults, exactness, source */
	size_t params_size;
	unsigned fan; /* outputs it makes of one image; 0 and 1: one */
	bool deep; /* works on u16 too; RANDOM: and so does all that it may become */
	bool moves; /* moves pixels, values stay: works on indexed images, and masks follow it */
	bool by_boxes; /* RANDOM: draws by the boxes of the image, which must be known */
	bool list; /* takes one nested list in brackets, which becomes the steps behind it */

	/* Takes the words into params (zeroed before); IMGBATCH_E_RECIPE with a fault that names the word. */
	int (*parse)(void *params, struct op_args *args, const struct op_defaults *defaults,
		struct fault *fault);
	/* Writes the words that parse() reads back to the same params, every default spelled out. */
	void (*print)(const void *params, struct str *out);

	/* FIXED. The output's shape; IMGBATCH_E_OPERATION when it does not apply to such an image. */
	int (*shape)(
		const void *params, const struct shape *in, struct shape *out, struct fault *fault);
	/*
	 * FIXED. Does it. in is read only. *out is either storage from op_env_image, or a view into in
	 * (a crop, or nothing to do). Scratch memory it may take at most is told by scratch(), NULL: none.
	 */
	int (*apply)(
		const void *params, const struct image *in, struct image *out, struct op_env *env);
	uint64_t (*scratch)(const void *params, const struct shape *in);
	/*
	 * FIXED, operations that move pixels. Where points of the input come to lie in the output: pairs of x and y in
	 * pixels from the top left corner (the centre of the first pixel is 0.5, 0.5). Points may lie outside of either.
	 * NULL: nothing moves.
	 */
	void (*points)(const void *params, const struct shape *in, double (*xy)[2], size_t count);
	/*
	 * FIXED, operations that resample; else NULL. What it comes down to for an image of this shape, so
	 * that a planner can stream rows into it, or ask for a part: see resize.h.
	 */
	int (*resolve)(const void *params, const struct shape *in, struct resize_work *work,
		struct fault *fault);

	/* RANDOM, not deep. Whether it is with these parameters, which leave out what is not; NULL: no. */
	bool (*deep_with)(const void *params);

	/* RANDOM. Draws and appends fixed steps (or random ones, which are drawn in turn) to out. */
	int (*expand)(const void *params, const struct shape *in, struct draws *draws,
		struct steps *out, struct fault *fault);
	/* RANDOM with a list, in place of expand: the same, choosing among the steps of its list. */
	int (*expand_list)(const void *params, const struct step *list, size_t count,
		const struct shape *in, struct draws *draws, struct steps *out,
		struct fault *fault);
};

/* The table, in the order of --help. */
extern const struct op *const ops[];
extern const size_t op_count;
/* The row of an operation: its number within this build. */
uint32_t op_index(const struct op *op);
/* What the row at index is listed under: "geometry", "random values". Static text. */
const char *op_group(size_t index);
/* NULL when there is none. */
const struct op *op_by_name(const char *name, size_t length);

#endif
