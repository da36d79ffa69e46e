/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run measured of itself: where the time of its workers went, how long each stage took, what storage gave.
 *
 * Everything has a fixed size, so a million images take no more room than ten. Times are nanoseconds of the wall clock
 * unless a name says CPU; CPU times are those of the threads that did the work. Numbers only grow while a run goes on.
 */
#ifndef IMGBATCH_PROFILE_H
#define IMGBATCH_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The stages of an image. Those from PLAN to ENCODE are a worker's. */
enum imgbatch_stage {
	IMGBATCH_STAGE_QUEUE, /* waiting: for a reader, for a worker, for a writer */
	IMGBATCH_STAGE_READ,
	IMGBATCH_STAGE_PLAN, /* headers, limits, draws, what decoding can leave out */
	IMGBATCH_STAGE_DECODE, /* without a resize that rows flow into: that is an operation */
	IMGBATCH_STAGE_OPERATIONS,
	IMGBATCH_STAGE_ENCODE,
	IMGBATCH_STAGE_WRITE,
};
enum { IMGBATCH_STAGE_COUNT = 7 };

/* What a worker without an image waits for. */
enum imgbatch_idle {
	IMGBATCH_IDLE_START, /* the run's first images to be begun */
	IMGBATCH_IDLE_INPUT, /* its next image to be read */
	IMGBATCH_IDLE_MEMORY, /* memory that other images hold */
	IMGBATCH_IDLE_OUTPUT, /* slots that hold outputs not yet written */
	IMGBATCH_IDLE_HANDOFF, /* an image that is ready: for the scheduler, and for waking up */
	IMGBATCH_IDLE_TAIL, /* nothing: no image is left, others still work on theirs */
	IMGBATCH_IDLE_END, /* nothing: all are worked on, the last files are being written */
	IMGBATCH_IDLE_LOST, /* no wait: time on images that cost a worker its life */
};
enum { IMGBATCH_IDLE_COUNT = 8 };

/*
 * A distribution. Bucket i holds values from imgbatch_bucket_low(i) up to the next bucket's: each power of two in four
 * equal parts. The last one holds all that is larger (2^41 and beyond: 36 minutes in nanoseconds).
 */
enum { IMGBATCH_BUCKETS = 160 };
struct imgbatch_histogram {
	uint64_t count, sum, most; /* most: the largest value */
	uint64_t bucket[IMGBATCH_BUCKETS];
};

struct imgbatch_stage_profile {
	struct imgbatch_histogram wall_ns; /* an image */
	uint64_t cpu_ns;
};

/* One operation, by its name in drawn recipes. */
struct imgbatch_operation_profile {
	const char *name; /* static text */
	uint64_t count; /* times that it ran */
	uint64_t wall_ns, cpu_ns;
};
enum { IMGBATCH_OPERATIONS_MAX = 128 };

/* wall x workers = sum over workers of (sum of stage_ns + help_ns + sum of idle_ns). */
struct imgbatch_worker_profile {
	uint64_t images; /* times that it took one in hand */
	uint64_t stage_ns[IMGBATCH_STAGE_COUNT]; /* PLAN to ENCODE; else 0 */
	uint64_t help_ns; /* on parts of others' images */
	uint64_t idle_ns[IMGBATCH_IDLE_COUNT];
};

/* Sums for a straight line of y over x, by least squares. */
struct imgbatch_line {
	uint64_t count;
	double x, y, xx, xy;
};

/* One direction of storage, page cache included. */
struct imgbatch_storage_profile {
	uint64_t files, bytes; /* moved */
	uint64_t busy_ns; /* while at least one image was being read, or written */
	uint64_t
		flight_ns; /* the sum of how long each took: flight_ns / busy_ns were in flight on average */
	uint64_t cpu_ns; /* of the threads that moved them */
	uint64_t
		device_bytes; /* of all that this process moved, what did not stay in the page cache; 0 where unknown */
	struct imgbatch_histogram size; /* bytes an image */
	/*
	 * x: an image's bytes; y: nanoseconds since the one before it was through (or since it began, where nothing was in flight).
	 * Where bandwidth is the bound, bytes explain that time; where latency is, they do not.
	 */
	struct imgbatch_line pace;
	uint64_t last_ns; /* when the last one was through: clock of the machine */
};

/* Something that rises and falls, such as a queue. */
struct imgbatch_level {
	uint64_t now, most;
	double area_s; /* integral over time in seconds: area_s / run_s is the mean */
};

/* What stands between the images; integrals begin and end with run_s. */
struct imgbatch_levels {
	struct imgbatch_level reading; /* images with the I/O engine, to be read */
	struct imgbatch_level ready; /* read, and not yet with the CPU engine */
	struct imgbatch_level working; /* with the CPU engine, in hand or queued */
	struct imgbatch_level held; /* of `ready`, what waits for memory to be granted */
	struct imgbatch_level finished; /* worked on, and not yet with the I/O engine */
	struct imgbatch_level writing; /* with the I/O engine, to be written */
	struct imgbatch_level slots; /* in use: all of these */
	struct imgbatch_level slot_bytes; /* memory behind them */
	struct imgbatch_level
		granted; /* bytes of private memory that images were promised beyond a worker's share */
};

/* The run cut into equal spans: 10 ms long at first; whenever they are used up, two become one. */
enum { IMGBATCH_SPANS = 512 };
struct imgbatch_span {
	uint32_t images; /* that ended in it */
	uint64_t read_bytes, written_bytes; /* of images whose reading or writing ended in it */
	uint64_t busy_ns; /* workers' time on images: at most the span's length x workers */
};
struct imgbatch_timeline {
	uint64_t span_ns;
	unsigned count; /* spans in use */
	struct imgbatch_span span[IMGBATCH_SPANS];
};

/* The images that took workers longest, the longest first. */
enum { IMGBATCH_SLOWEST = 8 };
struct imgbatch_slow {
	char name[256]; /* the beginning of imgbatch_image.name */
	uint64_t work_ns, bytes;
	uint32_t width, height;
	uint64_t read_ns, write_ns; /* what its files took beside */
};

/* What kept a run from being faster. */
enum imgbatch_bound {
	IMGBATCH_BOUND_UNKNOWN, /* too little was done to say */
	IMGBATCH_BOUND_CPU,
	IMGBATCH_BOUND_LATENCY, /* storage: how long each read takes */
	IMGBATCH_BOUND_BANDWIDTH, /* storage: how many bytes a second it reads */
	IMGBATCH_BOUND_WRITING,
	IMGBATCH_BOUND_MEMORY,
	IMGBATCH_BOUND_STRAGGLER, /* a few images that all others waited for */
	IMGBATCH_BOUND_OVERHEAD, /* beginning and ending: listing, opening, planning, making durable */
	IMGBATCH_BOUND_MIXED, /* no one thing */
};

struct imgbatch_profile {
	/* Wall clock of the run's parts, in order, in seconds: run_s is where workers work. */
	double plan_s, open_s, run_s, end_s;
	unsigned cpus; /* that this process may use */
	unsigned workers, io_jobs, slots;
	uint64_t memory; /* the run's budget in bytes; 0: none */
	uint64_t images; /* that ended */
	double process_cpu_s, workers_cpu_s; /* this process in all, and worker processes in all */
	uint64_t peak_rss,
		worker_peak_rss; /* bytes: of this process, and of the largest worker process (0: there were none) */

	struct imgbatch_stage_profile stage[IMGBATCH_STAGE_COUNT];
	struct imgbatch_operation_profile operation[IMGBATCH_OPERATIONS_MAX];
	unsigned operation_count;
	uint64_t minor_faults, major_faults; /* page faults of workers on images */
	uint64_t io_minor_faults, io_major_faults; /* and of the threads that read and write */

	struct imgbatch_worker_profile *worker; /* `workers` of them, owned */
	struct imgbatch_storage_profile reading, writing;
	struct imgbatch_levels levels;
	struct imgbatch_timeline timeline;
	struct imgbatch_slow slowest[IMGBATCH_SLOWEST];
	unsigned slowest_count;

	/* The verdict: one plain paragraph of UTF-8; "" until the run has ended. */
	enum imgbatch_bound bound;
	char verdict[1536];
};

/* One image's share. */
struct imgbatch_image_profile {
	uint64_t stage_ns[IMGBATCH_STAGE_COUNT];
	uint64_t cpu_ns; /* of its worker */
	uint64_t io_cpu_ns; /* of reading and writing */
	uint64_t minor_faults, major_faults; /* of its worker */
	unsigned worker; /* the last one that had it, from 0 */
	const struct imgbatch_operation_profile *operation;
	unsigned operation_count;
};

#endif
