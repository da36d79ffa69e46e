/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations that hold a list: `random-apply`, `one-of`, `some-of`. Each chooses among the operations of its list;
 * random ones among these draw from their own positions in the recipe, chosen or not, so no choice shifts another's draws.
 */
#include "ops/args.h"

#include <string.h>

enum { WEIGHTS_MAX = 16 };

struct apply_params {
	double p;
};

struct one_params {
	double weight[WEIGHTS_MAX];
	uint32_t count; /* of weights; 0: all the same */
};

struct some_params {
	uint32_t n;
};

_Static_assert(sizeof(struct one_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int take(const struct step *step, struct steps *out, struct fault *fault)
{
	if (!steps_append(out, step, 1 + step->inside))
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a step");
	return 0;
}

static size_t count_listed(const struct step *list, size_t count)
{
	size_t listed = 0;

	for (size_t i = 0; i < count; i += 1 + list[i].inside)
		listed++;
	return listed;
}

/* -- random-apply --- */

static int parse_apply(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct apply_params *p = params;

	(void)defaults;
	(void)fault;
	p->p = args_chance(args, 0.5);
	return args_end(args);
}

static void print_apply(const void *params, struct str *out)
{
	const struct apply_params *p = params;

	args_print_number(out, "", p->p);
}

static int expand_apply(const void *params, const struct step *list, size_t count,
	const struct shape *in, struct draws *draws, struct steps *out, struct fault *fault)
{
	const struct apply_params *p = params;

	(void)in;
	if (draws_unit(draws) < p->p && !steps_append(out, list, count))
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a step");
	return 0;
}

const struct op op_random_apply = {
	.name = "random-apply",
	.kind = OP_RANDOM,
	.usage = "[P] '[OPERATION | ...]'",
	.summary = "all of a list with probability P (0.5), else nothing",
	.help = "random-apply 0.3 [hflip | rotate90]: the whole list, in its order, with "
		"probability P (default 0.5); else nothing of it. One draw.\n"
		"On the command line the list is one quoted word: "
		"--random-apply '0.3 [hflip | rotate90]'. Lists may hold lists, eight deep.\n"
		"Drawn as torchvision v2's RandomApply.",
	.params_size = sizeof(struct apply_params),
	.deep = true,
	.moves = true,
	.list = true,
	.parse = parse_apply,
	.print = print_apply,
	.expand_list = expand_apply,
};

/* -- one-of --- */

static void parse_weights(struct one_params *p, struct op_args *args)
{
	struct op_word values[WEIGHTS_MAX];
	size_t count = args_key(args, "weights", values, WEIGHTS_MAX);
	double sum = 0;

	if (count && count != args->listed)
		args_fail(args, &values[0], "%zu weights for %zu operations", count, args->listed);
	for (size_t i = 0; i < count; i++)
		sum += p->weight[i] = args_number(args, &values[i], 0, 1e9);
	if (count && !(sum > 0))
		args_fail(args, &values[0], "one weight at least must be above 0");
	p->count = (uint32_t)count;
}

static int parse_one(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)defaults;
	(void)fault;
	parse_weights(params, args);
	return args_end(args);
}

static void print_one(const void *params, struct str *out)
{
	const struct one_params *p = params;

	if (p->count)
		args_print_numbers(out, "weights", p->weight, p->count);
}

/* The place in 0 .. 1 falls to one of the weights' shares; an operation of weight 0 has none. */
static size_t pick_weighted(const struct one_params *p, double unit)
{
	double sum = 0, at;
	size_t last = 0;

	for (size_t i = 0; i < p->count; i++)
		sum += p->weight[i];
	at = unit * sum;
	for (size_t i = 0; i < p->count; i++) {
		if (p->weight[i] > 0) {
			last = i;
			if (at < p->weight[i])
				break;
		}
		at -= p->weight[i];
	}
	return last;
}

static int expand_one(const void *params, const struct step *list, size_t count,
	const struct shape *in, struct draws *draws, struct steps *out, struct fault *fault)
{
	const struct one_params *p = params;
	size_t chosen = p->count ? pick_weighted(p, draws_unit(draws))
				 : draws_below(draws, (uint32_t)count_listed(list, count));

	(void)in;
	while (chosen--)
		list += 1 + list->inside;
	return take(list, out, fault);
}

const struct op op_one_of = {
	.name = "one-of",
	.kind = OP_RANDOM,
	.usage = "[weights=W,...] '[OPERATION | ...]'",
	.summary = "exactly one of a list, chosen by chance",
	.help = "one-of [hflip 1 | rotate90 | grayscale]: always one operation of the list; each "
		"as "
		"likely, or by weights=W,W,... (as many as operations, 16 at most; shares of their "
		"sum). What is "
		"chosen may itself do nothing: hflip 0.5. One draw.\n"
		"On the command line the list is one quoted word: "
		"--one-of 'weights=2,1 [hflip 1 | rotate90]'.\n"
		"Drawn as torchvision v2's RandomChoice.",
	.params_size = sizeof(struct one_params),
	.deep = true,
	.moves = true,
	.list = true,
	.parse = parse_one,
	.print = print_one,
	.expand_list = expand_one,
};

/* -- some-of --- */

static int parse_some(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct some_params *p = params;
	const struct op_word *word = args_value(args, "how many");

	(void)defaults;
	(void)fault;
	p->n = args_whole(args, word, 0, OP_SIDE_MAX);
	if (p->n > args->listed)
		args_fail(args, word, "the list holds %zu", args->listed);
	return args_end(args);
}

static void print_some(const void *params, struct str *out)
{
	const struct some_params *p = params;

	str_addf(out, " %u", p->n);
}

/*
 * Source: Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S: each in turn is taken with the chance of
 * those still wanted among those left, so every set of n is as likely, and one draw goes to each.
 */
static int expand_some(const void *params, const struct step *list, size_t count,
	const struct shape *in, struct draws *draws, struct steps *out, struct fault *fault)
{
	const struct some_params *p = params;
	uint32_t left = (uint32_t)count_listed(list, count), wanted = p->n;

	(void)in;
	for (const struct step *step = list; left; left--) {
		if (draws_below(draws, left) < wanted) {
			int code = take(step, out, fault);

			if (code)
				return code;
			wanted--;
		}
		step += 1 + step->inside;
	}
	return 0;
}

const struct op op_some_of = {
	.name = "some-of",
	.kind = OP_RANDOM,
	.usage = "N '[OPERATION | ...]'",
	.summary = "N of a list, chosen by chance, in the list's order",
	.help = "some-of 2 [hflip 1 | rotate90 | grayscale]: N different operations of the list, "
		"every choice as likely, applied in the order of the list. As many draws as the "
		"list has operations.\n"
		"On the command line the list is one quoted word: "
		"--some-of '2 [hflip 1 | rotate90 | grayscale]'.\n"
		"Drawn as albumentations' SomeOf without replacement.",
	.params_size = sizeof(struct some_params),
	.deep = true,
	.moves = true,
	.list = true,
	.parse = parse_some,
	.print = print_some,
	.expand_list = expand_some,
};
