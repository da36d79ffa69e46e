/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends that plans hold the weights of the definition, whatever short cut makes them: lanczos comes from a
 * recurrence, and here every one of some million weights is computed by the book, sine by sine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernels/axis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../seed.h"

enum { TAPS = 3000000 };

/* One output by the book: its first input, and fixed-point weights of count inputs. */
struct book {
	uint32_t first, count;
	int32_t *weight;
};

static void book_make(struct book *b, const struct axis_key *key, uint32_t output)
{
	double scale = (double)(key->to - key->from) / key->out, stretch = scale < 1 ? 1 : scale;
	double support = filter_support(key->filter) * stretch, sum = 0;
	double centre = key->from + (output + 0.5) * scale, low = centre - support + 0.5;
	double high = centre + support + 0.5;
	double *value;

	b->first = low < 0 ? 0 : (uint32_t)low;
	b->count = high > key->in ? key->in : (uint32_t)high;
	b->count = b->count > b->first ? b->count - b->first : 0;
	b->weight = calloc(b->count + 1, sizeof *b->weight);
	value = calloc(b->count + 1, sizeof *value);
	assert_true(b->weight && value);
	for (uint32_t i = 0; i < b->count; i++) {
		value[i] = filter_value(key->filter, (i + b->first - centre + 0.5) * (1 / stretch));
		sum += value[i];
	}
	for (uint32_t i = 0; i < b->count; i++) {
		double w = (sum != 0 ? value[i] / sum : value[i]) * (1 << AXIS_BITS);

		b->weight[i] = w < 0 ? (int32_t)(w - 0.5) : (int32_t)(w + 0.5);
	}
	free(value);
}

/* What the plan says of one input. */
static int32_t weight_at(const struct axis *axis, uint32_t o, uint32_t input)
{
	const struct span *span = &axis->span[o];
	uint32_t first = axis->low + span->first;

	if (input < first || input >= first + span->count)
		return 0;
	return axis->weight[(size_t)o * axis->stride + input - first];
}

/* Returns the number of weights compared. */
static size_t check(const struct axis_key *key)
{
	struct axis *axis = axis_new(key);
	size_t taps = 0;

	assert_non_null(axis);
	for (uint32_t o = 0; o < key->count; o++) {
		struct book b;

		book_make(&b, key, key->first + o);
		for (uint32_t i = 0; i < b.count; i++)
			if (weight_at(axis, o, b.first + i) != b.weight[i])
				fail_msg("%s, %u to %u, window %.9g to %.9g: output %u, input %u: "
					 "%d, not %d",
					filter_name(key->filter), key->in, key->out, key->from,
					key->to, key->first + o, b.first + i,
					weight_at(axis, o, b.first + i), b.weight[i]);
		for (uint32_t i = 0; i < axis->span[o].count; i++) /* and nothing besides */
			assert_true(!axis->weight[(size_t)o * axis->stride + i] ||
				(axis->low + axis->span[o].first + i >= b.first &&
					axis->low + axis->span[o].first + i < b.first + b.count));
		taps += b.count;
		free(b.weight);
	}
	axis_free(axis);
	return taps;
}

static void test_weights_are_the_books(void **unused)
{
	size_t taps = 0, plans = 0;

	(void)unused;
	for (; taps < TAPS; plans++) {
		struct axis_key key = {
			.filter = below(4) ? FILTER_LANCZOS : (uint8_t)(FILTER_BOX + below(5))};

		key.in = 1 + below(below(2) ? 600 : below(2) ? 6000 : 60000);
		key.out = 1 + below(below(2) ? 300 : 3000);
		key.to = (float)key.in;
		if (!below(3)) {
			key.from = (float)key.in * (float)below(1000) / 1001;
			key.to = key.from +
				((float)key.in - key.from) * (float)(1 + below(1000)) / 1000;
		}
		if (!(key.from < key.to) || key.to > (float)key.in)
			key.from = 0, key.to = (float)key.in;
		key.count = key.out < 64 ? key.out : 64;
		key.first = below(key.out - key.count + 1);
		if (!below(8)) {
			key.first = 0;
			key.count = key.out;
		}
		taps += check(&key);
	}
	print_message("%zu plans, %zu weights\n", plans, taps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_weights_are_the_books)};

	return cmocka_run_group_tests(tests, seed_setup, NULL);
}
