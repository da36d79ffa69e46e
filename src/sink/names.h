/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output names from a template such as '{dir}/{stem}{suffix}.{ext}'.
 *
 *	{dir}     folder of the mirrored name; when empty, the `/` behind it goes too
 *	{name}    last component, with its extension      {stem}    without it
 *	{ext}     extension of the output, without the dot; when empty, a `.` before it goes too
 *	{suffix}  "" where an image has one output, else "-0", "-1", ..
 *	{copy}    0, 1, ..; {copy:02} pads with zeros     {n}, {n:06}  the image's place in the listing, from 0
 *	{w} {h}   size of the output in pixels            {hash8}   eight hex digits of its bytes' hash
 *	{{ }}     a brace
 *
 * {w}, {h} and {hash8} are known only when the output is made: such a template is `late`.
 * Names are bytes; nothing here depends on a locale.
 */
#ifndef SINK_NAMES_H
#define SINK_NAMES_H

#include "base/fault.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_TEMPLATE_DEFAULT "{dir}/{stem}{suffix}.{ext}"

enum { NAME_COMPONENT_MAX = 255, NAME_PATH_MAX = 3840 /* leaves room for OUT in PATH_MAX */ };

enum name_field {
	NAME_TEXT,
	NAME_DIR,
	NAME_STEM,
	NAME_NAME,
	NAME_SUFFIX,
	NAME_EXT,
	NAME_N,
	NAME_COPY,
	NAME_W,
	NAME_H,
	NAME_HASH8,
};

struct name_part {
	enum name_field field;
	unsigned width; /* zeros to pad to; 0: none */
	uint32_t offset, size; /* NAME_TEXT: where in `text` */
};

struct name_template {
	struct name_part *part; /* owned */
	size_t count;
	struct str text; /* what stands between fields, braces unescaped */
	bool late; /* uses {w}, {h} or {hash8} */
};

/*
 * E_USAGE names an unknown field, an unclosed brace, an absolute template or a `..` in it, and a late field
 * where late_allowed (that is, --on-collision suffix) is false. NULL is the default template.
 */
int name_template_parse(
	struct name_template *template, const char *text, bool late_allowed, struct fault *fault);
void name_template_release(struct name_template *template);

/* The pieces of a mirrored name, borrowed from it. A leading dot begins a stem, never an extension. */
struct name_pieces {
	const char *dir, *stem, *ext, *base;
	size_t dir_size, stem_size, ext_size,
		base_size; /* ext without the dot; dir without the last `/` */
};
void name_split(struct name_pieces *pieces, const char *name, size_t size);
/* Whether ext (any case) is in a NULL-terminated list of lower-case extensions. */
bool name_ext_in(const char *ext, size_t size, const char *const *list);

/* What a name is made from. */
struct name_values {
	const char *name; /* mirrored */
	size_t name_size;
	const char *ext; /* of the output, without the dot */
	size_t ext_size;
	uint64_t n; /* the image's place in the listing */
	uint32_t copy, copies; /* this output's number, of how many of this image */
	unsigned
		number; /* 0, or what --on-collision suffix adds before the extension: "_1", "_2", .. */
	/* Of a late template; until they are known the fields stand for themselves ("{w}"). */
	bool late_known;
	uint32_t width, height;
	uint64_t hash;
};

/*
 * Appends the output's name, relative to OUT, cleaned: "a//./b" is "a/b". E_USAGE when it would be empty,
 * absolute, leave OUT, lie in OUT/.imgbatch, or have a component or path that is too long; out is then as before.
 */
int name_expand(const struct name_template *template, const struct name_values *values,
	struct str *out, struct fault *fault);

/*
 * Folds case as file systems without it do, for comparing: ASCII, Latin, Greek and Cyrillic in UTF-8; other
 * bytes stay. Appends size or fewer bytes.
 */
void name_fold(struct str *out, const char *name, size_t size);

#endif
