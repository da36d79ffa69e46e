/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns are tried on the whole relative path and on the last component, like find's -path and -name: one
 * option serves both `*.jpg` and `raw/2019*`.
 */
#include "source/glob.h"
#include "source/source.h"

#include <fnmatch.h>
#include <string.h>

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool glob_matches(const char *pattern, const char *path)
{
	return !fnmatch(pattern, path, 0) || !fnmatch(pattern, last_component(path), 0);
}

static bool any_matches(const char *const *patterns, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (glob_matches(patterns[i], path))
			return true;
	return false;
}

/* "raw/" means the directory raw; fnmatch wants it without its slash. */
static bool matches_directory(const char *pattern, const char *path)
{
	char bare[1024];
	size_t size = strlen(pattern);

	if (!size || pattern[size - 1] != '/' || size > sizeof bare)
		return glob_matches(pattern, path);
	memcpy(bare, pattern, size - 1);
	bare[size - 1] = 0;
	return glob_matches(bare, path);
}

bool glob_takes_file(const struct source_settings *settings, const char *path)
{
	if (any_matches(settings->exclude, settings->exclude_count, path))
		return false;
	return !settings->include_count ||
		any_matches(settings->include, settings->include_count, path);
}

bool glob_enters_directory(const struct source_settings *settings, const char *path)
{
	for (size_t i = 0; i < settings->exclude_count; i++)
		if (matches_directory(settings->exclude[i], path))
			return false;
	return true;
}
