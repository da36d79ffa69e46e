/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things are on a viewer's stage: panes in CSS pixels, which part of the image they show, and the pixel that is marked.
 * All panes show the same part, each of its own layer. Knows no picture, only how large it is.
 */

const zooms = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96];
const LABEL = 22, GAP = 8; /* CSS pixels: above each pane, and between them */

class View {
	/* The largest layer's size. */
	constructor(width, height) {
		this.width = width;
		this.height = height;
		this.zoom = 0; /* CSS pixels of an image pixel; 0: not laid out yet */
		this.fitZoom = 0; /* with which all of it is seen */
		this.center = [width / 2, height / 2]; /* of the panes, in image pixels */
		this.mark = null; /* the pixel whose values are told: [x, y] */
		this.places = []; /* of the panes: { left, top, width, height } */
		this.stageHeight = 0;
	}

	/* How large an image pixel may be in a pane of this size, for all of the image to fit. */
	fitting(width, height) {
		const zoom = Math.min(width / this.width, height / this.height);

		return zoom > 1 ? Math.min(Math.floor(zoom), 32) : zoom;
	}

	/* Columns or rows, whichever shows more, on a stage of this width. An image that was seen whole is so again. */
	layOut(width, count) {
		const fitted = !this.zoom || this.zoom === this.fitZoom;
		const most = Math.max(240, innerHeight * .62) * (count > 1 && width < 560 ? 1.3 : 1);
		const across = (width - GAP * (count - 1)) / count;
		const down = (most - GAP * (count - 1)) / count - LABEL;
		const columns = this.fitting(across, most - LABEL), rows = this.fitting(width, down);
		const beside = columns >= rows, zoom = Math.max(columns, rows);
		const each = { width: beside ? across : width, height: Math.max(this.height * zoom, beside ? 200 : 120) };

		this.fitZoom = zoom;
		this.places = Array.from({ length: count }, (_, i) => ({ ...each,
			left: beside ? i * (across + GAP) : 0,
			top: LABEL + (beside ? 0 : i * (each.height + LABEL + GAP)) }));
		this.stageHeight = beside ? each.height + LABEL : count * (each.height + LABEL + GAP) - GAP;
		if (fitted)
			this.fit();
	}

	fit() {
		this.zoom = this.fitZoom;
		this.center = [this.width / 2, this.height / 2];
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
	}

	/* Marks a pixel and shows it in the middle, at least this large. */
	goTo(pixel, zoom) {
		this.mark = pixel;
		this.center = pixel.map((v) => v + .5);
		this.zoom = Math.max(this.zoom, zoom);
	}

	/* Marks the pixel at an image point; false: there is none. */
	pointTo(point) {
		if (!point || point[0] < 0 || point[1] < 0 || point[0] >= this.width || point[1] >= this.height)
			return false;
		this.mark = point.map(Math.floor);
		return true;
	}

	/* The mark goes to another pixel, and the view follows it. */
	step(dx, dy) {
		const [x, y] = this.mark || this.center.map(Math.floor);

		this.mark = [Math.min(this.width - 1, Math.max(0, x + dx)), Math.min(this.height - 1, Math.max(0, y + dy))];
		this.mark.forEach((v, c) => {
			const half = (c ? this.places[0].height : this.places[0].width) / this.zoom / 2 - 1;

			this.center[c] = Math.min(v + .5 + half, Math.max(v + .5 - half, this.center[c]));
		});
	}

	/* Keeps the image in sight; one that fits stays in the middle. */
	clamp() {
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
}
