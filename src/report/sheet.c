/* SPDX-License-Identifier: Apache-2.0 */
#include "report/sheet.h"

#include "report/font.h"

#include <string.h>

enum {
	MARGIN = 20, /* around the sheet */
	GAP = 10, /* between cells */
	GROUP_GAP = 14, /* more of it before a group, and behind a group's first cell */
	ROW_GAP = 16,
	LARGE_CELL = 300, /* from here on text is twice as large */
	CAPTION_LINES = 10,
	FAILURE_LINES = 9,
	TITLE_LINES = 3,
	NOTE_LINES = 12,
	INDENT = 2, /* columns that a wrapped line begins behind */
};

static const uint8_t paper[3] = {252, 251, 248}, ink[3] = {32, 33, 36}, pale[3] = {112, 113, 116},
		     well[3] = {238, 236, 230}, alarm[3] = {160, 28, 28},
		     alarm_well[3] = {249, 230, 227};

/* -- text in lines ------------------------------------------------------------------------------------ */

struct line {
	const char *text;
	size_t size, indent;
	bool cut; /* more follows that found no room */
};

/* Characters of UTF-8 text. */
static size_t characters(const char *text, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += ((unsigned char)text[i] & 0xC0) != 0x80;
	return count;
}

/* Bytes of the first `count` characters. */
static size_t bytes_of(const char *text, size_t size, size_t count)
{
	size_t at = 0;

	while (at < size && (count || ((unsigned char)text[at] & 0xC0) == 0x80)) {
		count -= ((unsigned char)text[at] & 0xC0) != 0x80;
		at++;
	}
	return at;
}

/* Bytes of a line of at most `columns` characters: up to a blank or comma where there is one, else as many as fit. */
static size_t fit(const char *text, size_t size, size_t columns)
{
	size_t most = bytes_of(text, size, columns);

	if (most == size)
		return size;
	for (size_t i = most; i > most / 3; i--)
		if (text[i] == ' ' || strchr(",/-_", text[i - 1]))
			return i;
	return most;
}

/* Breaks text into lines, at most `room` of them; returns how many. */
static size_t wrap(const char *text, size_t columns, struct line *line, size_t room)
{
	size_t count = 0;

	while (text && *text) {
		size_t size = strcspn(text, "\n"), indent = 0;

		do {
			size_t taken = fit(text, size, columns - indent);

			if (count == room) {
				line[count - 1].cut = true;
				return count;
			}
			line[count++] = (struct line){text, taken, indent, false};
			text += taken;
			size -= taken;
			while (size && *text == ' ') {
				text++;
				size--;
			}
			indent = INDENT;
		} while (size);
		text += *text == '\n';
	}
	return count;
}

static void draw_lines(struct sheet *sheet, uint32_t x, uint32_t y, size_t columns,
	const uint8_t color[3], const struct line *line, size_t count)
{
	for (size_t i = 0; i < count; i++, y += FONT_LINE * sheet->scale) {
		size_t size = line[i].size, used;

		if (line[i].cut)
			size = bytes_of(line[i].text, size, columns - line[i].indent - 2);
		used = line[i].indent + characters(line[i].text, size);
		canvas_text(&sheet->canvas, x + line[i].indent * FONT_ADVANCE * sheet->scale, y,
			sheet->scale, color, line[i].text, size);
		if (line[i].cut)
			canvas_text(&sheet->canvas, x + used * FONT_ADVANCE * sheet->scale, y,
				sheet->scale, color, "..", 2);
	}
}

/* -- the grid ----------------------------------------------------------------------------------------- */

static size_t cell_columns(const struct sheet *sheet)
{
	return (sheet->cell + 1) / (FONT_ADVANCE * sheet->scale);
}

/* Where a column begins. Groups of more than one cell have their first cell apart from the others. */
static uint32_t column_x(const struct sheet *sheet, unsigned column)
{
	unsigned groups = column / sheet->group, apart = column % sheet->group ? 1 : 0;

	return MARGIN + column * (sheet->cell + GAP) +
		(groups * (sheet->group > 1 ? 2u : 0u) + apart) * GROUP_GAP;
}

static uint32_t sheet_width(const struct sheet *sheet)
{
	return column_x(sheet, sheet->columns - 1) + sheet->cell + MARGIN;
}

bool sheet_begin(
	struct sheet *sheet, const char *title, const char *note, const char *const *headings)
{
	struct line line[TITLE_LINES + NOTE_LINES], *rest;
	uint32_t step, y = MARGIN;
	size_t columns, titles, notes;

	sheet->scale = sheet->cell >= LARGE_CELL ? 2 : 1;
	step = FONT_LINE * sheet->scale;
	sheet->canvas = (struct canvas){.width = sheet_width(sheet)};
	memcpy(sheet->canvas.paper, paper, sizeof paper);
	columns = (sheet->canvas.width - 2 * MARGIN) / (FONT_ADVANCE * sheet->scale);
	titles = wrap(title, columns, line, TITLE_LINES);
	rest = line + titles;
	notes = wrap(note, columns, rest, NOTE_LINES);
	if (!canvas_grow(&sheet->canvas, MARGIN + (uint32_t)(titles + notes + 3) * step))
		return false;
	draw_lines(sheet, MARGIN, y, columns, ink, line, titles);
	y += (uint32_t)titles * step + step / 3;
	draw_lines(sheet, MARGIN, y, columns, pale, rest, notes);
	y = sheet->canvas.height - step;
	for (unsigned i = 0; i < sheet->columns; i++)
		canvas_text(&sheet->canvas, column_x(sheet, i), y, sheet->scale, ink, headings[i],
			strlen(headings[i]));
	return canvas_grow(&sheet->canvas, step / 4);
}

/* In the middle of its cell; what is much smaller is enlarged by a whole factor, so that its pixels stay its own. */
static void draw_picture(struct sheet *sheet, uint32_t x, uint32_t y, const struct image *image)
{
	uint32_t width = image->shape.width, height = image->shape.height;
	uint32_t scale = sheet->cell / (width > height ? width : height);

	scale = scale ? scale : 1;
	canvas_image(&sheet->canvas, x + (sheet->cell - width * scale) / 2,
		y + (sheet->cell - height * scale) / 2, scale, image);
}

static void draw_failure(struct sheet *sheet, uint32_t x, uint32_t y, const char *text)
{
	struct line line[FAILURE_LINES];
	uint32_t inset = FONT_ADVANCE * sheet->scale;
	uint32_t lines = (sheet->cell - inset) / (FONT_LINE * sheet->scale);
	size_t columns = cell_columns(sheet) - 2;
	size_t count = wrap(text, columns, line, lines < FAILURE_LINES ? lines : FAILURE_LINES);

	canvas_box(&sheet->canvas, x, y, sheet->cell, sheet->cell, alarm_well);
	draw_lines(sheet, x + inset, y + inset, columns, alarm, line, count);
}

static void draw_cell(struct sheet *sheet, uint32_t x, uint32_t y, const struct sheet_cell *cell)
{
	if (cell->failure) {
		draw_failure(sheet, x, y, cell->failure);
	} else if (cell->image) {
		canvas_box(&sheet->canvas, x, y, sheet->cell, sheet->cell, well);
		draw_picture(sheet, x, y, cell->image);
	}
}

bool sheet_row(struct sheet *sheet, const struct sheet_cell *cells)
{
	struct line line[CAPTION_LINES];
	uint32_t step = FONT_LINE * sheet->scale, y = sheet->canvas.height;
	size_t columns = cell_columns(sheet), most = 0;

	for (unsigned i = 0; i < sheet->columns; i++) {
		size_t count = wrap(cells[i].text, columns, line, CAPTION_LINES);

		most = count > most ? count : most;
	}
	if (!canvas_grow(&sheet->canvas, sheet->cell + step / 2 + (uint32_t)most * step + ROW_GAP))
		return false;
	for (unsigned i = 0; i < sheet->columns; i++) {
		uint32_t x = column_x(sheet, i);

		draw_cell(sheet, x, y, &cells[i]);
		draw_lines(sheet, x, y + sheet->cell + step / 2, columns,
			cells[i].quiet ? pale : ink, line,
			wrap(cells[i].text, columns, line, CAPTION_LINES));
	}
	return true;
}

bool sheet_end(struct sheet *sheet)
{
	return canvas_grow(&sheet->canvas, MARGIN - ROW_GAP);
}

void sheet_release(struct sheet *sheet)
{
	canvas_release(&sheet->canvas);
}
