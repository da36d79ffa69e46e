/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recipes: text to an ordered list of operations, and a random list drawn into a fixed one.
 *
 *	recipe  = line*                        one operation a line; `#` begins a comment; `;` also ends a line
 *	line    = NAME word*                   words are parted by blanks or commas
 *	word    = VALUE | KEY=VALUE[,NUMBER]* | FLAG | '[' recipe with `|` between operations ']'
 *
 * `#` begins a comment where a word could begin, unless it and what follows are a colour (#fff) behind an
 * operation's name. Positional values come first. A bare number behind KEY=VALUE belongs to that key's list
 * (`window=0,0,64,48`). The words `filter`, `linear`, `gravity` and `background` set the recipe's
 * defaults wherever they stand. The same text serves on the command line, in a file and in a report;
 * recipe_print() writes every default out and reads back to the same recipe (doubles in the shortest form that does).
 */
#ifndef RECIPE_RECIPE_H
#define RECIPE_RECIPE_H

#include "base/fault.h"
#include "base/str.h"
#include "ops/op.h"

enum { RECIPE_STEPS_MAX = 10000 }; /* operations of a recipe, as written and as drawn */

struct recipe {
	struct steps steps;
	struct op_defaults defaults;
};

void recipe_init(struct recipe *recipe);
void recipe_release(struct recipe *recipe);
void recipe_clear(struct recipe *recipe); /* empty, with the first defaults; keeps its room */

/* text is UTF-8, need not end in NUL. On failure the recipe is empty and the fault names line and word. */
int recipe_parse(struct recipe *recipe, const char *text, size_t length, struct fault *fault);
void recipe_print(const struct recipe *recipe, struct str *out);

/* Outputs made of one image and one copy: the product of the operations' fans; at least 1. */
unsigned recipe_fan(const struct recipe *recipe);
/* The first operation that works on 8-bit samples only, or that may become one; NULL: 16 bits are fine. */
const struct op *recipe_shallow(const struct recipe *recipe);
/* Whether any step is random. */
bool recipe_is_random(const struct recipe *recipe);

/* Whether any step draws by the boxes of its image. */
bool recipe_draws_by_boxes(const struct recipe *recipe);

/* key = hash(seed, mirrored name under OUT before copies and extension). */
void recipe_key(uint64_t seed, const void *name, size_t size, uint32_t key[2]);

/* The boxes of an upright image, for operations that draw by them. */
struct recipe_boxes {
	const double (*box)[4]; /* left, top, right, bottom, in pixels */
	size_t count;
};

/*
 * The fixed recipe of one output: every random step expanded for an image of shape `in`. boxes follow the steps as
 * they are drawn; NULL: the image's are not known. drawn must be initialised; what it held is dropped.
 * IMGBATCH_E_OPERATION when an operation does not apply, or when more than RECIPE_STEPS_MAX are drawn: what is recorded could
 * not be read again.
 */
int recipe_draw(const struct recipe *recipe, const uint32_t key[2], uint32_t copy, uint32_t part,
	const struct shape *in, const struct recipe_boxes *boxes, struct recipe *drawn,
	struct fault *fault);

/* The shape that a fixed recipe ends with; every step's shape is checked against max_pixels (0: none). */
int recipe_shape(const struct recipe *fixed, const struct shape *in, uint64_t max_pixels,
	struct shape *out, struct fault *fault);

#endif
