/* SPDX-License-Identifier: Apache-2.0 */
/* Where two images differ, and by how much: as a map in colours, and as signs. */

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

/* "+3", "0", "-1" of each channel. */
function differences(expected, actual, x, y) {
	const before = pixelAt(expected, x, y), after = pixelAt(actual, x, y);

	return Array.from(after, (value, c) => `${value > before[c] ? "+" : ""}${value - before[c]}`);
}
