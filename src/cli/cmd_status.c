/* SPDX-License-Identifier: Apache-2.0 */
/* `imgbatch status OUT`: what the ledger below OUT knows. */
#include "cli/cli.h"

#include <string.h>

int cmd_status(int count, char **words)
{
	struct imgbatch_fault fault = {0};
	const char *out = NULL;
	bool json = false;
	char *text;

	for (int i = 0; i < count; i++) {
		if (strcmp(words[i], "--json") == 0) {
			json = true;
		} else if (!out && words[i][0] != '-') {
			out = words[i];
		} else {
			complain("status takes one directory and --json");
			return STATUS_USAGE;
		}
	}
	if (!out) {
		complain("status needs the directory that a run wrote into");
		return STATUS_USAGE;
	}
	text = imgbatch_status_text(out, json, &fault);
	if (!text)
		return complain_fault(fault.code, &fault);
	return output_text(text);
}
