/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the listing: its order (so that runs are repeatable), what is taken, ignored and refused, names of any
 * bytes, and that nothing but directories is ever opened (a FIFO would block).
 */
#include "base/str.h"
#include "source/listing.h"
#include "source/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "../home.h"

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	assert_true(fd >= 0);
	close(fd);
}

static void make_folder(const char *path)
{
	assert_int_equal(mkdir(path, 0777), 0);
}

/* The whole listing as text: "name" a line, with a mark for what is not a file to read. */
static char *list(const struct source_settings *settings)
{
	struct str out = STR_INIT;
	struct source *source;
	struct source_entry entry;
	struct fault fault = {0};
	int got, code = source_open(&source, settings, &fault);

	if (code)
		str_addf(&out, "%s %s\n", code_name(code), fault.detail);
	while (!code && (got = source_next(source, &entry, &fault))) {
		if (got < 0) {
			str_addf(&out, "%s %s\n", code_name(got), fault.detail);
			break;
		}
		assert_int_equal(strlen(entry.path), entry.path_size);
		assert_int_equal(strlen(entry.name), entry.name_size);
		str_add_escaped(&out, entry.name, entry.name_size);
		if (entry.kind == SOURCE_IGNORED)
			str_add(&out, " ignored");
		if (entry.kind == SOURCE_FAILED)
			str_addf(&out, " %s%s", code_name(entry.code),
				entry.directory ? " directory" : "");
		if (entry.kind == SOURCE_FILE) {
			struct stat st;

			assert_int_equal(fstatat(source_root_dir(source, entry.root), entry.path,
						 &st, entry.follow ? 0 : AT_SYMLINK_NOFOLLOW),
				0);
			assert_true(S_ISREG(st.st_mode));
		}
		str_add(&out, "\n");
	}
	source_close(code ? NULL : source);
	assert_false(out.failed);
	return out.text ? out.text : strdup("");
}

#define expect(settings, wanted)                                                                   \
	do {                                                                                       \
		char *text_ = list(settings);                                                      \
		assert_string_equal(text_, wanted);                                                \
		free(text_);                                                                       \
	} while (0)

static const char *const tree[] = {"tree"};
#define TREE .in = tree, .in_count = 1

static void order_is_by_component(void **state)
{
	struct source_settings settings = {TREE};

	(void)state;
	make_folder("tree");
	make_folder("tree/a");
	make_folder("tree/b");
	make_folder("tree/empty");
	make_file("tree/a/2.jpg");
	make_file("tree/a/10.jpg");
	make_file("tree/a-b.jpg"); /* '-' sorts before '/', and yet a/ comes first */
	make_file("tree/a.jpg");
	make_file("tree/B.jpg");
	make_file("tree/b/x");
	make_file("tree/\xc3\xa9.jpg");
	expect(&settings, "B.jpg\na/10.jpg\na/2.jpg\na-b.jpg\na.jpg\nb/x\n\xc3\xa9.jpg\n");
}

static void order_does_not_depend_on_the_directory(void **state)
{
	struct listing listing;
	unsigned seed = 12345;
	int dir;

	(void)state;
	make_folder("many");
	dir = open("many", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 1500; i++) {
		char name[64];

		seed = seed * 1103515245 + 12345;
		snprintf(name, sizeof name, "%s%u.%s", i % 3 ? "IMG_2019" : "", seed >> 8,
			i % 2 ? "jpg" : "JPG");
		close(openat(dir, name, O_WRONLY | O_CREAT, 0666));
	}
	assert_int_equal(listing_read(&listing, dir), 0);
	assert_true(listing.count > 1400);
	for (uint32_t i = 1; i < listing.count; i++)
		assert_true(strcmp(listing_name(&listing, i - 1), listing_name(&listing, i)) < 0);
	assert_true(listing.room == listing.used);
	listing_release(&listing);
	close(dir);
}

static void special_files_are_told_and_not_opened(void **state)
{
	struct source_settings settings = {TREE};
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "tree/socket"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	make_folder("tree");
	assert_int_equal(mkfifo("tree/fifo.jpg", 0666), 0);
	assert_int_equal(bind(fd, (void *)&address, sizeof address), 0);
	close(fd);
	make_file("tree/z.jpg");
	make_folder("tree/looks.jpg");
	make_file("tree/looks.jpg/in.jpg");
	expect(&settings,
		"fifo.jpg E_NOT_REGULAR\nlooks.jpg/in.jpg\nsocket E_NOT_REGULAR\nz.jpg\n");
	settings.in = (const char *const[]){"tree/fifo.jpg", "tree/z.jpg"};
	settings.in_count = 2;
	expect(&settings, "fifo.jpg E_NOT_REGULAR\nz.jpg\n");
}

static void links_are_ignored_or_followed(void **state)
{
	struct source_settings settings = {TREE};

	(void)state;
	make_folder("tree");
	make_folder("tree/sub");
	make_folder("other");
	make_file("other/o.jpg");
	make_file("tree/sub/s.jpg");
	assert_int_equal(symlink("../other", "tree/dir"), 0);
	assert_int_equal(symlink("../other/o.jpg", "tree/file.jpg"), 0);
	assert_int_equal(symlink("nowhere", "tree/gone.jpg"), 0);
	assert_int_equal(symlink("..", "tree/sub/up"), 0);
	assert_int_equal(symlink("self", "tree/self"), 0);
	expect(&settings,
		"dir ignored\nfile.jpg ignored\ngone.jpg ignored\nself ignored\n"
		"sub/s.jpg\nsub/up ignored\n");
	settings.follow = true;
	expect(&settings,
		"dir/o.jpg\nfile.jpg\ngone.jpg E_OPEN\nself E_OPEN\n"
		"sub/s.jpg\nsub/up ignored\n");
	/* A link that is itself an argument is followed in any case. */
	settings.follow = false;
	settings.in = (const char *const[]){"tree/dir", "tree/file.jpg"};
	settings.in_count = 2;
	expect(&settings, "o.jpg\nfile.jpg\n");
}

static void odd_names_stay_byte_exact(void **state)
{
	struct source_settings settings = {TREE};
	char name[300] = "tree/", wanted[300];

	(void)state;
	make_folder("tree");
	make_file("tree/-rf");
	make_file("tree/a\nb.jpg");
	make_file("tree/esc\033[31m");
	make_file("tree/\xff\xfe.jpg");
	memset(name + 5, 'x', 255);
	make_file(name);
	memset(wanted, 'x', 255);
	strcpy(wanted + 255, "\n");
	char *text = list(&settings);
	assert_true(!strncmp(text, "-rf\na\\x0Ab.jpg\nesc\\x1B[31m\n", 26));
	assert_non_null(strstr(text, wanted));
	assert_non_null(strstr(text, "\\xFF\\xFE.jpg\n"));
	free(text);
}

static void globs_choose(void **state)
{
	struct source_settings settings = {TREE};

	(void)state;
	make_folder("tree");
	make_folder("tree/raw");
	make_folder("tree/.imgbatch");
	make_folder("tree/keep");
	make_file("tree/.imgbatch/old.jpg");
	make_file("tree/a.jpg");
	make_file("tree/a.txt");
	make_file("tree/raw/r.jpg");
	make_file("tree/keep/raw");
	make_file("tree/keep/k.jpg");
	make_file("tree/keep/k2.jpg");
	assert_int_equal(symlink("a.txt", "tree/l.txt"), 0);
	settings.include = (const char *const[]){"*.jpg"};
	settings.include_count = 1;
	expect(&settings, "a.jpg\nkeep/k.jpg\nkeep/k2.jpg\nraw/r.jpg\n");
	settings.exclude = (const char *const[]){"raw/", "keep/k2*"};
	settings.exclude_count = 2;
	expect(&settings, "a.jpg\nkeep/k.jpg\n");
	settings.include_count = 0;
	expect(&settings, "a.jpg\na.txt\nkeep/k.jpg\nkeep/raw\nl.txt ignored\n");
	settings.exclude = (const char *const[]){"raw"}; /* the folder and the file */
	settings.exclude_count = 1;
	expect(&settings, "a.jpg\na.txt\nkeep/k.jpg\nkeep/k2.jpg\nl.txt ignored\n");
}

static void roots_merge_or_stay_apart(void **state)
{
	struct source_settings settings = {
		.in = (const char *const[]){"one", "two/", "one/x.jpg"}, .in_count = 3};

	(void)state;
	make_folder("one");
	make_folder("two");
	make_file("one/x.jpg");
	make_file("two/x.jpg");
	expect(&settings, "x.jpg\nx.jpg\nx.jpg\n");
	settings.keep_roots = true;
	expect(&settings, "one/x.jpg\ntwo/x.jpg\nx.jpg\n");
	assert_int_equal(chdir("one"), 0);
	settings.in = (const char *const[]){"."};
	settings.in_count = 1;
	expect(&settings, "one/x.jpg\n");
	assert_int_equal(chdir(home), 0);
}

static void missing_arguments_are_named(void **state)
{
	struct source_settings settings = {.in = (const char *const[]){"no\nsuch"}, .in_count = 1};

	(void)state;
	expect(&settings, "E_USAGE No such file or directory: \"no\\x0Asuch\"\n");
	settings.in_count = 0;
	expect(&settings, "E_USAGE no input: --in or --files-from is needed\n");
	settings.files_from = "missing.txt";
	expect(&settings, "E_USAGE No such file or directory: \"missing.txt\"\n");
}

static void unreadable_folders_are_entries(void **state)
{
	struct source_settings settings = {TREE};

	bool root = !geteuid();

	(void)state;
	make_folder("tree");
	make_folder("tree/closed");
	make_file("tree/z.jpg");
	chmod("tree/closed", 0);
	chmod(home, 0755);
	if (root) /* who reads everything */
		assert_int_equal(seteuid(65534), 0);
	expect(&settings, "closed E_OPEN directory\nz.jpg\n");
	if (root)
		assert_int_equal(seteuid(0), 0);
	chmod("tree/closed", 0700);
}

static void write_list(const char *text, size_t size)
{
	int fd = open("list", O_WRONLY | O_CREAT | O_TRUNC, 0666);

	assert_int_equal(write(fd, text, size), size);
	close(fd);
}

static void lists_are_read(void **state)
{
	struct source_settings settings = {.files_from = "list", .root = "tree"};
	char absolute[200];

	(void)state;
	make_folder("tree");
	make_folder("tree/d");
	make_file("tree/d/b.jpg");
	make_file("tree/a.jpg");
	make_file("tree/new\nline.jpg");
	make_file("out.jpg");
	assert_int_equal(symlink("a.jpg", "tree/link"), 0);
	assert_int_equal(mkfifo("tree/fifo", 0666), 0);
#define TEXT "d/b.jpg\n./d//b.jpg\n\na.jpg\nd\ngone\nfifo\nlink\n../out.jpg\n."
	write_list(TEXT, sizeof TEXT - 1);
	expect(&settings,
		"d/b.jpg\nd/b.jpg\na.jpg\nd E_NOT_REGULAR\ngone E_VANISHED\n"
		"fifo E_NOT_REGULAR\nlink ignored\nout.jpg\n. E_NOT_REGULAR\n");
	settings.nul = true;
	write_list("new\nline.jpg\0a.jpg", 19);
	expect(&settings, "new\\x0Aline.jpg\na.jpg\n");
	settings.nul = false;
	expect(&settings,
		"new E_VANISHED\nE_READ holds NUL bytes; is it NUL-separated?: \"list\"\n");
	snprintf(absolute, sizeof absolute, "%s/tree/d/b.jpg\n%s/out.jpg\n", home, home);
	write_list(absolute, strlen(absolute));
	snprintf(absolute, sizeof absolute, "d/b.jpg\n%s/out.jpg\n", home + 1);
	expect(&settings, absolute);
}

static int check(const struct source_settings *settings, const char *out)
{
	struct source *source;
	struct fault fault = {0};
	int code = source_open(&source, settings, &fault);

	assert_int_equal(code, 0);
	code = source_check_output(source, out, &fault);
	if (code)
		assert_true(fault.detail[0]);
	source_close(source);
	return code;
}

static void output_inside_input_is_refused(void **state)
{
	struct source_settings settings = {TREE};

	(void)state;
	make_folder("tree");
	make_folder("tree/sub");
	make_folder("beside");
	make_file("tree/a.jpg");
	assert_int_equal(symlink("../tree/sub", "beside/link"), 0);
	assert_int_equal(check(&settings, "tree"), IMGBATCH_E_INSIDE);
	assert_int_equal(check(&settings, "tree/sub"), IMGBATCH_E_INSIDE);
	assert_int_equal(check(&settings, "tree/not/yet"), IMGBATCH_E_INSIDE);
	assert_int_equal(check(&settings, "beside/link/new"), IMGBATCH_E_INSIDE);
	assert_int_equal(check(&settings, "new/../tree/x"), IMGBATCH_E_USAGE);
	assert_int_equal(check(&settings, "beside"), 0);
	assert_int_equal(check(&settings, "tree2"), 0);
	assert_int_equal(check(&settings, "."), 0);
	assert_int_equal(check(&settings, "tree/a.jpg"), IMGBATCH_E_USAGE);
	settings.in = (const char *const[]){"tree/a.jpg"};
	assert_int_equal(check(&settings, "tree"), IMGBATCH_E_INSIDE);
	assert_int_equal(check(&settings, "tree/sub"), 0);
	write_list("tree/a.jpg\n", 11);
	settings = (struct source_settings){.files_from = "list"};
	assert_int_equal(check(&settings, "."), IMGBATCH_E_INSIDE);
	assert_int_equal(check(&settings, "out"), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, home_enter, home_leave)
	const struct CMUnitTest tests[] = {
		TEST(order_is_by_component),
		TEST(order_does_not_depend_on_the_directory),
		TEST(special_files_are_told_and_not_opened),
		TEST(links_are_ignored_or_followed),
		TEST(odd_names_stay_byte_exact),
		TEST(globs_choose),
		TEST(roots_merge_or_stay_apart),
		TEST(missing_arguments_are_named),
		TEST(unreadable_folders_are_entries),
		TEST(lists_are_read),
		TEST(output_inside_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
