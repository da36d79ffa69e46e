/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that only the command has, and how a name is found among all. */
#include "cli/cli.h"

#include <string.h>

/* In the library's own form, so that help, completion and the manual need not tell them apart. */
static const struct imgbatch_option_info own_options[] = {
	{"recipe", "FILE", "", "command", "operations from a file, in its place (-: stdin)", true},
	{"print-recipe", NULL, "", "command", "print what the operations amount to; nothing is run",
		false},
	{"json", NULL, "", "command", "one JSON object a line and image on stdout, then a summary",
		false},
	{"progress", "auto|always|never", "auto", "command", "a progress line on stderr", false},
	{"verbose", NULL, "", "command",
		"what was chosen and why, every warning, what bounds the run", false},
	{"quiet", NULL, "", "command", "tell failures only", false},
	{"help", NULL, "", "command", "this text; imgbatch COMMAND --help: about that one", false},
	{"version", NULL, "", "command", "the version", false},
};

enum { OWN_OPTIONS = sizeof own_options / sizeof *own_options };

static const struct {
	char letter;
	const char *name;
} letters[] = {
	{'j', "jobs"},
	{'0', "null"},
	{'v', "verbose"},
	{'q', "quiet"},
	{'h', "help"},
};

enum { LETTERS = sizeof letters / sizeof *letters };

const struct recipe_word recipe_words[] = {
	{"filter", "nearest|box|bilinear|hamming|bicubic|lanczos",
		"resampling filter of all that resizes and names none"},
	{"linear", "",
		"all that resizes averages light, not levels: slower, and bright details stay "
		"bright"},
	{"gravity", "center|north|northeast|east|southeast|south|southwest|west|northwest",
		"where crops and pads keep the image"},
	{"background", "COLOUR", "fill of what names none, such as #fff or 124,116,104"},
	{NULL, NULL, NULL},
};

const struct command commands[] = {
	{"run", "[run] --in PATH... --out DIR [OPERATIONS] [OPTIONS]",
		"make a tree of images out of another", NULL, cmd_run, NULL},
	{"status", "status OUT [--json]", "what is known about the last run into OUT",
		"Counts, failures and what is left of the last run into the directory OUT, as its "
		"ledger "
		"in OUT/.imgbatch has them; while a run is going on, too. --json prints one line "
		"of JSON.",
		cmd_status, NULL},
	{"compare", "compare EXPECTED ACTUAL [OPTIONS]", "golden images: two files, or two trees",
		"Compares two image files, or two folders by the names below them, pixel by "
		"pixel as they are stored: palettes looked up, EXIF orientation not applied. "
		"Without options every level has to be equal. Size, channels and depth have to be "
		"equal in any case; files that are no images on either side are left alone, and "
		"files of the same bytes are not decoded. A line on standard error for each "
		"failure "
		"says how large the difference is and what it looks like.\n\n"
		"Budgets say how far a pair may differ; all that are given must hold. With "
		"--min-psnr or --min-ssim alone the number of differing pixels does not matter. "
		"PSNR and SSIM are of all channels, alpha too; SSIM is of Wang and others 2004, in "
		"Gaussian windows of 11x11 that lie wholly inside. --perceptual T counts what "
		"pixelmatch (up to version 7, over white) and odiff count at threshold T with "
		"anti-aliasing included; with --aa, what they count without.\n\n"
		"A tolerances file has a pattern and its budgets in each line, such as: *.jpg "
		"threshold=2 max-diff-percent=0.1. The last line that matches wins; what it does "
		"not "
		"say is as on the command line. ignore=X,Y,W,H may stand there too.\n\n"
		"With --hashes FILE and no EXPECTED the pixels' XXH3-128 hashes are compared with "
		"those in FILE; --update writes them there. --update makes actual files golden "
		"where "
		"they differ or are extra; it removes none that is missing. GLOB follows as the "
		"next "
		"word behind EXPECTED and ACTUAL, or behind an equals sign.\n\n"
		"Exit status 0: the same; 1: different, missing or extra; 2: trouble, such as "
		"wrong "
		"usage or a broken image; 3: the environment.",
		cmd_compare, compare_option_at},
	{"bench", "bench --in PATH... [OPERATIONS]",
		"every pair of engines measured on your own data",
		"Runs the operations on a sample of the inputs with every I/O engine, every CPU "
		"engine, "
		"and 1, 2, 4 .. workers, in turn and again and again until the time is up, and "
		"prints "
		"images a second: medians and quartiles, the best pair, what is within its noise, "
		"how pairs scale with workers beside the ideal, and what a run that is left the "
		"choice "
		"(auto) reaches. Inputs come from the page cache (warm) and, where that can be "
		"had, "
		"from storage (cold: dropped from the page cache before each run, for which no "
		"root is "
		"needed). Outputs go to a scratch folder and are removed; what a bench left that "
		"was "
		"killed, by the next one there.\n\n"
		"It takes the words of a run; --out and the like are left alone. --io, --cpu, -j "
		"and "
		"--io-jobs restrict what is measured. With --simulate-latency MS and "
		"--simulate-bandwidth MB/S all is measured with and without that slow store in "
		"front, "
		"instead of cold: what a network disk would ask for.\n\n"
		"Images that fail are counted and count as done. ^C ends it early and prints what "
		"was "
		"measured. Exit status 0; 1: all was measured, and images failed; 2: wrong usage, "
		"or no "
		"image; 3: the environment; 130: stopped by ^C.",
		cmd_bench, bench_option_at},
	{"preview", "preview --in PATH... [OPERATIONS] -o FILE", "a contact sheet of drawn samples",
		"Makes one picture, FILE.png or FILE.jpg (-: PNG to standard output): in each row "
		"an input and what the operations make of it, with the recipe that was drawn, "
		"shortened, below each. Inputs are spread evenly over the whole listing. A picture "
		"that fails has "
		"its error in its cell.\n\n"
		"It takes the words of a run, also --out and the like, which it leaves alone. Copy "
		"J in the "
		"sheet "
		"is the output that a run with the same --seed makes of this input as copy J, so "
		"these are samples of the data set itself. All --copies are shown that fit; where "
		"there is one and chance decides, as many as fit.\n\n"
		"--grid COLUMNSxROWS: cells, the originals included [6x8].\n\n"
		"--cell N: pixels of a cell's side, 64 to 1024 [160]; smaller outputs are enlarged "
		"by whole factors.",
		cmd_preview, NULL},
	{"replay", "replay OUT/FILE [-o FILE]", "make one output again, byte for byte",
		"Makes an output again from what the ledger above it has recorded: its input, the "
		"recipe that was drawn for it, and the settings of the run that wrote it, an older "
		"run's too. Says whether the file holds these very bytes: exit status 0; or is "
		"gone, or differs, or cannot be made again because its input is gone or has "
		"changed: exit status 1.\n\n"
		"-o FILE writes what was made instead (-: to standard output).\n\n"
		"replay --sidecar FILE --in INPUT does the same without a ledger, from what "
		"--sidecar wrote beside an output.",
		cmd_replay, NULL},
	{"info", "info FILE...", "header facts, one JSON line a file",
		"Prints one line of JSON for each file: type, size, channels, depth, orientation "
		"and what else its "
		"header says. No pixels are decoded. Exit status 1 when a file could not be told.",
		cmd_info, NULL},
	{"ops", "ops [NAME]", "list the operations, or tell all about one",
		"Lists every operation with what it takes. With a NAME: its meaning, defaults and "
		"exactness.",
		cmd_ops, NULL},
	{"engines", "engines", "which I/O and CPU engines can run here",
		"Tries every engine on this machine and tells why one cannot run; then what this "
		"build is made of. "
		"Without --io and --cpu a run picks engines itself and -v tells which and why.",
		cmd_engines, NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct exit_row exit_rows[] = {
	{"0", "every image is done, or there was nothing to do"},
	{"1", "some images failed; the rest is done"},
	{"2", "wrong usage, nothing matched, or refused before the first write"},
	{"3", "the environment: disk full, a report unwritable, OUT locked by another run"},
	{"4", "stopped at more than --max-failures failures"},
	{"130, 143", "stopped by SIGINT or SIGTERM; the same command goes on from there"},
	{NULL, NULL},
};

const struct imgbatch_option_info *option_at(size_t index)
{
	static size_t library; /* how many rows the library has */

	while (imgbatch_option_info(library))
		library++;
	if (index < library)
		return imgbatch_option_info(index);
	return index - library < OWN_OPTIONS ? &own_options[index - library] : NULL;
}

static const struct imgbatch_option_info compare_options[] = {
	{"json", NULL, "no", "output", "one JSON object a line and pair on stdout, then a summary",
		false},
	{"verbose", NULL, "no", "output", "a line for each pair, not only for failures", false},
	{"quiet", NULL, "no", "output", "no lines: the exit status says it", false},
	{"help", NULL, "", "output", "this text", false},
};

const struct imgbatch_option_info *compare_option_at(size_t index)
{
	static size_t library; /* how many rows the library has */

	while (!library || imgbatch_comparison_option_info(library))
		library++;
	if (index < library)
		return imgbatch_comparison_option_info(index);
	index -= library;
	return index < sizeof compare_options / sizeof *compare_options ? &compare_options[index]
									: NULL;
}

static const struct imgbatch_option_info bench_options[] = {
	{"time", "SECONDS", "60", "bench", "how long all of it may take", false},
	{"cache", "warm|cold|both", "both", "bench",
		"where inputs come from; with --simulate-.. warm unless said", false},
	{"scratch", "DIR", "TMPDIR", "bench",
		"where outputs go for the while; /dev/shm: memory, no disk", false},
	{"json", "FILE|-", "", "bench", "the result as JSON (-: standard output, instead of text)",
		false},
	{"html", "FILE|-", "", "bench", "the result as a page with charts, which fetches nothing",
		false},
};

const struct imgbatch_option_info *bench_option_at(size_t index)
{
	return index < sizeof bench_options / sizeof *bench_options ? &bench_options[index] : NULL;
}

static bool is_name(const char *name, const char *word, size_t length)
{
	return strncmp(name, word, length) == 0 && name[length] == '\0';
}

const struct imgbatch_option_info *option_find(const char *name, size_t length)
{
	const struct imgbatch_option_info *option;

	for (size_t i = 0; (option = option_at(i)); i++)
		if (is_name(option->name, name, length))
			return option;
	return NULL;
}

bool option_is_own(const struct imgbatch_option_info *option)
{
	return option >= own_options && option < own_options + OWN_OPTIONS;
}

char option_letter(const char *name)
{
	for (size_t i = 0; i < LETTERS; i++)
		if (strcmp(letters[i].name, name) == 0)
			return letters[i].letter;
	return '\0';
}

const char *option_of_letter(char letter)
{
	for (size_t i = 0; i < LETTERS; i++)
		if (letters[i].letter == letter)
			return letters[i].name;
	return NULL;
}

const struct imgbatch_operation_info *operation_find(const char *name, size_t length)
{
	const struct imgbatch_operation_info *operation;

	for (size_t i = 0; (operation = imgbatch_operation_info(i)); i++)
		if (is_name(operation->name, name, length))
			return operation;
	return NULL;
}

const struct recipe_word *recipe_word_find(const char *name, size_t length)
{
	for (const struct recipe_word *word = recipe_words; word->name; word++)
		if (is_name(word->name, name, length))
			return word;
	return NULL;
}

const struct command *command_find(const char *name)
{
	for (const struct command *command = commands; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}
