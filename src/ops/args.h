/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an operation takes its words: positional values first, then settings (KEY=VALUE) and flags, by name.
 *
 * A parser reads like a list of what it takes, checks nothing on the way, and ends with args_end(), which
 * says whether all went well: the first wrong word is remembered, with a fault that names it, and words that
 * nobody took are wrong, with the nearest of the settings and flags that were asked for.
 *
 *	p->size = args_whole(args, args_value(args, "N"), 1, OP_SIDE_MAX);
 *	p->crop = args_flag(args, "crop");
 *	p->filter = args_filter(args, defaults, FILTER_BILINEAR);
 *	return args_end(args);
 *
 * After a failure every function still returns some value within the range asked for. Flags that might be
 * mistaken for an optional positional value are asked for first.
 */
#ifndef OPS_ARGS_H
#define OPS_ARGS_H

#include "base/fault.h"
#include "base/str.h"
#include "ops/op.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	OP_WORDS_MAX = 96, /* in one line */
	OP_KEYS_MAX = 16, /* settings and flags of one operation */
	OP_SIDE_MAX = 1000000, /* pixels that a recipe may ask of a side */
};

struct op_word {
	const char *text; /* borrowed; not NUL-terminated */
	size_t length;
	bool number; /* a bare number: belongs to the list of a KEY=VALUE before it */
	bool taken;
};

struct op_args {
	const char *name; /* the operation's, for faults */
	unsigned line; /* of the recipe, from 1 */
	struct op_word word[OP_WORDS_MAX];
	size_t count;
	size_t listed; /* operations in its list, those within their lists not counted; 0: no list */
	const char *known[OP_KEYS_MAX]; /* settings and flags asked for */
	size_t known_count;
	struct fault *fault;
	int code; /* 0, or IMGBATCH_E_RECIPE once something was wrong */
};

/* args empty; words are added with args_add, which is false when there are too many. */
void args_init(struct op_args *args, const char *name, unsigned line, struct fault *fault);
bool args_add(struct op_args *args, const char *text, size_t length);

/* Remembers a fault about word (NULL: about the line), unless there was one already. */
void args_fail(struct op_args *args, const struct op_word *word, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* What parse() returns. */
int args_end(struct op_args *args);

/* Words. NULL: not there (for args_value that is a fault which says what was wanted). */
const struct op_word *args_value(struct op_args *args, const char *wanted);
const struct op_word *args_value_if_any(struct op_args *args);
bool args_flag(struct op_args *args, const char *flag);
/* The values of KEY=VALUE[,NUMBER]*: how many, at most max; 0: not there. A second KEY= is a fault. */
size_t args_key(struct op_args *args, const char *key, struct op_word *values, size_t max);
/* Takes KEY=TEXT if that is what is there; any other value is left to be asked for. */
bool args_key_is(struct op_args *args, const char *key, const char *text);

/* One word's meaning. word may be NULL: the lower bound is returned, and nothing is wrong. */
double args_number(struct op_args *args, const struct op_word *word, double low, double high);
uint32_t args_whole(struct op_args *args, const struct op_word *word, uint32_t low, uint32_t high);
/* The index of word in names. */
uint8_t args_choice(
	struct op_args *args, const struct op_word *word, const char *const *names, size_t count);
/* "WxH"; both 1 .. OP_SIDE_MAX. A lone "N" is N x N where square is true. */
void args_size(struct op_args *args, const struct op_word *word, bool square, uint32_t *width,
	uint32_t *height);
/* "WxH+X+Y", offsets of either sign up to OP_SIDE_MAX; or "WxH" or "N", and the answer is false: no offset. */
bool args_geometry(struct op_args *args, const struct op_word *word, uint32_t *width,
	uint32_t *height, int32_t *x, int32_t *y);

/* Settings; the fallback where the key is not given. */
double args_number_key(
	struct op_args *args, const char *key, double low, double high, double fallback);
uint32_t args_whole_key(
	struct op_args *args, const char *key, uint32_t low, uint32_t high, uint32_t fallback);
uint8_t args_choice_key(struct op_args *args, const char *key, const char *const *names,
	size_t count, uint8_t fallback);
/* low,high with least <= low <= high <= most; unchanged where the key is not given. */
void args_range_key(
	struct op_args *args, const char *key, double least, double most, double range[2]);
/* The same of the next positional words, LO,HI or one number that is both; unchanged where there is none. */
void args_range_if_any(struct op_args *args, double least, double most, double range[2]);
/* A probability: the next positional word, or p=P. */
double args_chance(struct op_args *args, double fallback);
/* filter=F. `own` is the operation's default, which the recipe's default overrides when it was set. */
uint8_t args_filter(struct op_args *args, const struct op_defaults *defaults, uint8_t own);
/* The flag `linear`, or the recipe's default; it says nothing where filter, the one taken before, is nearest. */
bool args_linear(struct op_args *args, const struct op_defaults *defaults, uint8_t filter);
uint8_t args_gravity(struct op_args *args, const struct op_defaults *defaults);
/* KEY=#rgb, #rrggbb, #rrggbbaa, a name, one grey level, or r,g,b[,a]. */
void args_color(struct op_args *args, const char *key, uint8_t color[4], const uint8_t fallback[4]);
/* The same of positional words. */
void args_color_values(struct op_args *args, uint8_t color[4]);

/* Filter names in the order of enum resample_filter. */
extern const char *const args_filter_names[];

/* Printing: a blank, then the word. */
void args_print_number(struct str *out, const char *key, double value);
void args_print_numbers(struct str *out, const char *key, const double *values, size_t count);
void args_print_color(struct str *out, const char *key, const uint8_t color[4]);

#endif
