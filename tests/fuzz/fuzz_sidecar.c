/* SPDX-License-Identifier: Apache-2.0 */
/* A sidecar that somebody has edited, as `replay` reads it: its facts, the settings on its line, and the recipe below. */
#include "run/batch.h"
#include "run/settings.h"
#include "run/sidecar.h"

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* What was applied must print as a line that can be applied again, and comes to the same. */
static void check_settings(const char *line)
{
	struct imgbatch *batch = imgbatch_new(), *again = imgbatch_new();
	struct str text = STR_INIT, other = STR_INIT;
	struct fault fault = {0};
	int code = settings_apply(batch, line, &fault);

	fuzz_check_fault(&fault, code);
	fuzz_check(!batch->options.in.count && !batch->options.out && !batch->options.worker &&
			!batch->options.masks,
		"more than settings: %s", line);
	if (!code) {
		settings_print(&batch->options, &text);
		fuzz_check(!settings_apply(again, str_text(&text), &fault), "%s: %s", fault.detail,
			str_text(&text));
		settings_print(&again->options, &other);
		fuzz_check(!strcmp(str_text(&text), str_text(&other)), "%s, and %s",
			str_text(&text), str_text(&other));
	}
	str_release(&text);
	str_release(&other);
	imgbatch_free(batch);
	imgbatch_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *line;
	struct sidecar_facts facts;
	struct fault fault = {0};
	int code;

	memcpy(text, data, size);
	text[size] = 0;
	code = sidecar_read(&facts, text, &fault);
	fuzz_check_fault(&fault, code);
	if (!code) {
		fuzz_check(facts.version + facts.version_size <= text + size && facts.outputs,
			"%zu", facts.version_size);
		line = strndup(facts.settings, strcspn(facts.settings, "\n"));
		check_settings(line);
		free(line);
	}
	free(text);
	return 0;
}
