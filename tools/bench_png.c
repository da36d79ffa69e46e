/* SPDX-License-Identifier: Apache-2.0 */
/* PNG against libpng with zlib: tools/bench-png says how to use it. Both sides take turns, file by file. */
#include "codec/codec.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <png.h>

enum { LEVELS = 10, ROUNDS_MAX = 101, STRIP_ROWS = 64 };

struct picture {
	uint8_t *file; /* owned */
	size_t size;
	const struct codec *codec;
	struct image image; /* its data are owned */
};

struct bench {
	struct picture *picture;
	size_t count, room;
	struct decoder *decoder;
	struct encoder *encoder;
	bool ours[LEVELS], theirs[LEVELS];
	unsigned rounds;
	uint8_t *out; /* room for any picture's file */
	size_t out_room;
};

_Noreturn static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench-png: %s: %s\n", what, why);
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

static double median(double *values, unsigned count)
{
	qsort(values, count, sizeof *values, by_value);
	return values[count / 2];
}

static bool read_file(const char *path, struct picture *p)
{
	FILE *file = fopen(path, "rb");
	long size;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0)
		die(path, strerror(errno));
	rewind(file);
	p->size = (size_t)size;
	p->file = malloc(p->size ? p->size : 1);
	if (!p->file || fread(p->file, 1, p->size, file) != p->size)
		die(path, "cannot be read");
	fclose(file);
	p->codec = codec_probe(p->file, p->size);
	return p->codec != NULL;
}

/* header() to finish(); keep: the pixels go to *image, which gets them as they are asked for, else into a strip. */
static int decode(const struct picture *p, struct decoder *decoder, struct image *keep)
{
	struct codec_request request = {.scale = 8};
	struct codec_delivery delivery;
	struct codec_facts facts;
	struct image strip;
	uint32_t warnings = 0, got, y = 0;
	int code = p->codec->header(
		decoder, p->file, p->size, &codec_default_limits, &facts, &warnings, NULL);

	if (code)
		return code;
	request.rect = (struct rect){0, 0, facts.shape.width, facts.shape.height};
	request.sample = facts.shape.sample;
	code = p->codec->start(decoder, &request, &delivery, NULL);
	strip = (struct image){delivery.shape, shape_row_size(&delivery.shape), NULL};
	strip.data = malloc(strip.stride * (keep ? delivery.shape.height : STRIP_ROWS));
	if (keep)
		*keep = strip;
	for (; !code && y < delivery.shape.height; y += got) {
		strip.shape.height = delivery.shape.height - y < STRIP_ROWS
			? delivery.shape.height - y
			: STRIP_ROWS;
		if (keep)
			strip.data = image_row(keep, y);
		code = p->codec->rows(decoder, &strip, &got, NULL);
	}
	code = code ? code : p->codec->finish(decoder, NULL);
	if (!keep || code)
		free(keep ? keep->data : strip.data);
	return code;
}

static void add_picture(struct bench *b, const char *path)
{
	struct picture p;
	struct decoder *decoder;
	int code;

	if (!read_file(path, &p)) {
		free(p.file);
		return;
	}
	decoder = p.codec->decoder_new();
	code = decode(&p, decoder, &p.image);
	p.codec->decoder_free(decoder);
	if (code) {
		free(p.file);
		return;
	}
	if (b->count == b->room) {
		b->room = b->room ? 2 * b->room : 64;
		b->picture = realloc(b->picture, b->room * sizeof *b->picture);
	}
	b->picture[b->count++] = p;
}

static void add_path(struct bench *b, const char *path)
{
	struct dirent **names;
	struct stat st;
	int count;

	if (stat(path, &st))
		die(path, strerror(errno));
	if (!S_ISDIR(st.st_mode)) {
		add_picture(b, path);
		return;
	}
	count = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char inside[4096];

		snprintf(inside, sizeof inside, "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			add_path(b, inside);
		free(names[i]);
	}
	free(names);
}

struct stream {
	uint8_t *at;
	size_t left;
};

static void on_read(png_structp png, png_bytep to, size_t size)
{
	struct stream *s = png_get_io_ptr(png);

	if (size > s->left)
		png_error(png, "too short");
	memcpy(to, s->at, size);
	s->at += size;
	s->left -= size;
}

static void on_write(png_structp png, png_bytep from, size_t size)
{
	struct stream *s = png_get_io_ptr(png);

	if (size > s->left)
		png_error(png, "too long");
	memcpy(s->at, from, size);
	s->at += size;
	s->left -= size;
}

static void on_flush(png_structp png)
{
	(void)png;
}

/* As a program reads that knows libpng's manual: rows in order, checksums checked, the end read. */
static void libpng_decode(const struct picture *p)
{
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	struct stream stream = {p->file, p->size};
	size_t row;
	uint8_t *strip;
	int passes;

	png_set_read_fn(png, &stream, on_read);
	png_read_info(png, info);
	png_set_expand(png);
	if (png_get_bit_depth(png, info) == 16)
		png_set_swap(png);
	passes = png_set_interlace_handling(png);
	png_read_update_info(png, info);
	row = png_get_rowbytes(png, info);
	strip = malloc(row * (passes > 1 ? p->image.shape.height : STRIP_ROWS));
	for (int pass = 0; pass < passes; pass++)
		for (uint32_t y = 0; y < p->image.shape.height; y++)
			png_read_row(png, strip + row * (passes > 1 ? y : y % STRIP_ROWS), NULL);
	png_read_end(png, NULL);
	free(strip);
	png_destroy_read_struct(&png, &info, NULL);
}

static size_t libpng_encode(struct bench *b, const struct picture *p, int level)
{
	static const int types[] = {0, 0, 4, 2, 6};
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	const struct shape *shape = &p->image.shape;
	struct stream stream = {b->out, b->out_room};

	png_set_write_fn(png, &stream, on_write, on_flush);
	png_set_IHDR(png, info, shape->width, shape->height, shape->sample == SAMPLE_U16 ? 16 : 8,
		types[shape->channels], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		PNG_FILTER_TYPE_DEFAULT);
	png_set_compression_level(png, level);
	png_set_compression_buffer_size(png, 64 << 10);
	png_write_info(png, info);
	if (shape->sample == SAMPLE_U16)
		png_set_swap(png);
	for (uint32_t y = 0; y < shape->height; y++)
		png_write_row(png, image_row(&p->image, y));
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	return b->out_room - stream.left;
}

static void bench_decode(struct bench *b)
{
	double ours[ROUNDS_MAX], theirs[ROUNDS_MAX], pixels = 0, a, c;
	size_t files = 0;

	for (unsigned r = 0; r < b->rounds; r++) {
		ours[r] = theirs[r] = pixels = 0;
		files = 0;
		for (size_t i = 0; i < b->count; i++) {
			const struct picture *p = b->picture + i;
			double start = cpu_seconds(), middle;

			if (p->codec != &codec_png)
				continue;
			libpng_decode(p);
			middle = cpu_seconds();
			if (decode(p, b->decoder, NULL))
				die("decode", "failed");
			ours[r] += cpu_seconds() - middle;
			theirs[r] += middle - start;
			pixels += (double)p->image.shape.width * p->image.shape.height;
			files++;
		}
	}
	if (!files)
		return;
	a = median(theirs, b->rounds);
	c = median(ours, b->rounds);
	printf("decode, %zu files, %.1f Mpx\n", files, pixels / 1e6);
	printf("  libpng     %8.3f s  %7.1f Mpx/s\n", a, pixels / 1e6 / a);
	printf("  imgbatch   %8.3f s  %7.1f Mpx/s  %.2f times as fast\n", c, pixels / 1e6 / c,
		a / c);
}

static size_t our_encode(struct bench *b, const struct picture *p, int level)
{
	struct encode_settings settings = {.png_level = (uint8_t)level};
	size_t size;

	if (codec_png.encode(
		    b->encoder, &p->image, &settings, NULL, b->out, b->out_room, &size, NULL))
		die("encode", "failed");
	return size;
}

struct total {
	double seconds[ROUNDS_MAX];
	double size;
};

static void encode_one(struct bench *b, const struct picture *p, unsigned round, struct total *ours,
	struct total *theirs)
{
	for (int level = 0; level < LEVELS; level++) {
		double start = cpu_seconds(), middle;

		if (b->theirs[level])
			theirs[level].size += (double)libpng_encode(b, p, level) / b->rounds;
		middle = cpu_seconds();
		if (b->ours[level])
			ours[level].size += (double)our_encode(b, p, level) / b->rounds;
		ours[level].seconds[round] += cpu_seconds() - middle;
		theirs[level].seconds[round] += middle - start;
	}
}

static void print_levels(const struct bench *b, const char *who, const bool *levels,
	struct total *totals, double pixels)
{
	for (int level = 0; level < LEVELS; level++)
		if (levels[level]) {
			double seconds = median(totals[level].seconds, b->rounds);

			printf("  %-8s %d %8.3f s  %7.1f Mpx/s  %10.3f MB\n", who, level, seconds,
				pixels / 1e6 / seconds, totals[level].size / 1e6);
		}
}

static void bench_encode(struct bench *b)
{
	struct total *ours = calloc(LEVELS, sizeof *ours), *theirs = calloc(LEVELS, sizeof *theirs);
	double pixels = 0;

	for (size_t i = 0; i < b->count; i++)
		pixels += (double)b->picture[i].image.shape.width *
			b->picture[i].image.shape.height;
	for (unsigned r = 0; r < b->rounds; r++)
		for (size_t i = 0; i < b->count; i++)
			encode_one(b, b->picture + i, r, ours, theirs);
	printf("encode, %zu pictures, %.1f Mpx\n", b->count, pixels / 1e6);
	print_levels(b, "libpng", b->theirs, theirs, pixels);
	print_levels(b, "imgbatch", b->ours, ours, pixels);
	free(ours);
	free(theirs);
}

static void parse_levels(const char *text, bool *levels)
{
	memset(levels, 0, LEVELS * sizeof *levels);
	for (; *text; text++)
		if (*text >= '0' && *text <= '9')
			levels[*text - '0'] = true;
}

static bool any(const bool *levels)
{
	return memchr(levels, true, LEVELS) != NULL;
}

static void parse(struct bench *b, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--", 2) && i + 1 == argc)
			die(argv[i], "needs a value");
		if (!strcmp(argv[i], "--levels"))
			parse_levels(argv[++i], b->ours);
		else if (!strcmp(argv[i], "--libpng"))
			parse_levels(argv[++i], b->theirs);
		else if (!strcmp(argv[i], "--rounds"))
			b->rounds = (unsigned)atoi(argv[++i]);
		else
			add_path(b, argv[i]);
	}
	if (!b->rounds || b->rounds > ROUNDS_MAX)
		die("--rounds", "1 to 101");
	if (!b->count)
		die("PATH", "no pictures there");
}

int main(int argc, char **argv)
{
	struct bench b = {.rounds = 5};

	parse_levels("0123456789", b.ours);
	parse_levels("169", b.theirs);
	parse(&b, argc, argv);
	b.decoder = codec_png.decoder_new();
	b.encoder = codec_png.encoder_new();
	for (size_t i = 0; i < b.count; i++) {
		size_t bound = codec_png.encode_bound(&b.picture[i].image.shape, NULL);

		b.out_room = bound > b.out_room ? bound : b.out_room;
	}
	b.out_room += b.out_room / 8; /* zlib's worst case is more than ours */
	b.out = malloc(b.out_room);
	if (!b.decoder || !b.encoder || !b.out)
		die("memory", "not enough");
	bench_decode(&b);
	if (any(b.ours) || any(b.theirs))
		bench_encode(&b);
	codec_png.decoder_free(b.decoder);
	codec_png.encoder_free(b.encoder);
	for (size_t i = 0; i < b.count; i++) {
		free(b.picture[i].file);
		free(b.picture[i].image.data);
	}
	free(b.picture);
	free(b.out);
	return 0;
}
