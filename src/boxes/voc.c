/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pascal VOC's XML, an image a file. The text is kept and patched: the numbers of each bndbox, the size, the file's name;
 * objects of which too little is left are cut out. Boxes count pixels from 1, both ends included, as in the VOC devkit: xmin
 * 1 and xmax W are the whole width. They are written as whole numbers, rounded.
 *
 * expat reads it, and says where in the text everything stands. UTF-8 is read, and what has one byte a character and ASCII in
 * it: US-ASCII and ISO-8859-1. What is written into such a text has references in the place of other characters. Any other
 * encoding is refused by its name. A document type is refused: the format has none, and what
 * one declares could be made to grow without end.
 */
#include "boxes/internal.h"

#include "base/list.h"
#include "base/number.h"

#include <expat.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 32, NUMBER_SIZE = 40 };

/* Elements that matter, where they are in their place. */
enum element { OTHER, ANNOTATION, FILENAME, PATH, SIZE, WIDTH, HEIGHT, OBJECT, PART, BOX, SIDE };

struct span {
	size_t from, to;
};

/* An object, or a part of one. */
struct thing {
	struct span whole;
	struct span side[4]; /* xmin, ymin, xmax, ymax: what stands between the tags */
	double box[4]; /* the numbers there */
	unsigned sides; /* a bit for each that was there */
	bool part;
};

/* Where everything is. */
struct marks {
	struct span filename, path, width, height; /* to 0: not there */
	double size[2];
	struct thing *thing; /* owned, in the order of their beginnings */
	size_t count, room;
	bool foreign; /* the text declares another encoding than UTF-8, or that by a name that not all know */
};

struct reader {
	XML_Parser parser;
	struct marks *marks;
	struct fault *fault;
	int code;
	bool declared; /* an encoding */
	const char *
		known_as; /* a declared one that expat does not know by the name it has there; NULL */
	unsigned depth;
	enum element stack[DEPTH_MAX];
	size_t thing[2]; /* the object and the part in hand: indices */
	unsigned side; /* of SIDE */
	char text[NUMBER_SIZE]; /* of the element in hand, so far */
	size_t text_size;
	size_t begin; /* where that begins */
};

/* --- reading --- */

/* Where the event at hand begins and ends, and its line. Before expat 2.9 the numbers could be of 32 bits. */
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 9)
#define event_line XML_GetCurrentLineNumber64
#define event_index XML_GetCurrentByteIndex64
#define event_count XML_GetCurrentByteCount64
#else
#define event_line XML_GetCurrentLineNumber
#define event_index XML_GetCurrentByteIndex
#define event_count XML_GetCurrentByteCount
#endif

static size_t event_from(const struct reader *r)
{
	return (size_t)event_index(r->parser);
}

static size_t event_to(const struct reader *r)
{
	return event_from(r) + (size_t)event_count(r->parser);
}

static void stop(struct reader *r, int code, const char *why)
{
	if (!r->code)
		r->code = fault_set(
			r->fault, code, "line %lu: %s", (unsigned long)event_line(r->parser), why);
	XML_StopParser(r->parser, XML_FALSE);
}

static enum element element_below(struct reader *r, enum element above, const char *name)
{
	static const char *const sides[] = {"xmin", "ymin", "xmax", "ymax"};
	static const struct {
		enum element above;
		const char *name;
		enum element element;
	} places[] = {{ANNOTATION, "filename", FILENAME}, {ANNOTATION, "path", PATH},
		{ANNOTATION, "size", SIZE}, {ANNOTATION, "object", OBJECT}, {SIZE, "width", WIDTH},
		{SIZE, "height", HEIGHT}, {OBJECT, "part", PART}, {OBJECT, "bndbox", BOX},
		{PART, "bndbox", BOX}};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (places[i].above == above && !strcmp(places[i].name, name))
			return places[i].element;
	for (unsigned i = 0; above == BOX && i < 4; i++)
		if (!strcmp(sides[i], name)) {
			r->side = i;
			return SIDE;
		}
	return OTHER;
}

/* Elements whose text is replaced, and that can have nothing else within. */
static bool holds_text(enum element element)
{
	return element == FILENAME || element == PATH || element == WIDTH || element == HEIGHT ||
		element == SIDE;
}

static void begin_thing(struct reader *r, bool part)
{
	struct marks *marks = r->marks;
	struct thing *thing = list_room(
		marks->thing, sizeof *thing, marks->count + 1, &marks->room, 16);

	if (!thing) {
		stop(r, IMGBATCH_E_NOMEM, "no memory for boxes");
		return;
	}
	marks->thing = thing;
	r->thing[part] = marks->count;
	marks->thing[marks->count++] = (struct thing){.whole.from = event_from(r), .part = part};
}

static void on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = user;
	enum element above = r->depth ? r->stack[r->depth - 1] : OTHER, element;

	(void)attributes;
	if (r->code)
		return;
	if (r->depth == DEPTH_MAX || holds_text(above)) {
		stop(r, IMGBATCH_E_BOXES,
			holds_text(above) ? "an element within what holds text only"
					  : "elements are nested too deep");
		return;
	}
	element = r->depth                    ? element_below(r, above, name)
		: !strcmp(name, "annotation") ? ANNOTATION
					      : OTHER;
	if (!r->depth && element != ANNOTATION)
		stop(r, IMGBATCH_E_BOXES, "no VOC file: it has no <annotation>");
	r->stack[r->depth++] = element;
	if (element == OBJECT || element == PART)
		begin_thing(r, element == PART);
	r->text_size = 0;
	r->begin = event_to(r);
}

static void on_text(void *user, const XML_Char *text, int size)
{
	struct reader *r = user;

	for (int i = 0; i < size; i++) {
		bool blank = text[i] == ' ' || text[i] == '\n' || text[i] == '\t' ||
			text[i] == '\r';

		if (!blank && r->text_size < NUMBER_SIZE)
			r->text[r->text_size++] = text[i];
	}
}

static void end_side(struct reader *r, struct span span)
{
	bool part = r->depth > 2 && r->stack[r->depth - 3] == PART;
	struct thing *thing = &r->marks->thing[r->thing[part]];

	thing->side[r->side] = span;
	thing->sides |= 1u << r->side;
	if (!number_parse(r->text, r->text_size, &thing->box[r->side]))
		stop(r, IMGBATCH_E_BOXES, "not a number");
}

static void end_thing(struct reader *r, bool part)
{
	struct thing *thing = &r->marks->thing[r->thing[part]];
	double *box = thing->box;

	thing->whole.to = event_to(r);
	box[0] -= 1;
	box[1] -= 1;
	if (thing->sides == 15 ? !box_is_sane(box) : !part)
		stop(r, IMGBATCH_E_BOXES,
			thing->sides == 15 ? "a box that is none" : "an object without a box");
}

static void end_size(struct reader *r, int axis)
{
	if (!number_parse(r->text, r->text_size, &r->marks->size[axis]))
		r->marks->size[axis] = 0;
}

static void on_end(void *user, const XML_Char *name)
{
	struct reader *r = user;
	struct span span = {r->begin, event_from(r)};
	enum element element;

	(void)name;
	if (r->code || !r->depth)
		return;
	/* <x/> ends where it begins. */
	if (span.to < span.from)
		span.to = 0;
	element = r->stack[r->depth - 1];
	if (element == FILENAME)
		r->marks->filename = span;
	else if (element == PATH)
		r->marks->path = span;
	else if (element == WIDTH)
		r->marks->width = span, end_size(r, 0);
	else if (element == HEIGHT)
		r->marks->height = span, end_size(r, 1);
	else if (element == SIDE)
		end_side(r, span);
	else if (element == OBJECT || element == PART)
		end_thing(r, element == PART);
	r->depth--;
	r->text_size = 0;
}

static void on_doctype(void *user, const XML_Char *name, const XML_Char *system,
	const XML_Char *public, int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	stop(user, IMGBATCH_E_BOXES, "a document type, which VOC files do not have");
}

/* --- encodings --- */

static void on_declaration(
	void *user, const XML_Char *version, const XML_Char *encoding, int standalone)
{
	struct reader *r = user;

	(void)version;
	(void)standalone;
	r->declared = encoding;
	if (encoding)
		r->marks->foreign = strcasecmp(encoding, "UTF-8") != 0;
}

/* Some programs declare what their language calls an encoding. It has to be said before the first byte is read. */
static int on_unknown_encoding(void *user, const XML_Char *name, XML_Encoding *info)
{
	static const struct {
		const char *name, *known_as;
	} names[] = {{"utf8", "UTF-8"}, {"utf_8", "UTF-8"}, {"ascii", "US-ASCII"},
		{"latin1", "ISO-8859-1"}, {"latin-1", "ISO-8859-1"}, {"latin_1", "ISO-8859-1"},
		{"iso8859-1", "ISO-8859-1"}, {"iso_8859-1", "ISO-8859-1"}};
	struct reader *r = user;

	(void)info;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcasecmp(name, names[i].name))
			r->known_as = names[i].known_as;
	if (!r->known_as)
		r->code = fault_set(r->fault, IMGBATCH_E_BOXES,
			"line %lu: encoding %.40s: only UTF-8, US-ASCII and ISO-8859-1 are read",
			(unsigned long)event_line(r->parser), name);
	return XML_STATUS_ERROR;
}

static const char *parse_error(const struct reader *r, const struct str *text)
{
	enum XML_Error error = XML_GetErrorCode(r->parser);

	if (error == XML_ERROR_INVALID_TOKEN && !r->declared &&
		!str_is_utf8(str_text(text), text->length))
		return "not in UTF-8, and no other encoding is declared";
	return XML_ErrorString(error);
}

/* As what the text declares, or as r->known_as where that is set. */
static int scan_once(struct reader *r, const struct str *text)
{
	const char *known_as = r->known_as;

	r->parser = XML_ParserCreate(known_as);
	if (!r->parser)
		return fault_set(r->fault, IMGBATCH_E_NOMEM, "no memory for XML");
	XML_SetUserData(r->parser, r);
	XML_SetXmlDeclHandler(r->parser, on_declaration);
	XML_SetUnknownEncodingHandler(r->parser, on_unknown_encoding, r);
	XML_SetElementHandler(r->parser, on_start, on_end);
	XML_SetCharacterDataHandler(r->parser, on_text);
	XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
	if (XML_Parse(r->parser, str_text(text), (int)text->length, 1) != XML_STATUS_OK &&
		!r->code && r->known_as == known_as)
		stop(r, IMGBATCH_E_BOXES, parse_error(r, text));
	XML_ParserFree(r->parser);
	return r->code;
}

static int scan(const struct str *text, struct marks *marks, struct fault *fault)
{
	struct reader r = {.marks = marks, .fault = fault};
	const char *bytes = str_text(text);
	int code;

	if (text->length >= 2 && ((uint8_t)bytes[0] >= 0xfe || !bytes[0] || !bytes[1]))
		return fault_set(fault, IMGBATCH_E_BOXES,
			"in UTF-16 or -32: only UTF-8, US-ASCII and ISO-8859-1 are read");
	code = scan_once(&r, text);
	if (code || !r.known_as)
		return code;
	return scan_once(&r, text);
}

int voc_parse(struct labels *labels, struct fault *fault)
{
	struct marks marks = {0};
	int code = scan(&labels->text, &marks, fault);

	for (size_t i = 0; !code && i < marks.count; i++)
		if (!marks.thing[i].part && !labels_add(labels, marks.thing[i].box))
			code = fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	if (marks.size[0] >= 1 && marks.size[1] >= 1 && marks.size[0] <= UINT32_MAX &&
		marks.size[1] <= UINT32_MAX) {
		labels->width = (uint32_t)marks.size[0];
		labels->height = (uint32_t)marks.size[1];
	}
	free(marks.thing);
	return code;
}

/* --- printing --- */

/* What stands in place of text[from .. to): a text, or (NULL) a number. */
struct patch {
	struct span span;
	const char *text;
	double number;
};

struct patches {
	struct patch *patch; /* owned */
	size_t count;
	bool ascii; /* texts are to be put as ASCII */
};

static void replace(struct patches *p, struct span span, const char *text, double number)
{
	if (span.to)
		p->patch[p->count++] = (struct patch){span, text, number};
}

/* With the blanks before it. */
static void cut_out(struct patches *p, struct span whole, const char *text)
{
	while (whole.from && strchr(" \t\r\n", text[whole.from - 1]))
		whole.from--;
	replace(p, whole, "", 0);
}

/* Whole pixels, counted from 1; at least one of them. */
static void round_box(double box[4])
{
	for (int axis = 0; axis < 2; axis++) {
		box[axis] = floor(box[axis] + 0.5) + 1;
		box[axis + 2] = fmax(floor(box[axis + 2] + 0.5), box[axis]);
	}
}

static int follow_thing(struct journey *journey, struct patches *p, const struct thing *thing,
	const char *text, struct fault *fault)
{
	struct outline *outline = &journey->boxes->outline;
	double box[4];
	int kept;

	if (thing->sides != 15)
		return 0; /* a part without a box */
	if (!outline_set_box(outline, thing->box))
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	kept = journey_follow(journey, !thing->part, fault);
	if (kept < 0)
		return kept;
	outline_bounds(outline, box);
	round_box(box);
	for (int side = 0; kept && side < 4; side++)
		replace(p, thing->side[side], NULL, box[side]);
	if (!kept)
		cut_out(p, thing->whole, text);
	return 0;
}

enum { REPLACEMENT = 0xfffd };

/* XML text, as references where it is told to have ASCII only; what no XML can hold becomes U+FFFD. */
static void add_escaped(struct str *out, const char *text, bool ascii)
{
	size_t left = strlen(text);
	bool utf8 = str_is_utf8(text, left);

	for (size_t size; left; text += size, left -= size) {
		uint32_t c = REPLACEMENT;

		size = utf8 || (uint8_t)*text < 0x80 ? str_utf8(text, left, &c) : 1;
		if (c < 32 || c == 0xfffe || c == 0xffff)
			c = REPLACEMENT;
		if (c == '&' || c == '<' || c == '>' || (c > 127 && ascii))
			str_addf(out, "&#%u;", c);
		else if (c == REPLACEMENT)
			str_add(out, "\xef\xbf\xbd");
		else
			str_add_bytes(out, text, size);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct patch *p = a, *q = b;

	return (p->span.from > q->span.from) - (p->span.from < q->span.from);
}

/* What is within a piece that was cut out is gone with it. */
static void apply(struct patches *p, const struct str *text, struct str *out)
{
	size_t done = 0;

	if (p->count)
		qsort(p->patch, p->count, sizeof *p->patch, by_place);
	for (size_t i = 0; i < p->count; i++) {
		const struct patch *patch = &p->patch[i];

		if (patch->span.from < done)
			continue;
		str_add_bytes(out, text->text + done, patch->span.from - done);
		if (patch->text)
			add_escaped(out, patch->text, p->ascii);
		else
			str_addf(out, "%.0f", patch->number);
		done = patch->span.to;
	}
	str_add_bytes(out, text->text + done, text->length - done);
}

static int patch_all(struct journey *journey, const struct marks *marks, const struct str *text,
	struct patches *p, struct fault *fault)
{
	const struct boxes_output *to = journey->output;
	const char *slash = strrchr(to->path, '/');
	int code = 0;

	replace(p, marks->filename, slash ? slash + 1 : to->path, 0);
	replace(p, marks->path, to->path, 0);
	replace(p, marks->width, NULL, to->width);
	replace(p, marks->height, NULL, to->height);
	for (size_t i = 0; !code && i < marks->count; i++)
		code = follow_thing(journey, p, &marks->thing[i], text->text, fault);
	return code;
}

int voc_print(
	struct journey *journey, const struct labels *labels, struct str *out, struct fault *fault)
{
	struct marks marks = {0};
	struct patches patches = {0};
	int code = scan(&labels->text, &marks, fault);

	if (!code)
		patches.patch = calloc(4 + 5 * marks.count, sizeof *patches.patch);
	if (!code && !patches.patch)
		code = fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	if (!code)
		code = patch_all(journey, &marks, &labels->text, &patches, fault);
	patches.ascii = marks.foreign;
	if (!code)
		apply(&patches, &labels->text, out);
	free(patches.patch);
	free(marks.thing);
	return code;
}
