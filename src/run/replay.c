/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One output made again from what was recorded: its input, its drawn recipe, and the settings of the run that wrote
 * it. The ledger above the output has all three; a sidecar has the last two and says how to know the input.
 */
#include "base/hash.h"
#include "base/str.h"
#include "base/version.h"
#include "ledger/ledger.h"
#include "recipe/recipe.h"
#include "run/batch.h"
#include "run/settings.h"
#include "run/sidecar.h"
#include "base/whole.h"
#include "sink/sink.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint64_t largest_file = (uint64_t)1 << 40, largest_sidecar = 16 << 20;

/* The public struct, and what its pointers lead to. */
struct replay {
	struct imgbatch_replay told; /* first, so that its address is the whole's */
	struct imgbatch *batch;
	struct str output, input, version;
	uint64_t recorded_bytes; /* of the output */
	int64_t recorded_mtime_ns;
};

static int fault_name(struct fault *fault, int code, const char *name, const char *what)
{
	struct str shown = STR_INIT;
	const char *text;

	str_add_escaped(&shown, name, strlen(name));
	/* A long path is cut at its front, so that the reason is always seen. */
	text = str_text(&shown);
	if (shown.length > FAULT_DETAIL_MAX / 2)
		text += shown.length - FAULT_DETAIL_MAX / 2;
	fault_set(fault, code, "\"%s\": %s", text, what);
	str_release(&shown);
	return code;
}

/* -- where the ledger is ------------------------------------------------------------------------------ */

/* The path with its folder made real where that is there; a link at its end stays. */
static void real_path(struct str *real, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *text = slash == path ? strdup("/")
		: slash            ? strndup(path, (size_t)(slash - path))
				   : strdup(".");
	char *folder = text ? realpath(text, NULL) : NULL;

	str_addf(real, "%s/%s", folder ? folder : text ? text : "", slash ? slash + 1 : path);
	free(folder);
	free(text);
}

/* Opens the ledger of the nearest folder above that has one. *name: of the output, below that folder. */
static int open_ledger(struct ledger **ledger, const char *path, size_t *name, struct fault *fault)
{
	struct str file = STR_INIT;
	size_t at = strlen(path);
	int code = IMGBATCH_E_NOTHING;

	while (code == IMGBATCH_E_NOTHING && at--) {
		if (path[at] != '/')
			continue;
		str_clear(&file);
		str_add_bytes(&file, path, at + 1);
		str_add(&file, SINK_LEDGER);
		code = file.failed ? fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a path")
				   : ledger_open_readonly(ledger, str_text(&file), fault);
		*name = at + 1;
	}
	str_release(&file);
	if (code == IMGBATCH_E_NOTHING)
		return fault_name(fault, code, path,
			"no run wrote it: no folder above it has a ledger (.imgbatch)");
	return code;
}

/* -- what was recorded -------------------------------------------------------------------------------- */

/* An image of several outputs is decoded in full, whatever --decode says: so is this one, which is alone now. */
static int settle_decode(struct imgbatch *batch, const char *run_recipe, struct fault *fault)
{
	struct recipe recipe;
	uint64_t outputs = batch->options.copies;
	int code;

	recipe_init(&recipe);
	code = recipe_parse(&recipe, run_recipe, strlen(run_recipe), fault);
	if (!code)
		outputs *= recipe_fan(&recipe);
	recipe_release(&recipe);
	if (!code && outputs > 1)
		imgbatch_set(batch, "decode", "full", NULL);
	imgbatch_set(batch, "copies", "1", NULL);
	return code;
}

/* A batch that does what was done. Limits are not asked again: the output was made once. */
static int prepare(struct imgbatch *batch, const char *settings, const char *run_recipe,
	const char *drawn, struct fault *fault)
{
	struct imgbatch_fault said;
	int code = settings_apply(batch, settings, fault);

	imgbatch_set(batch, "max-pixels", "0", NULL);
	if (!code)
		code = settle_decode(batch, run_recipe, fault);
	if (code)
		return code;
	code = imgbatch_recipe_parse(batch, drawn, &said);
	return code ? fault_set(fault, code, "the recorded recipe: %s", said.detail) : 0;
}

static int take_origin(
	struct replay *replay, const struct ledger_origin *origin, struct fault *fault)
{
	if (!origin->about.settings)
		return fault_set(fault, IMGBATCH_E_LEDGER, "the ledger lost the output's run");
	if (!origin->output.width)
		return fault_name(fault, IMGBATCH_E_NOTHING, origin->output.path,
			"no image, but a file that was written beside one");
	replay->recorded_bytes = origin->output.bytes;
	replay->recorded_mtime_ns = origin->output.mtime_ns;
	str_add(&replay->version, origin->about.version);
	if (origin->input[0] != '/')
		str_addf(&replay->input, "%s/", origin->root ? origin->root : "");
	str_add(&replay->input, origin->input);
	if (replay->input.failed || replay->version.failed)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for names");
	return prepare(replay->batch, origin->about.settings, origin->about.recipe,
		origin->output.recipe, fault);
}

/* -- making it ---------------------------------------------------------------------------------------- */

static int read_input(const char *path, struct whole *file, struct fault *fault)
{
	struct fault why;
	int code = whole_read(file, AT_FDCWD, path, true, largest_file, &why);

	if (code == IMGBATCH_E_VANISHED)
		return fault_name(fault, code, path, "gone, and the output was made from it");
	return code ? fault_name(fault, code, path, why.detail) : 0;
}

static int make(struct replay *replay, const struct whole *input, struct fault *fault)
{
	struct imgbatch_fault said;
	int code = imgbatch_process(
		replay->batch, input->bytes, input->size, NULL, 0, &replay->told.made, &said);

	return code ? fault_set(fault, code, "%s", said.detail) : 0;
}

/* Holds it against the file that stands in its place. */
static void compare(struct replay *replay)
{
	const struct imgbatch_result *made = &replay->told.made;
	struct fault ignored;
	struct whole file;

	if (whole_read(&file, AT_FDCWD, str_text(&replay->output), false, largest_file, &ignored))
		return;
	replay->told.there = true;
	replay->told.same = file.size == made->size &&
		(!file.size || !memcmp(file.bytes, made->data, file.size));
	replay->told.touched = replay->recorded_mtime_ns &&
		(file.size != replay->recorded_bytes || file.mtime_ns != replay->recorded_mtime_ns);
	whole_release(&file);
}

static void tell(struct replay *replay)
{
	replay->told.output = str_text(&replay->output);
	replay->told.input = str_text(&replay->input);
	replay->told.version = str_text(&replay->version);
	compare(replay);
}

static int replay_from_ledger(
	struct replay *replay, struct ledger *ledger, size_t name, struct fault *fault)
{
	struct ledger_origin origin;
	struct whole input;
	int code = ledger_origin(
		ledger, replay->output.text + name, replay->output.length - name, &origin, fault);

	if (!code)
		return fault_name(fault, IMGBATCH_E_NOTHING, replay->output.text,
			"not in the ledger: no run wrote it");
	if (code < 0)
		return code;
	code = take_origin(replay, &origin, fault);
	if (!code)
		code = read_input(str_text(&replay->input), &input, fault);
	if (code)
		return code;
	if (input.size != origin.input_size || input.mtime_ns != origin.input_mtime_ns)
		code = fault_name(fault, IMGBATCH_E_CHANGED, str_text(&replay->input),
			"changed since the output was made from it");
	if (!code)
		code = make(replay, &input, fault);
	whole_release(&input);
	return code;
}

static int replay_output(struct replay *replay, const char *path, struct fault *fault)
{
	struct ledger *ledger = NULL;
	size_t name = 0;
	int code;

	real_path(&replay->output, path);
	if (replay->output.failed)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a path");
	code = open_ledger(&ledger, replay->output.text, &name, fault);
	if (!code)
		code = replay_from_ledger(replay, ledger, name, fault);
	ledger_close(ledger);
	return code;
}

/* -- from a sidecar ----------------------------------------------------------------------------------- */

static int check_input(const struct sidecar_facts *facts, const struct whole *input,
	const char *path, struct fault *fault)
{
	if (input->size == facts->input_size &&
		hash64(input->bytes, input->size, 0) == facts->input_hash)
		return 0;
	return fault_name(fault, IMGBATCH_E_CHANGED, path,
		"these are not the bytes that the sidecar tells of");
}

static int replay_text(struct replay *replay, const char *text, struct fault *fault)
{
	struct sidecar_facts facts;
	struct whole input;
	char *settings;
	int code = sidecar_read(&facts, text, fault);

	if (code)
		return code;
	str_add_bytes(&replay->version, facts.version, facts.version_size);
	settings = strndup(facts.settings, strcspn(facts.settings, "\n"));
	if (!settings || replay->version.failed)
		code = fault_set(fault, IMGBATCH_E_NOMEM, "no memory for the settings");
	if (!code)
		code = prepare(replay->batch, settings, "", text, fault);
	free(settings);
	if (!code && facts.outputs > 1)
		imgbatch_set(replay->batch, "decode", "full", NULL);
	if (!code)
		code = read_input(str_text(&replay->input), &input, fault);
	if (code)
		return code;
	code = check_input(&facts, &input, str_text(&replay->input), fault);
	if (!code)
		code = make(replay, &input, fault);
	whole_release(&input);
	return code;
}

static int replay_sidecar(
	struct replay *replay, const char *path, const char *input, struct fault *fault)
{
	struct fault why;
	struct whole file;
	size_t size = strlen(path), suffix = strlen(SIDECAR_SUFFIX);
	int code = whole_read(&file, AT_FDCWD, path, true, largest_sidecar, &why);

	if (code)
		return fault_name(fault, IMGBATCH_E_NOTHING, path, why.detail);
	if (size > suffix && !strcmp(path + size - suffix, SIDECAR_SUFFIX))
		str_add_bytes(&replay->output, path, size - suffix);
	str_add(&replay->input, input);
	if (replay->output.failed || replay->input.failed)
		code = fault_set(fault, IMGBATCH_E_NOMEM, "no memory for names");
	if (!code)
		code = replay_text(replay, (const char *)file.bytes, fault);
	whole_release(&file);
	return code;
}

/* -- the public calls --------------------------------------------------------------------------------- */

void imgbatch_replay_free(struct imgbatch_replay *told)
{
	struct replay *replay = (struct replay *)told;

	if (!replay)
		return;
	imgbatch_free(replay->batch);
	str_release(&replay->output);
	str_release(&replay->input);
	str_release(&replay->version);
	free(replay);
}

struct imgbatch_replay *imgbatch_replay(
	const char *path, const char *input, struct imgbatch_fault *to)
{
	struct replay *replay = calloc(1, sizeof *replay);
	struct fault fault = {0};
	int code = IMGBATCH_E_NOMEM;

	if (replay)
		replay->batch = imgbatch_new();
	if (replay && replay->batch)
		code = input ? replay_sidecar(replay, path, input, &fault)
			     : replay_output(replay, path, &fault);
	fault_report(to, &fault, code);
	if (!code) {
		tell(replay);
		return &replay->told;
	}
	imgbatch_replay_free(&replay->told);
	return NULL;
}
