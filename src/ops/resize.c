/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `resize`: ImageMagick's geometry, and words where a shell would trip over it. */
#include "ops/resize.h"

#include "base/number.h"
#include "kernels/filter.h"
#include "ops/args.h"
#include "ops/gravity.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum fit { FIT_INSIDE, FIT_COVER, FIT_STRETCH, FIT_PAD, FIT_COUNT };
enum limit { LIMIT_NONE, LIMIT_SHRINK, LIMIT_ENLARGE }; /* only shrink, only enlarge */

static const char *const fit_names[FIT_COUNT] = {"inside", "cover", "stretch", "pad"};
static const char fit_signs[FIT_COUNT] = {0, '^', '!', 0};

struct resize_params {
	double percent; /* above 0: of both sides; else */
	uint32_t width, height; /* 0: by the other side */
	uint8_t fit, limit, filter, gravity;
	bool linear;
	uint8_t fill[4];
	bool windowed;
	double window[4];
};

_Static_assert(sizeof(struct resize_params) <= STEP_PARAMS_MAX, "params must fit a step");

static void parse_signs(
	struct resize_params *p, struct op_args *args, const struct op_word *word, size_t from)
{
	for (size_t i = from; i < word->length; i++) {
		char c = word->text[i];

		if (c == '^')
			p->fit = FIT_COVER;
		else if (c == '!')
			p->fit = FIT_STRETCH;
		else if (c == '>')
			p->limit = LIMIT_SHRINK;
		else if (c == '<')
			p->limit = LIMIT_ENLARGE;
		else
			args_fail(args, word, "expected WxH, Wx, xH or N%%, then any of ^ ! > <");
	}
}

/* Digits at the word's start: a side, or 0 when there are none. */
static uint32_t parse_side(struct op_args *args, const struct op_word *word, size_t *at)
{
	size_t start = *at;
	uint64_t value = 0;

	while (*at < word->length && word->text[*at] >= '0' && word->text[*at] <= '9')
		++*at;
	if (*at == start)
		return 0;
	if (!number_parse_whole(word->text + start, *at - start, &value) || value < 1 ||
		value > OP_SIDE_MAX)
		args_fail(args, word, "a side is 1 to %d pixels", OP_SIDE_MAX);
	return (uint32_t)value;
}

static void parse_geometry(
	struct resize_params *p, struct op_args *args, const struct op_word *word)
{
	const char *percent = memchr(word->text, '%', word->length);
	size_t at = 0;

	if (percent) {
		struct op_word number = {word->text, (size_t)(percent - word->text), true, true};

		p->percent = args_number(args, &number, 1e-3, 1e5);
		parse_signs(p, args, word, number.length + 1);
		return;
	}
	p->width = parse_side(args, word, &at);
	if (at < word->length && word->text[at] == 'x') {
		at++;
		p->height = parse_side(args, word, &at);
	} else {
		args_fail(args, word, "expected WxH, Wx, xH or N%%, then any of ^ ! > <");
	}
	if (!p->width && !p->height)
		args_fail(args, word, "one side at least is needed");
	parse_signs(p, args, word, at);
}

static void parse_window(struct resize_params *p, struct op_args *args)
{
	struct op_word values[4];
	size_t count = args_key(args, "window", values, 4);

	if (!count)
		return;
	if (count != 4) {
		args_fail(args, &values[0], "a window is x0,y0,x1,y1");
		return;
	}
	p->windowed = true;
	for (int i = 0; i < 4; i++)
		p->window[i] = args_number(args, &values[i], 0, 1e7);
	/* Windows are float32 from here on: two ends that round to one are no window. */
	if ((float)p->window[0] >= (float)p->window[2] ||
		(float)p->window[1] >= (float)p->window[3])
		args_fail(args, &values[0], "a window is x0,y0,x1,y1 with x0 < x1 and y0 < y1");
}

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct resize_params *p = params;
	const struct op_word *word;

	(void)fault;
	if (args_flag(args, "no-upscale"))
		p->limit = LIMIT_SHRINK;
	word = args_value(args, "a size (WxH, Wx, xH or N%)");
	if (word)
		parse_geometry(p, args, word);
	p->fit = args_choice_key(args, "fit", fit_names, FIT_COUNT, p->fit);
	if (p->fit == FIT_PAD && !(p->width && p->height))
		args_fail(args, word, "fit=pad needs both sides");
	p->filter = args_filter(args, defaults, FILTER_LANCZOS);
	p->linear = args_linear(args, defaults, p->filter);
	p->gravity = args_gravity(args, defaults);
	args_color(args, "fill", p->fill, defaults->background);
	if (p->fit != FIT_PAD) { /* they play no part: equal recipes have equal parameters */
		p->gravity = GRAVITY_CENTER;
		memset(p->fill, 0, sizeof p->fill);
	}
	parse_window(p, args);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct resize_params *p = params;
	char text[NUMBER_TEXT_MAX];

	if (p->percent > 0) {
		number_print(text, p->percent);
		str_addf(out, " %s%%", text);
	} else {
		str_add_char(out, ' ');
		if (p->width)
			str_addf(out, "%u", p->width);
		str_add_char(out, 'x');
		if (p->height)
			str_addf(out, "%u", p->height);
	}
	if (fit_signs[p->fit])
		str_add_char(out, fit_signs[p->fit]);
	if (p->limit)
		str_add_char(out, p->limit == LIMIT_SHRINK ? '>' : '<');
	if (p->fit == FIT_PAD)
		str_add(out, " fit=pad");
	str_addf(out, " filter=%s%s", filter_name(p->filter), p->linear ? " linear" : "");
	if (p->fit == FIT_PAD) {
		str_addf(out, " gravity=%s", gravity_names[p->gravity]);
		args_print_color(out, "fill", p->fill);
	}
	if (p->windowed)
		args_print_numbers(out, "window", p->window, 4);
}

/* Half up of a quotient, at least 1. Sides are below 2^20, so products and halves are exact in double. */
static uint32_t side(double numerator, double denominator)
{
	double value = floor(numerator / denominator + 0.5);

	return value < 1 ? 1 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* The size that the geometry asks of a source of w x h. */
static void wanted(const struct resize_params *p, double w, double h, struct resize_work *work)
{
	bool by_width;

	if (p->percent > 0) {
		work->width = side(w * p->percent, 100);
		work->height = side(h * p->percent, 100);
		return;
	}
	work->width = p->width;
	work->height = p->height;
	if (p->fit == FIT_STRETCH && p->width && p->height)
		return;
	/* The width binds where W / w <= H / h; covering, the other one does. */
	by_width = !p->height ||
		(p->width && (p->width * h <= p->height * w) == (p->fit != FIT_COVER));
	if (p->width && p->height && p->width * h == p->height * w)
		return;
	if (by_width)
		work->height = side(h * p->width, w);
	else
		work->width = side(w * p->height, h);
}

/* `>` and `<` hold for each side; where aspect is kept both agree. */
static void limit_sides(
	const struct resize_params *p, uint32_t w, uint32_t h, struct resize_work *work)
{
	bool shrink = p->limit == LIMIT_SHRINK, enlarge = p->limit == LIMIT_ENLARGE;

	if ((shrink && work->width > w) || (enlarge && work->width < w))
		work->width = w;
	if ((shrink && work->height > h) || (enlarge && work->height < h))
		work->height = h;
}

static int set_window(const struct resize_params *p, const struct shape *in,
	struct resize_work *work, struct fault *fault)
{
	float whole[4] = {0, 0, (float)in->width, (float)in->height};

	memcpy(work->window, whole, sizeof whole);
	if (!p->windowed)
		return 0;
	for (int i = 0; i < 4; i++)
		work->window[i] = (float)p->window[i];
	if (work->window[2] > whole[2] || work->window[3] > whole[3])
		return fault_set(fault, IMGBATCH_E_OPERATION,
			"resize: its window ends at %g,%g, the image at %ux%u",
			(double)work->window[2], (double)work->window[3], in->width, in->height);
	return 0;
}

/* Whole-number windows of the output's size are moves, and the whole image a copy. */
static void set_shortcuts(const struct shape *in, struct resize_work *work)
{
	const float *w = work->window;

	work->move = w[0] == floorf(w[0]) && w[1] == floorf(w[1]) &&
		w[2] - w[0] == (float)work->width && w[3] - w[1] == (float)work->height;
	work->copy = work->move && work->width == in->width && work->height == in->height;
}

static void set_canvas(const struct resize_params *p, struct resize_work *work)
{
	work->padded = p->fit == FIT_PAD;
	work->canvas_width = work->width;
	work->canvas_height = work->height;
	if (work->padded && p->width > work->width)
		work->canvas_width = p->width;
	if (work->padded && p->height > work->height)
		work->canvas_height = p->height;
	work->left = (uint32_t)-gravity_crop_x(p->gravity, work->width, work->canvas_width);
	work->top = (uint32_t)-gravity_crop_y(p->gravity, work->height, work->canvas_height);
	memcpy(work->fill, p->fill, sizeof work->fill);
	if (work->canvas_width == work->width && work->canvas_height == work->height)
		work->padded = false;
}

static int resolve(
	const void *params, const struct shape *in, struct resize_work *work, struct fault *fault)
{
	const struct resize_params *p = params;
	const float *window = work->window;
	int code = resize_check(in, fault);

	memset(work, 0, sizeof *work);
	if (!code)
		code = set_window(p, in, work, fault);
	if (code)
		return code;
	wanted(p, (double)window[2] - (double)window[0], (double)window[3] - (double)window[1],
		work);
	limit_sides(p, side(window[2] - window[0], 1), side(window[3] - window[1], 1), work);
	work->filter = in->indexed ? FILTER_NEAREST : p->filter;
	work->linear = p->linear && !in->indexed;
	set_canvas(p, work);
	set_shortcuts(in, work);
	return 0;
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	return resize_shape_by(resolve, params, in, out, fault);
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	return resize_apply_by(resolve, params, in, out, env);
}

static uint64_t scratch(const void *params, const struct shape *in)
{
	return resize_scratch_by(resolve, params, in);
}

static void points(const void *params, const struct shape *in, double (*xy)[2], size_t count)
{
	resize_points_by(resolve, params, in, xy, count);
}

void op_resize_set(struct step *step, uint32_t width, uint32_t height, uint8_t filter, bool linear)
{
	struct resize_params *p = (void *)step->params;

	assert(step->op == op_by_name("resize", 6));
	memset(p, 0, sizeof *p);
	p->width = width;
	p->height = height;
	p->fit = FIT_STRETCH;
	p->filter = filter;
	p->linear = linear;
}

const struct op op_resize = {
	.name = "resize",
	.kind = OP_FIXED,
	.usage = "WxH|Wx|xH|N%[^!><][,fit=F][,no-upscale][,filter=F][,linear][,window=x0,y0,x1,y1]",
	.summary = "resample to a size: fit inside, cover (^), stretch (!), only shrink (>) or "
		   "enlarge (<)",
	.help = "WxH fits the image inside that box and keeps its aspect; WxH^ covers the box; "
		"WxH! stretches "
		"to it. Wx and xH name one side, the other follows. N% scales both sides. The side "
		"that "
		"does not bind is the exact quotient, rounded half up, at least 1.\n"
		"> only shrinks and < only enlarges: a side that would go the other way keeps its "
		"size. "
		"no-upscale is the same as >.\n"
		"fit=inside|cover|stretch|pad says the fit in words (default inside). fit=pad fits "
		"inside "
		"and lays the result on a WxH canvas by gravity=G (default the recipe's, center), "
		"filled with "
		"fill=COLOUR (default the recipe's background, transparent black).\n"
		"filter=nearest|box|bilinear|hamming|bicubic|lanczos (default lanczos). All but "
		"nearest are "
		"antialiased when shrinking. Indexed images always use nearest.\n"
		"window=x0,y0,x1,y1 resamples that window of the image, fractions allowed; taps "
		"reach past it "
		"up to the image's edge, so it is not the same as crop, then resize.\n"
		"linear averages light, not levels: sRGB to 16 bits of linear light, the 16-bit "
		"resize, and back, both "
		"rounded half up; alpha is no light. It says nothing with nearest, or where pixels "
		"only move. A linear "
		"resize is done by itself, not while the image is decoded.\n"
		"Colour is premultiplied by alpha while it is filtered.\n"
		"Exact: 8-bit results are Pillow 9.4's Image.resize(size, filter, box), bit for "
		"bit. 16-bit ones "
		"use double weights and round half away from zero after each pass.",
	.params_size = sizeof(struct resize_params),
	.deep = true,
	.moves = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
	.points = points,
	.resolve = resolve,
};
