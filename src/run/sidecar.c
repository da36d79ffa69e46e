/* SPDX-License-Identifier: Apache-2.0 */
#include "run/sidecar.h"

#include "base/version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "# imgbatch "
#define INPUT_BYTES "# input bytes: "
#define SEED "# seed: "
#define SETTINGS "# settings: "

void sidecar_print(const struct sidecar *sidecar, struct str *out)
{
	str_add(out, PROGRAM VERSION_TEXT ": how \"");
	str_add_escaped(out, sidecar->output, strlen(sidecar->output));
	str_add(out, "\" was made; imgbatch replay makes it again\n# input: ");
	str_add_escaped(out, sidecar->input, strlen(sidecar->input));
	str_addf(out, "\n" INPUT_BYTES "%llu, xxh3 %016llx\n",
		(unsigned long long)sidecar->input_size, (unsigned long long)sidecar->input_hash);
	str_addf(out, SEED "%llu, output %u of %u\n", (unsigned long long)sidecar->seed,
		sidecar->index, sidecar->outputs);
	str_addf(out, SETTINGS "%s\n", sidecar->settings);
	str_add_bytes(out, sidecar->recipe, sidecar->recipe_size);
}

/* What stands behind `begin` on the first line that begins so; NULL: no line does. */
static const char *line_behind(const char *text, const char *begin)
{
	while (strncmp(text, begin, strlen(begin)) != 0) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return text + strlen(begin);
}

/* "48213, xxh3 2d06800538d394c2" */
static bool read_input(struct sidecar_facts *facts, const char *text)
{
	static const char between[] = ", xxh3 ";
	char *end;

	errno = 0;
	facts->input_size = strtoull(text, &end, 10);
	if (errno || end == text || strncmp(end, between, strlen(between)) != 0)
		return false;
	text = end + strlen(between);
	facts->input_hash = strtoull(text, &end, 16);
	return !errno && end - text == 16 && *end == '\n';
}

/* "7, output 0 of 4" */
static bool read_outputs(struct sidecar_facts *facts, const char *text)
{
	const char *of = strstr(text, " of ");
	char *end;

	if (!of)
		return false;
	facts->outputs = (uint32_t)strtoul(of + strlen(" of "), &end, 10);
	return facts->outputs && *end == '\n';
}

int sidecar_read(struct sidecar_facts *facts, const char *text, struct fault *fault)
{
	const char *input = line_behind(text, INPUT_BYTES), *seed = line_behind(text, SEED);

	facts->version = line_behind(text, PROGRAM);
	facts->settings = line_behind(text, SETTINGS);
	if (!facts->version || !facts->settings || !input || !read_input(facts, input) || !seed ||
		!read_outputs(facts, seed))
		return fault_set(fault, IMGBATCH_E_RECIPE,
			"not a sidecar: its comment lines are not all there as they were written");
	facts->version_size = strcspn(facts->version, ":\n");
	return 0;
}
