/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of a test's own: made and entered by home_enter(), left and removed with all that is in it by home_leave(), both fit
 * for cmocka's setup and teardown. Include after cmocka.h.
 */
#ifndef TESTS_HOME_H
#define TESTS_HOME_H

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char home[64]; /* its path */

static int home_enter(void **state)
{
	(void)state;
	snprintf(home, sizeof home, "/tmp/imgbatch-%.40s-XXXXXX", program_invocation_short_name);
	return mkdtemp(home) && !chdir(home) ? 0 : -1;
}

static int home_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int home_leave(void **state)
{
	(void)state;
	return chdir("/") ? -1 : nftw(home, home_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
