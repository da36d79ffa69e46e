/* SPDX-License-Identifier: Apache-2.0 */
/* `imgbatch replay OUT/FILE`: an output made again from what was recorded, and held against the file that is there. */
#include "cli/cli.h"

#include <string.h>

struct wishes {
	const char *path; /* OUT/FILE, or a sidecar where input is set */
	const char *sidecar, *input, *output; /* NULL: not given */
};

/* The variable that a word of the command names; NULL: it is no such word. */
static const char **wish(struct wishes *wishes, const char *word)
{
	if (strcmp(word, "-o") == 0)
		return &wishes->output;
	if (strcmp(word, "--sidecar") == 0)
		return &wishes->sidecar;
	if (strcmp(word, "--in") == 0)
		return &wishes->input;
	return NULL;
}

static int parse(struct wishes *wishes, int count, char **words)
{
	bool options = true; /* until `--` */

	for (int i = 0; i < count; i++) {
		const char **value = options ? wish(wishes, words[i]) : NULL;

		if (options && strcmp(words[i], "--") == 0) {
			options = false;
		} else if (value && i + 1 < count) {
			*value = words[++i];
		} else if (value) {
			complain("%s needs a file", words[i]);
			return STATUS_USAGE;
		} else if (wishes->path || (options && words[i][0] == '-')) {
			complain("replay takes one output, -o FILE, or --sidecar FILE and --in "
				 "INPUT");
			return STATUS_USAGE;
		} else {
			wishes->path = words[i];
		}
	}
	if (!wishes->sidecar != !wishes->input || !wishes->sidecar == !wishes->path) {
		complain("replay needs an output, or --sidecar FILE and --in INPUT");
		return STATUS_USAGE;
	}
	if (wishes->sidecar)
		wishes->path = wishes->sidecar;
	return 0;
}

/* An image that cannot be made again is what was asked about; trouble is something else. */
static int tell_failure(const struct imgbatch_fault *fault)
{
	int status = complain_fault(fault->code, fault);

	return fault->code >= IMGBATCH_E_TIMEOUT ? 1 : status;
}

static void warn(const struct imgbatch_replay *replay)
{
	if (strcmp(replay->version, imgbatch_version()) != 0)
		complain("written by imgbatch %s; this is %s, whose bytes may differ",
			replay->version, imgbatch_version());
}

/* What became of it, on one line. */
static int tell(const struct imgbatch_replay *replay)
{
	if (!*replay->output) {
		printf("%zu bytes, for -o FILE: the sidecar's name does not say which output\n",
			replay->made.size);
		return STATUS_OK;
	}
	print_name(stdout, replay->output);
	if (!replay->there)
		fputs(": gone; -o FILE makes it again", stdout);
	else if (replay->same)
		printf(": identical, %zu bytes", replay->made.size);
	else
		printf(": differs from the %zu bytes made again%s", replay->made.size,
			replay->touched ? "; somebody has changed it since the run" : "");
	fputs(", from ", stdout);
	print_name(stdout, replay->input);
	putchar('\n');
	return replay->same ? STATUS_OK : 1;
}

int cmd_replay(int count, char **words)
{
	struct wishes wishes = {0};
	struct imgbatch_fault fault = {0};
	struct imgbatch_replay *replay;
	int status = parse(&wishes, count, words);

	if (status)
		return status;
	replay = imgbatch_replay(wishes.path, wishes.input, &fault);
	if (!replay)
		return tell_failure(&fault);
	warn(replay);
	status = wishes.output ? output_file(wishes.output, replay->made.data, replay->made.size)
			       : tell(replay);
	imgbatch_replay_free(replay);
	return status;
}
