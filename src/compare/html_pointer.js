/* SPDX-License-Identifier: Apache-2.0 */
/* What the pointer does on a viewer's stage: it marks pixels, drags the image or the divider of swiping, and zooms. */

function listenToPointer(viewer) {
	const { stage, view } = viewer;
	const at = (event) => [event.offsetX, event.offsetY];
	const shareAt = (event) => (event.offsetX - view.places[0].left) / view.places[0].width;
	const zoomAt = (event, steps) => viewer.zoomBy(steps, view.pointAt(...at(event)) || view.center);
	let drag = null;

	stage.onpointerdown = (event) => {
		const place = view.places[0], divider = place.left + place.width * viewer.split;
		const near = Math.abs(event.offsetX - divider) < 24 || view.zoom <= view.fitZoom;

		current = viewer;
		drag = { from: at(event), center: view.center, swipe: viewer.shown === "swipe" && near };
		if (drag.swipe)
			viewer.setSplit(shareAt(event));
		stage.setPointerCapture(event.pointerId);
	};
	stage.onpointermove = (event) => {
		if (!drag)
			viewer.pointTo(view.pointAt(...at(event)));
		else if (drag.swipe)
			viewer.setSplit(shareAt(event));
		else
			viewer.moveTo(drag.center.map((v, c) => v - (at(event)[c] - drag.from[c]) / view.zoom));
	};
	stage.onpointerup = stage.onpointercancel = () => drag = null;
	stage.ondblclick = (event) => zoomAt(event, 1);
	stage.onwheel = (event) => {
		if (!event.ctrlKey && !event.metaKey)
			return;
		event.preventDefault();
		zoomAt(event, event.deltaY < 0 ? 1 : -1);
	};
}
