// SPDX-License-Identifier: Apache-2.0
// One batch with sharp, as many pictures in flight as there are workers and one thread for each. For bench-peers.
//
//	UV_THREADPOOL_SIZE=WORKERS node sharp.js MODULE RECIPE IN OUT WORKERS
//
// MODULE is where sharp was installed. sharp always lets libjpeg-turbo shrink while decoding when a picture is
// much larger than its result; fastShrinkOnLoad: false makes it do so only from four times on.
'use strict';
const fs = require('fs');
const path = require('path');
const [where, recipe, source, target, workers] = process.argv.slice(2);
const sharp = require(where);

const side = { cover224: 224, inside512: 512, png256: 256 }[recipe];
const cover = recipe === 'cover224';
const png = recipe === 'png256';
const geometry = {
	width: side,
	height: side,
	fit: cover ? 'cover' : 'inside',
	withoutEnlargement: !cover,
	kernel: 'lanczos3',
	fastShrinkOnLoad: recipe === 'inside512',
};

sharp.cache(false);
sharp.concurrency(1);

async function one(name) {
	const picture = sharp(path.join(source, name)).resize(geometry);
	const stem = path.join(target, path.parse(name).name);
	if (png)
		await picture.png({ compressionLevel: 6 }).toFile(stem + '.png');
	else
		await picture.jpeg({ quality: 90, chromaSubsampling: '4:2:0', optimiseCoding: false }).toFile(stem + '.jpg');
}

async function lane(names) {
	for (let name = names.pop(); name !== undefined; name = names.pop())
		await one(name);
}

const names = fs.readdirSync(source).sort().reverse();
Promise.all(Array.from({ length: Number(workers) }, () => lane(names))).catch((error) => {
	console.error(String(error));
	process.exit(1);
});
