/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compare report's script. It makes a viewer of each pair that is opened, filters and sorts, and takes keys; without it the
 * page is whole, but still.
 *
 * Pictures lie in <noscript> as text until their pair is opened. They are decoded here and not by the browser, whose
 * canvas rounds colours under alpha and has 8 bits only: the values that are shown are the files' own.
 */
"use strict";
(() => {
const find = (selector, from = document) => from.querySelector(selector);
const findAll = (selector, from = document) => [...from.querySelectorAll(selector)];

/* element("button", { title: "x", onclick: f }, "text", child, ...) */
function element(name, properties = {}, ...children) {
	const made = document.createElement(name);

	for (const [key, value] of Object.entries(properties))
		if (key.includes("-") || key === "role")
			made.setAttribute(key, value);
		else
			made[key] = value;
	made.append(...children);
	return made;
}

/* -- PNG as our encoder writes it: 8 or 16 bits, 1 to 4 channels, not interlaced ------------------------ */

function predict(filter, left, above, corner) {
	if (filter === 1)
		return left;
	if (filter === 2)
		return above;
	if (filter === 3)
		return (left + above) >> 1;
	if (filter !== 4)
		return 0;
	const toLeft = Math.abs(above - corner), toAbove = Math.abs(left - corner);
	const toCorner = Math.abs(left + above - 2 * corner);

	if (toLeft <= toAbove && toLeft <= toCorner)
		return left;
	return toAbove <= toCorner ? above : corner;
}

/* Rows with a filter byte in front each, to bytes; step: bytes of a pixel. */
function unfilter(raw, row, height, step) {
	const out = new Uint8Array(row * height);

	for (let y = 0, from = 0, to = 0; y < height; y++) {
		const filter = raw[from++];

		for (let x = 0; x < row; x++, to++) {
			const left = x >= step ? out[to - step] : 0, above = y ? out[to - row] : 0;
			const corner = x >= step && y ? out[to - step - row] : 0;

			out[to] = raw[from++] + predict(filter, left, above, corner);
		}
	}
	return out;
}

function readChunks(bytes) {
	const view = new DataView(bytes.buffer), found = { data: [] };

	for (let at = 8; at < bytes.length;) {
		const size = view.getUint32(at), type = view.getUint32(at + 4), body = at + 8;

		if (type === 0x49484452) /* IHDR */
			Object.assign(found, { width: view.getUint32(body), height: view.getUint32(body + 4),
				deep: bytes[body + 8] === 16, channels: [1, 0, 3, 0, 2, 0, 4][bytes[body + 9]] });
		else if (type === 0x49444154) /* IDAT */
			found.data.push(bytes.subarray(body, body + size));
		at = body + size + 4;
	}
	return found;
}

async function inflate(parts) {
	const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate"));

	return new Uint8Array(await new Response(stream).arrayBuffer());
}

/* { width, height, channels, deep, peak, samples } of a data URI. */
async function decode(uri) {
	const bytes = Uint8Array.from(atob(uri.slice(uri.indexOf(",") + 1)), (c) => c.charCodeAt(0));
	const png = readChunks(bytes), step = png.channels * (png.deep ? 2 : 1);
	let samples = unfilter(await inflate(png.data), png.width * step, png.height, step);

	if (png.deep) {
		const view = new DataView(samples.buffer);

		samples = Uint16Array.from({ length: samples.length / 2 }, (_, i) => view.getUint16(2 * i));
	}
	return { ...png, data: null, samples, peak: png.deep ? 65535 : 255 };
}

/* -- images --------------------------------------------------------------------------------------------- */

function pixelAt(image, x, y) {
	const at = (y * image.width + x) * image.channels;

	return image.samples.subarray(at, at + image.channels);
}

/* A canvas of the image's size; paint(x, y) gives RGBA of 0 .. 255. */
function canvasOf(width, height, paint) {
	const canvas = element("canvas", { width, height }), pixels = new ImageData(width, height);

	for (let y = 0, at = 0; y < height; y++)
		for (let x = 0; x < width; x++, at += 4)
			pixels.data.set(paint(x, y), at);
	find2d(canvas).putImageData(pixels, 0, 0);
	return canvas;
}

function find2d(canvas) {
	return canvas.getContext("2d", { willReadFrequently: !canvas.isConnected });
}

function colorOf(image, pixel) {
	const levels = image.deep ? Array.from(pixel, (v) => v / 257) : pixel;
	const grey = image.channels < 3, alpha = image.channels % 2 ? 255 : levels[image.channels - 1];

	return [levels[0], levels[grey ? 0 : 1], levels[grey ? 0 : 2], alpha];
}

const ramp = [[255, 170, 0], [222, 30, 30], [110, 0, 130]];

/* Of a share of the largest difference; the root spreads small ones, which are what is looked for. */
function rampColor(share) {
	const at = 2 * Math.sqrt(share), step = at < 1 ? 0 : 1;

	return [...ramp[step].map((v, c) => v + (ramp[step + 1][c] - v) * (at - step)), 255];
}

function largestDifference(a, b) {
	let largest = 0;

	for (let c = 0; c < a.length; c++)
		largest = Math.max(largest, Math.abs(a[c] - b[c]));
	return largest;
}

/*
 * The heat map of two images: { canvas, most, place }. marks is the picture of the differences, which knows what was
 * ignored (grey) and what was forgiven (blue, yellow); only reds count, and are coloured by their share of the largest.
 */
function heatMap(expected, actual, marks) {
	const counts = (x, y) => {
		const mark = pixelAt(marks, x, y);

		return mark[1] === mark[2] && mark[0] !== mark[1];
	};
	const by = (x, y) => largestDifference(pixelAt(expected, x, y), pixelAt(actual, x, y));
	let most = 0, place = null;

	for (let y = 0; y < marks.height; y++)
		for (let x = 0; x < marks.width; x++)
			if (counts(x, y) && by(x, y) > most) {
				most = by(x, y);
				place = [x, y];
			}
	const canvas = canvasOf(marks.width, marks.height,
		(x, y) => counts(x, y) ? rampColor(by(x, y) / most) : colorOf(marks, pixelAt(marks, x, y)));
	return { canvas, most, place };
}

/* -- the viewer ----------------------------------------------------------------------------------------- */

const modes = { side: "Side by side", swipe: "Swipe", blink: "Blink", heat: "Heat map" };
const zooms = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96];
const LABEL = 22, GAP = 8, VALUES_FROM = 48, BLINK_MS = 700; /* CSS pixels; a pixel's side that has room for values */
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let mode = "side", current = null; /* the mode is kept from pair to pair; the viewer that keys go to */

class Viewer {
	/* layers: [{ what, image, canvas, at, of }]: expected, actual, differences, as far as they are there. */
	constructor(layers) {
		this.layers = layers;
		this.matching = layers.length > 1 && layers[0].of === null && layers[1].of === null &&
			layers[0].image.width === layers[1].image.width &&
			layers[0].image.height === layers[1].image.height;
		this.width = Math.max(...layers.map((layer) => layer.image.width));
		this.height = Math.max(...layers.map((layer) => layer.image.height));
		this.split = .5;
		this.second = false; /* what blinking shows */
		this.mark = null; /* the pixel whose values are told */
		if (this.matching && layers[2])
			this.addHeat();
		this.build();
	}

	addHeat() {
		const [expected, actual, marks] = this.layers.map((layer) => layer.image);

		this.heat = heatMap(expected, actual, marks);
		this.layers[2].canvas = this.heat.canvas;
		this.mark = this.heat.place;
	}

	build() {
		const press = (key, action, title, label) => element("button",
			{ type: "button", title, "aria-keyshortcuts": key, onclick: action }, label);

		this.buttons = Object.entries(modes).map(([name, label], i) => {
			const button = press(i + 1, () => this.setMode(name), `${label} (${i + 1})`, label);

			button.dataset.mode = name;
			button.disabled = name !== "side" && !this.has(name);
			return button;
		});
		this.stage = element("canvas", { className: "stage", tabIndex: 0, role: "img" });
		this.swipe = element("input", { type: "range", className: "swipe", min: 0, max: 1000, value: 500,
			"aria-label": "how much of the expected image is shown",
			oninput: () => this.setSplit(this.swipe.value / 1000) });
		this.readout = element("div", { className: "readout", "aria-live": "polite" });
		this.root = element("div", { className: "viewer" },
			element("div", { className: "tools", role: "toolbar" }, ...this.buttons,
				element("span", { className: "gap" }),
				press("d", () => this.toLargest(), "The largest difference (d)", "Largest"),
				press("-", () => this.zoomBy(-1), "Smaller (-)", "\u2212"),
				press("0", () => this.fit(), "All of it (0)", "Fit"),
				press("+", () => this.zoomBy(1), "Larger (+), up to pixels with their values", "+")),
			this.stage, this.swipe, this.readout);
		this.listen();
	}

	has(name) {
		return this.matching && (name !== "heat" || Boolean(this.heat));
	}

	/* To be called once the root stands in the document, and release() when it leaves. */
	start() {
		this.observer = new ResizeObserver(() => this.resize());
		this.observer.observe(this.root);
		this.timer = setInterval(() => {
			if (mode === "blink" && this === current && !calm.matches && !this.held)
				this.flip();
		}, BLINK_MS);
		this.setMode(mode);
	}

	release() {
		this.observer.disconnect();
		clearInterval(this.timer);
		this.root.remove();
	}

	get shown() {
		return this.has(mode) ? mode : "side";
	}

	setMode(name) {
		mode = name;
		this.held = false;
		for (const button of this.buttons)
			button.setAttribute("aria-pressed", button.dataset.mode === this.shown);
		this.swipe.hidden = this.shown !== "swipe";
		this.resize();
	}

	setSplit(split) {
		this.split = Math.min(1, Math.max(0, split));
		this.swipe.value = Math.round(this.split * 1000);
		this.draw();
	}

	flip() {
		this.second = !this.second;
		this.draw();
	}

	/* Layers that stand beside one another. */
	get panes() {
		if (this.shown === "side")
			return this.layers.map((layer) => [layer]);
		if (this.shown === "swipe")
			return [[this.layers[0], this.layers[1]]];
		return [[this.layers[this.shown === "heat" ? 2 : Number(this.second)]]];
	}

	/* -- where things are: panes in CSS pixels, the view's centre in image pixels -- */

	/* How large an image pixel may be in a pane of this size, for all of the image to fit. */
	fitting(width, height) {
		const zoom = Math.min(width / this.width, height / this.height);

		return zoom > 1 ? Math.min(Math.floor(zoom), 32) : zoom;
	}

	/* Columns or rows, whichever shows more. */
	layOut() {
		const count = this.panes.length, width = this.stage.clientWidth;
		const most = Math.max(240, innerHeight * .62) * (count > 1 && width < 560 ? 1.3 : 1);
		const across = (width - GAP * (count - 1)) / count;
		const down = (most - GAP * (count - 1)) / count - LABEL;
		const columns = this.fitting(across, most - LABEL), rows = this.fitting(width, down);
		const beside = columns >= rows, zoom = Math.max(columns, rows);
		const each = { width: beside ? across : width, height: Math.max(this.height * zoom, beside ? 200 : 120) };

		this.fitZoom = zoom;
		this.places = this.panes.map((_, i) => ({ ...each,
			left: beside ? i * (across + GAP) : 0,
			top: LABEL + (beside ? 0 : i * (each.height + LABEL + GAP)) }));
		this.stageHeight = beside ? each.height + LABEL : count * (each.height + LABEL + GAP) - GAP;
	}

	resize() {
		const fitted = !this.zoom || this.zoom === this.fitZoom;
		const scale = devicePixelRatio || 1;

		if (!this.stage.clientWidth)
			return;
		this.layOut();
		this.stage.style.height = `${this.stageHeight}px`;
		this.stage.width = Math.round(this.stage.clientWidth * scale);
		this.stage.height = Math.round(this.stageHeight * scale);
		if (fitted)
			this.fit();
		else
			this.draw();
	}

	fit() {
		this.zoom = this.fitZoom;
		this.center = [this.width / 2, this.height / 2];
		this.draw();
	}

	/* To another step of the ladder; the image point `fixed` stays where it is seen. */
	zoomBy(steps, fixed = this.mark ? this.mark.map((v) => v + .5) : this.center) {
		const next = steps > 0 ? zooms.find((zoom) => zoom > this.zoom * 1.01)
			: zooms.findLast((zoom) => zoom < this.zoom / 1.01);

		if (next)
			this.zoomTo(Math.max(next, Math.min(this.fitZoom, 1)), fixed);
	}

	zoomTo(zoom, fixed) {
		const place = this.places[0];
		const inside = (at, c, room) => Math.abs(at - this.center[c]) * this.zoom * 2 <= room;
		const seen = inside(fixed[0], 0, place.width) && inside(fixed[1], 1, place.height);

		this.center = fixed.map((at, c) => seen ? at + (this.center[c] - at) * this.zoom / zoom : at);
		this.zoom = zoom;
		this.draw();
	}

	toLargest() {
		if (!this.heat || !this.heat.place)
			return;
		this.mark = this.heat.place;
		this.center = this.mark.map((v) => v + .5);
		this.zoom = Math.max(this.zoom, VALUES_FROM);
		this.draw();
	}

	/* Keeps the image in sight; one that fits stays in the middle. */
	clampCenter() {
		const place = this.places[0];

		this.center = [[this.width, place.width], [this.height, place.height]].map(([size, room], c) => {
			const half = room / this.zoom / 2;

			return size <= 2 * half ? size / 2 : Math.min(size - half, Math.max(half, this.center[c]));
		});
	}

	/* Where the image's corner lies in a pane, on whole pixels of the screen. */
	origin(place) {
		const scale = devicePixelRatio || 1, snap = (v) => Math.round(v * scale) / scale;

		return [snap(place.left + place.width / 2 - this.center[0] * this.zoom),
			snap(place.top + place.height / 2 - this.center[1] * this.zoom)];
	}

	/* The image point under a place of the stage; null: outside of all panes. */
	pointAt(x, y) {
		const place = this.places.find((p) => x >= p.left && x < p.left + p.width && y >= p.top &&
			y < p.top + p.height);

		if (!place)
			return null;
		const [left, top] = this.origin(place);

		return [(x - left) / this.zoom, (y - top) / this.zoom];
	}

	/* -- drawing -- */

	draw() {
		const pen = find2d(this.stage), scale = devicePixelRatio || 1;

		if (!this.places)
			return;
		this.clampCenter();
		this.stage.classList.toggle("zoomed", this.zoom > this.fitZoom);
		pen.setTransform(scale, 0, 0, scale, 0, 0);
		pen.clearRect(0, 0, this.stage.clientWidth, this.stageHeight);
		this.panes.forEach((pane, i) => this.drawPane(pen, pane, this.places[i]));
		this.tell();
	}

	drawPane(pen, pane, place) {
		const middle = place.left + place.width * this.split;

		this.drawLabel(pen, pane[0].what, place.left, place.top, "left");
		this.drawLayer(pen, pane[0], place, place.left, pane[1] ? middle : place.left + place.width);
		if (!pane[1])
			return;
		this.drawLabel(pen, pane[1].what, place.left + place.width, place.top, "right");
		this.drawLayer(pen, pane[1], place, middle, place.left + place.width);
		pen.fillStyle = getComputedStyle(this.root).getPropertyValue("--accent");
		pen.fillRect(middle - 1, place.top, 2, place.height);
		pen.fillRect(middle - 4, place.top + place.height / 2 - 16, 8, 32);
	}

	drawLabel(pen, text, x, top, align) {
		pen.fillStyle = getComputedStyle(this.root).color;
		pen.font = "13px system-ui, sans-serif";
		pen.textAlign = align;
		pen.textBaseline = "middle";
		pen.fillText(text, x + (align === "left" ? 6 : -6), top - LABEL / 2);
	}

	/* What of a layer lies in the pane between two columns of the stage. */
	drawLayer(pen, layer, place, from, to) {
		const [left, top] = this.origin(place);
		const width = layer.image.width * this.zoom, height = layer.image.height * this.zoom;

		pen.save();
		pen.beginPath();
		pen.rect(from, place.top, to - from, place.height);
		pen.clip();
		if (layer.image.channels % 2 === 0) {
			pen.fillStyle = chequer(pen);
			pen.fillRect(left, top, width, height);
		}
		pen.imageSmoothingEnabled = this.zoom < 1;
		pen.drawImage(layer.canvas, left, top, width, height);
		if (this.zoom >= VALUES_FROM && layer.of === null)
			this.drawValues(pen, layer, place, left, top);
		this.drawMark(pen, left, top);
		pen.restore();
	}

	drawMark(pen, left, top) {
		if (!this.mark)
			return;
		const grow = Math.max(0, 7 - this.zoom) / 2, side = this.zoom + 2 * grow;
		const x = left + this.mark[0] * this.zoom - grow, y = top + this.mark[1] * this.zoom - grow;

		pen.lineWidth = 1;
		pen.strokeStyle = "#000";
		pen.strokeRect(x - 1.5, y - 1.5, side + 3, side + 3);
		pen.strokeStyle = "#fff";
		pen.strokeRect(x - .5, y - .5, side + 1, side + 1);
	}

	/* The values of the pixels in sight, written into them. */
	drawValues(pen, layer, place, left, top) {
		const first = (at, edge) => Math.max(0, Math.floor((edge - at) / this.zoom));
		const last = (at, edge, size) => Math.min(size, Math.ceil((edge - at) / this.zoom));
		const right = last(left, place.left + place.width, layer.image.width);
		const bottom = last(top, place.top + place.height, layer.image.height);

		this.drawGrid(pen, place, left, top);
		pen.textAlign = "center";
		pen.font = "11px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
		for (let y = first(top, place.top); y < bottom; y++)
			for (let x = first(left, place.left); x < right; x++)
				this.drawPixelValues(pen, layer, x, y, left + (x + .5) * this.zoom, top + (y + .5) * this.zoom);
	}

	drawGrid(pen, place, left, top) {
		const zoom = this.zoom;

		pen.fillStyle = "rgb(128 128 128 / 45%)";
		for (let x = left + Math.ceil((place.left - left) / zoom) * zoom; x < place.left + place.width; x += zoom)
			pen.fillRect(x, place.top, 1, place.height);
		for (let y = top + Math.ceil((place.top - top) / zoom) * zoom; y < place.top + place.height; y += zoom)
			pen.fillRect(place.left, y, place.width, 1);
	}

	drawPixelValues(pen, layer, x, y, atX, atY) {
		const lines = layer === this.layers[2] ? this.differenceAt(x, y) : pixelAt(layer.image, x, y);
		const [red, green, blue, alpha] = find2d(layer.canvas).getImageData(x, y, 1, 1).data;
		const light = (red * .299 + green * .587 + blue * .114) * alpha / 255 + 240 * (1 - alpha / 255);

		pen.fillStyle = light > 140 ? "#000" : "#fff";
		lines.forEach((value, i) => pen.fillText(value, atX, atY + (i - (lines.length - 1) / 2) * 11.5));
	}

	/* "+3", "0", "-1" of each channel. */
	differenceAt(x, y) {
		const expected = pixelAt(this.layers[0].image, x, y), actual = pixelAt(this.layers[1].image, x, y);

		return Array.from(actual, (value, c) => `${value > expected[c] ? "+" : ""}${value - expected[c]}`);
	}

	/* -- words below the stage -- */

	tell() {
		const words = [];
		const zoom = this.zoom < 1 ? `${Math.round(this.zoom * 100)}%` : `${Math.round(this.zoom * 100) / 100}\u00d7`;

		if (this.mark)
			words.push(...this.tellPixel(...this.mark));
		if (this.heat && this.heat.most && (this.shown === "heat" || this.shown === "side"))
			words.push(element("span", {}, "0 ", element("span", { className: "legend" }),
				` ${this.heat.most} of ${this.layers[0].image.peak}`));
		words.push(element("span", { className: "region" }, `${this.tellRegion()}${zoom}`));
		this.readout.replaceChildren(...words);
		this.stage.setAttribute("aria-label", `${modes[this.shown]}: ${this.panes.flat().map((l) => l.what).join(", ")}`);
	}

	tellPixel(x, y) {
		const [left, top] = this.layers[0].at || [0, 0];
		const words = [`x ${left + x}, y ${top + y}`];

		for (const layer of this.layers.slice(0, 2))
			if (layer.of === null && x < layer.image.width && y < layer.image.height)
				words.push(`${layer.what} ${Array.from(pixelAt(layer.image, x, y)).join(" ")}`);
		if (this.matching)
			words.push(`difference ${this.differenceAt(x, y).join(" ")}`);
		return words.map((text) => element("span", {}, text));
	}

	tellRegion() {
		const { at, of, image } = this.layers[0];

		if (of)
			return `shrunk from ${of[0]}\u00d7${of[1]} \u00b7 `;
		return this.matching ? `${image.width}\u00d7${image.height} from ${at[0]}, ${at[1]} \u00b7 ` : "";
	}

	/* -- pointer and keys -- */

	listen() {
		const at = (event) => [event.offsetX, event.offsetY];
		let drag = null;

		this.stage.onpointerdown = (event) => {
			const place = this.places[0], divider = place.left + place.width * this.split;
			const near = Math.abs(event.offsetX - divider) < 24 || this.zoom <= this.fitZoom;

			current = this;
			drag = { from: at(event), center: this.center, swipe: this.shown === "swipe" && near };
			if (drag.swipe)
				this.setSplit((event.offsetX - place.left) / place.width);
			this.stage.setPointerCapture(event.pointerId);
		};
		this.stage.onpointermove = (event) => {
			if (!drag)
				this.pointTo(this.pointAt(...at(event)));
			else if (drag.swipe)
				this.setSplit((event.offsetX - this.places[0].left) / this.places[0].width);
			else
				this.panFrom(drag, at(event));
		};
		this.stage.onpointerup = this.stage.onpointercancel = () => drag = null;
		this.stage.ondblclick = (event) => this.zoomBy(1, this.pointAt(...at(event)) || this.center);
		this.stage.onwheel = (event) => {
			if (!event.ctrlKey && !event.metaKey)
				return;
			event.preventDefault();
			this.zoomBy(event.deltaY < 0 ? 1 : -1, this.pointAt(...at(event)) || this.center);
		};
	}

	panFrom(drag, to) {
		this.center = drag.center.map((v, c) => v - (to[c] - drag.from[c]) / this.zoom);
		this.draw();
	}

	pointTo(point) {
		if (!point || point[0] < 0 || point[1] < 0 || point[0] >= this.width || point[1] >= this.height)
			return;
		this.mark = point.map(Math.floor);
		this.draw();
	}

	/* The mark goes to the next pixel, and the view follows it. */
	step(dx, dy) {
		const [x, y] = this.mark || this.center.map(Math.floor);

		this.mark = [Math.min(this.width - 1, Math.max(0, x + dx)), Math.min(this.height - 1, Math.max(0, y + dy))];
		this.mark.forEach((v, c) => {
			const half = (c ? this.places[0].height : this.places[0].width) / this.zoom / 2 - 1;

			this.center[c] = Math.min(v + .5 + half, Math.max(v + .5 - half, this.center[c]));
		});
		this.draw();
	}
}

/* The ground below what is transparent: the one that small pictures have. */
function chequer(pen) {
	chequer.tile ||= canvasOf(16, 16, (x, y) => {
		const level = (x < 8) === (y < 8) ? 255 : 226;

		return [level, level, level, 255];
	});
	return pen.createPattern(chequer.tile, "repeat");
}

/* -- opening and closing -------------------------------------------------------------------------------- */

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

/* -- the bar -------------------------------------------------------------------------------------------- */

const pairs = findAll(".pair"), lines = findAll(".names li[data-verdict]");
const nameOf = new Map([...pairs, ...lines].map((item) => [item, find(".name", item).textContent]));

function choices(key, label) {
	const counts = new Map();

	for (const item of pairs)
		counts.set(item.dataset[key], (counts.get(item.dataset[key]) || 0) + 1);
	return element("select", { "aria-label": label, onchange: filter, disabled: counts.size < 2 },
		element("option", { value: "" }, label),
		...[...counts].sort((a, b) => b[1] - a[1])
			.map(([value, count]) => element("option", { value }, `${value} (${count})`)));
}

const bar = {
	name: element("input", { type: "search", placeholder: "Filter by name  /", "aria-label": "Filter by name", oninput: filter }),
	verdict: choices("verdict", "any verdict"),
	cause: choices("cause", "any cause"),
	order: element("select", { "aria-label": "Order", onchange: sort },
		element("option", { value: "worst" }, "worst first"), element("option", { value: "name" }, "by name")),
	shown: element("output"),
};

function filter() {
	const wanted = bar.name.value.toLowerCase();
	const fits = (item) => nameOf.get(item).toLowerCase().includes(wanted) &&
		(!bar.verdict.value || item.dataset.verdict === bar.verdict.value) &&
		(!bar.cause.value || item.dataset.cause === bar.cause.value);

	for (const item of [...pairs, ...lines])
		item.hidden = !fits(item);
	for (const list of findAll(".names"))
		list.hidden = !find("li:not([hidden])", list);
	bar.shown.textContent = `${pairs.filter((pair) => !pair.hidden).length} of ${pairs.length} shown`;
}

function sort() {
	const byName = (a, b) => nameOf.get(a) < nameOf.get(b) ? -1 : 1;

	find("#failures").append(...bar.order.value === "name" ? [...pairs].sort(byName) : pairs);
}

/* -- keys ----------------------------------------------------------------------------------------------- */

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

/* -- beginning ------------------------------------------------------------------------------------------ */

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
})();
