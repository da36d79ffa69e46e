/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, and the help that lists them. */

const help = element("dialog", { "aria-label": "Keys" },
	element("h2", {}, "Keys"),
	element("dl", { className: "keys" }, ...[
		["j", "k", "next, previous failure"],
		["1", "2", "3", "4", "side by side, swipe, blink, heat map"],
		["b", "blink by hand"],
		["+", "\u2212", "0", "zoom, all of it; also ctrl and the wheel"],
		["d", "the largest difference, with values"],
		["\u2190", "\u2191", "\u2193", "\u2192", "on the image: another pixel; with shift ten further"],
		["/", "filter by name"],
		["esc", "close"],
	].flatMap((row) => [
		element("dt", {}, ...row.slice(0, -1).flatMap((key) => [element("kbd", {}, key), " "])),
		element("dd", {}, row.at(-1)),
	])),
	element("form", { method: "dialog" }, element("button", {}, "Close")));

/* The next failure that is shown; the one before is closed. */
async function walk(by) {
	const shown = findAll(".pair:not([hidden])");
	const opened = shown.findLastIndex((pair) => pair.open || pair.contains(document.activeElement));
	const next = shown[opened < 0 ? (by > 0 ? 0 : -1) : opened + by];

	if (!next)
		return;
	for (const pair of shown)
		pair.open = pair === next;
	find("summary", next).focus({ preventScroll: true });
	await open(next);
	next.scrollIntoView({ block: "start" });
}

function escape() {
	if (document.activeElement === bar.name) {
		bar.name.value = "";
		filter();
		bar.name.blur();
		return;
	}
	for (const pair of findAll(".pair[open]"))
		pair.open = false;
}

const onPage = {
	"j": () => walk(1),
	"k": () => walk(-1),
	"/": () => bar.name.focus(),
	"?": () => help.showModal(),
	"Escape": escape,
};
const onViewer = {
	...Object.fromEntries(Object.keys(modes).map((name, i) => [i + 1, (viewer) => viewer.setMode(name)])),
	"b": (viewer) => {
		viewer.setMode("blink");
		viewer.held = true;
		viewer.flip();
	},
	"d": (viewer) => viewer.toLargest(),
	"0": (viewer) => viewer.fit(),
	"+": (viewer) => viewer.zoomBy(1),
	"=": (viewer) => viewer.zoomBy(1),
	"-": (viewer) => viewer.zoomBy(-1),
};
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

document.addEventListener("keydown", (event) => {
	const own = event.target === bar.name ? ["Escape"] : event.target.matches("select") ? ["Escape", "/"] : [event.key];
	let action = onPage[event.key] || (current && onViewer[event.key]);

	if (!own.includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || help.open)
		return;
	if (arrows[event.key] && current && event.target === current.stage)
		action = (viewer) => viewer.step(...arrows[event.key].map((v) => event.shiftKey ? 10 * v : v));
	if (!action)
		return;
	event.preventDefault();
	action(current);
});
