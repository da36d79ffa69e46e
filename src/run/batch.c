/* SPDX-License-Identifier: Apache-2.0 */
/* A batch: made, given operations, handed to work as a flat block, stopped, freed. */
#include "run/batch.h"
#include "run/profile.h"

#include "base/fault.h"
#include "source/source.h"
#include "work/work.h"

#include <stdlib.h>
#include <string.h>

int fault_report(struct imgbatch_fault *to, const struct fault *from, int code)
{
	_Static_assert(
		sizeof to->detail == sizeof from->detail, "the public fault is the inner one");
	if (!to)
		return code;
	*to = (struct imgbatch_fault){.code = code};
	if (!code)
		return code;
	memcpy(to->detail, from->detail, sizeof to->detail);
	if (!to->detail[0])
		strncpy(to->detail, code_text(code), sizeof to->detail - 1);
	return code;
}

struct imgbatch *imgbatch_new(void)
{
	struct imgbatch *batch = calloc(1, sizeof *batch);

	if (!batch)
		return NULL;
	options_init(&batch->options);
	recipe_init(&batch->recipe);
	return batch;
}

void batch_drop_worker(struct imgbatch *batch)
{
	if (batch->worker)
		work_task.close(batch->worker);
	free(batch->config);
	free(batch->slot);
	batch->worker = NULL;
	batch->config = NULL;
	batch->slot = NULL;
	batch->slot_size = 0;
	str_release(&batch->drawn);
}

void imgbatch_free(struct imgbatch *batch)
{
	if (!batch)
		return;
	batch_drop_worker(batch);
	options_release(&batch->options);
	recipe_release(&batch->recipe);
	str_release(&batch->recipe_text);
	free(batch->sheet);
	profile_free(batch->profile);
	free(batch);
}

/* Whether the new text is a recipe by itself: a fault names its own lines, not those of all texts so far. */
static int check_text(const char *text, struct fault *fault)
{
	struct recipe alone;
	int code;

	recipe_init(&alone);
	code = recipe_parse(&alone, text, strlen(text), fault);
	recipe_release(&alone);
	return code;
}

/* The recipe anew from all texts: what a later one says of defaults also holds for the operations before it. */
static int parse_all(struct imgbatch *batch, struct fault *fault)
{
	struct recipe recipe;
	int code;

	if (batch->recipe_text.failed)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for the recipe");
	recipe_init(&recipe);
	code = recipe_parse(
		&recipe, str_text(&batch->recipe_text), batch->recipe_text.length, fault);
	if (code) {
		recipe_release(&recipe);
		return code;
	}
	recipe_release(&batch->recipe);
	batch->recipe = recipe;
	return 0;
}

int imgbatch_recipe_parse(struct imgbatch *batch, const char *text, struct imgbatch_fault *to)
{
	size_t before = batch->recipe_text.length;
	struct fault fault = {0};
	int code = check_text(text, &fault);

	if (code)
		return fault_report(to, &fault, code);
	batch_drop_worker(batch);
	if (before)
		str_add_char(&batch->recipe_text, '\n');
	str_add(&batch->recipe_text, text);
	code = parse_all(batch, &fault);
	if (code) {
		batch->recipe_text.failed = false;
		batch->recipe_text.length = before;
		if (batch->recipe_text.text)
			batch->recipe_text.text[before] = '\0';
	}
	return fault_report(to, &fault, code);
}

char *imgbatch_recipe_text(const struct imgbatch *batch)
{
	struct str text = STR_INIT;

	recipe_print(&batch->recipe, &text);
	str_add(&text, ""); /* an empty recipe is an empty text, not none */
	if (text.failed) {
		str_release(&text);
		return NULL;
	}
	return text.text;
}

void imgbatch_free_text(char *text)
{
	free(text);
}

struct work_config *batch_config(const struct imgbatch *batch, uint64_t memory)
{
	const struct options *options = &batch->options;
	struct work_config *config = work_config_new(
		str_text(&batch->recipe_text), batch->recipe_text.length);

	if (!config)
		return NULL;
	config->limits.max_pixels = options->max_pixels;
	config->encode.quality = (uint8_t)options->quality;
	config->encode.subsampling = (uint16_t)options->subsampling;
	config->encode.progressive = options->progressive;
	config->encode.optimize = options->optimize;
	config->encode.png_level = (uint8_t)options->png_level;
	config->memory = memory;
	config->copies = (uint32_t)options->copies;
	config->format = options->format;
	config->metadata = options->metadata;
	config->keep_depth = options->keep_depth;
	config->auto_orient = options->auto_orient;
	config->decode_scaled = options->decode_scaled;
	config->check_full = options->check_full;
	config->keep_damaged = options->keep_damaged;
	config->entropy = options->entropy;
	config->verify = (uint64_t)(options->verify_decode * 4294967296.0);
	config->masks = options->masks != NULL;
	config->boxes = recipe_draws_by_boxes(&batch->recipe);
	config->mask_fill = (uint32_t)options->mask_fill;
	config->dry_run = options->dry_run;
	config->measure = batch->profile != NULL;
	return config;
}

void batch_inputs(const struct imgbatch *batch, struct source_settings *settings)
{
	const struct options *options = &batch->options;

	*settings = (struct source_settings){
		.in = (const char *const *)options->in.word,
		.in_count = options->in.count,
		.files_from = options->files_from,
		.nul = options->null,
		.root = options->root,
		.include = (const char *const *)options->include.word,
		.include_count = options->include.count,
		.exclude = (const char *const *)options->exclude.word,
		.exclude_count = options->exclude.count,
		.follow = options->follow,
		.keep_roots = options->keep_roots,
	};
}

void imgbatch_stop(struct imgbatch *batch)
{
	/* The thread that runs looks at this several times a second: nothing here that could be gone by now. */
	atomic_store(&batch->stopped, true);
}
