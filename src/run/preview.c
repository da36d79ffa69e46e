/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A contact sheet of what a run would make:
 *
 *	listing ─► pick a few ─► for each: read ─┬─► shrink ─────────────────────────► cell "original"
 *	                                         └─► imgbatch_process, copy 0 ─► shrink ─► cell "copy 0", ...
 *
 * Each draw is made as imgbatch_process makes it, encoded and all, so a cell shows the run's own output; it is decoded
 * and shrunk by a second batch. One picture is in memory at a time, besides the sheet.
 */
#include "base/number.h"
#include "recipe/recipe.h"
#include "report/sheet.h"
#include "run/batch.h"
#include "run/pick.h"
#include "base/whole.h"
#include "source/source.h"
#include "work/work.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CELL_LEAST = 64,
	CELL_MOST = 1024,
	SIDE_MOST = 200, /* cells */
	LONG_NUMBER = 6, /* characters; longer ones are rounded */
	SPARES = 4, /* inputs picked for one that is shown: some may be no images */
};

/* Pixels of the sheet at most. */
static const uint64_t sheet_most = (uint64_t)1 << 27;

struct preview {
	struct imgbatch *batch;
	const struct imgbatch_preview *wish;
	struct imgbatch *shrink; /* owned: any picture to one of a cell's size, as plain PNG */
	struct decoder *decoder; /* owned, of PNG */
	struct source *source;
	struct pick pick;
	struct sheet sheet;
	unsigned draws; /* cells of a picture behind its original */
	unsigned per_row; /* pictures */
	unsigned columns; /* in use: whole groups */
	bool random; /* chance decides something */
	char *head; /* owned: the recipe as written, every default spelled out */
	struct fault *fault;

	/* The row in hand. */
	struct sheet_cell *cell; /* owned, one a column */
	struct image *image; /* owned, each with its pixels, likewise */
	char **text, **failure; /* owned, each too, likewise */
};

/* -- cells -------------------------------------------------------------------------------------------- */

static int no_memory(struct preview *p)
{
	return fault_set(p->fault, IMGBATCH_E_NOMEM, "no memory for a sheet");
}

static int decode_rows(struct preview *p, struct image *image)
{
	uint32_t got;

	for (uint32_t y = 0; y < image->shape.height; y += got) {
		struct rect rest = {0, y, image->shape.width, image->shape.height - y};
		struct image strip = image_view(image, &rest);
		int code = codec_png.rows(p->decoder, &strip, &got, p->fault);

		if (code || !got)
			return code ? code : IMGBATCH_E_TRUNCATED;
	}
	return codec_png.finish(p->decoder, p->fault);
}

/* The pixels of a PNG that was made here. */
static int decode(struct preview *p, const struct imgbatch_result *png, struct image *image)
{
	struct codec_request request = {.scale = 8, .sample = SAMPLE_U8};
	struct codec_delivery delivery;
	struct codec_facts facts;
	uint32_t warnings = 0;
	int code = codec_png.header(p->decoder, png->data, png->size, &codec_default_limits, &facts,
		&warnings, p->fault);

	if (code)
		return code;
	request.rect = (struct rect){0, 0, facts.shape.width, facts.shape.height};
	code = codec_png.start(p->decoder, &request, &delivery, p->fault);
	if (code)
		return code;
	image->shape = delivery.shape;
	image->stride = shape_row_size(&delivery.shape);
	image->data = malloc(shape_bytes(&delivery.shape));
	return image->data ? decode_rows(p, image) : no_memory(p);
}

static int set_text(struct preview *p, char **kept, const char **shown, const char *text)
{
	free(*kept);
	*kept = strdup(text);
	*shown = *kept;
	return *kept ? 0 : no_memory(p);
}

static int set_caption(struct preview *p, unsigned column, const char *text)
{
	return set_text(p, &p->text[column], &p->cell[column].text, text);
}

/* What went wrong, in the cell's place. It goes no further: a sheet shows what a run would tell. */
static int set_failure(struct preview *p, unsigned column, int code, const char *detail)
{
	char text[FAULT_DETAIL_MAX + 40];

	if (code == IMGBATCH_E_NOMEM)
		return no_memory(p);
	snprintf(text, sizeof text, "%s\n%s", code_name(code), detail);
	return set_text(p, &p->failure[column], &p->cell[column].failure, text);
}

/* A picture of any size into a cell. */
static int set_picture(struct preview *p, unsigned column, const void *bytes, size_t size)
{
	struct imgbatch_result small;
	struct imgbatch_fault said;
	int code = imgbatch_process(p->shrink, bytes, size, NULL, 0, &small, &said);

	if (code)
		return set_failure(p, column, code, said.detail);
	p->cell[column].image = &p->image[column];
	return decode(p, &small, &p->image[column]);
}

/* "500x375 jpeg, 48 KiB", as far as the header tells. */
static void describe(const struct whole *file, struct str *text)
{
	const struct codec *codec = codec_probe(file->bytes, file->size);
	struct decoder *decoder = codec ? codec->decoder_new() : NULL;
	struct codec_limits limits = codec_default_limits;
	struct codec_facts facts;
	uint32_t warnings = 0;

	limits.max_pixels = 0; /* only facts are wanted */
	if (decoder &&
		!codec->header(decoder, file->bytes, file->size, &limits, &facts, &warnings, NULL))
		str_addf(text, "\n%ux%u %s, %zu KiB", facts.shape.width, facts.shape.height,
			codec->name, (file->size + 1023) / 1024);
	if (decoder)
		codec->decoder_free(decoder);
}

static int set_original(
	struct preview *p, unsigned column, const struct picked *picked, const struct whole *file)
{
	struct str text = STR_INIT;
	int code;

	str_add_escaped(&text, picked->name, strlen(picked->name));
	describe(file, &text);
	p->cell[column].quiet = true;
	code = text.failed ? no_memory(p) : set_caption(p, column, str_text(&text));
	str_release(&text);
	return code ? code : set_picture(p, column, file->bytes, file->size);
}

/* Whether a setting says nothing new below a picture: the sheet's head has it, or it fills with nothing. */
static bool is_known(const struct preview *p, const char *word, size_t size)
{
	static const char nothing[] = "fill=#00000000";
	const char *head = p->head;

	if (!memchr(word, '=', size))
		return false;
	if (size == strlen(nothing) && !memcmp(word, nothing, size))
		return true;
	while ((head = strstr(head, " "))) {
		head++;
		if (!strncmp(head, word, size) && strchr(" \n]", head[size]))
			return true;
	}
	return false;
}

/* A number with a long fraction, rounded to four digits. False: it is none, and whole numbers (seeds) stay whole. */
static bool add_number(struct str *text, const char *digits, size_t size)
{
	char rounded[NUMBER_TEXT_MAX];
	double value, scale;

	if (size <= LONG_NUMBER || !memchr(digits, '.', size) ||
		!number_parse(digits, size, &value))
		return false;
	scale = value > 0 ? fmax(pow(10, 3 - floor(log10(value))), 1) : 1;
	number_print(rounded, round(value * scale) / scale);
	str_add(text, rounded);
	return true;
}

/* A word with its long numbers rounded. */
static void add_rounded(struct str *text, const char *word, size_t size)
{
	for (size_t at = 0, length; at < size; at += length) {
		length = strspn(word + at, "0123456789.");
		if (add_number(text, word + at, length))
			continue;
		length = length ? length : 1;
		str_add_bytes(text, word + at, length);
	}
}

/* A drawn recipe, shortened for a person: --sidecar keeps it whole. */
static void add_recipe(const struct preview *p, const char *recipe, struct str *text)
{
	const char *between = "";

	while (*recipe) {
		size_t size = strcspn(recipe, " \n");

		if (!is_known(p, recipe, size)) {
			str_add(text, between);
			add_rounded(text, recipe, size);
		}
		recipe += size;
		between = *recipe == '\n' ? "\n" : " ";
		recipe += *recipe != '\0';
	}
}

/* The drawn recipe; where nothing is drawn the sheet's head has it, and what came of it is told instead. */
static int set_draw_caption(struct preview *p, unsigned column, const struct imgbatch_result *made)
{
	struct str text = STR_INIT;
	int code;

	if (!p->random)
		str_addf(&text, "%ux%u %s, %zu KiB", made->width, made->height, made->format,
			(made->size + 1023) / 1024);
	else if (*made->recipe)
		add_recipe(p, made->recipe, &text);
	else
		str_add(&text, "(nothing: as it was)");
	code = text.failed ? no_memory(p) : set_caption(p, column, str_text(&text));
	str_release(&text);
	return code;
}

static int set_draw(struct preview *p, unsigned column, const struct picked *picked,
	const struct whole *file, unsigned copy)
{
	struct imgbatch_result made;
	struct imgbatch_fault said;
	int code = imgbatch_process(
		p->batch, file->bytes, file->size, picked->name, copy, &made, &said);

	if (code)
		return set_failure(p, column, code, said.detail);
	code = set_draw_caption(p, column, &made);
	return code ? code : set_picture(p, column, made.data, made.size);
}

/* -- rows --------------------------------------------------------------------------------------------- */

static void row_clear(struct preview *p)
{
	for (unsigned i = 0; i < p->wish->columns; i++) {
		free(p->image[i].data);
		p->image[i] = (struct image){0};
		p->cell[i] = (struct sheet_cell){0};
	}
}

static int read_picked(
	struct preview *p, const struct picked *picked, struct whole *file, struct fault *why)
{
	return whole_read(file, source_root_dir(p->source, picked->root), picked->path,
		picked->follow, p->batch->options.max_file_size, why);
}

static bool no_image(const struct whole *file)
{
	return file->size && !codec_probe(file->bytes, file->size);
}

/* One picture and its draws from `column` on. 1: shown; 0: it is no image, which a run would ignore. */
static int show(struct preview *p, unsigned column, const struct picked *picked)
{
	struct fault why = {0};
	struct whole file;
	int code = read_picked(p, picked, &file, &why);

	if (code) {
		code = set_failure(p, column, code, why.detail);
		if (!code)
			code = set_caption(p, column, picked->name);
		return code ? code : 1;
	}
	if (no_image(&file)) {
		whole_release(&file);
		return 0;
	}
	code = set_original(p, column, picked, &file);
	for (unsigned i = 0; i < p->draws && !code && !p->cell[column].failure; i++)
		code = set_draw(p, column + 1 + i, picked, &file, i);
	whole_release(&file);
	return code ? code : 1;
}

/* The first image among those that were picked for place `at` of `places`. 1: shown; 0: none is one. */
static int show_one(struct preview *p, unsigned column, size_t at, size_t places)
{
	size_t from = p->pick.count * at / places, to = p->pick.count * (at + 1) / places;

	for (size_t i = from; i < to; i++) {
		int got;

		if (atomic_load(&p->batch->stopped))
			return fault_set(p->fault, IMGBATCH_E_CANCELED, "stopped on request");
		got = show(p, column, &p->pick.picked[i]);
		if (got)
			return got;
	}
	return 0;
}

static int end_row(struct preview *p)
{
	bool drawn = sheet_row(&p->sheet, p->cell);

	row_clear(p);
	return drawn ? 0 : no_memory(p);
}

static int show_all(struct preview *p, size_t places)
{
	unsigned in_row = 0;
	size_t shown = 0;
	int code = 0;

	for (size_t at = 0; at < places && code >= 0; at++) {
		code = show_one(p, in_row * (p->draws + 1), at, places);
		if (code <= 0)
			continue;
		shown++;
		if (++in_row == p->per_row) {
			code = end_row(p);
			in_row = 0;
		}
	}
	if (code >= 0 && in_row)
		code = end_row(p);
	if (code >= 0 && !shown)
		return fault_set(p->fault, IMGBATCH_E_NOTHING, "no image among the inputs");
	return code < 0 ? code : 0;
}

/* -- the head ----------------------------------------------------------------------------------------- */

static void add_title(struct preview *p, size_t places, struct str *title)
{
	const struct options *options = &p->batch->options;
	const char *from = options->in.count ? options->in.word[0] : options->files_from;

	str_add(title, "imgbatch preview: ");
	str_add_escaped(title, from, strlen(from));
	str_addf(title, "%s, %zu of %llu files", options->in.count > 1 ? " and more" : "", places,
		(unsigned long long)p->pick.seen);
	if (p->random)
		str_addf(title, ", seed %llu", (unsigned long long)options->seed);
}

/* "original", then "copy 0", ..: what --copies would call them. One draw needs no number. */
static void add_heading(const struct preview *p, unsigned column, char *text, size_t room)
{
	unsigned place = column % (p->draws + 1);

	if (!place)
		snprintf(text, room, "original");
	else if (p->draws == 1)
		snprintf(text, room, "result");
	else
		snprintf(text, room, "copy %u", place - 1);
}

static int begin_sheet(struct preview *p, size_t places)
{
	enum { ROOM = 16 };
	char(*text)[ROOM] = calloc(p->columns, sizeof *text);
	const char **heading = calloc(p->columns, sizeof *heading);
	struct str title = STR_INIT;
	bool begun = false;

	for (unsigned i = 0; text && heading && i < p->columns; i++) {
		add_heading(p, i, text[i], ROOM);
		heading[i] = text[i];
	}
	add_title(p, places, &title);
	if (text && heading && !title.failed)
		begun = sheet_begin(&p->sheet, str_text(&title), p->head, heading);
	str_release(&title);
	free(heading);
	free(text);
	return begun ? 0 : no_memory(p);
}

/* -- the whole ---------------------------------------------------------------------------------------- */

/* Copies of each picture that are shown: those that a run makes, or as many as fit where chance makes them differ. */
static unsigned count_draws(const struct preview *p)
{
	uint64_t outputs = p->batch->options.copies * recipe_fan(&p->batch->recipe);
	unsigned most = p->wish->columns - 1;

	if (outputs > 1)
		return outputs < most ? (unsigned)outputs : most;
	return p->random ? most : 1;
}

static int check_wish(struct preview *p)
{
	const struct imgbatch_preview *wish = p->wish;

	if (wish->columns < 2 || wish->columns > SIDE_MOST || !wish->rows || wish->rows > SIDE_MOST)
		return fault_set(p->fault, IMGBATCH_E_USAGE,
			"a grid has 2 to %d columns and 1 to %d rows", SIDE_MOST, SIDE_MOST);
	if (wish->cell < CELL_LEAST || wish->cell > CELL_MOST)
		return fault_set(p->fault, IMGBATCH_E_USAGE, "a cell has %d to %d pixels",
			CELL_LEAST, CELL_MOST);
	if ((uint64_t)wish->columns * wish->rows * wish->cell * wish->cell > sheet_most)
		return fault_set(p->fault, IMGBATCH_E_USAGE,
			"a grid of so many and so large cells: %llu million pixels at most",
			(unsigned long long)(sheet_most / 1000000));
	if (!codec_by_name(wish->format))
		return fault_set(p->fault, IMGBATCH_E_USAGE, "a sheet is png or jpeg");
	return 0;
}

static int open_shrink(struct preview *p)
{
	char recipe[64];

	snprintf(recipe, sizeof recipe, "resize %ux%u>", p->wish->cell, p->wish->cell);
	p->shrink = imgbatch_new();
	p->decoder = codec_png.decoder_new();
	if (!p->shrink || !p->decoder || imgbatch_recipe_parse(p->shrink, recipe, NULL) ||
		imgbatch_set(p->shrink, "format", "png", NULL) ||
		imgbatch_set(p->shrink, "png-level", "0", NULL) ||
		imgbatch_set(p->shrink, "metadata", "none", NULL) ||
		imgbatch_set(p->shrink, "decode", "scaled", NULL))
		return no_memory(p);
	p->shrink->options.max_pixels = p->batch->options.max_pixels;
	return 0;
}

static int open_preview(struct preview *p)
{
	unsigned columns = p->wish->columns;
	struct source_settings inputs;
	int code;

	p->cell = calloc(columns, sizeof *p->cell);
	p->image = calloc(columns, sizeof *p->image);
	p->text = calloc(columns, sizeof *p->text);
	p->failure = calloc(columns, sizeof *p->failure);
	p->head = imgbatch_recipe_text(p->batch);
	if (!p->cell || !p->image || !p->text || !p->failure || !p->head)
		return no_memory(p);
	code = open_shrink(p);
	if (code)
		return code;
	p->random = recipe_is_random(&p->batch->recipe);
	p->draws = count_draws(p);
	p->per_row = columns / (p->draws + 1);
	p->columns = p->per_row * (p->draws + 1);
	p->sheet = (struct sheet){
		.columns = p->columns, .group = p->draws + 1, .cell = p->wish->cell};
	batch_inputs(p->batch, &inputs);
	code = source_open(&p->source, &inputs, p->fault);
	if (!code)
		code = pick_inputs(
			&p->pick, p->source, (size_t)p->wish->rows * p->per_row * SPARES, p->fault);
	if (!code && !p->pick.count)
		code = fault_set(p->fault, IMGBATCH_E_NOTHING, "no file among the inputs");
	return code;
}

static void texts_free(char **text, unsigned count)
{
	for (unsigned i = 0; text && i < count; i++)
		free(text[i]);
	free(text);
}

static void close_preview(struct preview *p)
{
	if (p->cell && p->image)
		row_clear(p);
	texts_free(p->text, p->wish->columns);
	texts_free(p->failure, p->wish->columns);
	free(p->head);
	free(p->cell);
	free(p->image);
	sheet_release(&p->sheet);
	pick_release(&p->pick);
	source_close(p->source);
	codec_png.decoder_free(p->decoder);
	imgbatch_free(p->shrink);
}

static int encode(struct preview *p, struct imgbatch_result *result)
{
	const struct codec *codec = codec_by_name(p->wish->format);
	struct encode_settings settings = encode_default_settings;
	struct canvas *canvas = &p->sheet.canvas;
	struct image image = {{canvas->width, canvas->height, 3, SAMPLE_U8, false},
		(size_t)canvas->width * 3, canvas->rgb};
	size_t room = codec->encode_bound(&image.shape, NULL);
	struct encoder *encoder = codec->encoder_new();
	int code;

	settings.subsampling = 444; /* small coloured text */
	free(p->batch->sheet);
	p->batch->sheet = malloc(room);
	if (!encoder || !p->batch->sheet)
		code = no_memory(p);
	else
		code = codec->encode(encoder, &image, &settings, NULL, p->batch->sheet, room,
			&result->size, p->fault);
	codec->encoder_free(encoder);
	result->data = p->batch->sheet;
	result->width = canvas->width;
	result->height = canvas->height;
	result->format = codec->name;
	result->recipe = "";
	return code;
}

static int make_sheet(struct preview *p, struct imgbatch_result *result)
{
	size_t places = (size_t)p->wish->rows * p->per_row;
	int code;

	if (places > p->pick.count)
		places = p->pick.count;
	code = begin_sheet(p, places);
	if (!code)
		code = show_all(p, places);
	if (!code && !sheet_end(&p->sheet))
		code = no_memory(p);
	return code ? code : encode(p, result);
}

int imgbatch_preview(struct imgbatch *batch, const struct imgbatch_preview *wish,
	struct imgbatch_result *sheet, struct imgbatch_fault *to)
{
	struct fault fault = {0};
	struct preview p = {.batch = batch, .wish = wish, .fault = &fault};
	uint64_t copies = batch->options.copies;
	int code = check_wish(&p);

	*sheet = (struct imgbatch_result){0};
	if (code)
		return fault_report(to, &fault, code);
	code = open_preview(&p);
	if (!code) {
		if (copies < p.draws) /* further copies are drawn alike, however many there are */
			batch->options.copies = p.draws;
		batch_drop_worker(batch);
		code = make_sheet(&p, sheet);
		batch->options.copies = copies;
		batch_drop_worker(batch);
	}
	close_preview(&p);
	return fault_report(to, &fault, code);
}
