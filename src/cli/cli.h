/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command: words of a command line into calls of the public header, and what it answers onto two streams.
 *
 *	main.c      which command is meant                 tables.c    rows that only the command has
 *	own.c       a command's own, taken out of them
 *	args.c      the words of a run                     guess.c     the name that a wrong one is nearest to
 *	cmd_*.c     one command each                       signals.c   SIGINT and SIGTERM become imgbatch_stop
 *	screen.c    all that goes to stderr                output.c    stdout: flushed, checked, never lost silently
 *	help.c, man.c, complete.c: documents made from the tables, so that none can lag behind another
 *
 * Nothing here knows a room of the library: what the tables of the public header do not say, the command does
 * not know. Functions return an exit status unless they say otherwise.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <imgbatch/imgbatch.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_ENVIRONMENT = 3 };

/* -- tables.c: every name that a command line can hold ------------------------------------------------- */

/* Options, the library's first and then the command's own (group "command"); NULL behind the end. */
const struct imgbatch_option_info *option_at(size_t index);
/* NULL when there is none. name need not end in NUL. */
const struct imgbatch_option_info *option_find(const char *name, size_t length);
/* Whether it is one that only the command knows. */
bool option_is_own(const struct imgbatch_option_info *option);
/* The letter that stands for an option, '\0' for none, and back. */
char option_letter(const char *name);
const char *option_of_letter(char letter);

const struct imgbatch_operation_info *operation_find(const char *name, size_t length);

/* Words of a recipe that are no operation and set its defaults. */
struct recipe_word {
	const char *name, *value, *help;
};
extern const struct recipe_word recipe_words[]; /* ends with a NULL name */
const struct recipe_word *recipe_word_find(const char *name, size_t length);

struct command {
	const char *name, *usage, *summary;
	const char *help; /* paragraphs; NULL: the whole of --help */
	int (*main)(int count, char **words); /* the words behind the command's name */
	/* Row `index` of its own options, NULL behind the end; NULL: it has none, or those of a run. */
	const struct imgbatch_option_info *(*option)(size_t index);
};
extern const struct command commands[]; /* ends with a NULL name */
const struct command *command_find(const char *name);
/* Options of `compare`: the library's first. */
const struct imgbatch_option_info *compare_option_at(size_t index);
/* Those that `bench` has beside a run's. */
const struct imgbatch_option_info *bench_option_at(size_t index);

struct exit_row {
	const char *status, *meaning;
};
extern const struct exit_row exit_rows[]; /* ends with a NULL status */

/* -- args.c ---------------------------------------------------------------------------------------------- */

enum progress_mode { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

/* What the words of a run amount to; the rest is inside the batch. */
struct run_args {
	struct imgbatch *batch; /* owned */
	enum progress_mode progress;
	bool json, verbose, quiet, print_recipe;
	bool dry_run; /* the batch knows it too */
	bool help; /* --help was met: the rest was not read */
	const char *stdin_reader; /* the option that reads standard input, NULL: none */
};

/* 0, or the status to exit with; then the reason was told. run_args_release() in every case. */
int run_args_parse(struct run_args *args, int count, char **words);
void run_args_release(struct run_args *args);

/* Whether the only word is --help or -h. */
bool asks_for_help(int count, char **words);

/* -- own.c ---------------------------------------------------------------------------------------------- */

struct own_option {
	const char *name; /* with its dashes */
	const char **value; /* where its value goes; the last one counts */
};

/* Takes options with values out of the words; *count is what is left. 0, or STATUS_USAGE, told, where one has no value. */
int own_take(const struct own_option *own, size_t own_count, int *count, char **words);

/* -- guess.c ------------------------------------------------------------------------------------------- */

struct guess {
	const char *word; /* what was typed, length bytes */
	size_t length;
	const char *prefix,
		*name; /* the best so far: "" or "no-", and a name; NULL: none is near */
	size_t distance;
};

void guess_init(struct guess *guess, const char *word, size_t length);
void guess_offer(struct guess *guess, const char *prefix, const char *name);

/* -- screen.c: standard error ---------------------------------------------------------------------------- */

struct screen {
	bool live; /* a progress line that is drawn again and again; else whole lines */
	bool progress; /* shown at all */
	bool colour;
	bool drawn; /* the progress line stands there now */
	double last; /* when, in seconds of the run */
};

/* `imgbatch: ` and the text, as one line; for what needs no screen. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Likewise, with the code's name before the fault's text (code: where the fault tells none). Returns the exit status. */
int complain_fault(int code, const struct imgbatch_fault *fault);

void screen_open(struct screen *screen, enum progress_mode mode, bool quiet);
/* A line that begins with `imgbatch: `; level 0 is for warnings and failures, 1 for notes. */
void screen_line(struct screen *screen, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void screen_text(struct screen *screen, const char *text); /* lines as they are */
void screen_progress(struct screen *screen, const struct imgbatch_progress *progress);
/* Likewise, of anything else that goes on: printf-like; seconds since it began. */
void screen_status(struct screen *screen, double seconds, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void screen_clear(struct screen *screen);

/* -- output.c: standard output --------------------------------------------------------------------------- */

/* Takes care that descriptors 0 to 2 are open, so that no other file becomes one of them. */
void output_prepare(void);
/* Flushes and closes stdout. status, or STATUS_ENVIRONMENT with a message when something was lost. */
int output_finish(int status);
/* Prints text that the library gave and frees it; adds a newline where it ends in none. */
int output_text(char *text);
/* Bytes into a file, as imgbatch_save() does it; "-": to standard output. 0, or the status to exit with; then the reason was told. */
int output_file(const char *path, const void *bytes, size_t size);

/* -- words.c ---------------------------------------------------------------------------------------------- */

/* A name in quotes; bytes that steer terminals, and those that are not UTF-8, as \xHH. */
void print_name(FILE *file, const char *name);
/* A line of text that may hold someone's words: likewise, but quotes and backslashes are as they are. */
void print_line(FILE *file, const char *text);
/*
 * Words of text from column `at` on, broken before column `width`, further lines indented by `indent`. Line ends and
 * blank lines in the text are kept. Ends with a newline.
 */
void print_wrapped(FILE *file, size_t at, size_t indent, size_t width, const char *text);

/* -- signals.c ------------------------------------------------------------------------------------------- */

/* From now on SIGINT, SIGTERM and SIGHUP stop this batch; the next such signal kills. NULL: no batch any more. */
void signals_watch(struct imgbatch *batch);
/* The signal that came, 0: none. */
int signals_seen(void);

/* -- documents ------------------------------------------------------------------------------------------- */

void help_short(FILE *file);
void help_full(FILE *file);
void help_command(FILE *file, const struct command *command);
int complete_print(const char *shell);
int man_print(void);
/* Words of a value that is a choice, "sync|threads|event": calls each; false when it is none. */
bool value_choices(
	const char *value, void (*each)(void *ctx, const char *word, size_t length), void *ctx);

int cmd_run(int count, char **words);
int cmd_compare(int count, char **words);
int cmd_bench(int count, char **words);
int cmd_preview(int count, char **words);
int cmd_replay(int count, char **words);
int cmd_status(int count, char **words);
int cmd_info(int count, char **words);
int cmd_ops(int count, char **words);
int cmd_engines(int count, char **words);

#endif
