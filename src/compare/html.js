/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compare report's script. It makes a viewer of each pair that is opened, filters and sorts, and takes keys; without it the
 * page is whole, but still. This is its end, once the others stand, in this order (html_page.c):
 *
 *	html_dom      elements, found and made
 *	html_png      a picture's bytes to samples
 *	html_pixels   samples to colours and canvases
 *	html_heat     where two pictures differ
 *	html_view     where things are on a stage
 *	html_paint    what is seen there
 *	html_readout  what is told below it
 *	html_pointer  what the pointer does there
 *	html_viewer   all that for one pair
 *	html_pairs    pairs opened and closed
 *	html_bar      filters and order
 *	html_keys     keys
 */

document.documentElement.classList.remove("plain");
if (pairs.length) {
	find("#failures").before(element("div", { className: "bar", role: "search" }, bar.name, bar.verdict, bar.cause,
		bar.order, element("button", { type: "button", title: "Keys (?)", onclick: () => help.showModal() }, "?"),
		bar.shown));
	document.body.append(help);
	filter();
	if (pairs.length === 1)
		pairs[0].open = true;
}
