/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libjpeg-turbo alone costs for a batch of JPEG files, with nothing around it: each is read, decoded from its
 * first row to its last, and the middle piece, as large as the recipe's output would be, is encoded (quality
 * 90, 4:2:0), written and renamed. Nothing is resampled. A program that decodes whole pictures through libjpeg-turbo
 * cannot need less CPU time than this.
 *
 *	bench-floor cover|inside SIDE [--scaled] IN OUT WORKERS
 *
 * IN is a flat folder; worker k of n, each a process, takes every n-th file of it. --scaled decodes at the smallest of
 * 8, 4 and 2 eighths that leaves twice what is wanted, as `--decode scaled` does. Exit 1 when a file could not be
 * decoded. tools/bench-peers builds and runs it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jpeglib.h>

enum { STRIP = 16 }; /* rows asked for at a time */

struct trap {
	struct jpeg_error_mgr mgr; /* first: libjpeg hands back its address */
	jmp_buf out;
};

/* A block that only grows, so that memory is taken once and not for each picture. */
struct block {
	unsigned char *at;
	size_t size;
};

struct floor {
	bool cover, scaled;
	unsigned side;
	const char *in, *out;
	struct block file, strip, piece, coded;
};

/* What floor->piece holds of a decoded picture. */
struct piece {
	unsigned width, height, channels;
};

static void stop(j_common_ptr cinfo)
{
	longjmp(((struct trap *)cinfo->err)->out, 1);
}

static void hush(j_common_ptr cinfo)
{
	(void)cinfo;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void *block_fit(struct block *block, size_t size)
{
	if (size > block->size) {
		free(block->at);
		block->at = malloc(size);
		block->size = size;
		if (!block->at)
			die("malloc");
	}
	return block->at;
}

static struct jpeg_error_mgr *trap_init(struct trap *trap)
{
	jpeg_std_error(&trap->mgr);
	trap->mgr.error_exit = stop;
	trap->mgr.output_message = hush;
	return &trap->mgr;
}

static size_t floor_read(struct floor *floor, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t got = 0;

	if (fd < 0 || fstat(fd, &st))
		die(path);
	block_fit(&floor->file, (size_t)st.st_size + 1);
	for (ssize_t n; (n = read(fd, floor->file.at + got, (size_t)st.st_size - got)) > 0;)
		got += (size_t)n;
	close(fd);
	return got;
}

/* What the recipe makes of width x height. */
static void floor_shape(
	const struct floor *floor, unsigned width, unsigned height, unsigned *w, unsigned *h)
{
	unsigned longer = width > height ? width : height;

	*w = *h = floor->side;
	if (floor->cover)
		return;
	if (longer <= floor->side) {
		*w = width;
		*h = height;
		return;
	}
	*w = (unsigned)((double)width * floor->side / longer + 0.5);
	*h = (unsigned)((double)height * floor->side / longer + 0.5);
	*w += !*w;
	*h += !*h;
}

/* Eighths to decode at. */
static unsigned floor_scale(const struct floor *floor, unsigned width, unsigned height)
{
	unsigned w, h, eighths = 8;

	if (!floor->scaled)
		return eighths;
	floor_shape(floor, width, height, &w, &h);
	while (eighths > 2 && width * (eighths / 2) / 8 >= 2 * w &&
		height * (eighths / 2) / 8 >= 2 * h)
		eighths /= 2;
	return eighths;
}

/* Keeps the middle of the rows that lie in the strip, the first of them being row y of the picture. */
static void floor_keep(struct floor *floor, const struct jpeg_decompress_struct *cinfo,
	const struct piece *piece, unsigned y)
{
	size_t channels = piece->channels, width = piece->width * channels;
	unsigned top = (cinfo->output_height - piece->height) / 2;
	size_t left = (cinfo->output_width - piece->width) / 2 * channels;

	for (unsigned row = y; row < cinfo->output_scanline; row++)
		if (row >= top && row < top + piece->height)
			memcpy(floor->piece.at + (row - top) * width,
				floor->strip.at + (row - y) * cinfo->output_width * channels + left,
				width);
}

static bool floor_decode(struct floor *floor, size_t size, struct piece *piece)
{
	struct jpeg_decompress_struct cinfo;
	struct trap trap;

	cinfo.err = trap_init(&trap);
	jpeg_create_decompress(&cinfo);
	if (setjmp(trap.out)) {
		jpeg_destroy_decompress(&cinfo);
		return false;
	}
	jpeg_mem_src(&cinfo, floor->file.at, size);
	jpeg_read_header(&cinfo, TRUE);
	if (cinfo.num_components == 3)
		cinfo.out_color_space = JCS_RGB;
	cinfo.scale_num = floor_scale(floor, cinfo.image_width, cinfo.image_height);
	cinfo.scale_denom = 8;
	jpeg_start_decompress(&cinfo);

	floor_shape(floor, cinfo.image_width, cinfo.image_height, &piece->width, &piece->height);
	if (piece->width > cinfo.output_width)
		piece->width = cinfo.output_width;
	if (piece->height > cinfo.output_height)
		piece->height = cinfo.output_height;
	piece->channels = (unsigned)cinfo.output_components;
	size_t row = (size_t)cinfo.output_width * piece->channels;
	unsigned char *strip = block_fit(&floor->strip, STRIP * row);
	block_fit(&floor->piece, (size_t)piece->width * piece->height * piece->channels);
	while (cinfo.output_scanline < cinfo.output_height) {
		unsigned y = cinfo.output_scanline;
		JSAMPROW rows[STRIP];

		for (unsigned i = 0; i < STRIP; i++)
			rows[i] = strip + i * row;
		jpeg_read_scanlines(&cinfo, rows, STRIP);
		floor_keep(floor, &cinfo, piece, y);
	}
	jpeg_finish_decompress(&cinfo);
	jpeg_destroy_decompress(&cinfo);
	return true;
}

/* Encodes the piece; the size of what now lies in floor->coded. */
static size_t floor_encode(struct floor *floor, const struct piece *piece)
{
	struct jpeg_compress_struct cinfo;
	struct trap trap;
	unsigned long size = 4096 + 4 * (unsigned long)piece->width * piece->height;
	unsigned char *coded = block_fit(&floor->coded, size);

	cinfo.err = trap_init(&trap);
	jpeg_create_compress(&cinfo);
	if (setjmp(trap.out))
		die("encode");
	jpeg_mem_dest(&cinfo, &coded, &size);
	cinfo.image_width = piece->width;
	cinfo.image_height = piece->height;
	cinfo.input_components = (int)piece->channels;
	cinfo.in_color_space = piece->channels == 1 ? JCS_GRAYSCALE
		: piece->channels == 3              ? JCS_RGB
						    : JCS_CMYK;
	jpeg_set_defaults(&cinfo);
	jpeg_set_quality(&cinfo, 90, TRUE);
	jpeg_start_compress(&cinfo, TRUE);
	for (unsigned y = 0; y < piece->height; y++) {
		JSAMPROW row = floor->piece.at + (size_t)y * piece->width * piece->channels;

		jpeg_write_scanlines(&cinfo, &row, 1);
	}
	jpeg_finish_compress(&cinfo);
	jpeg_destroy_compress(&cinfo);
	return size;
}

static void floor_write(const struct floor *floor, const char *name, size_t size)
{
	char temporary[4096], path[4096];
	size_t put = 0;

	snprintf(temporary, sizeof temporary, "%s/.%s", floor->out, name);
	snprintf(path, sizeof path, "%s/%s", floor->out, name);
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		die(temporary);
	while (put < size) {
		ssize_t n = write(fd, floor->coded.at + put, size - put);

		if (n < 0)
			die(temporary);
		put += (size_t)n;
	}
	if (close(fd) || rename(temporary, path))
		die(path);
}

/* Every `step`-th file from the `first` on; how many could not be decoded. */
static int floor_run(struct floor *floor, struct dirent **names, int count, int first, int step)
{
	int bad = 0;

	for (int i = first; i < count; i += step) {
		struct piece piece;
		char path[4096];

		if (names[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", floor->in, names[i]->d_name);
		if (floor_decode(floor, floor_read(floor, path), &piece))
			floor_write(floor, names[i]->d_name, floor_encode(floor, &piece));
		else
			bad++;
	}
	return bad;
}

int main(int argc, char **argv)
{
	struct floor floor = {0};
	struct dirent **names;
	int status = 0;

	if (argc == 7 && !strcmp(argv[3], "--scaled"))
		floor.scaled = true;
	else if (argc != 6)
		return fputs("bench-floor cover|inside SIDE [--scaled] IN OUT WORKERS\n", stderr),
		       2;
	floor.cover = !strcmp(argv[1], "cover");
	floor.side = (unsigned)atoi(argv[2]);
	floor.in = argv[argc - 3];
	floor.out = argv[argc - 2];
	int workers = atoi(argv[argc - 1]);

	/* libjpeg takes and frees its memory for each picture: let the heap keep the pages. */
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	int count = scandir(floor.in, &names, NULL, alphasort);
	if (count < 0)
		die(floor.in);
	for (int i = 0; i < workers; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0)
			_exit(floor_run(&floor, names, count, i, workers) != 0);
	}
	for (int one; wait(&one) > 0;)
		status |= one != 0;
	while (count > 0)
		free(names[--count]);
	free(names);
	return status;
}
