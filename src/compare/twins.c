/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/twins.h"

#include <string.h>

enum {
	ALIKE_ROWS = 64, /* looked at and then decoded, while they are in the cache */
	SPAN_LEAST =
		4, /* rows decoded of both before it is looked whether they are equal again; doubled */
	SPAN_MOST = 1024,
	SPAN_SHARED = 64, /* from here on two threads are worth it */
};

/* From `next` on rows are to be decoded; the one above it is the same in both, or is not. */
struct twins {
	const struct codec_in_place *codec;
	struct picture *picture[2];
	uint8_t *same;
	uint32_t height, next, span;
	bool above_same;
};

static void decode_span(void *arg, unsigned side)
{
	const struct twins *t = arg;

	t->codec->rows(t->picture[side]->undecoded, t->span);
}

/* The next rows of both, and whether they came out the same. */
static void decode_both(struct twins *t, const struct parallel *parallel)
{
	const struct image *a = &t->picture[0]->image, *b = &t->picture[1]->image;
	size_t size = shape_row_size(&a->shape);
	uint32_t wanted = t->span;

	t->span = wanted < t->height - t->next ? wanted : t->height - t->next;
	parallel_for(t->span >= SPAN_SHARED ? parallel : NULL, 2, decode_span, t);
	for (uint32_t end = t->next + t->span; t->next < end; t->next++) {
		t->above_same = memcmp(image_row(a, t->next), image_row(b, t->next), size) == 0;
		t->same[t->next] = t->above_same;
	}
	t->span = t->above_same ? SPAN_LEAST : wanted < SPAN_MOST ? 2 * wanted : SPAN_MOST;
}

/* Rows that are alike below one that is the same: b is passed over. False: there are none. */
static bool decode_alike(struct twins *t)
{
	struct decoder *a = t->picture[0]->undecoded, *b = t->picture[1]->undecoded;
	uint32_t alike = t->codec->alike(a, b, ALIKE_ROWS);

	if (!alike)
		return false;
	t->codec->rows(a, alike);
	memset(t->same + t->next, 1, alike);
	t->next += alike;
	t->codec->skip(b, alike, image_row(&t->picture[0]->image, t->next - 1));
	return true;
}

bool twins_possible(const struct picture *a, const struct picture *b)
{
	return a->undecoded && b->undecoded && a->facts.codec == b->facts.codec &&
		shape_same(&a->image.shape, &b->image.shape);
}

int twins_decode(struct picture *a, struct picture *b, uint8_t *same,
	const struct parallel *parallel, struct fault *fault)
{
	struct twins t = {.codec = a->facts.codec->in_place,
		.picture = {a, b},
		.same = same,
		.height = a->image.shape.height,
		.span = SPAN_LEAST,
		.above_same = true};
	int code;

	if (t.codec->alike(a->undecoded, b->undecoded, t.height) == t.height) {
		memset(same, 1, t.height);
		return 0;
	}
	while (t.next < t.height)
		if (!t.above_same || !decode_alike(&t))
			decode_both(&t, parallel);
	code = picture_decode(a, fault);
	return code ? code : picture_decode(b, fault);
}
