/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry points for the parity tests, compiled into the library that Python loads: a recipe run over pixels or
 * timed, and draws counted. Not part of the product.
 */
#include "kernels/axis.h"
#include "kernels/dispatch.h"
#include "ops/lay.h"
#include "ops/resize.h"
#include "recipe/recipe.h"
#include "work/recoder.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *parity_kernels(unsigned i);
bool parity_force(const char *name);
const char *parity_operation(unsigned i, int *kind);

/* Everything that a run needs, kept between calls as a worker would. */
struct parity {
	struct pool *pool;
	struct axis_cache *axes;
	struct recoder recoder;
	struct recipe recipe, drawn;
	struct fault fault;
	struct parallel parallel;
	bool split;
};

struct parity *parity_new(void);
void parity_free(struct parity *p);
const char *parity_fault(const struct parity *p);
void parity_split(struct parity *p, int split);
int parity_run(struct parity *p, const char *text, const void *pixels, const struct shape *in,
	void *out, size_t room, struct shape *shape);
int parity_time(struct parity *p, const char *text, const void *pixels, const struct shape *in,
	unsigned rounds, double *ms);
int parity_part(struct parity *p, const char *text, const void *pixels, const struct shape *in,
	const struct rect *part, void *out);
int parity_draw(struct parity *p, const char *text, uint64_t seed, uint32_t copies, uint32_t part,
	const struct shape *in, const double (*box)[4], size_t box_count, char *out, size_t room);

/* Whether a set does anything to pixels that the one before it does not do in the very same way. */
static bool has_own_pixels(size_t k)
{
	struct kernels one = *kernel_sets[k], before = *kernel_sets[k ? k - 1 : 0];

	one.name = before.name = NULL;
	one.runs = before.runs = NULL;
	one.huffman = before.huffman = NULL;
	return !k || memcmp(&one, &before, sizeof one) != 0;
}

/* The name of the i-th set of kernels that this CPU runs and that differs in pixels; NULL behind the last. */
const char *parity_kernels(unsigned i)
{
	for (size_t k = 0; k < kernel_set_count; k++)
		if ((!kernel_sets[k]->runs || kernel_sets[k]->runs()) && has_own_pixels(k) && !i--)
			return kernel_sets[k]->name;
	return NULL;
}

/* Makes that set the one in use. Plans that a struct parity keeps are of one set: force before parity_new. */
bool parity_force(const char *name)
{
	for (size_t k = 0; k < kernel_set_count; k++) {
		if (strcmp(kernel_sets[k]->name, name) == 0) {
			kernels_force(kernel_sets[k]);
			return true;
		}
	}
	return false;
}

/* The name of the i-th operation of the table and its enum op_kind; NULL behind the last. */
const char *parity_operation(unsigned i, int *kind)
{
	if (i >= op_count)
		return NULL;
	*kind = (int)ops[i]->kind;
	return ops[i]->name;
}

/* Backwards, so that nothing can depend on the order. */
static void run_backwards(void *ctx, unsigned n, void (*fn)(void *arg, unsigned i), void *arg)
{
	(void)ctx;
	while (n)
		fn(arg, --n);
}

struct parity *parity_new(void)
{
	struct parity *p = calloc(1, sizeof *p);

	p->pool = pool_new();
	p->axes = axis_cache_new();
	recoder_init(&p->recoder, ENTROPY_AUTO);
	recipe_init(&p->recipe);
	recipe_init(&p->drawn);
	p->parallel = (struct parallel){.width = 3, .run = run_backwards};
	return p;
}

void parity_free(struct parity *p)
{
	recipe_release(&p->recipe);
	recipe_release(&p->drawn);
	recoder_release(&p->recoder);
	axis_cache_free(p->axes);
	pool_free(p->pool);
	free(p);
}

const char *parity_fault(const struct parity *p)
{
	return p->fault.detail;
}

void parity_split(struct parity *p, int split)
{
	p->split = split;
}

static struct op_env env_of(struct parity *p)
{
	return (struct op_env){
		.pool = p->pool,
		.parallel = p->split ? &p->parallel : NULL,
		.axes = p->axes,
		.jpeg = &p->recoder.lent,
		.fault = &p->fault,
	};
}

static struct image packed(const void *pixels, const struct shape *shape)
{
	return (struct image){*shape, shape_row_size(shape), (void *)pixels};
}

/* Every step of p->recipe, one after the other. */
static int apply_steps(struct parity *p, struct image *image)
{
	struct op_env env = env_of(p);

	for (size_t i = 0; i < p->recipe.steps.count; i++) {
		const struct step *step = &p->recipe.steps.step[i];
		struct image next;
		int code = step->op->apply(step->params, image, &next, &env);

		if (code)
			return code;
		*image = next;
	}
	return 0;
}

/* Applies every step of a fixed recipe; the result goes to out, which has room bytes. */
int parity_run(struct parity *p, const char *text, const void *pixels, const struct shape *in,
	void *out, size_t room, struct shape *shape)
{
	struct image image = packed(pixels, in), to;
	int code = recipe_parse(&p->recipe, text, strlen(text), &p->fault);
	struct shape said;

	pool_reset(p->pool);
	if (!code)
		code = recipe_shape(&p->recipe, in, 0, &said, &p->fault);
	if (!code)
		code = apply_steps(p, &image);
	if (code)
		return code;
	if (!shape_same(&said, &image.shape) || shape_bytes(&image.shape) > room)
		return IMGBATCH_E_SYSTEM;
	*shape = image.shape;
	to = packed(out, shape);
	image_copy(&to, &image);
	return 0;
}

/* This thread's CPU time: others on the machine cost cache, but no time of ours. */
static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The least time that a fixed recipe takes, of so many rounds. */
int parity_time(struct parity *p, const char *text, const void *pixels, const struct shape *in,
	unsigned rounds, double *ms)
{
	int code = recipe_parse(&p->recipe, text, strlen(text), &p->fault);

	*ms = 1e9;
	for (unsigned i = 0; i < rounds && !code; i++) {
		struct image image = packed(pixels, in);
		double start, took;

		pool_reset(p->pool);
		start = now_ms();
		code = apply_steps(p, &image);
		took = now_ms() - start;
		*ms = took < *ms ? took : *ms;
	}
	return code;
}

/* A part of a recipe of one operation that resamples. */
int parity_part(struct parity *p, const char *text, const void *pixels, const struct shape *in,
	const struct rect *part, void *out)
{
	struct op_env env = env_of(p);
	struct image image = packed(pixels, in), result, to;
	struct resize_work work;
	const struct step *step;
	int code = recipe_parse(&p->recipe, text, strlen(text), &p->fault);

	pool_reset(p->pool);
	if (code)
		return code;
	step = &p->recipe.steps.step[0];
	code = step->op->resolve(step->params, in, &work, &p->fault);
	if (!code)
		code = resize_part(&work, &image, part, &result, &env);
	if (code)
		return code;
	to = packed(out, &result.shape);
	image_copy(&to, &result);
	return 0;
}

/*
 * The drawn recipes of copies 0 .. copies - 1, that part of each, one a line with `;` between operations. box: of the
 * image, NULL: not known.
 */
int parity_draw(struct parity *p, const char *text, uint64_t seed, uint32_t copies, uint32_t part,
	const struct shape *in, const double (*box)[4], size_t box_count, char *out, size_t room)
{
	const struct recipe_boxes boxes = {box, box_count};
	struct str all = STR_INIT, one = STR_INIT;
	int code = recipe_parse(&p->recipe, text, strlen(text), &p->fault);
	uint32_t key[2];

	recipe_key(seed, "parity", 6, key);
	for (uint32_t copy = 0; copy < copies && !code; copy++) {
		code = recipe_draw(
			&p->recipe, key, copy, part, in, box ? &boxes : NULL, &p->drawn, &p->fault);
		str_clear(&one);
		recipe_print(&p->drawn, &one);
		for (size_t i = 0; i < one.length; i++)
			str_add_char(&all, one.text[i] == '\n' ? ';' : one.text[i]);
		str_add_char(&all, '\n');
	}
	if (!code && all.length >= room)
		code = IMGBATCH_E_NOMEM;
	if (!code)
		memcpy(out, str_text(&all), all.length + 1);
	str_release(&all);
	str_release(&one);
	return code;
}
