/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planning: every input is listed and every output named before the first byte is written, so that two
 * inputs that would write one name are told apart while nothing is lost.
 *
 *	source ─► names (template, extension) ─► ledger: planned, or skipped, or failed ─► settle what collides
 *
 * What an input holds is not known yet. A file that is no image may collide with one that is (a label "a.txt"
 * beside "a.png" under --format jpeg), so contending inputs are looked into, and only those.
 */
#include "codec/codec.h"
#include "run/run.h"
#include "run/sidecar.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PROBE_BYTES = 64, PROGRESS_EVERY = 1024 };

/* The extension an output gets: the input's own where the output's codec may carry it. */
static void output_extension(
	const struct codec *codec, const struct name_pieces *pieces, const char **ext, size_t *size)
{
	*ext = pieces->ext;
	*size = pieces->ext_size;
	if (codec && !name_ext_in(pieces->ext, pieces->ext_size, codec->extensions)) {
		*ext = codec->extension;
		*size = strlen(codec->extension);
	}
}

int run_output_name(struct run *run, const char *name, size_t name_size, uint64_t seq,
	uint32_t copy, unsigned number, const struct codec *codec, const struct late_values *late,
	struct str *out)
{
	struct name_values values = {
		.name = name,
		.name_size = name_size,
		.n = seq,
		.copy = copy,
		.copies = run->outputs,
		.number = number,
		.late_known = late != NULL,
	};
	struct name_pieces pieces;

	name_split(&pieces, name, name_size);
	/* A name without an extension keeps none where the format stays. */
	if (run->options->format == FORMAT_SAME && !pieces.ext_size)
		codec = NULL;
	output_extension(codec, &pieces, &values.ext, &values.ext_size);
	if (late) {
		values.width = late->width;
		values.height = late->height;
		values.hash = late->hash;
	}
	return name_expand(&run->template, &values, out, &run->fault);
}

int run_sidecar_name(struct run *run, struct str *name)
{
	const char *slash;

	str_add(name, SIDECAR_SUFFIX);
	if (name->failed)
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a name");
	slash = strrchr(name->text, '/');
	if (strlen(slash ? slash + 1 : name->text) <= NAME_COMPONENT_MAX)
		return 0;
	return fault_set(&run->fault, IMGBATCH_E_USAGE,
		"the name is too long for one with " SIDECAR_SUFFIX " behind it");
}

/* The codec that outputs are written with, where that does not depend on the input. */
static const struct codec *fixed_codec(const struct run *run)
{
	return run->options->format == FORMAT_SAME ? NULL : codecs[run->options->format];
}

/* The names of all sidecars behind those of their outputs. */
static int name_sidecars(struct run *run, struct ledger_names *names)
{
	for (uint32_t copy = 0; copy < run->outputs; copy++) {
		size_t from = copy ? names->end[copy - 1] : 0;
		struct str name = STR_INIT;
		int code;

		str_add_bytes(&name, str_text(&names->text) + from, names->end[copy] - from);
		code = run_sidecar_name(run, &name);
		str_add_bytes(&names->text, str_text(&name), name.length);
		str_release(&name);
		if (!code)
			code = ledger_names_add(names);
		if (code)
			return code;
	}
	return 0;
}

/* And those of all files that come beside them. */
static int name_beside(struct run *run, const struct beside *beside, struct ledger_names *names)
{
	for (uint32_t copy = 0; beside->suffix && copy < run->outputs; copy++) {
		size_t from = copy ? names->end[copy - 1] : 0;
		int code;

		str_clear(&run->name);
		str_add_bytes(&run->name, str_text(&names->text) + from, names->end[copy] - from);
		beside_name(beside, str_text(&run->name), run->name.length, &names->text);
		code = run->name.failed ? IMGBATCH_E_NOMEM : ledger_names_add(names);
		if (code)
			return code;
	}
	return 0;
}

/* Names all outputs of one image. */
static int name_outputs(struct run *run, const char *name, size_t size, uint64_t seq,
	unsigned number, struct ledger_names *names)
{
	int code = 0;

	ledger_names_clear(names);
	for (uint32_t copy = 0; copy < run->outputs; copy++) {
		code = run_output_name(
			run, name, size, seq, copy, number, fixed_codec(run), NULL, &names->text);

		if (!code)
			code = ledger_names_add(names);
		if (code)
			return code;
	}
	code = name_beside(run, &run->masks, names);
	if (!code)
		code = name_beside(run, &run->labels, names);
	return !code && run->options->sidecar ? name_sidecars(run, names) : code;
}

static int plan_one(struct run *run, const struct source_entry *entry, uint64_t seq)
{
	struct ledger_input input = {
		.root = entry->root,
		.dir = source_root_dir(run->source, entry->root),
		.path = entry->path,
		.path_size = entry->path_size,
		.name = entry->name,
		.name_size = entry->name_size,
		.follow = entry->follow,
		.state = entry->kind == SOURCE_FILE     ? LEDGER_PLANNED
			: entry->kind == SOURCE_IGNORED ? LEDGER_IGNORED
							: LEDGER_FAILED,
		.code = entry->code,
		.detail = entry->detail,
		.incomplete = entry->directory,
	};

	run_beside(run, entry->name, entry->name_size, &input);
	ledger_names_clear(&run->names);
	if (input.state == LEDGER_PLANNED) {
		int code = name_outputs(run, entry->name, entry->name_size, seq, 0, &run->names);

		if (code == IMGBATCH_E_NOMEM)
			return code;
		if (code) { /* a name that no output can have is this image's failure */
			input.state = LEDGER_FAILED;
			input.code = IMGBATCH_E_WRITE;
			input.detail = run->fault.detail;
			ledger_names_clear(&run->names);
		}
	}
	return ledger_plan(run->ledger, &input, &run->names, NULL, NULL, &run->fault);
}

/* Whether a colliding input is an image at all. */
static int probe(void *ctx, const struct ledger_image *image, struct fault *fault)
{
	struct run *run = ctx;
	uint8_t head[PROBE_BYTES];
	ssize_t got;
	int fd = openat(source_root_dir(run->source, image->root), image->path,
		O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (image->follow ? 0 : O_NOFOLLOW));

	if (fd < 0)
		return fault_set(fault, errno == ENOENT ? IMGBATCH_E_VANISHED : IMGBATCH_E_OPEN,
			"%s", strerror(errno));
	do
		got = read(fd, head, sizeof head);
	while (got < 0 && errno == EINTR);
	close(fd);
	if (got < 0)
		return fault_set(fault, IMGBATCH_E_READ, "%s", strerror(errno));
	/* An empty file is told by its own code when its turn comes; it writes nothing either way. */
	return codec_probe(head, (size_t)got) ? 0 : got ? IMGBATCH_E_NOT_IMAGE : IMGBATCH_E_EMPTY;
}

static int rename_outputs(void *ctx, const struct ledger_image *image, unsigned number,
	struct ledger_names *names, struct fault *fault)
{
	struct run *run = ctx;
	int code = name_outputs(run, image->name, image->name_size, image->seq, number, names);

	if (code)
		*fault = run->fault;
	return code;
}

static void beside(void *ctx, const struct ledger_image *image, struct ledger_input *input)
{
	run_beside(ctx, image->name, image->name_size, input);
}

static int tell_clash(void *ctx, const struct ledger_clash *clash)
{
	struct run *run = ctx;
	struct str text = STR_INIT;

	str_add_char(&text, '"');
	str_add_escaped(&text, clash->first.path, clash->first.path_size);
	str_add(&text, "\" and \"");
	str_add_escaped(&text, clash->second.path, clash->second.path_size);
	str_add(&text, "\" would both write \"");
	str_add_escaped(&text, clash->output, clash->output_size);
	str_add_char(&text, '"');
	run_message(run, 0, "%s", str_text(&text));
	str_release(&text);
	return 0;
}

static int settle(struct run *run)
{
	struct ledger_settler settler = {.ctx = run, .probe = probe, .beside = beside};
	int code;

	if (run->options->on_collision == COLLISION_SUFFIX)
		settler.rename = rename_outputs;
	code = ledger_settle(run->ledger, &settler, &run->fault);
	if (code == IMGBATCH_E_NAMES) {
		struct fault ignored;

		ledger_clashes(run->ledger, tell_clash, run, &ignored);
		if (run->options->in.count > 1 && !run->options->keep_roots)
			run_message(run, 0, "--keep-roots keeps the folders of --in apart");
		run_message(run, 0, "--on-collision suffix gives such outputs numbers");
	}
	return code;
}

int run_plan(struct run *run)
{
	struct source_entry entry;
	uint64_t listed = 0;
	int got;

	for (;; listed++) {
		int code;

		if (listed % PROGRESS_EVERY == 0) {
			run->summary->listed = listed;
			run_progress(run, true);
		}
		if (atomic_load(&run->batch->stopped))
			return fault_set(
				&run->fault, IMGBATCH_E_CANCELED, "stopped while planning");
		got = source_next(run->source, &entry, &run->fault);
		if (got <= 0)
			break;
		code = plan_one(run, &entry, listed);
		if (code)
			return code;
	}
	run->summary->listed = listed;
	if (got < 0)
		return got;
	return settle(run);
}
