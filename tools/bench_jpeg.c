/* SPDX-License-Identifier: Apache-2.0 */
/* Entropy decoding against libjpeg-turbo's own: tools/bench-jpeg says how to use it. Both sides take turns, file by file. */
#include "tests/unit/entropy_kit.h"

#include "codec/jpeg_inside.h"
#include "kernels/dispatch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <time.h>

enum { ROUNDS_MAX = 101 };

struct input {
	uint8_t *bytes;
	size_t size;
};

static struct input *inputs;
static size_t input_count;
static unsigned rounds = 5;

/* One side's kit, and what it needed for the file at hand, round by round. */
struct side {
	struct entropy_kit kit;
	double seconds[ROUNDS_MAX], total;
};

_Noreturn static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench-jpeg: %s: %s\n", what, why);
	exit(1);
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int visit(const char *path, const struct stat *status, int kind)
{
	struct input input = {.size = (size_t)status->st_size};
	FILE *stream;

	if (kind != FTW_F || input.size < 4)
		return 0;
	stream = fopen(path, "rb");
	input.bytes = malloc(input.size);
	if (!stream || !input.bytes || fread(input.bytes, 1, input.size, stream) != input.size)
		die(path, strerror(errno));
	fclose(stream);
	inputs = realloc(inputs, (input_count + 1) * sizeof *inputs);
	if (!inputs)
		die(path, "no memory");
	inputs[input_count++] = input;
	return 0;
}

/* Header, start, and every MCU into blocks that are cleared before, as libjpeg clears them. */
static double coefficients(
	struct entropy_kit *kit, const struct input *input, const struct entropy_way *way)
{
	static JBLOCK blocks[D_MAX_BLOCKS_IN_MCU];
	JBLOCKROW rows[D_MAX_BLOCKS_IN_MCU];
	struct entropy_result result = {.error = 0};
	struct jpeg_decompress_struct jpeg;
	struct entropy_trap trap;
	struct jpeg_source source;
	double begun;

	for (int i = 0; i < D_MAX_BLOCKS_IN_MCU; i++)
		rows[i] = &blocks[i];
	memset(&jpeg, 0, sizeof jpeg);
	jpeg.err = jpeg_std_error(&trap.manager);
	jpeg_source_init(&source, (struct bytes){input->bytes, input->size});
	jpeg_create_decompress(&jpeg);
	jpeg.src = &source.manager;
	jpeg_read_header(&jpeg, TRUE);
	/* Making tables is part of the price: from here on. */
	begun = cpu_seconds();
	entropy_kit_start(kit, &jpeg, way, &result);
	/* Of several scans all are decoded by now. */
	for (uint64_t n = jpeg_has_multiple_scans(&jpeg)
			? 0
			: (uint64_t)jpeg.MCUs_per_row * jpeg.MCU_rows_in_scan;
		n; n--) {
		memset(blocks, 0, (size_t)jpeg.blocks_in_MCU * sizeof *blocks);
		jpeg_inside_entropy(&jpeg)->decode_mcu(&jpeg, rows);
	}
	begun = cpu_seconds() - begun;
	jpeg_destroy_decompress(&jpeg);
	return begun;
}

static double whole(
	struct entropy_kit *kit, const struct input *input, const struct entropy_way *way)
{
	struct entropy_result result;
	double begun = cpu_seconds();

	entropy_kit_decode(kit, input->bytes, input->size, way, &result);
	return cpu_seconds() - begun;
}

/* Whether ours takes it, and to the end. Where it is lazy that is its own business, and all files are compared. */
static bool taken(struct side *ours, const struct input *input)
{
	struct entropy_way way = {.eighths = 8};
	struct entropy_result result;

	if (ours->kit.lazy)
		return true;
	entropy_kit_decode(&ours->kit, input->bytes, input->size, &way, &result);
	return result.ours && !jpeg_entropy_fell_back(ours->kit.entropy);
}

static void measure(struct side sides[2], const char *name, unsigned eighths,
	double (*stage)(
		struct entropy_kit *kit, const struct input *input, const struct entropy_way *way))
{
	const struct entropy_way way = {.eighths = eighths};
	size_t files = 0;

	sides[0].total = sides[1].total = 0;
	for (size_t i = 0; i < input_count; i++) {
		if (!taken(&sides[1], &inputs[i]))
			continue;
		files++;
		for (unsigned round = 0; round < rounds; round++)
			for (unsigned turn = 0; turn < 2; turn++) {
				struct side *side = &sides[(round + turn) % 2];

				side->seconds[round] = stage(&side->kit, &inputs[i], &way);
			}
		for (int s = 0; s < 2; s++) {
			qsort(sides[s].seconds, rounds, sizeof(double), by_value);
			sides[s].total += sides[s].seconds[rounds / 2];
		}
	}
	printf("%-8s %u/8  %4zu files  stock %8.2f ms  ours %8.2f ms  %.2f times\n", name, eighths,
		files, sides[0].total * 1e3, sides[1].total * 1e3, sides[0].total / sides[1].total);
}

int main(int argc, char **argv)
{
	static struct side sides[2]; /* stock, ours */
	static const unsigned scales[] = {8, 4, 2, 1};

	sides[1].kit.entropy = jpeg_entropy_new(entropy_transforms());
	if (!sides[1].kit.entropy)
		die("jpeg_entropy_new", "no memory, or this build has none");
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--rounds") && i + 1 < argc)
			rounds = (unsigned)atoi(argv[++i]);
		else if (!strcmp(argv[i], "--lazy"))
			sides[1].kit.lazy = true;
		else if (ftw(argv[i], visit, 16))
			die(argv[i], strerror(errno));
	}
	if (rounds < 1 || rounds > ROUNDS_MAX)
		die("--rounds", "1 to 101");
	printf("kernels: %s\n", kernels()->name);
	for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
		measure(sides, "entropy", scales[i], coefficients);
		measure(sides, "whole", scales[i], whole);
	}
	jpeg_entropy_free(sides[1].kit.entropy);
	return 0;
}
