/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Golden images: two files or two trees in, a verdict on each pair and a report out.
 *
 *	struct imgbatch_comparison *comparison = imgbatch_comparison_new();
 *	struct imgbatch_compare_summary summary;
 *	struct imgbatch_fault fault;
 *	int code = imgbatch_comparison_set(comparison, "threshold", "2", &fault);
 *
 *	if (!code)
 *		code = imgbatch_compare(comparison, "golden", "actual", NULL, &summary, &fault);
 *	imgbatch_comparison_free(comparison);
 *	return imgbatch_compare_status(code, &summary);
 *
 * Pixels are compared as they are stored: palettes looked up, EXIF orientation not applied. A difference in size,
 * channels or depth is a difference, also where every level is equal. What else a file says (profile, orientation,
 * text, density) is compared on request, option "metadata", and never mixed with the pixels.
 *
 * A comparison belongs to one thread at a time. It uses threads of its own while it compares.
 */
#ifndef IMGBATCH_COMPARE_H
#define IMGBATCH_COMPARE_H

#include <imgbatch/imgbatch.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- A comparison and its options --------------------------------------------------------------------- */

struct imgbatch_comparison;

/* NULL when out of memory. */
IMGBATCH_API struct imgbatch_comparison *imgbatch_comparison_new(void);
/* NULL is fine. Not while it compares. */
IMGBATCH_API void imgbatch_comparison_free(struct imgbatch_comparison *comparison);
/* As imgbatch_set(), with the names of `imgbatch compare --help`: ("max-diff-pixels", "10"), ("aa", NULL). */
IMGBATCH_API int imgbatch_comparison_set(struct imgbatch_comparison *comparison, const char *option,
	const char *value, struct imgbatch_fault *fault);
/* Row `index` of the table of these options, NULL behind its end. */
IMGBATCH_API const struct imgbatch_option_info *imgbatch_comparison_option_info(size_t index);

/* -- What is said about a pair ------------------------------------------------------------------------ */

enum imgbatch_verdict {
	IMGBATCH_PAIR_EQUAL, /* not one level differs */
	IMGBATCH_PAIR_WITHIN, /* they differ, within the budgets */
	IMGBATCH_PAIR_DIFFERENT,
	IMGBATCH_PAIR_MISSING, /* expected, and there is no actual one */
	IMGBATCH_PAIR_EXTRA, /* actual, and none was expected */
	IMGBATCH_PAIR_BROKEN, /* one of them cannot be read or decoded: trouble, no verdict */
};

/* What a difference looks like. */
enum imgbatch_cause {
	IMGBATCH_CAUSE_NONE, /* nothing differs, or nothing was compared */
	IMGBATCH_CAUSE_UNKNOWN, /* no pattern that is known here */
	IMGBATCH_CAUSE_SIZE, /* another size: scaled, cropped, padded */
	IMGBATCH_CAUSE_FORM, /* other channels or another depth, the levels being equal */
	IMGBATCH_CAUSE_OFF_BY_ONE, /* by one level only: rounding */
	IMGBATCH_CAUSE_SHIFTED, /* by whole pixels */
	IMGBATCH_CAUSE_MOVED, /* flipped, turned or transposed */
	IMGBATCH_CAUSE_LEVELS, /* each level became another one: gamma, brightness, contrast */
	IMGBATCH_CAUSE_PREMULTIPLIED, /* colours times alpha, or divided by it */
	IMGBATCH_CAUSE_REENCODED, /* a grid of 8x8 blocks: JPEG */
	IMGBATCH_CAUSE_REGION, /* all within a small part of the image */
	IMGBATCH_CAUSE_METADATA, /* pixels are equal, what else the file says is not */
	IMGBATCH_CAUSE_HASH, /* pixels' hash differs from the recorded one */
};

/*
 * Measures of two images of one size. Levels are those of the deeper one, 0 .. peak; fewer channels are widened first
 * (grey to colour, opaque alpha), 8 bits times 257 to 16. Ignored pixels count nowhere, but in `ignored`.
 */
struct imgbatch_measures {
	uint64_t pixels, ignored; /* compared; left out by --ignore and --mask */
	uint64_t unequal; /* pixels of which any level differs */
	uint64_t differing; /* pixels that count: past the threshold, or past the perceptual one */
	uint64_t antialiased; /* past the perceptual threshold, left out of `differing` by --aa */
	uint32_t peak; /* 255 or 65535 */
	uint32_t largest; /* largest difference of a level; its first place in reading order: */
	uint32_t x, y;
	char channel; /* 'R', 'G', 'B', 'A'; 'Y' of a grey image; '-' when nothing differs */
	uint32_t expected, actual; /* the two levels there */
	double mean, rms; /* of the absolute differences of all levels, alpha's too */
	double psnr; /* 20 log10(peak / rms) dB; INFINITY when nothing differs */
	/*
	 * Wang, Bovik, Sheikh, Simoncelli 2004: Gaussian 11x11 of sigma 1.5, K1 0.01, K2 0.03, moments of the population;
	 * each channel by itself over all windows that lie wholly inside (an axis shorter than 11 gets the largest odd
	 * window that fits), then the mean of the channels, alpha being one. Ignored pixels are taken as equal.
	 * -1: not measured (nobody asked).
	 */
	double ssim;
};

/* The limits that held for a pair; which of them were asked for is said by `asked`. */
enum imgbatch_limit {
	IMGBATCH_LIMIT_THRESHOLD = 1, /* asked: a difference up to it does not count */
	IMGBATCH_LIMIT_PIXELS = 2,
	IMGBATCH_LIMIT_PERCENT = 4,
	IMGBATCH_LIMIT_PSNR = 8,
	IMGBATCH_LIMIT_SSIM = 16,
	IMGBATCH_LIMIT_PERCEPTUAL =
		32, /* asked: what counts is the YIQ distance, not the threshold */
};

struct imgbatch_budget {
	unsigned asked; /* enum imgbatch_limit bits */
	uint32_t threshold; /* in levels of 8 bits, 0 .. 255 */
	uint64_t max_pixels;
	double max_percent; /* of the compared pixels */
	double min_psnr, min_ssim;
	double perceptual; /* 0 .. 1, pixelmatch's threshold */
	bool aa; /* anti-aliased pixels do not count */
};

/* One of the two files. */
struct imgbatch_side {
	const char *path; /* NULL: there is none, or only its hash is known */
	uint32_t width, height; /* pixels as stored; 0: not decoded */
	uint8_t channels, bits; /* as decoded, 1 .. 4; 8 or 16 */
	const char *format; /* "png", "jpeg"; "" when not decoded */
	uint64_t bytes;
	const void
		*data; /* the file itself, for a failed pair when option "keep" is set; else NULL */
};

/* What became of one pair. Everything is borrowed for the call that gets it. */
struct imgbatch_pair {
	const char *name; /* below both trees; of two files the actual one's; not always UTF-8 */
	enum imgbatch_verdict verdict;
	bool failed; /* counts against the run: not so an allowed missing or extra one */
	bool updated; /* actual became golden: then it does not count against the run, either */
	struct imgbatch_side expected, actual;
	bool measured; /* measures hold: both decoded, of one size, not told apart by hash */
	struct imgbatch_measures measures;
	struct imgbatch_budget budget;
	const char *rule; /* the pattern in the tolerances file that it comes from; "" */
	unsigned exceeded; /* enum imgbatch_limit bits: which limits are why it is different */
	bool form; /* size, channels or depth differ */
	const char *facts; /* what differs beside the pixels, with "metadata"; "" */
	enum imgbatch_cause cause;
	const char *explanation; /* one line: what it looks like, and the evidence; "" */
	int code; /* of a broken one; its detail says which file and why */
	const char *detail;
	const char *diff; /* the picture of the differences that was written; NULL */
	/* That picture as a PNG in memory, of failed pairs of one size when "keep" is set; NULL. */
	const void *diff_data;
	size_t diff_size;
	double ms; /* wall time */
};

struct imgbatch_compare_summary {
	/* pairs = equal + within + different + missing + extra + broken */
	uint64_t pairs, equal, within, different, missing, extra, broken;
	uint64_t failed, updated; /* of the pairs */
	uint64_t ignored; /* files that are no images on either side */
	double seconds, cpu_seconds;
	unsigned workers;
};

struct imgbatch_compare_callbacks {
	void *ctx;
	/*
	 * Each pair once, sorted by name, from the thread that called imgbatch_compare. Where this is NULL and no report is
	 * written, differences are judged but not explained, which is faster.
	 */
	void (*pair)(void *ctx, const struct imgbatch_pair *pair);
	void (*message)(void *ctx, int level, const char *text); /* level: 0 warning, 1 note */
};

/*
 * Compares two files, or two trees by the names below them, and writes the reports that the options ask for.
 * callbacks, summary and fault may be NULL. expected is NULL or "" with option "hashes", and only then.
 *
 *	0                       done; summary->failed says how many pairs failed
 *	IMGBATCH_E_USAGE        refused: an option, a tree against a file, nothing there, --update under CI
 *	IMGBATCH_E_NOTHING      no image on either side
 *	any other               the environment: E_WRITE of a report or a golden, E_NOMEM, E_ENGINE
 */
IMGBATCH_API int imgbatch_compare(struct imgbatch_comparison *comparison, const char *expected,
	const char *actual, const struct imgbatch_compare_callbacks *callbacks,
	struct imgbatch_compare_summary *summary, struct imgbatch_fault *fault);
/*
 * Compares two encoded images in memory by the same options; name finds their tolerances. *pair is the comparison's,
 * valid until its next call. 0, also when they differ or are broken: the verdict says so.
 */
IMGBATCH_API int imgbatch_compare_memory(struct imgbatch_comparison *comparison, const char *name,
	const void *expected, size_t expected_size, const void *actual, size_t actual_size,
	const struct imgbatch_pair **pair, struct imgbatch_fault *fault);
/* What the command exits with: 0 same, 1 different, 2 trouble (usage, a broken image), 3 environment. */
IMGBATCH_API int imgbatch_compare_status(int code, const struct imgbatch_compare_summary *summary);

/* "equal", "within", "different", "missing", "extra", "broken"; "off-by-one", "shifted", ...: static text. */
IMGBATCH_API const char *imgbatch_verdict_name(enum imgbatch_verdict verdict);
IMGBATCH_API const char *imgbatch_cause_name(enum imgbatch_cause cause);
/* Texts that the command prints, without a newline; imgbatch_free_text() them. NULL when out of memory. */
IMGBATCH_API char *imgbatch_pair_json(const struct imgbatch_pair *pair);
IMGBATCH_API char *imgbatch_pair_line(const struct imgbatch_pair *pair);
IMGBATCH_API char *imgbatch_compare_summary_json(const struct imgbatch_compare_summary *summary);
IMGBATCH_API char *imgbatch_compare_summary_text(const struct imgbatch_compare_summary *summary);

#ifdef __cplusplus
}
#endif

#endif
