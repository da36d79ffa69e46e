/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recipe text: what is accepted prints as text that reads back to the same recipe; what is drawn of it is fixed, a recipe
 * itself, and the same when it is drawn again.
 */
#include "recipe/recipe.h"

#include "fuzz.h"

#include "base/hash.h"

#include <string.h>

/* Ten thousand steps are allowed. */
enum { MEMORY = 12 << 20, MAX_PIXELS = 100000000 };

static void check_reads_back(const struct recipe *recipe)
{
	struct str text = STR_INIT, again = STR_INIT;
	struct fault fault = {0};
	struct recipe other;

	recipe_init(&other);
	recipe_print(recipe, &text);
	fuzz_check_text(str_text(&text));
	fuzz_check(!recipe_parse(&other, str_text(&text), text.length, &fault), "%s: %s",
		fault.detail, str_text(&text));
	recipe_print(&other, &again);
	fuzz_check(!strcmp(str_text(&text), str_text(&again)), "%s, read back: %s", str_text(&text),
		str_text(&again));
	fuzz_check(recipe_fan(recipe) == recipe_fan(&other) &&
			recipe_is_random(recipe) == recipe_is_random(&other) &&
			recipe_shallow(recipe) == recipe_shallow(&other),
		"%s", str_text(&text));
	recipe_release(&other);
	str_release(&text);
	str_release(&again);
}

static void check_shape(const struct recipe *drawn, const struct shape *in)
{
	struct fault fault = {0};
	struct shape out;
	int code = recipe_shape(drawn, in, MAX_PIXELS, &out, &fault);

	fuzz_check_fault(&fault, code);
	fuzz_check(code ||
			(out.width && out.height && out.channels >= 1 && out.channels <= 4 &&
				(uint64_t)out.width * out.height <= MAX_PIXELS),
		"%u x %u x %u", out.width, out.height, out.channels);
	for (size_t i = 0; !code && i < drawn->steps.count; i++) {
		const struct step *step = &drawn->steps.step[i];
		struct shape before = *in;

		if (step->op->scratch && i == 0)
			step->op->scratch(step->params, &before);
	}
}

static void check_draw(const struct recipe *recipe, const struct shape *in, uint64_t bits)
{
	const uint32_t key[2] = {(uint32_t)bits, (uint32_t)(bits >> 32)};
	uint32_t part = (uint32_t)(bits >> 7) % recipe_fan(recipe);
	struct recipe drawn, again;
	struct fault fault = {0}, ignored;
	struct str text = STR_INIT, other = STR_INIT;
	double box[2][4] = {
		{0, 0, in->width, in->height}, {in->width / 4.0, 0, in->width / 3.0, 1}};
	struct recipe_boxes on_it = {(const double(*)[4])box, bits & 3};
	const struct recipe_boxes *boxes = on_it.count < 3 ? &on_it : NULL;
	int code;

	recipe_init(&drawn);
	recipe_init(&again);
	code = recipe_draw(recipe, key, bits & 3, part, in, boxes, &drawn, &fault);
	fuzz_check_fault(&fault, code);
	fuzz_check(recipe_draw(recipe, key, bits & 3, part, in, boxes, &again, &ignored) == code,
		"%s", fault.detail);
	if (!code) {
		fuzz_check(!recipe_is_random(&drawn), "drawn, and random still");
		check_reads_back(&drawn);
		recipe_print(&drawn, &text);
		recipe_print(&again, &other);
		fuzz_check(!strcmp(str_text(&text), str_text(&other)), "%s, drawn again: %s",
			str_text(&text), str_text(&other));
		check_shape(&drawn, in);
	}
	str_release(&text);
	str_release(&other);
	recipe_release(&drawn);
	recipe_release(&again);
}

static void check_draws(const struct recipe *recipe, uint64_t bits)
{
	const struct shape shapes[] = {{1, 1, 1, SAMPLE_U8, false}, {500, 375, 3, SAMPLE_U8, false},
		{3, 20000, 4, SAMPLE_U16, false}, {65500, 1500, 2, SAMPLE_U8, false}};

	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		check_draw(recipe, &shapes[i], bits + i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault fault = {0};
	struct recipe recipe;
	int code;

	recipe_init(&recipe);
	fuzz_memory_begin();
	code = recipe_parse(&recipe, (const char *)data, size, &fault);
	fuzz_check(fuzz_memory_peak() <= MEMORY, "%llu bytes for a recipe",
		(unsigned long long)fuzz_memory_peak());
	fuzz_check_fault(&fault, code);
	fuzz_check(!code || !recipe.steps.count, "%s, and %zu steps", fault.detail,
		recipe.steps.count);
	if (!code) {
		check_reads_back(&recipe);
		check_draws(&recipe, hash64(data, size, 3));
	}
	recipe_release(&recipe);
	return 0;
}
