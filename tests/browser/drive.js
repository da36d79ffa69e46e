/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives one page in headless Chromium. Standard input: JSON {"page": path, "chromium": path, "playwright": path,
 * "context": {Playwright's}, "steps": [[verb, ...], ..]}. Standard output: JSON {"answers": of the steps that ask,
 * "requests": what was fetched beside data URIs, "errors": what the page's scripts complained of}.
 */
"use strict";
const { pathToFileURL } = require("node:url");
const wish = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const { chromium } = require(wish.playwright);

const verbs = {
	press: (page, key) => page.keyboard.press(key),
	click: (page, selector) => page.click(selector),
	fill: (page, selector, text) => page.fill(selector, text),
	select: (page, selector, value) => page.selectOption(selector, value),
	size: (page, width, height) => page.setViewportSize({ width, height }),
	/* The value of a JavaScript expression; the same without an answer; waiting until it is true. */
	ask: (page, expression) => page.evaluate(expression),
	do: (page, expression) => page.evaluate(expression),
	until: async (page, expression) => {
		while (!await page.evaluate(expression))
			await page.waitForTimeout(50);
	},
	media: (page, media) => page.emulateMedia({ media }),
	shot: (page, path) => page.screenshot({ path }),
	/* From and to one place of an element, as shares of its width and height. */
	drag: async (page, selector, from, to) => {
		const box = await page.locator(selector).boundingBox();
		const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];

		await page.mouse.move(...at(from));
		await page.mouse.down();
		await page.mouse.move(...at(to), { steps: 4 });
		await page.mouse.up();
	},
	wheel: async (page, selector, [x, y], by) => {
		const box = await page.locator(selector).boundingBox();

		await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
		await page.keyboard.down("Control");
		await page.mouse.wheel(0, by);
		await page.keyboard.up("Control");
	},
};

async function main() {
	const browser = await chromium.launch({ executablePath: wish.chromium });
	const context = await browser.newContext(wish.context);
	const page = await context.newPage(), requests = [], errors = [], answers = [];

	page.setDefaultTimeout(60000);
	page.on("request", (request) => requests.push(request.url()));
	page.on("pageerror", (error) => errors.push(error.message));
	page.on("console", (message) => errors.push(message.text()));
	page.on("dialog", (dialog) => errors.push(`dialog: ${dialog.message()}`));
	await page.goto(pathToFileURL(wish.page).href);
	for (const [verb, ...words] of wish.steps) {
		const answer = await verbs[verb](page, ...words);

		if (verb === "ask")
			answers.push(answer);
	}
	await browser.close();
	const own = pathToFileURL(wish.page).href;

	process.stdout.write(JSON.stringify({ answers, errors,
		requests: requests.filter((url) => url !== own && !url.startsWith("data:")) }));
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
