/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A contact sheet: rows of pictures in square cells, each with its text below.
 *
 *	title
 *	note, in a paler tone
 *	heading     heading   heading
 *	┌────────┐  ┌──────┐  ┌──────┐
 *	│picture │  │      │  │      │       the first of a group stands a little apart
 *	└────────┘  └──────┘  └──────┘
 *	caption     caption   caption       as many lines as the row's longest, up to a bound
 */
#ifndef REPORT_SHEET_H
#define REPORT_SHEET_H

#include "image/image.h"
#include "report/canvas.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sheet {
	/* Filled by the caller. */
	unsigned columns; /* cells in a row, at least 1 */
	unsigned group; /* cells that belong together, from the left; at least 1 */
	unsigned cell; /* side of a cell in pixels */
	/* The sheet's own. */
	struct canvas canvas; /* the picture so far */
	unsigned scale; /* of its text */
};

struct sheet_cell {
	const struct image *image; /* at most cell x cell; small ones are enlarged; NULL: none */
	const char *failure; /* in the picture's place; borrowed; NULL: none */
	const char *text; /* below it; borrowed; may be NULL */
	bool quiet; /* text in a paler tone */
};

/* The head. title and note: lines, wrapped. headings: one a column. False when out of memory; sheet_release() in any case. */
bool sheet_begin(
	struct sheet *sheet, const char *title, const char *note, const char *const *headings);
/* One row of sheet->columns cells. False when out of memory. */
bool sheet_row(struct sheet *sheet, const struct sheet_cell *cells);
/* The margin below. False when out of memory. */
bool sheet_end(struct sheet *sheet);
void sheet_release(struct sheet *sheet);

#endif
