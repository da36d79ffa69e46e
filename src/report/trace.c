/* SPDX-License-Identifier: Apache-2.0 */
#include "report/trace.h"

#include "base/replace.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BUFFER = 256 << 10, /* gathered before a write */
	ROWS = 2048, /* of a kind that are told apart: what is beyond shares the last */
	NAME_MOST = 240, /* bytes of an image's name */
	SAMPLES = 1000, /* a counter's samples are at least this part of the time so far apart, */
	SAMPLE_NS = 1000000, /* and this */
};
/* What every trace begins with. */
static const char trace_start[] = "[\n{\"ph\":\"M\",";
static const uint64_t bars_most = (uint64_t)256 << 20;

/* What the viewer shows as processes: groups of rows. */
enum group { GROUP_RUN, GROUP_WORKERS, GROUP_READERS, GROUP_WRITERS, GROUPS };
static const char *const group_names[GROUPS] = {"run", "workers", "reading", "writing"};
static const char *const row_names[GROUPS] = {"run", "worker", "reader", "writer"};

struct trace {
	struct trace_settings settings;
	int fd;
	int error; /* errno of the first write that failed; nothing is written from then on */
	bool first; /* no event is written yet */
	struct str buffer, path;
	uint64_t written; /* bytes, the buffer's too */
	uint64_t sampled_ns; /* the last sample of counters */
	uint64_t left_out; /* bars of images */
	uint8_t named[GROUPS][ROWS / 8]; /* rows that have their names */
};

static void flush(struct trace *trace)
{
	const char *bytes = trace->buffer.text;
	size_t left = trace->buffer.length;

	if (trace->buffer.failed)
		trace->error = ENOMEM;
	while (left && !trace->error) {
		ssize_t n = write(trace->fd, bytes, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			trace->error = n < 0 ? errno : EIO;
			break;
		}
		bytes += n;
		left -= (size_t)n;
	}
	str_clear(&trace->buffer);
}

static int refuse(const char *path, int error, struct fault *fault)
{
	struct str name = STR_INIT;
	int code;

	str_add_escaped(&name, path, strlen(path));
	code = fault_set(
		fault, IMGBATCH_E_WRITE, "\"%.100s\": %s", str_text(&name), strerrordesc_np(error));
	str_release(&name);
	return code;
}

/* Whether what is at path may go: nothing, an empty file, or something that begins as a trace does. */
static int check_earlier(const char *path, struct fault *fault)
{
	char start[sizeof trace_start] = "";
	int fd, code = file_replaceable(path, fault);
	ssize_t n;

	if (code)
		return code;
	fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : refuse(path, errno, fault);
	n = read(fd, start, sizeof start - 1);
	close(fd);
	if (n && strcmp(start, trace_start) != 0)
		code = refuse(path, EEXIST, fault);
	return code;
}

static void name_groups(struct trace *trace);

int trace_open(struct trace **out, const struct trace_settings *settings, struct fault *fault)
{
	struct trace *trace;
	int code = check_earlier(settings->path, fault);

	*out = NULL;
	if (code)
		return code;
	trace = calloc(1, sizeof *trace);
	if (!trace)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a trace");
	trace->settings = *settings;
	if (!trace->settings.most)
		trace->settings.most = bars_most;
	trace->first = true;
	str_add(&trace->path, settings->path);
	trace->fd = open(settings->path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0666);
	if (trace->fd < 0) {
		code = refuse(settings->path, errno, fault);
		str_release(&trace->path);
		free(trace);
		return code;
	}
	name_groups(trace);
	*out = trace;
	return 0;
}

/* --- events --- */

/* Begins one: {"ph":"X","pid":1,"tid":2,"name":, and what follows is the caller's, up to end(). */
static void begin(struct trace *trace, char phase, enum group group, unsigned row)
{
	str_add(&trace->buffer, trace->first ? "[\n" : ",\n");
	trace->first = false;
	str_addf(&trace->buffer, "{\"ph\":\"%c\",\"pid\":%u,\"tid\":%u,\"name\":", phase,
		(unsigned)group + 1, row + 1);
}

static void end(struct trace *trace)
{
	str_add(&trace->buffer, "}");
	if (trace->buffer.length >= BUFFER || trace->buffer.failed) {
		trace->written += trace->buffer.length;
		flush(trace);
	}
}

static void add_name(struct trace *trace, const char *name, size_t size)
{
	str_add_json(&trace->buffer, name, size < NAME_MOST ? size : NAME_MOST);
}

/* Microseconds to the nanosecond, so that bars that touch do not overlap. */
static void add_us(struct trace *trace, const char *key, uint64_t ns)
{
	str_addf(&trace->buffer, ",\"%s\":%llu.%03u", key, (unsigned long long)(ns / 1000),
		(unsigned)(ns % 1000));
}

static void add_moment(struct trace *trace, uint64_t moment_ns)
{
	uint64_t begun_ns = trace->settings.begun_ns;

	add_us(trace, "ts", moment_ns > begun_ns ? moment_ns - begun_ns : 0);
}

static void name_it(struct trace *trace, const char *what, enum group group, unsigned row,
	const char *name, int number)
{
	begin(trace, 'M', group, row);
	str_addf(&trace->buffer, "\"%s\",\"args\":{\"name\":\"%s", what, name);
	if (number >= 0)
		str_addf(&trace->buffer, " %d", number);
	str_add(&trace->buffer, "\"}");
	end(trace);
}

static void sort_it(
	struct trace *trace, const char *what, enum group group, unsigned row, unsigned place)
{
	begin(trace, 'M', group, row);
	str_addf(&trace->buffer, "\"%s\",\"args\":{\"sort_index\":%u}", what, place);
	end(trace);
}

static void name_groups(struct trace *trace)
{
	for (unsigned group = 0; group < GROUPS; group++) {
		name_it(trace, "process_name", (enum group)group, 0, group_names[group], -1);
		sort_it(trace, "process_sort_index", (enum group)group, 0, group);
	}
	name_it(trace, "thread_name", GROUP_RUN, 0, row_names[GROUP_RUN], -1);
}

/* The row, named when it is first met. */
static unsigned row_of(struct trace *trace, enum group group, uint32_t number)
{
	unsigned row = number < ROWS ? number : ROWS - 1;
	uint8_t *byte = &trace->named[group][row / 8], bit = (uint8_t)(1u << row % 8);

	if (!(*byte & bit)) {
		*byte |= bit;
		name_it(trace, "thread_name", group, row, row_names[group], (int)row);
		sort_it(trace, "thread_sort_index", group, row, row);
	}
	return row;
}

/* Whether there is room for more bars. */
static bool has_room(struct trace *trace)
{
	if (trace->error)
		return false;
	if (trace->written + trace->buffer.length < trace->settings.most)
		return true;
	trace->left_out++;
	return false;
}

static void add_span(struct trace *trace, uint64_t begun_ns, uint64_t ended_ns)
{
	add_moment(trace, begun_ns);
	add_us(trace, "dur", ended_ns > begun_ns ? ended_ns - begun_ns : 0);
}

static void add_args(struct trace *trace, const struct trace_image *image, uint64_t cpu_ns)
{
	str_addf(&trace->buffer, ",\"args\":{\"bytes\":%llu", (unsigned long long)image->bytes);
	add_us(trace, "cpu_us", cpu_ns);
	if (image->code)
		str_addf(&trace->buffer, ",\"code\":\"%s\"", image->code);
	str_add(&trace->buffer, "}");
}

void trace_io(struct trace *trace, enum trace_way way, const struct spent_io *io,
	const struct trace_image *image)
{
	enum group group = way == TRACE_READ ? GROUP_READERS : GROUP_WRITERS;
	unsigned row;

	if (!has_room(trace))
		return;
	row = row_of(trace, group, io->row);
	begin(trace, 'X', group, row);
	add_name(trace, image->name, image->name_size);
	str_addf(&trace->buffer, ",\"cat\":\"%s\"", way == TRACE_READ ? "read" : "write");
	add_span(trace, io->begun_ns, io->ended_ns);
	add_args(trace, image, io->cpu_ns);
	end(trace);
}

/* A stage's bar at *at, which moves to its end; none of it passes `most`. */
static void add_stage(struct trace *trace, unsigned row, const char *name,
	const struct spent *spent, uint64_t *at, uint64_t most)
{
	uint64_t ended = spent->wall_ns < most - *at ? *at + spent->wall_ns : most;

	if (!spent->wall_ns)
		return;
	begin(trace, 'X', GROUP_WORKERS, row);
	str_addf(&trace->buffer, "\"%s\",\"cat\":\"stage\"", name);
	add_span(trace, *at, ended);
	str_add(&trace->buffer, ",\"args\":{\"cpu_us\":");
	str_addf(&trace->buffer, "%llu.%03u}", (unsigned long long)(spent->cpu_ns / 1000),
		(unsigned)(spent->cpu_ns % 1000));
	end(trace);
	*at = ended;
}

void trace_work(struct trace *trace, uint32_t worker, uint64_t begun_ns, uint64_t ended_ns,
	const struct spent_work *work, const struct trace_image *image)
{
	uint64_t at = begun_ns;
	unsigned row;

	if (!has_room(trace))
		return;
	row = row_of(trace, GROUP_WORKERS, worker);
	begin(trace, 'X', GROUP_WORKERS, row);
	add_name(trace, image->name, image->name_size);
	str_add(&trace->buffer, ",\"cat\":\"image\"");
	add_span(trace, begun_ns, ended_ns);
	add_args(trace, image, work->cpu_ns);
	end(trace);
	add_stage(trace, row, "plan", &work->stage[SPENT_PLAN], &at, ended_ns);
	add_stage(trace, row, "decode", &work->stage[SPENT_DECODE], &at, ended_ns);
	for (unsigned i = 0; i < work->operation_count; i++)
		add_stage(trace, row, trace->settings.operation(work->operation[i].op),
			&work->operation[i].spent, &at, ended_ns);
	add_stage(trace, row, "encode", &work->stage[SPENT_ENCODE], &at, ended_ns);
}

void trace_part(struct trace *trace, const char *name, uint64_t begun_ns, uint64_t ended_ns)
{
	begin(trace, 'X', GROUP_RUN, 0);
	str_addf(&trace->buffer, "\"%s\",\"cat\":\"run\"", name);
	add_span(trace, begun_ns, ended_ns);
	str_add(&trace->buffer, ",\"args\":{}");
	end(trace);
}

/* --- counters --- */

struct counter {
	const char *name;
	uint64_t value;
};

static void add_counters(struct trace *trace, const char *name, uint64_t now_ns,
	const struct counter *counter, unsigned count)
{
	begin(trace, 'C', GROUP_RUN, 0);
	str_addf(&trace->buffer, "\"%s\"", name);
	add_moment(trace, now_ns);
	str_add(&trace->buffer, ",\"args\":{");
	for (unsigned i = 0; i < count; i++)
		str_addf(&trace->buffer, "%s\"%s\":%llu", i ? "," : "", counter[i].name,
			(unsigned long long)counter[i].value);
	str_add(&trace->buffer, "}");
	end(trace);
}

void trace_levels(struct trace *trace, const struct imgbatch_levels *levels, uint64_t now_ns)
{
	uint64_t apart = (now_ns - trace->settings.begun_ns) / SAMPLES;
	const struct counter images[] = {{"reading", levels->reading.now},
		{"ready", levels->ready.now}, {"working", levels->working.now},
		{"finished", levels->finished.now}, {"writing", levels->writing.now}};
	const struct counter memory[] = {
		{"slots", levels->slot_bytes.now}, {"granted", levels->granted.now}};

	if (apart < SAMPLE_NS)
		apart = SAMPLE_NS;
	if (trace->error || now_ns < trace->sampled_ns + apart)
		return;
	trace->sampled_ns = now_ns;
	add_counters(trace, "images", now_ns, images, sizeof images / sizeof *images);
	add_counters(trace, "bytes of memory", now_ns, memory, sizeof memory / sizeof *memory);
}

/* --- the end --- */

static void tell_left_out(struct trace *trace, uint64_t now_ns)
{
	begin(trace, 'i', GROUP_RUN, 0);
	str_addf(
		&trace->buffer, "\"%llu bars were left out\"", (unsigned long long)trace->left_out);
	add_moment(trace, now_ns);
	str_addf(&trace->buffer, ",\"s\":\"g\",\"args\":{\"left_out\":%llu,\"bytes_most\":%llu}",
		(unsigned long long)trace->left_out, (unsigned long long)trace->settings.most);
	end(trace);
}

int trace_close(struct trace *trace, uint64_t now_ns, struct fault *fault)
{
	int code = 0;

	if (!trace)
		return 0;
	if (trace->left_out)
		tell_left_out(trace, now_ns);
	str_add(&trace->buffer, "\n]\n");
	flush(trace);
	if (close(trace->fd) < 0 && errno != EINTR && !trace->error)
		trace->error = errno;
	if (trace->error)
		code = refuse(str_text(&trace->path), trace->error, fault);
	str_release(&trace->buffer);
	str_release(&trace->path);
	free(trace);
	return code;
}
