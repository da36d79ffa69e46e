/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends output names: templates, what they may not do (leave OUT above all), case folding; and the output
 * folder: made, locked for one run at a time, its leftovers removed.
 */
#include "sink/names.h"
#include "sink/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../home.h"

/* --- templates --- */

static int parse_code(const char *text, bool late)
{
	struct name_template template;
	struct fault fault = {0};
	int code = name_template_parse(&template, text, late, &fault);

	if (code)
		assert_true(fault.detail[0]);
	name_template_release(&template);
	return code;
}

static void expect_name(
	const char *text, const struct name_values *values, int wanted_code, const char *wanted)
{
	struct name_template template;
	struct fault fault = {0};
	struct str out = STR_INIT;
	int code = name_template_parse(&template, text, true, &fault);

	assert_int_equal(code, 0);
	str_add(&out, "before:");
	code = name_expand(&template, values, &out, &fault);
	assert_int_equal(code, wanted_code);
	assert_true(!strncmp(out.text, "before:", 7));
	assert_string_equal(out.text + 7, wanted);
	name_template_release(&template);
	str_release(&out);
}

#define VALUES(mirrored, extension, ...)                                                           \
	(&(struct name_values){.name = (mirrored),                                                 \
		.name_size = strlen(mirrored),                                                     \
		.ext = (extension),                                                                \
		.ext_size = strlen(extension),                                                     \
		__VA_ARGS__})

static void fields_expand(void **state)
{
	(void)state;
	expect_name(NULL, VALUES("a/b/c.jpg", "jpg"), 0, "a/b/c.jpg");
	expect_name(NULL, VALUES("c.JPG", "JPG"), 0, "c.JPG");
	expect_name(NULL, VALUES("a/c.tar.png", "png", .copies = 3, .copy = 2), 0, "a/c.tar-2.png");
	expect_name("{name}", VALUES("a/c.jpg", "png"), 0, "c.jpg");
	expect_name("{dir}/{name}.{ext}", VALUES("a/c.jpg", "png"), 0, "a/c.jpg.png");
	expect_name("{n:06}.{ext}", VALUES("a/c.jpg", "png", .n = 42), 0, "000042.png");
	expect_name("{n}_{copy:02}", VALUES("c", "png", .n = 7, .copy = 3), 0, "7_03");
	expect_name("x/{dir}/y/{stem}", VALUES("c.jpg", "jpg"), 0, "x/y/c");
	expect_name("{{{stem}}}", VALUES("c.jpg", "jpg"), 0, "{c}");
	expect_name("./a//{stem}/.", VALUES("c.jpg", "jpg"), 0, "a/c");
	expect_name("{dir}-{stem}", VALUES("c.jpg", "jpg"), 0, "-c");
}

static void names_without_extension(void **state)
{
	(void)state;
	expect_name(NULL, VALUES("a/c", ""), 0, "a/c");
	expect_name(NULL, VALUES("a/c", "png"), 0, "a/c.png");
	expect_name(NULL, VALUES(".hidden", ""), 0, ".hidden");
	expect_name(NULL, VALUES(".hidden.jpg", "jpg"), 0, ".hidden.jpg");
	expect_name(NULL, VALUES("dot.", ""), 0, "dot.");
	expect_name("{stem}{ext}", VALUES("dot.", ""), 0, "dot.");
}

static void late_fields(void **state)
{
	(void)state;
	expect_name("{w}x{h}/{stem}.{ext}", VALUES("c.jpg", "jpg"), 0, "{w}x{h}/c.jpg");
	expect_name("{w:05}x{h}/{hash8}.{ext}",
		VALUES("c.jpg", "jpg", .late_known = true, .width = 640, .height = 48,
			.hash = 0x0123456789abcdef),
		0, "00640x48/01234567.jpg");
	assert_int_equal(parse_code("{w}", false), IMGBATCH_E_USAGE);
	assert_int_equal(parse_code("{w}", true), 0);
}

static void numbers_go_before_the_extension(void **state)
{
	(void)state;
	expect_name(NULL, VALUES("a.b/c.jpg", "jpg", .number = 2), 0, "a.b/c_2.jpg");
	expect_name(NULL, VALUES("a.b/c", "", .number = 2), 0, "a.b/c_2");
	expect_name("{dir}/{stem}.{ext}.x", VALUES("c.jpg", "jpg", .number = 1), 0, "c.jpg_1.x");
}

static void wrong_templates_are_named(void **state)
{
	static const char *const wrong[] = {"", "/{stem}", "../{stem}", "a/../{stem}", "{stem",
		"stem}", "{what}", "{}", "{n:}", "{n:x}", "{n:99}", "{stem:03}", "{n:0006}", "a}b"};
	struct name_template template;
	struct fault fault = {0};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (!parse_code(wrong[i], true))
			fail_msg("'%s' was taken", wrong[i]);
	name_template_parse(&template, "{dir}/{sten}", true, &fault);
	assert_non_null(strstr(fault.detail, "\"sten\""));
}

static void names_stay_under_out(void **state)
{
	char big[5000];

	(void)state;
	expect_name("{stem}", VALUES("..", ""), IMGBATCH_E_USAGE, "");
	expect_name("{dir}/{stem}", VALUES("../a.jpg", ""), IMGBATCH_E_USAGE, "");
	expect_name("{dir}/{stem}", VALUES("a/../../b.jpg", ""), IMGBATCH_E_USAGE, "");
	expect_name("{dir}/{stem}", VALUES("/etc/b.jpg", ""), IMGBATCH_E_USAGE, "");
	expect_name("{ext}", VALUES("a", ""), IMGBATCH_E_USAGE, "");
	expect_name("{stem}", VALUES(".", ""), IMGBATCH_E_USAGE, "");
	expect_name("{dir}/{stem}.{ext}", VALUES(".imgbatch/x.jpg", "jpg"), IMGBATCH_E_USAGE, "");
	expect_name("{stem}/{n}", VALUES(".imgbatch", ""), IMGBATCH_E_USAGE, "");
	expect_name(NULL, VALUES("a/.imgbatch/x.jpg", "jpg"), 0, "a/.imgbatch/x.jpg");
	memset(big, 'x', sizeof big);
	big[256] = 0;
	expect_name(NULL, VALUES(big, ""), IMGBATCH_E_USAGE, "");
	expect_name("{stem}.{ext}", VALUES(big + 4, "jpg"), IMGBATCH_E_USAGE, "");
	expect_name("{stem}", VALUES(big + 1, ""), 0, big + 1);
	for (size_t i = 0; i < 4000; i++)
		big[i] = i % 100 == 99 ? '/' : 'x';
	big[4000] = 0;
	expect_name(NULL, VALUES(big, ""), IMGBATCH_E_USAGE, "");
}

static void extensions_compare_without_case(void **state)
{
	static const char *const list[] = {"jpg", "jpeg", NULL};

	(void)state;
	assert_true(name_ext_in("JPG", 3, list));
	assert_true(name_ext_in("jpegs", 4, list));
	assert_false(name_ext_in("jp", 2, list));
	assert_false(name_ext_in("", 0, list));
}

static void expect_fold(const char *name, const char *wanted)
{
	struct str out = STR_INIT;

	name_fold(&out, name, strlen(name));
	assert_string_equal(str_text(&out), wanted);
	str_release(&out);
}

static void folding(void **state)
{
	(void)state;
	expect_fold("A/Bz.JPG", "a/bz.jpg");
	expect_fold("ÀÖ×Øß", "àö×øß");
	expect_fold("ŁĄŽžŸ", "łąžžÿ");
	expect_fold("ΑΣς", "ασσ");
	expect_fold("ЁЖя", "ёжя");
	expect_fold("\xff\xc3", "\xff\xc3");
	expect_fold("\xc3Z", "\xc3z");
}

/* --- the folder --- */

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

static void write_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	assert_true(fd >= 0);
	close(fd);
}

static void folder_is_made_and_tidied(void **state)
{
	struct sink *sink;
	char name[SINK_TEMP_MAX], other[SINK_TEMP_MAX];

	(void)state;
	assert_int_equal(sink_open(&sink, "a/b//out/", NULL), 0);
	assert_true(sink_was_empty(sink));
	assert_false(sink_folds_case(sink));
	assert_true(sink_path(sink)[0] == '/');
	sink_temp_name(7, 1, name);
	sink_temp_name(7, 2, other);
	assert_string_not_equal(name, other);
	write_file("a/b/out/picture"); /* an output */
	/* As if killed: what lies in tmp goes with the next run. */
	write_file("a/b/out/.imgbatch/tmp/7-1");
	write_file("a/b/out/.imgbatch/ledger.sqlite");
	sink_close(sink);
	assert_false(exists("a/b/out/.imgbatch/tmp"));
	mkdir("a/b/out/.imgbatch/tmp", 0777);
	write_file("a/b/out/.imgbatch/tmp/7-1");
	assert_int_equal(sink_open(&sink, "a/b/out", NULL), 0);
	assert_false(exists("a/b/out/.imgbatch/tmp/7-1"));
	assert_false(sink_was_empty(sink));
	sink_close(sink);
	assert_true(exists("a/b/out/.imgbatch/ledger.sqlite"));
}

static void refused_run_leaves_nothing(void **state)
{
	struct sink *sink;

	(void)state;
	assert_int_equal(sink_open(&sink, "out", NULL), 0);
	sink_close(sink);
	assert_false(exists("out"));
	mkdir("out", 0777);
	assert_int_equal(sink_open(&sink, "out", NULL), 0);
	sink_close(sink);
	assert_true(exists("out")); /* was there before */
	assert_false(exists("out/.imgbatch"));
}

static void second_run_is_refused(void **state)
{
	struct sink *sink, *second;
	struct fault fault = {0};
	char pid[32];
	pid_t child;
	int status;

	(void)state;
	assert_int_equal(sink_open(&sink, "out", NULL), 0);
	snprintf(pid, sizeof pid, "process %ld on ", (long)getpid());
	child = fork();
	if (!child) {
		int code = sink_open(&second, "out", &fault);

		_exit(code == IMGBATCH_E_LOCKED && strstr(fault.detail, pid) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(exists("out/.imgbatch/tmp")); /* the refused one touched nothing */
	sink_close(sink);
	assert_int_equal(sink_open(&sink, "out", NULL), 0);
	sink_close(sink);
}

static void lock_falls_with_its_process(void **state)
{
	struct sink *sink;
	pid_t child;

	(void)state;
	child = fork();
	if (!child)
		_exit(sink_open(&sink, "out", NULL) ? 1 : 0); /* no close */
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(exists("out/.imgbatch/lock"));
	assert_int_equal(sink_open(&sink, "out", NULL), 0);
	sink_close(sink);
}

static void out_must_be_a_folder(void **state)
{
	struct sink *sink;
	struct fault fault = {0};

	(void)state;
	write_file("file");
	assert_int_equal(sink_open(&sink, "file", &fault), IMGBATCH_E_USAGE);
	assert_int_equal(sink_open(&sink, "file/x", &fault), IMGBATCH_E_USAGE);
	assert_null(sink);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, home_enter, home_leave)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_expand),
		cmocka_unit_test(names_without_extension),
		cmocka_unit_test(late_fields),
		cmocka_unit_test(numbers_go_before_the_extension),
		cmocka_unit_test(wrong_templates_are_named),
		cmocka_unit_test(names_stay_under_out),
		cmocka_unit_test(extensions_compare_without_case),
		cmocka_unit_test(folding),
		TEST(folder_is_made_and_tidied),
		TEST(refused_run_leaves_nothing),
		TEST(second_run_is_refused),
		TEST(lock_falls_with_its_process),
		TEST(out_must_be_a_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
