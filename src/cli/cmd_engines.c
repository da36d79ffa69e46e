/* SPDX-License-Identifier: Apache-2.0 */
/* `imgbatch engines`: every engine tried on this machine, and what this build runs on. */
#include "cli/cli.h"

#include <string.h>

static void print_default(const char *kind)
{
	const struct imgbatch_option_info *option = option_find(kind, strlen(kind));

	if (option && *option->initial)
		printf("default of --%s: %s\n", kind, option->initial);
}

int cmd_engines(int count, char **words)
{
	struct imgbatch_engine_info engine;

	(void)words;
	if (count) {
		complain("engines takes no arguments");
		return STATUS_USAGE;
	}
	for (size_t i = 0; imgbatch_engine_info(i, &engine) == 0; i++) {
		printf("--%s %-10s %-4s %s\n", engine.kind, engine.name,
			engine.available ? "yes" : "no", engine.summary);
		if (!engine.available)
			printf("%20s %s\n", "", engine.reason);
		if (engine.sandbox[0])
			printf("%20s sandbox: %s\n", "", engine.sandbox);
	}
	print_default("io");
	print_default("cpu");
	return output_text(imgbatch_build_text());
}
