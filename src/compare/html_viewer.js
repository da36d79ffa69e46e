/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The viewer of one pair: its layers on a stage, and four ways to look at them. Its View knows where things are, its Painter
 * draws them; after each change all of it is drawn anew.
 */

const modes = { side: "Side by side", swipe: "Swipe", blink: "Blink", heat: "Heat map" };
const BLINK_MS = 700;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let mode = "side", current = null; /* the mode is kept from pair to pair; the viewer that keys go to */

class Viewer {
	/* layers: [{ what, image, canvas, at, of }]: expected, actual, differences, as far as they are there. */
	constructor(layers) {
		this.layers = layers;
		this.matching = layers.length > 1 && layers[0].of === null && layers[1].of === null &&
			layers[0].image.width === layers[1].image.width &&
			layers[0].image.height === layers[1].image.height;
		this.view = new View(Math.max(...layers.map((layer) => layer.image.width)),
			Math.max(...layers.map((layer) => layer.image.height)));
		this.split = .5;
		this.second = false; /* what blinking shows */
		if (this.matching && layers[2])
			this.addHeat();
		this.build();
	}

	addHeat() {
		const [expected, actual, marks] = this.layers.map((layer) => layer.image);

		this.heat = heatMap(expected, actual, marks);
		this.layers[2].canvas = this.heat.canvas;
		this.view.mark = this.heat.place;
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
		this.painter = new Painter(this.stage, this.view, this.layers);
		listenToPointer(this);
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

	resize() {
		const scale = devicePixelRatio || 1;

		if (!this.stage.clientWidth)
			return;
		this.view.layOut(this.stage.clientWidth, this.panes.length);
		this.stage.style.height = `${this.view.stageHeight}px`;
		this.stage.width = Math.round(this.stage.clientWidth * scale);
		this.stage.height = Math.round(this.view.stageHeight * scale);
		this.draw();
	}

	fit() {
		this.view.fit();
		this.draw();
	}

	zoomBy(steps, fixed) {
		this.view.zoomBy(steps, fixed);
		this.draw();
	}

	/* To an image point, which comes to the middle of the panes. */
	moveTo(center) {
		this.view.center = center;
		this.draw();
	}

	/* Marks the pixel at an image point, if there is one. */
	pointTo(point) {
		if (this.view.pointTo(point))
			this.draw();
	}

	step(dx, dy) {
		this.view.step(dx, dy);
		this.draw();
	}

	toLargest() {
		if (!this.heat || !this.heat.place)
			return;
		this.view.goTo(this.heat.place, VALUES_FROM);
		this.draw();
	}

	draw() {
		if (!this.view.places.length)
			return;
		this.view.clamp();
		this.stage.classList.toggle("zoomed", this.view.zoom > this.view.fitZoom);
		this.painter.paint(this.panes, this.split);
		this.readout.replaceChildren(...readoutOf(this));
		this.stage.setAttribute("aria-label", `${modes[this.shown]}: ${this.panes.flat().map((l) => l.what).join(", ")}`);
	}
}
