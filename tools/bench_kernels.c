/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times the resampling kernels: every set of them that this CPU runs, alternating, over a few usual sizes. Built
 * and run by tools/bench-kernels, which says how to call it. Walks the table that the tests walk; results that
 * are not portable C's end the program.
 */
#include "image/image.h"
#include "kernels/dispatch.h"
#include "kernels/resample.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS_MIN = 5, ROUNDS_MAX = 2000, SETS_MAX = 16 };

enum part { PLAN, ACROSS, DOWN, WHOLE, PARTS };
static const char *const part_name[PARTS] = {"plan", "across", "down", "whole"};

static const struct size {
	uint32_t width, height, out_width, out_height;
} sizes[] = {
	{500, 375, 256, 192},
	{2048, 1365, 512, 341},
	{4928, 3279, 852, 567},
	{512, 512, 1024, 1024},
};
static const uint8_t filters[] = {FILTER_BILINEAR, FILTER_LANCZOS};

static struct options {
	unsigned channels;
	double seconds; /* for each size and filter */
	bool json;
} options = {.channels = 3, .seconds = 1};

/* One size, one filter, one set of kernels. */
struct bench {
	const struct size *size;
	uint8_t filter;
	const struct kernels *set;
	struct image in, out;
	struct axis *x, *y;
	void *memory;
	double *ms[PARTS]; /* of each round */
};

static void *must(void *memory)
{
	if (!memory) {
		fputs("bench-kernels: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

static void *room(size_t size)
{
	void *memory = must(aligned_alloc(64, (size + 63) & ~(size_t)63));

	memset(memory, 0, size); /* pages are there before the clock runs */
	return memory;
}

static struct image image_new(uint32_t width, uint32_t height)
{
	struct image image = {
		.shape = {width, height, (uint8_t)options.channels, SAMPLE_U8, false}};
	uint32_t noise = 1;

	image.stride = shape_row_size(&image.shape);
	image.data = room(image.stride * height);
	for (size_t i = 0; i < image.stride * height; i++) {
		noise = noise * 1664525 + 1013904223;
		((uint8_t *)image.data)[i] = (uint8_t)(noise >> 24);
	}
	return image;
}

static struct axis *plan(uint32_t in, uint32_t out, uint8_t filter)
{
	struct axis_key key = {
		.in = in, .out = out, .to = (float)in, .count = out, .filter = filter};

	return must(axis_new(&key));
}

/* This thread's CPU time: others on the machine cost cache, but no time of ours. */
static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void plan_both(struct bench *b)
{
	b->x = plan(b->size->width, b->size->out_width, b->filter);
	b->y = plan(b->size->height, b->size->out_height, b->filter);
	if (!resample_prepare(b->x, (uint8_t)options.channels))
		must(NULL);
}

static double time_plan(struct bench *b)
{
	double start = now_ms();

	axis_free(b->x);
	axis_free(b->y);
	plan_both(b);
	return now_ms() - start;
}

/* Every source row across, into the lines of one block. */
static double time_across(struct bench *b)
{
	const struct resample_kernels *k = b->set->resample_u8;
	size_t line_size = k->line_size((size_t)b->size->out_width * options.channels);
	unsigned char *lines = b->memory, *scratch;
	const void *rows[RESAMPLE_BLOCK_MAX];
	void *line[RESAMPLE_BLOCK_MAX];
	double start;

	line_size = (line_size + 63) & ~(size_t)63;
	scratch = lines + line_size * (k->rows / k->weave);
	for (unsigned i = 0; i < k->rows / k->weave; i++)
		line[i] = lines + line_size * i;
	start = now_ms();
	for (uint32_t y = 0; y < b->size->height; y += k->rows) {
		for (uint32_t i = 0; i < k->rows; i++) {
			uint32_t row = y + i < b->size->height ? y + i : b->size->height - 1;

			rows[i] = image_row(&b->in, row);
		}
		k->h(b->x, options.channels, rows, line, scratch);
	}
	return now_ms() - start;
}

/* Every output row, from as many lines as a ring would hold. */
static double time_down(struct bench *b)
{
	const struct resample_kernels *k = b->set->resample_u8;
	size_t samples = (size_t)b->size->out_width * options.channels;
	size_t line_size = (k->line_size(samples) + 63) & ~(size_t)63;
	size_t lines = b->y->reach / k->weave + 2;
	unsigned char *scratch = (unsigned char *)b->memory + line_size * lines;
	const void **line = must(malloc(lines * sizeof *line));
	double start;

	for (size_t i = 0; i < lines; i++)
		line[i] = (unsigned char *)b->memory + line_size * i;
	start = now_ms();
	for (uint32_t o = 0; o < b->size->out_height; o++)
		k->v(b->y, o, b->y->span[o].first % k->weave, line, samples, image_row(&b->out, o),
			scratch);
	start = now_ms() - start;
	free(line);
	return start;
}

static double time_whole(struct bench *b)
{
	double start = now_ms();
	struct resampler r;

	resampler_init(&r, b->x, b->y, &b->out, 0, b->memory);
	resampler_rows(&r, &b->in, 0);
	return now_ms() - start;
}

static double (*const time_part[PARTS])(struct bench *b) = {
	time_plan, time_across, time_down, time_whole};

static int smaller(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *value, size_t count)
{
	qsort(value, count, sizeof *value, smaller);
	return value[count / 2];
}

static void print(const struct bench *b, enum part part, double ms, double oracle_ms)
{
	const struct size *s = b->size;
	double in = (double)s->width * s->height, out = (double)s->out_width * s->out_height;
	const char *form = options.json
		? "{\"from\":\"%ux%u\",\"to\":\"%ux%u\",\"channels\":%u,\"filter\":\"%s\",\"part\":"
		  "\"%s\","
		  "\"isa\":\"%s\",\"ms\":%.4f,\"ns_per_source_pixel\":%.3f,\"ns_per_output_pixel\":"
		  "%.3f,"
		  "\"times_c\":%.2f}\n"
		: "%5ux%-5u %4ux%-4u  %u  %-8s  %-6s  %-8s %9.3f %9.3f %9.3f %8.2f\n";

	printf(form, s->width, s->height, s->out_width, s->out_height, options.channels,
		filter_name(b->filter), part_name[part], b->set->name, ms, ms * 1e6 / in,
		ms * 1e6 / out, oracle_ms / ms);
}

static void bench_init(
	struct bench *b, const struct size *size, uint8_t filter, const struct kernels *set)
{
	*b = (struct bench){.size = size, .filter = filter, .set = set};
	kernels_force(set);
	b->in = image_new(size->width, size->height);
	b->out = image_new(size->out_width, size->out_height);
	plan_both(b);
	b->memory = room(resampler_memory(b->x, b->y, (uint8_t)options.channels));
	for (int p = 0; p < PARTS; p++)
		b->ms[p] = must(calloc(ROUNDS_MAX, sizeof(double)));
}

static void bench_release(struct bench *b)
{
	axis_free(b->x);
	axis_free(b->y);
	free(b->memory);
	free(b->in.data);
	free(b->out.data);
	for (int p = 0; p < PARTS; p++)
		free(b->ms[p]);
}

static void check(const struct bench *oracle, const struct bench *b)
{
	if (!memcmp(oracle->out.data, b->out.data, b->out.stride * b->size->out_height))
		return;
	fprintf(stderr, "bench-kernels: %s makes other pixels than %s\n", b->set->name,
		oracle->set->name);
	exit(1);
}

/* All sets of one size and filter, in turns, so that a busy machine slows all alike. */
static void run(const struct size *size, uint8_t filter)
{
	struct bench bench[SETS_MAX];
	size_t sets = 0, rounds = 0;
	double end, oracle_ms[PARTS];

	for (size_t i = 0; i < kernel_set_count && sets < SETS_MAX; i++)
		if (!kernel_sets[i]->runs || kernel_sets[i]->runs())
			bench_init(&bench[sets++], size, filter, kernel_sets[i]);
	end = now_ms() + options.seconds * 1000;
	for (; rounds < ROUNDS_MIN || (now_ms() < end && rounds < ROUNDS_MAX); rounds++) {
		for (size_t i = 0; i < sets; i++) {
			kernels_force(bench[i].set);
			for (int p = 0; p < PARTS; p++)
				bench[i].ms[p][rounds] = time_part[p](&bench[i]);
		}
	}
	for (int p = 0; p < PARTS; p++) {
		for (size_t i = 0; i < sets; i++) {
			double ms = median(bench[i].ms[p], rounds);

			oracle_ms[p] = i ? oracle_ms[p] : ms;
			print(&bench[i], p, ms, oracle_ms[p]);
		}
	}
	for (size_t i = sets; i-- > 0;) {
		check(&bench[0], &bench[i]);
		if (i)
			bench_release(&bench[i]);
	}
	bench_release(&bench[0]);
}

static void parse(int argc, char **argv)
{
	static const struct option known[] = {{"json", no_argument, NULL, 'j'},
		{"channels", required_argument, NULL, 'c'},
		{"seconds", required_argument, NULL, 's'}, {NULL, 0, NULL, 0}};

	for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		if (c == 'j')
			options.json = true;
		else if (c == 'c')
			options.channels = (unsigned)atoi(optarg);
		else if (c == 's')
			options.seconds = atof(optarg);
		else
			exit(2);
	}
	if (options.channels < 1 || options.channels > 4 || optind < argc) {
		fputs("bench-kernels: see --help\n", stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	if (!options.json)
		printf("%-11s %-10s ch  %-8s  %-6s  %-8s %9s %9s %9s %8s\n", "from", "to", "filter",
			"part", "isa", "ms", "ns/source", "ns/output", "times c");
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t f = 0; f < sizeof filters; f++)
			run(&sizes[i], filters[f]);
	return 0;
}
