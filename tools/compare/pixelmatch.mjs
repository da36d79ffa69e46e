// SPDX-License-Identifier: Apache-2.0
// pixelmatch's counts for pairs of PNG files: DIR A B LIST, a JSON line a pair. LIST: names; DIR: where npm put the packages.
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

const [dir, expected, actual, list] = process.argv.slice(2);
const modules = path.join(dir, 'node_modules');
const {PNG} = createRequire(path.join(modules, 'x.js'))('pngjs');
const {default: pixelmatch} = await import(pathToFileURL(path.join(modules, 'pixelmatch/index.js')));

for (const name of fs.readFileSync(list, 'utf8').split('\n').filter(Boolean)) {
	const [a, b] = [expected, actual].map(top => PNG.sync.read(fs.readFileSync(path.join(top, name))));
	const counts = [];
	for (const threshold of [0.02, 0.1, 0.3])
		for (const includeAA of [true, false])
			counts.push(pixelmatch(a.data, b.data, null, a.width, a.height,
				{threshold, includeAA, checkerboard: false}));
	console.log(JSON.stringify({name, counts}));
}
