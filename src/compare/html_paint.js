/* SPDX-License-Identifier: Apache-2.0 */
/* What is seen on a viewer's stage: labels, layers, the mark, and pixels with their values where there is room. */

const VALUES_FROM = 48; /* CSS pixels: a pixel's side that has room for its values */

class Painter {
	/* All borrowed: a canvas, the View of it, and the layers as a Viewer has them. */
	constructor(stage, view, layers) {
		this.stage = stage;
		this.view = view;
		this.layers = layers;
	}

	/* panes: for each the layer it shows, or two that are parted at a share of its width, `split`. */
	paint(panes, split) {
		const pen = find2d(this.stage), scale = devicePixelRatio || 1;

		pen.setTransform(scale, 0, 0, scale, 0, 0);
		pen.clearRect(0, 0, this.stage.clientWidth, this.view.stageHeight);
		panes.forEach((pane, i) => this.drawPane(pen, pane, this.view.places[i], split));
	}

	drawPane(pen, pane, place, split) {
		const middle = place.left + place.width * split;

		this.drawLabel(pen, pane[0].what, place.left, place.top, "left");
		this.drawLayer(pen, pane[0], place, place.left, pane[1] ? middle : place.left + place.width);
		if (!pane[1])
			return;
		this.drawLabel(pen, pane[1].what, place.left + place.width, place.top, "right");
		this.drawLayer(pen, pane[1], place, middle, place.left + place.width);
		pen.fillStyle = getComputedStyle(this.stage).getPropertyValue("--accent");
		pen.fillRect(middle - 1, place.top, 2, place.height);
		pen.fillRect(middle - 4, place.top + place.height / 2 - 16, 8, 32);
	}

	drawLabel(pen, text, x, top, align) {
		pen.fillStyle = getComputedStyle(this.stage).color;
		pen.font = "13px system-ui, sans-serif";
		pen.textAlign = align;
		pen.textBaseline = "middle";
		pen.fillText(text, x + (align === "left" ? 6 : -6), top - LABEL / 2);
	}

	/* What of a layer lies in the pane between two columns of the stage. */
	drawLayer(pen, layer, place, from, to) {
		const [left, top] = this.view.origin(place), zoom = this.view.zoom;
		const width = layer.image.width * zoom, height = layer.image.height * zoom;

		pen.save();
		pen.beginPath();
		pen.rect(from, place.top, to - from, place.height);
		pen.clip();
		if (layer.image.channels % 2 === 0) {
			pen.fillStyle = chequer(pen);
			pen.fillRect(left, top, width, height);
		}
		pen.imageSmoothingEnabled = zoom < 1;
		pen.drawImage(layer.canvas, left, top, width, height);
		if (zoom >= VALUES_FROM && layer.of === null)
			this.drawValues(pen, layer, place, left, top);
		this.drawMark(pen, left, top);
		pen.restore();
	}

	drawMark(pen, left, top) {
		const { mark, zoom } = this.view;

		if (!mark)
			return;
		const grow = Math.max(0, 7 - zoom) / 2, side = zoom + 2 * grow;
		const x = left + mark[0] * zoom - grow, y = top + mark[1] * zoom - grow;

		pen.lineWidth = 1;
		pen.strokeStyle = "#000";
		pen.strokeRect(x - 1.5, y - 1.5, side + 3, side + 3);
		pen.strokeStyle = "#fff";
		pen.strokeRect(x - .5, y - .5, side + 1, side + 1);
	}

	/* The values of the pixels in sight, written into them. */
	drawValues(pen, layer, place, left, top) {
		const zoom = this.view.zoom;
		const first = (at, edge) => Math.max(0, Math.floor((edge - at) / zoom));
		const last = (at, edge, size) => Math.min(size, Math.ceil((edge - at) / zoom));
		const right = last(left, place.left + place.width, layer.image.width);
		const bottom = last(top, place.top + place.height, layer.image.height);

		this.drawGrid(pen, place, left, top);
		pen.textAlign = "center";
		pen.font = "11px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
		for (let y = first(top, place.top); y < bottom; y++)
			for (let x = first(left, place.left); x < right; x++)
				this.drawPixelValues(pen, layer, x, y, left + (x + .5) * zoom, top + (y + .5) * zoom);
	}

	drawGrid(pen, place, left, top) {
		const zoom = this.view.zoom;

		pen.fillStyle = "rgb(128 128 128 / 45%)";
		for (let x = left + Math.ceil((place.left - left) / zoom) * zoom; x < place.left + place.width; x += zoom)
			pen.fillRect(x, place.top, 1, place.height);
		for (let y = top + Math.ceil((place.top - top) / zoom) * zoom; y < place.top + place.height; y += zoom)
			pen.fillRect(place.left, y, place.width, 1);
	}

	drawPixelValues(pen, layer, x, y, atX, atY) {
		const [before, after, marks] = this.layers;
		const lines = layer === marks ? differences(before.image, after.image, x, y) : pixelAt(layer.image, x, y);
		const [red, green, blue, alpha] = find2d(layer.canvas).getImageData(x, y, 1, 1).data;
		const light = (red * .299 + green * .587 + blue * .114) * alpha / 255 + 240 * (1 - alpha / 255);

		pen.fillStyle = light > 140 ? "#000" : "#fff";
		lines.forEach((value, i) => pen.fillText(value, atX, atY + (i - (lines.length - 1) / 2) * 11.5));
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
