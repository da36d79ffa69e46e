/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YOLO's text: a line an object, numbers in shares of the upright image.
 *
 *	class cx cy width height [more]     a box; what stands behind it is kept
 *	class x y x y x y ..                a polygon, where the count of numbers behind the class is even and six or more
 *
 * Source: the formats of Ultralytics' detection and segmentation data sets. Written with six decimals, as they are.
 */
#include "boxes/internal.h"

#include "base/number.h"

#include <string.h>

enum { DECIMALS = 6 };

struct word {
	const char *text;
	size_t size;
};

/* The next word of a line; false at its end. */
static bool next_word(const char **at, const char *end, struct word *word)
{
	while (*at < end && (**at == ' ' || **at == '\t' || **at == '\r'))
		++*at;
	word->text = *at;
	while (*at < end && **at != ' ' && **at != '\t' && **at != '\r')
		++*at;
	word->size = (size_t)(*at - word->text);
	return word->size > 0;
}

static size_t count_words(const char *at, const char *end)
{
	struct word word;
	size_t count = 0;

	while (next_word(&at, end, &word))
		count++;
	return count;
}

static bool is_polygon(size_t words)
{
	return words >= 7 && words % 2 == 1;
}

static bool next_number(const char **at, const char *end, double *value)
{
	struct word word;

	return next_word(at, end, &word) && number_parse(word.text, word.size, value) &&
		*value > -1000 && *value < 1000;
}

static bool take_box(const char *at, const char *end, double box[4])
{
	double v[4];

	for (int i = 0; i < 4; i++)
		if (!next_number(&at, end, &v[i]))
			return false;
	box[0] = v[0] - v[2] / 2;
	box[1] = v[1] - v[3] / 2;
	box[2] = v[0] + v[2] / 2;
	box[3] = v[1] + v[3] / 2;
	return v[2] >= 0 && v[3] >= 0;
}

/* The rectangle around a polygon's corners. */
static bool take_bounds(const char *at, const char *end, size_t numbers, double box[4])
{
	for (size_t i = 0; i < numbers; i++) {
		double v;

		if (!next_number(&at, end, &v))
			return false;
		if (i < 2 || v < box[i % 2])
			box[i % 2] = v;
		if (i < 2 || v > box[2 + i % 2])
			box[2 + i % 2] = v;
	}
	return true;
}

static int parse_line(struct labels *labels, const char *line, const char *end, unsigned number,
	struct fault *fault)
{
	size_t words = count_words(line, end);
	const char *at = line;
	struct word class;
	struct label *label;
	double box[4];

	if (!words)
		return 0;
	next_word(&at, end, &class);
	if (words < 5 ||
		!(is_polygon(words) ? take_bounds(at, end, words - 1, box)
				    : take_box(at, end, box)))
		return fault_set(fault, IMGBATCH_E_BOXES,
			"line %u is neither a box (class cx cy w h) nor a polygon", number);
	label = labels_add(labels, box);
	if (!label)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	label->at = (size_t)(line - labels->text.text);
	label->size = (size_t)(end - line);
	return 0;
}

int yolo_parse(struct labels *labels, struct fault *fault)
{
	const char *line = str_text(&labels->text), *end = line + labels->text.length, *stop;
	int code = 0;

	labels->shares = true;
	for (unsigned number = 1; !code && line < end; number++, line = stop + 1) {
		stop = memchr(line, '\n', (size_t)(end - line));
		stop = stop ? stop : end;
		code = parse_line(labels, line, stop, number, fault);
	}
	return code;
}

static void add_share(struct str *out, double value, double whole)
{
	/* Six decimals of a share, printed as whole numbers: no locale has a say. */
	long long millionths = (long long)(value / whole * 1e6 + 0.5);

	str_addf(out, " %lld.%0*lld", millionths / 1000000, DECIMALS, millionths % 1000000);
}

static int print_box(struct journey *journey, const char *at, const char *end, struct str *out,
	struct fault *fault)
{
	const struct boxes_output *to = journey->output;
	struct outline *outline = &journey->boxes->outline;
	double unused, box[4];
	struct word class;
	int kept;

	next_word(&at, end, &class);
	if (!take_box(at, end, box) || !outline_set_box(outline, box))
		return IMGBATCH_E_NOMEM;
	kept = journey_follow(journey, true, fault);
	if (kept <= 0)
		return kept;
	for (int i = 0; i < 4; i++)
		next_number(&at, end, &unused);
	outline_bounds(outline, box);
	str_add_bytes(out, class.text, class.size);
	add_share(out, (box[0] + box[2]) / 2, to->width);
	add_share(out, (box[1] + box[3]) / 2, to->height);
	add_share(out, box[2] - box[0], to->width);
	add_share(out, box[3] - box[1], to->height);
	str_add_bytes(out, at, (size_t)(end - at));
	str_add_char(out, '\n');
	return 0;
}

static int print_polygon(struct journey *journey, const char *at, const char *end, size_t corners,
	struct str *out, struct fault *fault)
{
	const struct boxes_output *to = journey->output;
	struct outline *outline = &journey->boxes->outline;
	struct word class;
	int kept;

	next_word(&at, end, &class);
	if (!outline_make(outline, corners))
		return IMGBATCH_E_NOMEM;
	for (size_t i = 0; i < corners; i++)
		for (int axis = 0; axis < 2; axis++)
			next_number(&at, end, &outline->xy[i][axis]);
	kept = journey_follow(journey, true, fault);
	if (kept <= 0)
		return kept;
	str_add_bytes(out, class.text, class.size);
	for (size_t i = 0; i < outline->count; i++) {
		add_share(out, outline->xy[i][0], to->width);
		add_share(out, outline->xy[i][1], to->height);
	}
	str_add_char(out, '\n');
	return 0;
}

int yolo_print(
	struct journey *journey, const struct labels *labels, struct str *out, struct fault *fault)
{
	int code = 0;

	for (size_t i = 0; !code && i < labels->count; i++) {
		const char *at = labels->text.text + labels->label[i].at;
		const char *end = at + labels->label[i].size;
		size_t words = count_words(at, end);

		code = is_polygon(words)
			? print_polygon(journey, at, end, (words - 1) / 2, out, fault)
			: print_box(journey, at, end, out, fault);
	}
	return code;
}
