/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PNG as our encoder writes it: 8 or 16 bits, 1 to 4 channels, not interlaced. Decoded here and not by the browser, whose canvas
 * rounds colours under alpha and has 8 bits only: the values that are shown are the files' own.
 */

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
