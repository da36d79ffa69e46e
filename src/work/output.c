/* SPDX-License-Identifier: Apache-2.0 */
/* One output: the drawn steps over the decoded image, what the format asks for, and the encoder. */
#include "codec/exif.h"
#include "ops/lay.h"
#include "ops/resize.h"
#include "work/worker.h"

#include <string.h>

int work_draw(struct subject *s, uint32_t index)
{
	struct worker *worker = s->worker;

	s->stage = STAGE_DRAW;
	return recipe_draw(&worker->recipe, s->request->key, index / worker->fan,
		index % worker->fan, &s->upright, worker->config->boxes ? &s->boxes : NULL,
		&worker->drawn, &s->fault);
}

int work_print(struct subject *s)
{
	struct str *text = &s->worker->text;

	str_clear(text);
	recipe_print(&s->worker->drawn, text);
	if (text->failed)
		return fault_set(&s->fault, IMGBATCH_E_NOMEM, "no memory for the recipe's text");
	if (text->length > TASK_RECIPE_MAX)
		return fault_set(&s->fault, IMGBATCH_E_OPERATION,
			"its drawn recipe is a text of %zu bytes, of which %d are allowed",
			text->length, TASK_RECIPE_MAX);
	return 0;
}

/* A resize with a crop behind it computes only what the crop keeps. 2 steps answered, or 0. */
static int resize_and_crop(struct subject *s, const struct step *step, size_t left,
	const struct image *in, struct image *out, struct op_env *env, size_t *answered)
{
	struct resize_work work;
	struct shape resized;
	struct rect part;
	int code;

	*answered = 0;
	if (left < 2 || !step[0].op->resolve)
		return 0;
	code = step[0].op->resolve(step[0].params, &in->shape, &work, &s->fault);
	if (code)
		return code;
	resized = resize_shape(&work, &in->shape);
	if (!op_crop_rect(&step[1], &resized, &part))
		return 0;
	*answered = 2;
	return resize_part(&work, in, &part, out, env);
}

/* Whether out lies inside in's pixels: a view, not a fresh image. */
static bool is_view(const struct image *in, const struct image *out)
{
	const unsigned char *start = in->data, *p = out->data;

	return p >= start && p < start + in->stride * in->shape.height;
}

void held_pass_on(struct held *now, const struct image *out, struct pool *pool)
{
	if (!is_view(&now->image, out)) {
		pool_put(pool, now->buffer);
		now->buffer = out->data;
	}
	now->image = *out;
}

static int run_steps(struct subject *s, const struct image *base, size_t first, struct held *now)
{
	const struct steps *steps = &s->worker->drawn.steps;
	struct op_env env = work_env(s);
	size_t answered;

	*now = (struct held){.image = *base};
	s->stage = STAGE_OP;
	for (size_t i = first; i < steps->count; i += answered) {
		const struct step *step = &steps->step[i];
		struct image out;
		int code = resize_and_crop(
			s, step, steps->count - i, &now->image, &out, &env, &answered);

		if (!code && !answered) {
			code = step->op->apply(step->params, &now->image, &out, &env);
			answered = 1;
		}
		work_lap_op(s, step->op, 1);
		if (code)
			return code;
		held_pass_on(now, &out, s->worker->pool);
	}
	return 0;
}

/* c over background b with alpha a, all 0..255, rounded to nearest. */
static uint8_t over(unsigned c, unsigned b, unsigned a)
{
	return (uint8_t)((c * a + b * (255 - a) + 127) / 255);
}

/* For formats without alpha: the image over the recipe's background. 8 bits: no such format is deep. */
static int flatten(struct subject *s, struct held *now)
{
	const uint8_t *background = s->worker->recipe.defaults.background;
	struct op_env env = work_env(s);
	struct shape shape = now->image.shape;
	unsigned colors = shape.channels - 1u;
	struct image flat;
	int code;

	shape.channels = (uint8_t)colors;
	code = op_env_image(&env, &shape, &flat);
	if (code)
		return code;
	for (uint32_t y = 0; y < shape.height; y++) {
		const uint8_t *from = image_row(&now->image, y);
		uint8_t *to = image_row(&flat, y);

		for (uint32_t x = 0; x < shape.width; x++, from += colors + 1, to += colors)
			for (unsigned c = 0; c < colors; c++)
				to[c] = over(from[c], background[c], from[colors]);
	}
	held_pass_on(now, &flat, s->worker->pool);
	return 0;
}

/* A block of the pool's that belongs to this output: encode() puts it back. */
static uint8_t *own_exif(struct subject *s, size_t size, struct metadata *chosen)
{
	uint8_t *block = pool_take(s->worker->pool, size);

	if (!block)
		fault_set(&s->fault, IMGBATCH_E_NOMEM, "no memory for the EXIF block");
	chosen->exif = (struct bytes){block, block ? size : 0};
	return block;
}

/*
 * The EXIF block: the input's, its orientation reset where that was applied. Where it was not, an image keeps
 * its orientation even when nothing else of the block is kept.
 */
static int choose_exif(struct subject *s, bool all, struct metadata *chosen)
{
	const struct bytes *from = &s->facts.metadata.exif;
	bool turned = s->facts.orientation != 1, applied = s->worker->config->auto_orient;
	uint8_t *block;

	if (all && (!turned || !applied)) {
		chosen->exif = *from;
	} else if (all) {
		block = own_exif(s, from->size, chosen);
		if (!block)
			return IMGBATCH_E_NOMEM;
		memcpy(block, from->data, from->size);
		exif_set_orientation(block, from->size, 1);
	} else if (turned && !applied) {
		block = own_exif(s, EXIF_MINIMAL, chosen);
		if (!block)
			return IMGBATCH_E_NOMEM;
		exif_minimal(block, s->facts.orientation);
	}
	return 0;
}

/*
 * What goes with the output. A profile describes one colour model: it is left out where the output is of
 * another (grey from RGB, RGB from CMYK).
 */
static int choose_metadata(struct subject *s, const struct shape *shape, struct metadata *chosen)
{
	const struct metadata *from = &s->facts.metadata;
	uint8_t wish = s->worker->config->metadata;
	bool was_grey = s->facts.shape.channels <= 2, is_grey = shape->channels <= 2;
	bool was_cmyk = !strcmp(s->facts.color, "cmyk") || !strcmp(s->facts.color, "ycck");

	*chosen = (struct metadata){0};
	if (wish == METADATA_NONE)
		return 0;
	if (was_grey == is_grey && !was_cmyk)
		chosen->icc = from->icc;
	if (wish == METADATA_ALL) {
		chosen->xmp = from->xmp;
		chosen->density_x = from->density_x;
		chosen->density_y = from->density_y;
	}
	return choose_exif(s, wish == METADATA_ALL, chosen);
}

/* The drawn recipe's text, behind the encoded bytes. */
static int record_recipe(struct subject *s, uint64_t at, uint64_t end, struct extent *where)
{
	const struct str *text = &s->worker->text;

	if (text->length > end - at)
		return fault_set(&s->fault, IMGBATCH_E_ENCODE, "no room left in the slot");
	if (text->length)
		memcpy(s->slot + at, text->text, text->length);
	*where = (struct extent){at, text->length};
	return 0;
}

void work_tell_room(struct subject *s, uint64_t bound, uint64_t left)
{
	if (bound > left)
		s->reply->room = bound;
}

static int encode(struct subject *s, const struct image *image, uint64_t at,
	struct task_output *output, uint64_t *end)
{
	const uint64_t room_end = s->request->room.offset + s->request->room.length;
	struct encoder **encoder;
	struct metadata metadata;
	size_t size = 0;
	int code;

	for (output->format = 0; codecs[output->format] != s->target; output->format++)
		;
	encoder = &s->worker->encoder[output->format];
	if (!*encoder)
		*encoder = s->target->encoder_new();
	if (!*encoder)
		return fault_set(&s->fault, IMGBATCH_E_NOMEM, "no memory for an encoder");
	code = choose_metadata(s, &image->shape, &metadata);
	if (!code)
		code = s->target->encode(*encoder, image, &s->worker->config->encode, &metadata,
			s->slot + at, room_end - at, &size, &s->fault);
	if (!code)
		code = record_recipe(s, at + size, room_end, &output->recipe);
	if (code == IMGBATCH_E_ENCODE)
		work_tell_room(s,
			s->target->encode_bound(&image->shape, &metadata) + s->worker->text.length,
			room_end - at);
	if (metadata.exif.data != s->facts.metadata.exif.data)
		pool_put(s->worker->pool, (void *)metadata.exif.data);
	if (code)
		return code;
	output->bytes = (struct extent){at, size};
	output->width = image->shape.width;
	output->height = image->shape.height;
	*end = at + size + output->recipe.length;
	return 0;
}

int work_output(struct subject *s, const struct image *base, size_t first, uint64_t at,
	struct task_output *output, uint64_t *end)
{
	struct held now;
	int code = run_steps(s, base, first, &now);

	if (code)
		return code;
	s->stage = STAGE_ENCODE;
	if (shape_has_alpha(&now.image.shape) && !s->target->alpha)
		code = flatten(s, &now);
	if (!code)
		code = encode(s, &now.image, at, output, end);
	if (now.buffer)
		pool_put(s->worker->pool, now.buffer);
	work_lap(s, SPENT_ENCODE);
	return code;
}
