/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making plans. Geometry is in double and cast by truncation, as the reference does it.
 *
 * Lanczos costs two sines a tap, which on small images is more than the resampling itself. So its weights
 * come from a recurrence (the sine of a sum) first; where the rounding to fixed point could depend
 * on the recurrence's error, that output is done again by the book.
 */
#include "kernels/axis.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What all outputs of a plan have in common. */
struct making {
	const struct axis_key *key;
	double scale; /* inputs an output */
	double stretch; /* of the filter: the scale when shrinking, else 1 */
	double inverse; /* 1 / stretch */
	double support; /* of the stretched filter */
	double *value; /* one output's weights */
	double step[2]; /* sine and cosine of the lanczos recurrence's step */
};

struct window {
	double centre;
	uint32_t first, count;
};

static void making_init(struct making *m, const struct axis_key *key)
{
	m->key = key;
	/* The subtraction is in float32: part of the contract. */
	float width = key->to - key->from;

	m->scale = (double)width / key->out;
	m->stretch = m->scale < 1.0 ? 1.0 : m->scale;
	m->inverse = 1.0 / m->stretch;
	m->support = filter_support(key->filter) * m->stretch;
	m->step[0] = sin(M_PI / 3 * m->inverse);
	m->step[1] = cos(M_PI / 3 * m->inverse);
	m->value = NULL;
}

static struct window window_of(const struct making *m, uint32_t output)
{
	struct window w;
	double low, high;

	w.centre = m->key->from + (output + 0.5) * m->scale;
	low = w.centre - m->support + 0.5;
	high = w.centre + m->support + 0.5;
	w.first = low < 0 ? 0 : (uint32_t)low;
	w.count = high > m->key->in ? m->key->in : (uint32_t)high;
	w.count = w.count > w.first ? w.count - w.first : 0;
	return w;
}

/* No window is wider than this. */
static uint32_t reach_of(const struct making *m)
{
	double reach = ceil(m->support) * 2 + 1;

	return reach > m->key->in ? m->key->in : (uint32_t)reach;
}

/* Weights by the book, normalised. */
static void values(const struct making *m, const struct window *w)
{
	double sum = 0.0;

	for (uint32_t i = 0; i < w->count; i++) {
		m->value[i] = filter_value(
			m->key->filter, (i + w->first - w->centre + 0.5) * m->inverse);
		sum += m->value[i];
	}
	if (sum != 0.0)
		for (uint32_t i = 0; i < w->count; i++)
			m->value[i] /= sum;
}

static void fix(int32_t *weight, const double *value, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		double v = value[i] * (1 << AXIS_BITS);

		weight[i] = v < 0 ? (int32_t)(v - 0.5) : (int32_t)(v + 0.5);
	}
}

/*
 * Unnormalised lanczos weights, sin(3 a) sin(a) / (3 a^2) with a = pi x / 3. One sine comes by recurrence; the
 * other follows from it: sin(3 a) = sin(a) (3 - 4 sin(a)^2).
 */
static double recur(const struct making *m, const struct window *w)
{
	double x = (w->first - w->centre + 0.5) * m->inverse, sum = 0.0;
	double s = sin(M_PI / 3 * x), c = cos(M_PI / 3 * x);

	for (uint32_t i = 0; i < w->count; i++) {
		double at = x + i * m->inverse, square = s * s, t;

		if (at < -3.0 || at >= 3.0)
			m->value[i] = 0;
		else if (fabs(at) < 0.01) /* the quotient would lose digits */
			m->value[i] = filter_value(FILTER_LANCZOS, at);
		else
			m->value[i] = square * (3 - 4 * square) * (3 / (M_PI * M_PI)) / (at * at);
		sum += m->value[i];
		t = s * m->step[1] + c * m->step[0];
		c = c * m->step[1] - s * m->step[0];
		s = t;
	}
	return sum;
}

/*
 * Lanczos by recurrence, rounded. False when some weight lies so near to a half that the recurrence's error
 * (below 1e-6 of a unit for any window that fits memory; 1e-4 is asked for) might round it otherwise.
 */
static bool fix_lanczos(const struct making *m, const struct window *w, int32_t *weight)
{
	double sum = recur(m, w), unit;

	if (!(sum > 0.25) || w->count > 4096)
		return false;
	unit = (1 << AXIS_BITS) / sum;
	for (uint32_t i = 0; i < w->count; i++) {
		double v = m->value[i] * unit +
			(1 << 24); /* positive, so that truncating is floor */
		int32_t whole = (int32_t)v;
		double rest = v - whole - 0.5;

		if (fabs(rest) < 1e-4)
			return false;
		weight[i] = whole - (1 << 24) + (rest > 0);
	}
	return true;
}

static bool is_zero(const struct axis *axis, uint32_t output, uint32_t i)
{
	size_t at = (size_t)output * axis->stride + i;

	return axis->weight ? axis->weight[at] == 0 : axis->weight_deep[at] == 0.0;
}

/* Drops zero weights at both ends: what is multiplied by zero need not be read. */
static void trim(struct axis *axis, uint32_t output)
{
	struct span *span = &axis->span[output];
	size_t at = (size_t)output * axis->stride;
	uint32_t skip = 0;

	while (span->count > 1 && is_zero(axis, output, span->count - 1))
		span->count--;
	while (skip + 1 < span->count && is_zero(axis, output, skip))
		skip++;
	if (!skip)
		return;
	span->first += skip;
	span->count -= skip;
	if (axis->weight) {
		memmove(axis->weight + at, axis->weight + at + skip, span->count * sizeof(int32_t));
		memset(axis->weight + at + span->count, 0, skip * sizeof(int32_t));
	} else {
		memmove(axis->weight_deep + at, axis->weight_deep + at + skip,
			span->count * sizeof(double));
		memset(axis->weight_deep + at + span->count, 0, skip * sizeof(double));
	}
}

static void plan_output(struct axis *axis, const struct making *m, uint32_t output)
{
	struct window w = window_of(m, axis->key.first + output);
	size_t at = (size_t)output * axis->stride;

	assert(w.count <= axis->reach);
	axis->span[output] = (struct span){w.first, w.count};
	if (!w.count) { /* a window so thin that it holds no sample's centre: the nearest one, weight 0 */
		uint32_t last = axis->key.in - 1;

		axis->span[output] = (struct span){w.first < last ? w.first : last, 1};
		return;
	}
	if (axis->weight_deep) {
		values(m, &w);
		memcpy(axis->weight_deep + at, m->value, w.count * sizeof(double));
	} else if (axis->key.filter != FILTER_LANCZOS || !fix_lanczos(m, &w, axis->weight + at)) {
		values(m, &w);
		fix(axis->weight + at, m->value, w.count);
	}
	trim(axis, output);
}

/* Spans become relative to the lowest input that any of them needs. */
static void settle(struct axis *axis)
{
	axis->low = UINT32_MAX;
	axis->high = 0;
	for (uint32_t i = 0; i < axis->key.count; i++) {
		const struct span *span = &axis->span[i];

		if (span->first < axis->low)
			axis->low = span->first;
		if (span->first + span->count > axis->high)
			axis->high = span->first + span->count;
	}
	for (uint32_t i = 0; i < axis->key.count; i++)
		axis->span[i].first -= axis->low;
}

static void reverse_weights(struct axis *axis, uint32_t output)
{
	size_t at = (size_t)output * axis->stride;

	for (uint32_t i = 0, j = axis->span[output].count; i + 1 < j--; i++) {
		if (axis->weight) {
			int32_t weight = axis->weight[at + i];

			axis->weight[at + i] = axis->weight[at + j];
			axis->weight[at + j] = weight;
		} else {
			double weight = axis->weight_deep[at + i];

			axis->weight_deep[at + i] = axis->weight_deep[at + j];
			axis->weight_deep[at + j] = weight;
		}
	}
}

static void swap_outputs(struct axis *axis, uint32_t a, uint32_t b)
{
	struct span span = axis->span[a];

	axis->span[a] = axis->span[b];
	axis->span[b] = span;
	for (uint32_t i = 0; i < axis->stride; i++) {
		size_t at = (size_t)a * axis->stride + i, with = (size_t)b * axis->stride + i;

		if (axis->weight) {
			int32_t weight = axis->weight[at];

			axis->weight[at] = axis->weight[with];
			axis->weight[with] = weight;
		} else {
			double weight = axis->weight_deep[at];

			axis->weight_deep[at] = axis->weight_deep[with];
			axis->weight_deep[with] = weight;
		}
	}
}

/*
 * Mirrors a settled plan. Made from the plan itself, not from mirrored positions, so that each output is the same sum
 * of the same products whichever way the axis runs.
 */
static void reverse(struct axis *axis)
{
	uint32_t width = axis->high - axis->low, low = axis->low;

	for (uint32_t i = 0; i < axis->key.count; i++) {
		struct span *span = &axis->span[i];

		reverse_weights(axis, i);
		span->first = width - span->first - span->count;
	}
	for (uint32_t i = 0, j = axis->key.count; i + 1 < j--; i++)
		swap_outputs(axis, i, j);
	axis->low = axis->key.in - axis->high;
	axis->high = axis->key.in - low;
}

static bool axis_room(struct axis *axis, struct making *m)
{
	size_t outputs = axis->key.count, weights = outputs * axis->stride;

	m->value = calloc(axis->stride, sizeof *m->value);
	axis->span = calloc(outputs, sizeof *axis->span);
	if (axis->key.deep)
		axis->weight_deep = calloc(weights, sizeof *axis->weight_deep);
	else
		axis->weight = calloc(weights, sizeof *axis->weight);
	axis->bytes = axis_estimate(&axis->key);
	return m->value && axis->span && (axis->weight || axis->weight_deep);
}

struct axis *axis_new(const struct axis_key *key)
{
	struct axis *axis = calloc(1, sizeof *axis);
	struct making m;

	if (!axis)
		return NULL;
	assert(key->filter != FILTER_NEAREST && key->count);
	assert(key->first + key->count <= key->out);
	making_init(&m, key);
	axis->key = *key;
	axis->reach = reach_of(&m);
	axis->stride = (axis->reach + 3) & ~3u;
	if (!axis_room(axis, &m)) {
		free(m.value);
		axis_free(axis);
		return NULL;
	}
	for (uint32_t i = 0; i < key->count; i++)
		plan_output(axis, &m, i);
	settle(axis);
	if (key->reversed)
		reverse(axis);
	free(m.value);
	return axis;
}

void axis_free(struct axis *axis)
{
	if (!axis)
		return;
	for (int i = 0; i < AXIS_TABLES; i++)
		free(axis->table[i]);
	free(axis->weight);
	free(axis->weight_deep);
	free(axis->span);
	free(axis);
}

uint64_t axis_estimate(const struct axis_key *key)
{
	struct making m;
	uint64_t weight = key->deep ? sizeof(double) : sizeof(int32_t), count = key->count, stride,
		 table = 0;

	making_init(&m, key);
	stride = (reach_of(&m) + 3) & ~3u;
	if (!key->deep)
		table = AXIS_TABLE_HEAD + (count + AXIS_TABLE_OUTPUTS) * stride * AXIS_TABLE_WEIGHT;
	return sizeof(struct axis) + count * sizeof(struct span) + count * stride * weight + table;
}

uint32_t axis_reach(const struct axis_key *key)
{
	struct making m;

	making_init(&m, key);
	return reach_of(&m);
}
