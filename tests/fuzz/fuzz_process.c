/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imgbatch_process as a program calls it: any recipe on any image. What comes out is an image of the size that is told; it is
 * the same the second time; and the drawn recipe, given as a recipe, makes it again.
 */
#include "codec/codec.h"

#include "case.h"

#include <imgbatch/imgbatch.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return fuzz_case_mutate(data, size, max_size, seed);
}

static void check_said(int code, const struct imgbatch_fault *said)
{
	struct fault fault = {.code = said->code};

	memcpy(fault.detail, said->detail, sizeof fault.detail);
	fuzz_check_fault(&fault, code);
}

static void set(struct imgbatch *batch, const char *name, const char *value)
{
	struct imgbatch_fault said;

	fuzz_check(!imgbatch_set(batch, name, value, &said), "%s", said.detail);
}

static struct imgbatch *make_batch(const struct fuzz_case *c, const char *recipe, int *code)
{
	static const char *const formats[] = {"same", "jpeg", "png", "png"};
	static const char *const metadata[] = {"none", "icc", "all", "all"};
	static const char *const subsamplings[] = {"444", "422", "420", "420"};
	static const char *const qualities[] = {"1", "50", "90", "100"};
	static const char *const levels[] = {"0", "1", "6", "9"};
	struct imgbatch *batch = imgbatch_new();
	struct imgbatch_fault said;

	set(batch, "max-pixels", "40000");
	set(batch, "memory", "256M");
	set(batch, "format", formats[c->setting[0] & 3]);
	set(batch, "metadata", metadata[c->setting[0] >> 2 & 3]);
	set(batch, "quality", qualities[c->setting[0] >> 4 & 3]);
	set(batch, "subsampling", subsamplings[c->setting[0] >> 6]);
	set(batch, "png-level", levels[c->setting[1] & 3]);
	set(batch, "depth", c->setting[1] & 4 ? "keep" : "8");
	set(batch, "auto-orient", c->setting[1] & 8 ? "no" : "yes");
	set(batch, "progressive", c->setting[1] & 16 ? "yes" : "no");
	set(batch, "optimize", c->setting[1] & 32 ? "yes" : "no");
	set(batch, "check", c->setting[1] & 64 ? "full" : "needed");
	set(batch, "keep-damaged", c->setting[1] & 128 ? "yes" : "no");
	set(batch, "decode", c->setting[2] & 1 ? "scaled" : "full");
	*code = imgbatch_recipe_parse(batch, recipe, &said);
	check_said(*code, &said);
	return batch;
}

/* The output is a good image, as large as was told. */
static void check_image(const struct imgbatch_result *result)
{
	const struct codec *codec = codec_by_name(result->format);
	struct decoder *decoder;
	struct codec_facts facts;
	struct fault fault = {0};
	uint32_t warnings = 0;

	fuzz_check(codec && codec_probe(result->data, result->size) == codec, "%s", result->format);
	decoder = codec->decoder_new();
	fuzz_check(!codec->header(decoder, result->data, result->size, &codec_default_limits,
			   &facts, &warnings, &fault),
		"%s", fault.detail);
	fuzz_check(facts.shape.width == result->width && facts.shape.height == result->height,
		"%u x %u, told as %u x %u", facts.shape.width, facts.shape.height, result->width,
		result->height);
	codec->decoder_free(decoder);
}

static void check_same(struct imgbatch *batch, const struct fuzz_case *c, unsigned copy, int code,
	const void *bytes, size_t size, const char *what)
{
	struct imgbatch_result again;
	struct imgbatch_fault said;
	int now = imgbatch_process(
		batch, c->image.data, c->image.size, "a/b.jpg", copy, &again, &said);

	fuzz_check(now == code, "%s: %s, then %s: %s", what, imgbatch_code_name(code),
		imgbatch_code_name(now), said.detail);
	fuzz_check(code || (again.size == size && !memcmp(again.data, bytes, size)), "%s", what);
}

/* A drawn recipe has one output; scaled decoding, asked for with several, would see that. */
static void check_replay(
	const struct fuzz_case *c, const char *drawn, const void *bytes, size_t size)
{
	int code;
	struct imgbatch *batch = make_batch(c, drawn, &code);

	fuzz_check(!code, "%s", drawn);
	check_same(batch, c, 0, 0, bytes, size, drawn);
	imgbatch_free(batch);
}

static void process(struct imgbatch *batch, const struct fuzz_case *c)
{
	struct imgbatch_result result;
	struct imgbatch_fault said;
	unsigned copy = c->setting[3] & 1;
	int code = imgbatch_process(
		batch, c->image.data, c->image.size, "a/b.jpg", copy, &result, &said);
	char *drawn = NULL;
	void *bytes = NULL;

	check_said(code, &said);
	fuzz_check(
		code != IMGBATCH_E_NOMEM && code != IMGBATCH_E_MEMORY && code != IMGBATCH_E_SYSTEM,
		"%s: %s", imgbatch_code_name(code), said.detail);
	if (!code) {
		check_image(&result);
		drawn = strdup(result.recipe);
		bytes = malloc(result.size);
		memcpy(bytes, result.data, result.size);
	}
	check_same(batch, c, copy, code, bytes, result.size, "processed twice");
	if (!code && !(c->setting[2] & 1))
		check_replay(c, drawn, bytes, result.size);
	free(drawn);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct imgbatch *batch;
	struct fuzz_case c;
	int code;

	if (!fuzz_case_read(&c, data, size))
		return 0;
	batch = make_batch(&c, c.recipe, &code);
	if (!code)
		process(batch, &c);
	imgbatch_free(batch);
	fuzz_case_release(&c);
	return 0;
}
