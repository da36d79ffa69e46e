/* SPDX-License-Identifier: Apache-2.0 */
/* `imgbatch info FILE...`: what a file's header says, a line of JSON each. A file that fails does not stop the rest. */
#include "cli/cli.h"

#include <string.h>

static int tell(const char *path)
{
	struct imgbatch_fault fault = {0};
	char *text = imgbatch_info(path, &fault);

	if (text)
		return output_text(text);
	fputs("imgbatch: ", stderr);
	print_name(stderr, path);
	fprintf(stderr, ": %s: ", imgbatch_code_name(fault.code));
	print_line(stderr, *fault.detail ? fault.detail : imgbatch_code_text(fault.code));
	return 1;
}

int cmd_info(int count, char **words)
{
	bool options = true; /* until `--` */
	int status = 0, files = 0;

	for (int i = 0; i < count; i++) {
		if (options && strcmp(words[i], "--") == 0) {
			options = false;
			continue;
		}
		if (options && words[i][0] == '-') {
			complain("info takes only files; those behind -- may begin with a dash");
			return STATUS_USAGE;
		}
		status |= tell(words[i]);
		files++;
	}
	if (files)
		return status;
	complain("info needs one or more files");
	return STATUS_USAGE;
}
