/* SPDX-License-Identifier: Apache-2.0 */
/* Which command is meant. Everything else is in the file of that command. */
#include "cli/cli.h"

#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int unknown_command(const char *word)
{
	struct guess guess;

	guess_init(&guess, word, strlen(word));
	for (const struct command *command = commands; command->name; command++)
		guess_offer(&guess, "", command->name);
	fputs("imgbatch: unknown command ", stderr);
	print_name(stderr, word);
	if (guess.name)
		fprintf(stderr, "; did you mean %s?\n", guess.name);
	else if (access(word, F_OK) == 0)
		fputs("; inputs are given with --in\n", stderr);
	else
		fputs("; imgbatch --help lists all\n", stderr);
	return STATUS_USAGE;
}

static int run_command(const struct command *command, int count, char **words)
{
	if (asks_for_help(count, words)) {
		help_command(stdout, command);
		return STATUS_OK;
	}
	return command->main(count, words);
}

/* What stands alone: nothing else is on the line. -1: it is something else. */
static int lone_option(int count, char **words)
{
	if (strcmp(words[0], "--completion") == 0 && count == 2)
		return complete_print(words[1]);
	if (count != 1)
		return -1;
	if (strcmp(words[0], "--version") == 0) {
		printf("imgbatch %s\n", imgbatch_version());
		return STATUS_OK;
	}
	if (strcmp(words[0], "--man") == 0)
		return man_print();
	return -1;
}

static int dispatch(int count, char **words)
{
	const struct command *command;
	int status;

	if (count == 0) {
		help_short(stderr);
		return STATUS_USAGE;
	}
	status = lone_option(count, words);
	if (status >= 0)
		return status;
	if (words[0][0] == '-')
		return cmd_run(count, words);
	command = command_find(words[0]);
	return command ? run_command(command, count - 1, words + 1) : unknown_command(words[0]);
}

int main(int argc, char **argv)
{
	output_prepare();
	/* A reader that went away is an error of write(), told like any other. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is told by the write */
	/*
	 * libjpeg takes and gives back its arrays for each image: keep their pages instead of faulting them in
	 * anew. A program's business, not a library's.
	 */
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	return output_finish(dispatch(argc - (argc > 0), argv + (argc > 0)));
}
