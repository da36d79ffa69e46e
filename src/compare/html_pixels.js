/* SPDX-License-Identifier: Apache-2.0 */
/* Pixels of decoded images: their values, and canvases that show them. */

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
