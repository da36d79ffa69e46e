/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: parsed once into parts, expanded for every output, then cleaned component by component. */
#include "sink/names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- the fields --- */

static const struct field {
	const char *word;
	enum name_field field;
	bool padded; /* may carry ":06" */
	bool late;
} fields[] = {
	{"dir", NAME_DIR, false, false},
	{"stem", NAME_STEM, false, false},
	{"name", NAME_NAME, false, false},
	{"suffix", NAME_SUFFIX, false, false},
	{"ext", NAME_EXT, false, false},
	{"n", NAME_N, true, false},
	{"copy", NAME_COPY, true, false},
	{"w", NAME_W, true, true},
	{"h", NAME_H, true, true},
	{"hash8", NAME_HASH8, false, true},
};

static const struct field *field_find(const char *word, size_t size)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (strlen(fields[i].word) == size && !memcmp(fields[i].word, word, size))
			return &fields[i];
	return NULL;
}

static int fault_text(struct fault *fault, const char *what, const char *text, size_t size)
{
	struct str shown = STR_INIT;

	str_add_escaped(&shown, text, size);
	fault_set(fault, IMGBATCH_E_USAGE, "%s: \"%s\"", what, str_text(&shown));
	str_release(&shown);
	return IMGBATCH_E_USAGE;
}

/* --- parsing --- */

static int part_add(struct name_template *template, struct name_part part, struct fault *fault)
{
	struct name_part *grown = realloc(
		template->part, (template->count + 1) * sizeof *template->part);

	if (!grown)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	template->part = grown;
	template->part[template->count++] = part;
	return 0;
}

/* Plain text up to the next field; a doubled brace is one. Returns where it ends. */
static const char *parse_text(struct name_template *template, const char *at)
{
	while (*at) {
		bool brace = *at == '{' || *at == '}';

		if (brace && at[1] != *at)
			break;
		str_add_char(&template->text, *at);
		at += brace ? 2 : 1;
	}
	return at;
}

/* ":06" as 6, ":" to the end of the field. -1: not that. */
static int parse_width(const char *at, size_t size)
{
	int width = 0;

	if (size < 2 || size > 4)
		return -1;
	for (size_t i = 1; i < size; i++) {
		if (at[i] < '0' || at[i] > '9')
			return -1;
		width = 10 * width + (at[i] - '0');
	}
	return width <= 20 ? width : -1;
}

/* The field between braces, at `{`. */
static int parse_field(struct name_template *template, const char *at, size_t size,
	bool late_allowed, struct fault *fault)
{
	size_t word = strcspn(at, ":}");
	const struct field *field = field_find(at, word);
	struct name_part part = {0};
	int width = 0;

	if (!field)
		return fault_text(fault, "no such field in --name", at, size);
	if (word < size)
		width = field->padded ? parse_width(at + word, size - word) : -1;
	if (width < 0)
		return fault_text(fault, "a field in --name cannot be padded like that", at, size);
	if (field->late && !late_allowed)
		return fault_text(fault,
			"this field of --name is not known before decoding, so it needs "
			"--on-collision suffix",
			at, size);
	part.field = field->field;
	part.width = (unsigned)width;
	template->late |= field->late;
	return part_add(template, part, fault);
}

static int parse_parts(
	struct name_template *template, const char *text, bool late_allowed, struct fault *fault)
{
	const char *at = text;
	int code = 0;

	while (!code && *at) {
		size_t start = template->text.length;

		at = parse_text(template, at);
		if (template->text.length > start)
			code = part_add(template,
				(struct name_part){.offset = (uint32_t)start,
					.size = (uint32_t)(template->text.length - start)},
				fault);
		if (!code && *at) {
			const char *close = strchr(at, '}');

			if (*at == '}' || !close)
				return fault_text(fault, "a brace in --name has no partner", text,
					strlen(text));
			code = parse_field(
				template, at + 1, (size_t)(close - at) - 1, late_allowed, fault);
			at = close + 1;
		}
	}
	return !code && template->text.failed ? IMGBATCH_E_NOMEM : code;
}

/* What the template itself says wrongly is told once, not for every image. */
static int check_text(const char *text, struct fault *fault)
{
	if (!*text)
		return fault_set(fault, IMGBATCH_E_USAGE, "--name is empty");
	if (*text == '/')
		return fault_text(fault, "--name is a path under --out, so it cannot be absolute",
			text, strlen(text));
	for (const char *at = text; *at; at += strcspn(at, "/"), at += strspn(at, "/"))
		if (strcspn(at, "/") == 2 && !memcmp(at, "..", 2))
			return fault_text(fault, "--name cannot hold ..", text, strlen(text));
	return 0;
}

int name_template_parse(
	struct name_template *template, const char *text, bool late_allowed, struct fault *fault)
{
	int code;

	*template = (struct name_template){0};
	if (!text)
		text = NAME_TEMPLATE_DEFAULT;
	code = check_text(text, fault);
	if (!code)
		code = parse_parts(template, text, late_allowed, fault);
	if (code)
		name_template_release(template);
	return code;
}

void name_template_release(struct name_template *template)
{
	free(template->part);
	str_release(&template->text);
	*template = (struct name_template){0};
}

/* --- taking names apart --- */

void name_split(struct name_pieces *pieces, const char *name, size_t size)
{
	const char *slash = memrchr(name, '/', size);
	const char *base = slash ? slash + 1 : name;
	size_t base_size = size - (size_t)(base - name);
	const char *dot = base_size ? memrchr(base + 1, '.', base_size - 1) : NULL;

	if (dot && dot + 1 == base + base_size)
		dot = NULL; /* "a." has no extension */
	*pieces = (struct name_pieces){
		.dir = name,
		.dir_size = slash ? (size_t)(slash - name) : 0,
		.base = base,
		.base_size = base_size,
		.stem = base,
		.stem_size = dot ? (size_t)(dot - base) : base_size,
		.ext = dot ? dot + 1 : base + base_size,
		.ext_size = dot ? base_size - (size_t)(dot + 1 - base) : 0,
	};
}

bool name_ext_in(const char *ext, size_t size, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == size && !strncasecmp(*list, ext, size))
			return true;
	return false;
}

/* --- expanding --- */

static void add_late(struct str *out, const struct name_part *part, const struct name_values *v)
{
	if (part->field == NAME_HASH8) {
		if (v->late_known)
			str_addf(out, "%08x", (unsigned)(v->hash >> 32));
		else
			str_add(out, "{hash8}");
	} else if (v->late_known) {
		str_addf(out, "%0*u", (int)part->width,
			part->field == NAME_W ? v->width : v->height);
	} else {
		str_add(out, part->field == NAME_W ? "{w}" : "{h}");
	}
}

static void add_part(struct str *out, const struct name_template *template,
	const struct name_part *part, const struct name_values *v, const struct name_pieces *pieces)
{
	switch (part->field) {
	case NAME_TEXT:
		str_add_bytes(out, str_text(&template->text) + part->offset, part->size);
		break;
	case NAME_DIR:
		str_add_bytes(out, pieces->dir, pieces->dir_size);
		break;
	case NAME_STEM:
		str_add_bytes(out, pieces->stem, pieces->stem_size);
		break;
	case NAME_NAME:
		str_add_bytes(out, pieces->base, pieces->base_size);
		break;
	case NAME_SUFFIX:
		if (v->copies > 1)
			str_addf(out, "-%u", v->copy);
		break;
	case NAME_EXT:
		str_add_bytes(out, v->ext, v->ext_size);
		break;
	case NAME_N:
		str_addf(out, "%0*llu", (int)part->width, (unsigned long long)v->n);
		break;
	case NAME_COPY:
		str_addf(out, "%0*u", (int)part->width, v->copy);
		break;
	case NAME_W:
	case NAME_H:
	case NAME_HASH8:
		add_late(out, part, v);
		break;
	}
}

/* The template's own `.` before an empty {ext}. */
static void drop_dot(struct str *out, const struct name_template *template, size_t part)
{
	const struct name_part *before = part ? &template->part[part - 1] : NULL;

	if (before && before->field == NAME_TEXT && !out->failed &&
		out->text[out->length - 1] == '.')
		out->text[--out->length] = 0;
}

/*
 * All parts in a row. Empty {dir} and {ext} take their neighbour along: the `/` behind the one goes with
 * cleaning, unless the name would begin with it; the `.` before the other goes here.
 */
static void add_parts(struct str *out, const struct name_template *template,
	const struct name_values *v, const struct name_pieces *pieces)
{
	size_t start = out->length;

	for (size_t i = 0; i < template->count; i++) {
		const struct name_part *part = &template->part[i];

		if (part->field == NAME_EXT && !v->ext_size)
			drop_dot(out, template, i);
		add_part(out, template, part, v, pieces);
	}
	if (template->count && template->part[0].field == NAME_DIR && !pieces->dir_size &&
		!out->failed && out->length > start && out->text[start] == '/') {
		memmove(out->text + start, out->text + start + 1, out->length - start);
		out->length--;
	}
}

/* "_2" goes before the extension of the last component. */
static void add_number(struct str *out, size_t start, unsigned number)
{
	struct name_pieces pieces;
	struct str tail = STR_INIT;
	size_t keep;

	if (out->failed || !number || out->length == start)
		return;
	name_split(&pieces, out->text + start, out->length - start);
	keep = out->length - pieces.ext_size - (pieces.ext_size ? 1 : 0);
	str_add_bytes(&tail, out->text + keep, out->length - keep);
	out->length = keep;
	str_addf(out, "_%u", number);
	str_add_bytes(out, str_text(&tail), tail.length);
	out->failed |= tail.failed;
	str_release(&tail);
}

static const char *component_fault(const char *at, size_t size, bool first)
{
	if (size > NAME_COMPONENT_MAX)
		return "the output's name has a part of more than 255 bytes";
	if (size == 2 && !memcmp(at, "..", 2))
		return "the output's name would leave --out";
	if (first && size == 9 && !memcmp(at, ".imgbatch", 9))
		return "the output's name lies in --out's own .imgbatch";
	return NULL;
}

/* Drops empty and "." components in place. Returns what is wrong, or NULL. */
static const char *clean(struct str *out, size_t start)
{
	char *to = out->text + start;
	const char *at = to, *wrong;

	if (*at == '/')
		return "the output's name is an absolute path";
	while (*at) {
		size_t size = strcspn(at, "/");

		if (size && !(size == 1 && *at == '.')) {
			wrong = component_fault(at, size, to == out->text + start);
			if (wrong)
				return wrong;
			if (to > out->text + start)
				*to++ = '/';
			memmove(to, at, size);
			to += size;
		}
		at += size;
		at += strspn(at, "/");
	}
	*to = 0;
	out->length = (size_t)(to - out->text);
	if (out->length == start)
		return "the output's name is empty";
	return out->length - start > NAME_PATH_MAX ? "the output's name is too long" : NULL;
}

int name_expand(const struct name_template *template, const struct name_values *values,
	struct str *out, struct fault *fault)
{
	size_t start = out->length;
	struct name_pieces pieces;
	const char *wrong;

	name_split(&pieces, values->name, values->name_size);
	add_parts(out, template, values, &pieces);
	add_number(out, start, values->number);
	if (out->failed)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	if (out->length == start)
		wrong = "the output's name is empty";
	else if (memchr(out->text + start, 0, out->length - start))
		wrong = "the output's name holds a NUL byte";
	else
		wrong = clean(out, start);
	if (!wrong)
		return 0;
	out->length = start;
	if (out->text)
		out->text[start] = 0;
	return fault_set(fault, IMGBATCH_E_USAGE, "%s", wrong);
}
