/* SPDX-License-Identifier: Apache-2.0 */
/* What is told in words below a viewer's stage: the marked pixel, the heat map's scale, the part that is seen. */

/* The place in the file, each file's values there, and their difference. */
function tellPixel({ layers, matching }, [x, y]) {
	const [left, top] = layers[0].at || [0, 0];
	const words = [`x ${left + x}, y ${top + y}`];

	for (const layer of layers.slice(0, 2))
		if (layer.of === null && x < layer.image.width && y < layer.image.height)
			words.push(`${layer.what} ${Array.from(pixelAt(layer.image, x, y)).join(" ")}`);
	if (matching)
		words.push(`difference ${differences(layers[0].image, layers[1].image, x, y).join(" ")}`);
	return words.map((text) => element("span", {}, text));
}

function tellRegion({ layers, matching }) {
	const { at, of, image } = layers[0];

	if (of)
		return `shrunk from ${of[0]}\u00d7${of[1]} \u00b7 `;
	return matching ? `${image.width}\u00d7${image.height} from ${at[0]}, ${at[1]} \u00b7 ` : "";
}

function tellZoom({ zoom }) {
	return zoom < 1 ? `${Math.round(zoom * 100)}%` : `${Math.round(zoom * 100) / 100}\u00d7`;
}

/* All of it, as elements. */
function readoutOf(viewer) {
	const words = [];

	if (viewer.view.mark)
		words.push(...tellPixel(viewer, viewer.view.mark));
	if (viewer.heat && viewer.heat.most && (viewer.shown === "heat" || viewer.shown === "side"))
		words.push(element("span", {}, "0 ", element("span", { className: "legend" }),
			` ${viewer.heat.most} of ${viewer.layers[0].image.peak}`));
	words.push(element("span", { className: "region" }, tellRegion(viewer) + tellZoom(viewer.view)));
	return words;
}
