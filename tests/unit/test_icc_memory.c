/* SPDX-License-Identifier: Apache-2.0 */
/* Defends the bound on Little CMS's memory: what would pass it fails, and all that was taken is given back. */
#include "codec/icc_memory.h"

#include "codec/jpeg_cmyk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void memory_is_bounded(void **state)
{
	struct icc_memory memory = {.most = 4 << 20};
	cmsContext context = icc_context_new(&memory);
	cmsToneCurve *small, *large;
	uint64_t before = memory.held;

	(void)state;
	assert_non_null(context);
	small = cmsBuildTabulatedToneCurve16(context, 1 << 10, NULL);
	assert_non_null(small);
	assert_in_range(memory.held, before + (2 << 10), before + (1 << 20));
	large = cmsBuildTabulatedToneCurve16(context, 60000, NULL);
	assert_non_null(large);
	cmsFreeToneCurve(large);
	memory.most = memory.held + 60000;
	assert_null(cmsBuildTabulatedToneCurve16(context, 60000, NULL));
	cmsFreeToneCurve(small);
	assert_int_equal(memory.held, before);
	cmsDeleteContext(context);
	assert_int_equal(memory.held, 0);
}

/* A conversion of nothing but the plain formula takes nothing, and a profile that is none is refused. */
static void allowance_grows_with_the_profile(void **state)
{
	static const uint8_t none[200] = {0};
	struct jpeg_cmyk *cmyk = jpeg_cmyk_new();

	(void)state;
	assert_non_null(cmyk);
	assert_true(jpeg_cmyk_memory(8 << 20) > jpeg_cmyk_memory(1 << 10));
	assert_true(jpeg_cmyk_memory(8 << 20) < 64 << 20);
	assert_true(jpeg_cmyk_begin(cmyk, (struct bytes){.size = 0}, false));
	assert_false(jpeg_cmyk_begin(cmyk, (struct bytes){none, sizeof none}, false));
	jpeg_cmyk_free(cmyk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(allowance_grows_with_the_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
