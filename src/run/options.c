/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of options: name, what it takes, default, help, and where the value goes. imgbatch_set, the
 * command's help, its completions and its man page are all read from here.
 */
#include "base/fault.h"
#include "base/number.h"
#include "base/str.h"
#include "run/option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(f) offsetof(struct options, f)

static const struct option table[] = {
	{{"in", "PATH...", "", "input", "files and folders to read, folders with all below them",
		 true},
		KIND_WORDS, FIELD(in), 0, 0},
	{{"files-from", "FILE|-", "", "input",
		 "read input names from FILE, one a line (-: standard input)", false},
		KIND_TEXT, FIELD(files_from), 0, 0},
	{{"null", NULL, "no", "input", "names in --files-from end in NUL, not newline", false},
		KIND_SWITCH, FIELD(null), 0, 0},
	{{"root", "DIR", "", "input", "relative names in --files-from are below DIR", false},
		KIND_TEXT, FIELD(root), 0, 0},
	{{"include", "GLOB", "", "input", "only files whose name or path below --in matches", true},
		KIND_WORDS, FIELD(include), 0, 0},
	{{"exclude", "GLOB", "", "input", "not what matches; a folder with all below it", true},
		KIND_WORDS, FIELD(exclude), 0, 0},
	{{"follow", NULL, "no", "input", "follow symbolic links (else they count as ignored)",
		 false},
		KIND_SWITCH, FIELD(follow), 0, 0},
	{{"keep-roots", NULL, "no", "input", "keep several --in folders apart by their own names",
		 false},
		KIND_SWITCH, FIELD(keep_roots), 0, 0},

	{{"masks", "DIR", "", "labels", "each image's mask, DIR/NAME.png, follows its image",
		 false},
		KIND_TEXT, FIELD(masks), 0, 0},
	{{"masks-out", "DIR", "", "labels", "where masks go, named as their images' outputs",
		 false},
		KIND_TEXT, FIELD(masks_out), 0, 0},
	{{"mask-fill", "N", "0", "labels", "what a mask holds where its image is filled", false},
		KIND_NUMBER, FIELD(mask_fill), 0, 65535},
	{{"boxes", "FILE|DIR", "", "labels",
		 "boxes that follow: a COCO file, a YOLO or a VOC folder", false},
		KIND_TEXT, FIELD(boxes), 0, 0},
	{{"boxes-out", "FILE|DIR", "", "labels", "where they go, in the same form", false},
		KIND_TEXT, FIELD(boxes_out), 0, 0},
	{{"min-area", "PIXELS", "1", "labels", "boxes of less area are dropped", false}, KIND_REAL,
		FIELD(min_area), 0, 1000000000},
	{{"min-visibility", "0..1", "0", "labels",
		 "boxes of which less is in the picture are dropped", false},
		KIND_REAL, FIELD(min_visibility), 0, 1},

	{{"out", "DIR", "", "output", "where the results go; the tree below --in is mirrored",
		 false},
		KIND_TEXT, FIELD(out), 0, 0},
	{{"format", "same|jpeg|png", "same", "output", "what to write", false}, KIND_CHOICE,
		FIELD(format), 0, 0},
	{{"quality", "1..100", "90", "output", "JPEG quality", false}, KIND_NUMBER, FIELD(quality),
		1, 100},
	{{"subsampling", "444|422|420", "420", "output", "JPEG chroma subsampling", false},
		KIND_NUMBER, FIELD(subsampling), 420, 444},
	{{"progressive", NULL, "no", "output", "progressive JPEG", false}, KIND_SWITCH,
		FIELD(progressive), 0, 0},
	{{"optimize", NULL, "no", "output", "optimal JPEG Huffman tables: a few % smaller, slower",
		 false},
		KIND_SWITCH, FIELD(optimize), 0, 0},
	{{"png-level", "0..9", "6", "output",
		 "PNG compression: 0 stores, 9 is smallest and slowest", false},
		KIND_NUMBER, FIELD(png_level), 0, 9},
	{{"depth", "8|keep", "8", "output",
		 "bits a sample: 8, or 16 where all steps and formats have them", false},
		KIND_BOOL_CHOICE, FIELD(keep_depth), 0, 0},
	{{"auto-orient", NULL, "yes", "output", "apply the EXIF orientation and reset its tag",
		 false},
		KIND_SWITCH, FIELD(auto_orient), 0, 0},
	{{"metadata", "none|icc|all", "icc", "output", "what to keep beside the pixels", false},
		KIND_CHOICE, FIELD(metadata), 0, 0},
	{{"copies", "N", "1", "output", "outputs of each image, each with its own draws", false},
		KIND_NUMBER, FIELD(copies), 1, 100000},
	{{"seed", "N", "0", "output", "what random operations draw from", false}, KIND_NUMBER,
		FIELD(seed), 0, UINT64_MAX},
	{{"name", "TEMPLATE", "{dir}/{stem}{suffix}.{ext}", "output",
		 "output names; also {n:06} {copy} {name} {w} {h} {hash8}", false},
		KIND_TEXT, FIELD(name), 0, 0},
	{{"on-collision", "refuse|suffix", "refuse", "output",
		 "when two inputs would write one name", false},
		KIND_CHOICE, FIELD(on_collision), 0, 0},
	{{"if-exists", "update|skip|overwrite|error", "update", "output", "an output that is there",
		 false},
		KIND_CHOICE, FIELD(if_exists), 0, 0},
	{{"preserve-times", NULL, "no", "output", "outputs get their input's modification time",
		 false},
		KIND_SWITCH, FIELD(preserve_times), 0, 0},
	{{"prune", NULL, "no", "output", "remove recorded outputs whose input has gone", false},
		KIND_SWITCH, FIELD(prune), 0, 0},
	{{"sidecar", NULL, "no", "output", "beside each output its drawn recipe, as OUTPUT.recipe",
		 false},
		KIND_SWITCH, FIELD(sidecar), 0, 0},
	{{"durability", "none|batch|file", "batch", "output",
		 "a power cut may cost: all, the last seconds, no file", false},
		KIND_CHOICE, FIELD(durability), 0, 0},
	{{"html", "FILE", "", "output",
		 "a page about the run: how it went, what failed, what was made", false},
		KIND_TEXT, FIELD(html), 0, 0},
	{{"dry-run", NULL, "no", "output", "read headers only, say what would be written", false},
		KIND_SWITCH, FIELD(dry_run), 0, 0},

	{{"io", "auto|sync|threads|event", "auto", "engines", "how files are read and written",
		 false},
		KIND_AUTO, FIELD(io), 0, 0},
	{{"io-jobs", "N", "auto", "engines", "reads and writes in flight at most", false},
		KIND_NUMBER, FIELD(io_jobs), 1, 4096},
	{{"cpu", "auto|serial|threads|openmp|processes", "auto", "engines",
		 "how images are computed", false},
		KIND_AUTO, FIELD(cpu), 0, 0},
	{{"jobs", "N", "auto", "engines", "workers; auto: the CPUs that this process may use",
		 false},
		KIND_NUMBER, FIELD(jobs), 1, 1024},
	{{"sandbox", "auto|require|off", "auto", "engines",
		 "lock workers in: as far as the system can, or not run", false},
		KIND_CHOICE, FIELD(sandbox), 0, 0},

	{{"memory", "SIZE", "auto", "limits",
		 "bytes for the whole run; auto: half of what is available", false},
		KIND_SIZE, FIELD(memory), 16 << 20, UINT64_MAX},
	{{"max-pixels", "N", "100M", "limits", "images of more pixels are refused; 0: no bound",
		 false},
		KIND_COUNT, FIELD(max_pixels), 0, UINT64_MAX},
	{{"max-file-size", "SIZE", "256M", "limits", "larger files are refused", false}, KIND_SIZE,
		FIELD(max_file_size), 1, (uint64_t)1 << 40},
	{{"timeout", "SECONDS", "30", "limits", "wall clock an image (processes); 0: none", false},
		KIND_SECONDS, FIELD(timeout), 0, 0},
	{{"max-failures", "N", "none", "limits", "stop when more images than this failed", false},
		KIND_NUMBER, FIELD(max_failures), 0, UINT64_MAX},

	{{"decode", "full|scaled", "full", "checks",
		 "scaled: shrink large JPEGs while decoding: faster, close", false},
		KIND_BOOL_CHOICE, FIELD(decode_scaled), 0, 0},
	{{"check", "needed|full", "needed", "checks",
		 "full: each JPEG to its end, also rows that nothing needs", false},
		KIND_BOOL_CHOICE, FIELD(check_full), 0, 0},
	{{"keep-damaged", NULL, "no", "checks", "write what can be decoded of damaged images",
		 false},
		KIND_SWITCH, FIELD(keep_damaged), 0, 0},

	{{"worker", "FILE", "auto", "seldom needed", "the worker program of --cpu processes",
		 false},
		KIND_AUTO, FIELD(worker), 0, 0},
	{{"entropy", "auto|stock|fast", "auto", "seldom needed",
		 "who decodes Huffman codes: libjpeg-turbo or we; same bytes", false},
		KIND_CHOICE, FIELD(entropy), 0, 0},
	{{"verify-decode", "0..1", "0", "seldom needed",
		 "the share of images to compare with libjpeg-turbo alone", false},
		KIND_REAL, FIELD(verify_decode), 0, 1},
	{{"trace", "FILE", "", "seldom needed",
		 "what each worker did when, for Perfetto (ui.perfetto.dev): 1.2 kB an image",
		 false},
		KIND_TEXT, FIELD(trace), 0, 0},
	{{"simulate-latency", "MS", "0", "seldom needed",
		 "each input file answers MS later, as from a slow store", false},
		KIND_REAL, FIELD(simulate_latency), 0, 10000},
	{{"simulate-bandwidth", "MB/S", "0", "seldom needed",
		 "and all come through one line of so many 10^6 bytes a second; 0: no bound",
		 false},
		KIND_REAL, FIELD(simulate_bandwidth), 0, 1000000},
};

enum { OPTION_COUNT = sizeof table / sizeof table[0] };

const struct imgbatch_option_info *imgbatch_option_info(size_t index)
{
	return index < OPTION_COUNT ? &table[index].info : NULL;
}

const struct option *option_row(size_t index)
{
	return index < OPTION_COUNT ? &table[index] : NULL;
}

void options_init(struct options *options)
{
	*options = (struct options){
		.format = FORMAT_SAME,
		.quality = 90,
		.subsampling = 420,
		.png_level = 6,
		.copies = 1,
		.auto_orient = true,
		.metadata = METADATA_ICC,
		.min_area = 1,
		.durability = DURABILITY_BATCH,
		.max_pixels = 100000000,
		.max_file_size = 256 << 20,
		.timeout = 30,
		.max_failures = UINT64_MAX,
	};
}

static void words_release(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->word[i]);
	free(words->word);
	*words = (struct words){0};
}

void options_release(struct options *options)
{
	words_release(&options->in);
	words_release(&options->include);
	words_release(&options->exclude);
	free(options->files_from);
	free(options->root);
	free(options->masks);
	free(options->masks_out);
	free(options->boxes);
	free(options->boxes_out);
	free(options->out);
	free(options->name);
	free(options->html);
	free(options->trace);
	free(options->io);
	free(options->cpu);
	free(options->worker);
}

static int bad_value(const struct option *option, const char *value, struct fault *fault)
{
	struct str said = STR_INIT;
	int code;

	str_add_escaped(&said, value, strnlen(value, 80));
	code = fault_set(fault, IMGBATCH_E_USAGE, "--%s takes %s, not \"%s\"", option->info.name,
		option->info.value ? option->info.value : "yes or no", str_text(&said));
	str_release(&said);
	return code;
}

static int set_words(struct words *words, const char *value)
{
	char **word = realloc(words->word, (words->count + 1) * sizeof *word);

	if (!word)
		return IMGBATCH_E_NOMEM;
	words->word = word;
	word[words->count] = strdup(value);
	if (!word[words->count])
		return IMGBATCH_E_NOMEM;
	words->count++;
	return 0;
}

static int set_text(char **text, const char *value)
{
	char *copy = value ? strdup(value) : NULL;

	if (value && !copy)
		return IMGBATCH_E_NOMEM;
	free(*text);
	*text = copy;
	return 0;
}

/* The index of value among words parted by |, -1 where it is none of them. */
static int choice_index(const char *words, const char *value)
{
	size_t length = strlen(value);

	for (int i = 0;; i++) {
		size_t word = strcspn(words, "|");

		if (word == length && !memcmp(words, value, length))
			return i;
		if (!words[word])
			return -1;
		words += word + 1;
	}
}

/* A count with an optional suffix K, M, G or T of the given unit. 0, or -1. */
static int parse_count(const char *value, uint64_t unit, uint64_t *number)
{
	static const char suffixes[] = "KMGT";
	char *end;

	if (value[0] < '0' || value[0] > '9')
		return -1;
	errno = 0;
	*number = strtoull(value, &end, 10);
	if (errno || (*end && unit == 1))
		return -1;
	if (*end) {
		const char *suffix = strchr(suffixes, *end >= 'a' ? *end - 'a' + 'A' : *end);

		if (!suffix || end[1])
			return -1;
		for (const char *s = suffixes; s <= suffix; s++)
			if (__builtin_mul_overflow(*number, unit, number))
				return -1;
	}
	return 0;
}

static int set_number(const struct option *option, uint64_t *number, const char *value,
	uint64_t unit, struct fault *fault)
{
	uint64_t parsed;

	if (!strcmp(value, option->info.initial) && !strcmp(value, "auto")) {
		*number = 0;
		return 0;
	}
	if (parse_count(value, unit, &parsed) || parsed < option->low || parsed > option->high)
		return bad_value(option, value, fault);
	/* 444|422|420 is a choice among numbers. */
	if (strchr(option->info.value, '|') && choice_index(option->info.value, value) < 0)
		return bad_value(option, value, fault);
	*number = parsed;
	return 0;
}

static int set_seconds(
	const struct option *option, double *seconds, const char *value, struct fault *fault)
{
	char *end;
	double parsed = strtod(value, &end);

	if (end == value || *end || !(parsed >= 0) || parsed > 1e6)
		return bad_value(option, value, fault);
	*seconds = parsed;
	return 0;
}

static int set_real(
	const struct option *option, double *real, const char *value, struct fault *fault)
{
	double parsed;

	if (!number_parse(value, strlen(value), &parsed) || parsed < (double)option->low ||
		parsed > (double)option->high)
		return bad_value(option, value, fault);
	*real = parsed;
	return 0;
}

static int set_switch(const struct option *option, bool *on, const char *value, struct fault *fault)
{
	if (value && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return bad_value(option, value, fault);
	*on = !value || !strcmp(value, "yes");
	return 0;
}

static int set_choice(
	const struct option *option, void *field, const char *value, struct fault *fault)
{
	int index = choice_index(option->info.value, value);

	if (index < 0)
		return bad_value(option, value, fault);
	if (option->kind == KIND_BOOL_CHOICE)
		*(bool *)field = index != 0;
	else if (option->offset == FIELD(format))
		*(uint8_t *)field = index ? (uint8_t)(index - 1) : FORMAT_SAME;
	else
		*(uint8_t *)field = (uint8_t)index;
	return 0;
}

static int set(const struct option *option, struct options *options, const char *value,
	struct fault *fault)
{
	void *field = (char *)options + option->offset;

	if (!value && option->kind != KIND_SWITCH)
		return fault_set(fault, IMGBATCH_E_USAGE, "--%s needs a value: %s",
			option->info.name, option->info.value);
	switch (option->kind) {
	case KIND_WORDS:
		return set_words(field, value);
	case KIND_TEXT:
		return set_text(field, value);
	case KIND_AUTO:
		if (strchr(option->info.value, '|') && choice_index(option->info.value, value) < 0)
			return bad_value(option, value, fault);
		return set_text(field, strcmp(value, "auto") ? value : NULL);
	case KIND_SWITCH:
		return set_switch(option, field, value, fault);
	case KIND_NUMBER:
		return set_number(option, field, value, 1, fault);
	case KIND_SIZE:
		return set_number(option, field, value, 1024, fault);
	case KIND_COUNT:
		return set_number(option, field, value, 1000, fault);
	case KIND_SECONDS:
		return set_seconds(option, field, value, fault);
	case KIND_REAL:
		return set_real(option, field, value, fault);
	case KIND_CHOICE:
	case KIND_BOOL_CHOICE:
		return set_choice(option, field, value, fault);
	}
	return fault_set(fault, IMGBATCH_E_USAGE, "--%s has no kind", option->info.name);
}

int imgbatch_set(
	struct imgbatch *batch, const char *name, const char *value, struct imgbatch_fault *to)
{
	struct fault fault = {0};
	int code;

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(table[i].info.name, name) != 0)
			continue;
		batch_drop_worker(batch);
		code = set(&table[i], &batch->options, value, &fault);
		if (code == IMGBATCH_E_NOMEM)
			fault_set(&fault, code, "no memory for --%s", name);
		return fault_report(to, &fault, code);
	}
	return fault_report(to, &fault,
		fault_set(&fault, IMGBATCH_E_USAGE, "there is no option --%.60s", name));
}
