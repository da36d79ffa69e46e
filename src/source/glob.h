/* SPDX-License-Identifier: Apache-2.0 */
/* Which paths the --include and --exclude patterns take. Meaning: struct source_settings. */
#ifndef SOURCE_GLOB_H
#define SOURCE_GLOB_H

#include <stdbool.h>

struct source_settings;

/* One pattern, on the whole path or on its last component; `*` crosses `/`. */
bool glob_matches(const char *pattern, const char *path);
/* path is relative to its argument and ends in NUL. */
bool glob_takes_file(const struct source_settings *settings, const char *path);
bool glob_enters_directory(const struct source_settings *settings, const char *path);

#endif
