/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs opened and closed: their pictures, text in <noscript> until then, become the layers of a viewer. */

const viewers = new Map(); /* of opened pairs */

const numbers = (text) => text ? text.split(" ").map(Number) : null;

async function layerOf(img) {
	const image = await decode(img.getAttribute("src"));

	return { what: img.alt, image, at: numbers(img.dataset.at), of: numbers(img.dataset.of),
		canvas: canvasOf(image.width, image.height, (x, y) => colorOf(image, pixelAt(image, x, y))) };
}

async function open(pair) {
	const kept = find("noscript", pair);

	if (!kept || viewers.has(pair))
		return;
	viewers.set(pair, null);
	const parsed = new DOMParser().parseFromString(kept.textContent, "text/html");
	const viewer = new Viewer(await Promise.all(findAll("img", parsed).map(layerOf)));

	if (!pair.open) {
		viewers.delete(pair);
		return;
	}
	viewers.set(pair, viewer);
	find("summary", pair).after(viewer.root);
	current = viewer;
	viewer.start();
}

function close(pair) {
	const viewer = viewers.get(pair);

	if (!viewer)
		return;
	viewers.delete(pair);
	viewer.release();
	if (current === viewer)
		current = null;
}

/* "toggle" does not bubble, but can be caught on its way down. */
document.addEventListener("toggle", (event) => {
	if (event.target.matches(".pair"))
		(event.target.open ? open : close)(event.target);
}, true);
