/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/update.h"

#include "base/replace.h"
#include "base/whole.h"
#include "source/glob.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t largest_file = (uint64_t)1 << 32;

int update_allowed(const struct compare_settings *settings, struct fault *fault)
{
	const char *ci = getenv("CI");

	if (!settings->update || settings->force || !ci || !*ci)
		return 0;
	return fault_set(fault, IMGBATCH_E_USAGE,
		"--update where CI is set would make any failure golden; --force does it all the "
		"same");
}

bool update_wanted(const struct compare_settings *settings, const struct imgbatch_pair *pair)
{
	if (!settings->update || !pair->failed || !pair->actual.path)
		return false;
	if (pair->verdict != IMGBATCH_PAIR_DIFFERENT && pair->verdict != IMGBATCH_PAIR_EXTRA)
		return false;
	return !settings->update_glob || glob_matches(settings->update_glob, pair->name);
}

int update_file(const char *actual, const char *expected, struct fault *fault)
{
	struct whole file;
	int code = whole_read(&file, AT_FDCWD, actual, true, largest_file, fault);

	if (!code)
		code = file_replace(expected, file.bytes, file.size, fault);
	whole_release(&file);
	return code;
}
