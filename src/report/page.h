/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all pages share: a frame that holds all it needs and fetches nothing, colours for light and dark (page.css), text that
 * cannot turn into markup, pictures as data.
 *
 *	page_begin ─► <!doctype html> .. <style> .. <main>
 *	    page_add_.. and markup of the caller's own
 *	page_end ───► </main> <script> .. </html>
 *
 * Everything appends to a `struct str`. A page's policy forbids the browser to load anything from anywhere.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "base/str.h"

#include <stddef.h>

/*
 * title: text, borrowed. style: the page's own style sheet, set behind the common one; NULL: none. The root element
 * has class "plain" until a script takes it away: what only a script can do is hidden by the common style sheet meanwhile.
 */
void page_begin(struct str *out, const char *title, const char *style);
/*
 * script: its pieces, the last one NULL; they run as one, in this order, strict and in a scope of their own, so that each
 * may use what the others name. NULL: none.
 */
void page_end(struct str *out, const char *const script[]);

/* Text, fit for an attribute in double quotes too. Bytes that are not UTF-8 and control characters become U+FFFD. */
void page_add_text(struct str *out, const char *text, size_t size);
/* A file's name: as str_add_escaped() writes it. */
void page_add_name(struct str *out, const char *name, size_t size);
/* RFC 4648, with padding. */
void page_add_base64(struct str *out, const void *bytes, size_t size);
/* data:image/TYPE;base64,... ("png", "jpeg"). */
void page_add_picture(struct str *out, const char *type, const void *bytes, size_t size);

#endif
