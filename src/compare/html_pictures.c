/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pictures of a failed pair. Two images of one size are cut to the same region around their differences, every sample kept,
 * so that the page can show values; images that cannot be laid over one another are shrunk instead, where they are large.
 */
#include "compare/html.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	SMALL_SIDE = 160, /* beside the name, pixels */
	PART_SIDE = 64,
	WHOLE_SIDE = 512,
};

enum { EXPECTED, ACTUAL, DIFF, IMAGES };

static const char *const captions[IMAGES] = {"expected", "actual", "differences"};

/* Pixels, where there are any that can be decoded; else the page says so in words. */
static void decode(struct reader *reader, const void *data, size_t size, struct image *image)
{
	struct picture picture;

	/* Whatever was measured is shown: no bound on pixels. */
	if (!data || (!reader->pool && reader_init(reader, 0, NULL)))
		return;
	if (!picture_read(reader, (struct bytes){data, size}, READING_PIXELS, &picture, NULL))
		*image = picture.image;
}

/* -- which part --------------------------------------------------------------------------------------- */

/* Where a span of `length` begins that has `middle` in its middle as far as it stays within 0 .. whole. */
static uint32_t span_begin(uint32_t middle, uint32_t length, uint32_t whole)
{
	uint32_t begin = middle > length / 2 ? middle - length / 2 : 0;

	return begin < whole - length ? begin : whole - length;
}

/* At most side x side: all of the image, or around all that differs, or around the largest difference. */
static struct rect region(const struct shape *shape, const struct rect *box,
	const struct imgbatch_measures *measures, uint32_t side)
{
	struct rect around = *box;
	struct rect part = {0, 0, shape->width < side ? shape->width : side,
		shape->height < side ? shape->height : side};

	if (!around.width || around.width > part.width || around.height > part.height)
		around = (struct rect){measures->x, measures->y, 1, 1};
	part.x = span_begin(around.x + around.width / 2, part.width, shape->width);
	part.y = span_begin(around.y + around.height / 2, part.height, shape->height);
	return part;
}

/* The part is all of it. */
static bool is_small(const struct shape *shape)
{
	return shape->width <= PART_SIDE && shape->height <= PART_SIDE;
}

/* -- as markup ---------------------------------------------------------------------------------------- */

/* Beside the name. small->data is freed. */
static int add_small(struct page_pictures *encoders, struct str *out, const char *caption,
	const struct image *small, struct fault *fault)
{
	int code;

	str_addf(out, "<img alt=\"%s\" title=\"%s\" width=\"%u\" height=\"%u\" src=\"", caption,
		caption, small->shape.width, small->shape.height);
	code = page_picture_add_small(encoders, out, small, fault);
	str_add(out, "\">");
	free(small->data);
	return code;
}

static int add_thumbs(struct page_pictures *encoders, struct str *out,
	const struct image image[IMAGES], struct fault *fault)
{
	int code = 0;

	for (int i = 0; i < IMAGES && !code; i++) {
		struct image small;

		if (!image[i].data)
			continue;
		code = i == DIFF ? html_diff_shrink(&image[i], SMALL_SIDE, &small, fault)
				 : page_picture_shrink(&image[i], SMALL_SIDE, &small, fault);
		if (!code)
			code = add_small(encoders, out, captions[i], &small, fault);
	}
	return code;
}

/* `form` is an attribute for the viewer: where a part begins, or how large the image was. */
static int add_figure(struct page_pictures *encoders, struct str *out, const char *caption,
	const struct image *image, const char *form, struct fault *fault)
{
	int code;

	str_addf(out, "<figure><figcaption>%s</figcaption>", caption);
	str_addf(out, "<img alt=\"%s\" %s width=\"%u\" height=\"%u\" src=\"", caption, form,
		image->shape.width, image->shape.height);
	code = page_picture_add_exact(encoders, out, image, fault);
	str_add(out, "\"></figure>\n");
	return code;
}

static int add_part(struct page_pictures *encoders, struct str *out,
	const struct image image[IMAGES], const struct rect *part, struct fault *fault)
{
	char form[64];
	int code = 0;

	snprintf(form, sizeof form, "data-at=\"%u %u\"", part->x, part->y);
	for (int i = 0; i < IMAGES && !code; i++) {
		struct image view;

		if (!image[i].data)
			continue;
		view = image_view(&image[i], part);
		code = add_figure(encoders, out, captions[i], &view, form, fault);
	}
	return code;
}

/* Two that were measured: of one size, in one form, so that the page compares like with like. */
static int add_matching(struct html_maker *maker, const struct imgbatch_pair *pair,
	struct image image[IMAGES], const bool wanted[HTML_SIZES], struct str picture[HTML_SIZES],
	struct fault *fault)
{
	static const uint32_t sides[HTML_SIZES] = {
		[HTML_PART] = PART_SIDE, [HTML_WHOLE] = WHOLE_SIDE};
	const struct shape form = image[EXPECTED].shape;
	struct rect box = {0};
	int code = 0;

	if (!code && image[DIFF].data)
		box = html_diff_box(&image[DIFF]);
	for (int size = HTML_PART; size <= HTML_WHOLE && !code; size++) {
		struct rect part = region(&form, &box, &pair->measures, sides[size]);

		if (wanted[size] && !(size == HTML_WHOLE && is_small(&form)))
			code = add_part(&maker->encoders, &picture[size], image, &part, fault);
	}
	return code;
}

/* One that stands alone, or beside one of another size. */
static int add_single(struct page_pictures *encoders, const char *caption,
	const struct image *image, struct str *out, struct fault *fault)
{
	const struct shape *shape = &image->shape;
	struct image small;
	char form[64];
	int code;

	if (!image->data)
		return 0;
	if (shape->width <= WHOLE_SIDE && shape->height <= WHOLE_SIDE)
		return add_figure(encoders, out, caption, image, "data-at=\"0 0\"", fault);
	code = page_picture_shrink(image, WHOLE_SIDE, &small, fault);
	if (code)
		return code;
	snprintf(form, sizeof form, "data-of=\"%u %u\"", shape->width, shape->height);
	code = add_figure(encoders, out, caption, &small, form, fault);
	free(small.data);
	return code;
}

void html_maker_release(struct html_maker *maker)
{
	page_pictures_release(&maker->encoders);
	for (int i = EXPECTED; i <= ACTUAL; i++)
		reader_release(&maker->reader[i]);
}

int html_make_pictures(struct html_maker *maker, const struct imgbatch_pair *pair,
	const struct compare_shown *shown, const bool wanted[HTML_SIZES],
	struct str picture[HTML_SIZES], struct fault *fault)
{
	const uint64_t size[] = {pair->expected.bytes, pair->actual.bytes};
	struct image image[IMAGES] = {0};
	int code = 0;

	for (int i = 0; i < IMAGES; i++)
		if (shown->image[i])
			image[i] = *shown->image[i];
		else if (i != DIFF)
			decode(&maker->reader[i], shown->file[i], size[i], &image[i]);
	if (wanted[HTML_SMALL])
		code = add_thumbs(&maker->encoders, &picture[HTML_SMALL], image, fault);
	if (!code && shown->image[EXPECTED] && shown->image[ACTUAL])
		code = add_matching(maker, pair, image, wanted, picture, fault);
	else
		for (int i = EXPECTED; i <= ACTUAL && wanted[HTML_WHOLE] && !code; i++)
			code = add_single(&maker->encoders, captions[i], &image[i],
				&picture[HTML_WHOLE], fault);
	for (int i = EXPECTED; i <= ACTUAL; i++)
		if (maker->reader[i].pool)
			reader_reset(&maker->reader[i]);
	return code;
}
