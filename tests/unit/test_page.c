/* SPDX-License-Identifier: Apache-2.0 */
/* Defends what all HTML pages are made of: text that cannot become markup, and pictures that are what they were. */
#include "codec/codec.h"
#include "report/page.h"
#include "report/page_picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(struct str *out, const char *wanted)
{
	assert_false(out->failed);
	assert_string_equal(str_text(out), wanted);
	str_release(out);
}

static void text_is_no_markup(void **state)
{
	static const char text[] = "<a href=\"x\">'&'</a>\n\x01\xc3\xa9\xff\xe4\xb8";
	struct str out = STR_INIT;

	(void)state;
	page_add_text(&out, text, sizeof text - 1);
	expect(&out,
		"&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;\n"
		"\xEF\xBF\xBD\xc3\xa9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
	page_add_name(&out, "a<\n\xff", 4);
	expect(&out, "a&lt;\\x0A\\xFF");
}

static void base64(void **state)
{
	static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
		{"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe\xfd", "//79"}}; /* RFC 4648 */
	struct str out = STR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		page_add_base64(&out, pairs[i][0], strlen(pairs[i][0]));
		expect(&out, pairs[i][1]);
	}
}

static void a_frame_fetches_nothing(void **state)
{
	struct str out = STR_INIT;

	(void)state;
	page_begin(&out, "<title>", "p { color: red }\n");
	page_end(&out, (const char *const[]){"let x;\n", "x = 1;\n", NULL});
	assert_false(out.failed);
	assert_non_null(strstr(str_text(&out), "<title>&lt;title&gt;</title>"));
	assert_non_null(strstr(str_text(&out), "default-src 'none'"));
	assert_non_null(strstr(str_text(&out), "p { color: red }\n</style>"));
	assert_non_null(strstr(str_text(&out),
		"<script>\n\"use strict\";\n(() => {\nlet x;\nx = "
		"1;\n})();\n</script>\n</body>\n</html>\n"));
	assert_null(strstr(str_text(&out), "//"));
	str_release(&out);
}

/* Four pixels become their mean, laid over the light square of the ground. */
static void means_over_a_ground(void **state)
{
	uint8_t rgba[2][2][4] = {
		{{200, 0, 0, 255}, {100, 0, 0, 255}}, {{9, 9, 9, 0}, {9, 9, 9, 0}}};
	uint16_t grey[3] = {0, 257 * 7, 65535};
	struct image image = {{2, 2, 4, SAMPLE_U8, false}, 8, rgba}, small;

	(void)state;
	assert_int_equal(page_picture_shrink(&image, 1, &small, NULL), 0);
	assert_int_equal(small.shape.width * small.shape.height, 1);
	assert_memory_equal(small.data, "\xcb\x80\x80", 3);
	free(small.data);
	image = (struct image){{3, 1, 1, SAMPLE_U16, false}, 6, grey};
	assert_int_equal(page_picture_shrink(&image, 8, &small, NULL), 0);
	assert_memory_equal(small.data, "\0\0\0\7\7\7\xff\xff\xff", 9);
	free(small.data);
}

/* Neither side becomes nothing, however long the other one is. */
static void long_images_keep_a_pixel(void **state)
{
	struct image image = {{1000, 1, 1, SAMPLE_U8, false}, 1000, calloc(1000, 1)}, small;

	(void)state;
	assert_non_null(image.data);
	assert_int_equal(page_picture_shrink(&image, 10, &small, NULL), 0);
	assert_int_equal(small.shape.width, 10);
	assert_int_equal(small.shape.height, 1);
	free(small.data);
	free(image.data);
}

static void the_smaller_encoding_is_taken(void **state)
{
	enum { SIDE = 64 };
	struct page_pictures encoders = {0};
	struct str out = STR_INIT;
	uint8_t *rgb = calloc(SIDE * SIDE, 3);
	struct image image = {{SIDE, SIDE, 3, SAMPLE_U8, false}, SIDE * 3, rgb};
	uint32_t noise = 1;

	(void)state;
	assert_non_null(rgb);
	assert_int_equal(page_picture_add_small(&encoders, &out, &image, NULL), 0);
	assert_memory_equal(str_text(&out), "data:image/png;base64,iVBOR", 27);
	str_clear(&out);
	for (size_t i = 0; i < SIDE * SIDE * 3; i++)
		rgb[i] = (uint8_t)((noise = noise * 1664525 + 1013904223) >> 24);
	assert_int_equal(page_picture_add_small(&encoders, &out, &image, NULL), 0);
	assert_memory_equal(str_text(&out), "data:image/jpeg;base64,/9j/", 27);
	assert_int_equal(strlen(str_text(&out)), out.length);
	str_clear(&out);
	assert_int_equal(page_picture_add_exact(&encoders, &out, &image, NULL), 0);
	assert_memory_equal(str_text(&out), "data:image/png;base64,iVBOR", 27);
	str_release(&out);
	page_pictures_release(&encoders);
	free(rgb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_no_markup),
		cmocka_unit_test(base64),
		cmocka_unit_test(a_frame_fetches_nothing),
		cmocka_unit_test(means_over_a_ground),
		cmocka_unit_test(long_images_keep_a_pixel),
		cmocka_unit_test(the_smaller_encoding_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
