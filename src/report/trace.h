/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run as a trace: Chrome's trace event format as an array of events, which Perfetto (ui.perfetto.dev) and chrome://tracing
 * open. A row for each worker, reader and writer, a bar for each image on each of them, within a worker's bar one for each
 * stage, and counters.
 *
 * Events are written as they come, through a buffer of fixed size; about 1.2 kB an image. From a bound on no more bars are
 * written, only counters, ever more rarely; the last event says how many were left out. What a killed run leaves can
 * be opened, too: such an array need not end.
 *
 * The format: "Trace Event Format", docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU.
 */
#ifndef REPORT_TRACE_H
#define REPORT_TRACE_H

#include "base/fault.h"
#include "measure/spent.h"

#include <imgbatch/profile.h>
#include <stddef.h>

struct trace;

struct trace_settings {
	const char *path; /* made, or emptied; borrowed for the open */
	uint64_t begun_ns; /* clock_ns() of the trace's time 0 */
	uint64_t most; /* bytes of bars; 0: 256 MiB */
	const char *(*operation)(uint32_t op); /* static text */
};

/* E_WRITE with path and reason; also where something is there that is no trace, an image above all: that is left alone. */
int trace_open(struct trace **trace, const struct trace_settings *settings, struct fault *fault);

/* What a bar is about. */
struct trace_image {
	const char *name;
	size_t name_size;
	uint64_t bytes; /* read, or written; of work: of the input */
	const char *code; /* static text: "E_TRUNCATED"; NULL: none */
};

enum trace_way { TRACE_READ, TRACE_WRITE };
void trace_io(struct trace *trace, enum trace_way way, const struct spent_io *io,
	const struct trace_image *image);
/* begun_ns, ended_ns: as far as the worker was believed. Stages stand one behind the other: of a streamed decode each is one bar. */
void trace_work(struct trace *trace, uint32_t worker, uint64_t begun_ns, uint64_t ended_ns,
	const struct spent_work *work, const struct trace_image *image);
/* A part of the run itself. name: static text. */
void trace_part(struct trace *trace, const char *name, uint64_t begun_ns, uint64_t ended_ns);
/* Cheap: most calls write nothing. */
void trace_levels(struct trace *trace, const struct imgbatch_levels *levels, uint64_t now_ns);

/* Ends the file. E_WRITE when anything could not be written. NULL is fine: 0. */
int trace_close(struct trace *trace, uint64_t now_ns, struct fault *fault);

#endif
