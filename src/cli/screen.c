/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that goes to standard error. On a terminal the progress line is the last one, drawn over itself; whatever
 * else is said erases it first, and the next progress draws it again below.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PROGRAM "imgbatch: "
#define ERASE_LINE "\r\033[K"

/* Seconds between two progress lines: drawn over the last one, or below it in a log. */
static const double live_interval = 0.1, log_interval = 2;

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs(PROGRAM, stderr);
	vfprintf(stderr, format, args);
	putc('\n', stderr);
	va_end(args);
}

int complain_fault(int code, const struct imgbatch_fault *fault)
{
	static const struct imgbatch_summary nothing;
	const char *detail = fault ? fault->detail : "";

	fprintf(stderr, PROGRAM "%s: ", imgbatch_code_name(code));
	print_line(stderr, *detail ? detail : imgbatch_code_text(code));
	return imgbatch_exit_status(code, &nothing);
}

/* Set and not empty, as https://no-color.org has it. */
static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

static bool is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

void screen_open(struct screen *screen, enum progress_mode mode, bool quiet)
{
	bool terminal = is_terminal();

	*screen = (struct screen){
		.live = terminal,
		.progress = mode == PROGRESS_ALWAYS ||
			(mode == PROGRESS_AUTO && terminal && !quiet),
		.colour = terminal && !is_set("NO_COLOR"),
		.last = -log_interval,
	};
}

void screen_clear(struct screen *screen)
{
	if (!screen->drawn)
		return;
	fputs(ERASE_LINE, stderr);
	fflush(stderr);
	screen->drawn = false;
}

void screen_line(struct screen *screen, int level, const char *format, ...)
{
	bool colour = screen->colour && level == 0;
	char *text = NULL;
	va_list args;

	screen_clear(screen);
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	fputs(colour ? "\033[31m" PROGRAM "\033[m" : PROGRAM, stderr);
	print_line(stderr, text ? text : "out of memory");
	free(text);
}

void screen_text(struct screen *screen, const char *text)
{
	size_t length = strlen(text);

	screen_clear(screen);
	fputs(text, stderr);
	if (length && text[length - 1] != '\n')
		putc('\n', stderr);
}

/* One column is left free: some terminals wrap when the last one is written. */
static unsigned columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		return size.ws_col - 1u;
	return 79;
}

/* Whether it is time for another one. */
static bool progress_is_due(struct screen *screen, double seconds)
{
	double interval = screen->live ? live_interval : log_interval;

	if (!screen->progress || seconds - screen->last < interval)
		return false;
	screen->last = seconds;
	return true;
}

static void draw(struct screen *screen, const char *line)
{
	fprintf(stderr, screen->live ? ERASE_LINE "%s" : "%s\n", line);
	fflush(stderr);
	screen->drawn = screen->live;
}

void screen_progress(struct screen *screen, const struct imgbatch_progress *progress)
{
	char *line;

	if (!progress_is_due(screen, progress->seconds))
		return;
	line = imgbatch_progress_line(progress, screen->live ? columns() : 79);
	if (line)
		draw(screen, line);
	imgbatch_free_text(line);
}

void screen_status(struct screen *screen, double seconds, const char *format, ...)
{
	char line[256];
	unsigned width = screen->live ? columns() : 79;
	va_list args;

	if (!progress_is_due(screen, seconds))
		return;
	va_start(args, format);
	vsnprintf(line, width < sizeof line ? width + 1 : sizeof line, format, args);
	va_end(args);
	draw(screen, line);
}
