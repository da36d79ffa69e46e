/* SPDX-License-Identifier: Apache-2.0 */
/* Defends that a report replaces the file of its name whole, or leaves what is there, whatever it is. */
#include "base/replace.h"
#include "base/whole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../home.h"

static void holds(const char *path, const char *text)
{
	struct whole file;

	assert_int_equal(whole_read(&file, AT_FDCWD, path, false, 1 << 20, NULL), 0);
	assert_int_equal(file.size, strlen(text));
	assert_memory_equal(file.bytes, text, file.size);
	whole_release(&file);
}

static unsigned names_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static void files_are_made_and_replaced(void **state)
{
	(void)state;
	assert_int_equal(file_replace("new/folder/page", "first", 5, NULL), 0);
	holds("new/folder/page", "first");
	assert_int_equal(file_replace("new/folder/page", "", 0, NULL), 0);
	holds("new/folder/page", "");
	assert_int_equal(names_in("new/folder"), 1);
}

static void what_is_no_file_stays(void **state)
{
	static const char *const paths[] = {"fifo", "folder", "link"};
	struct fault fault;
	struct stat before, after;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0666) | mkdir("folder", 0777), 0);
	assert_int_equal(symlink("/dev/null", "link"), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(lstat(paths[i], &before), 0);
		assert_int_equal(file_replaceable(paths[i], &fault), IMGBATCH_E_WRITE);
		assert_int_equal(file_replace(paths[i], "x", 1, &fault), IMGBATCH_E_WRITE);
		assert_non_null(strstr(fault.detail, paths[i]));
		assert_int_equal(lstat(paths[i], &after), 0);
		assert_int_equal(before.st_ino, after.st_ino);
	}
	assert_int_equal(names_in("folder"), 0);
}

/* A folder that cannot be made, and a name with no room for the temporary one's end. */
static void failures_leave_nothing(void **state)
{
	char name[251];
	struct fault fault;
	unsigned before;

	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(file_replace("file", "old", 3, NULL), 0);
	before = names_in(".");
	assert_int_equal(file_replace("file/page", "x", 1, &fault), IMGBATCH_E_WRITE);
	assert_int_equal(file_replace(name, "x", 1, &fault), IMGBATCH_E_WRITE);
	holds("file", "old");
	assert_int_equal(names_in("."), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_made_and_replaced),
		cmocka_unit_test(what_is_no_file_stays),
		cmocka_unit_test(failures_leave_nothing),
	};

	return cmocka_run_group_tests(tests, home_enter, home_leave);
}
