/* SPDX-License-Identifier: Apache-2.0 */
/* The bar above the failures: by name, verdict and cause, and in which order. */

const pairs = findAll(".pair"), lines = findAll(".names li[data-verdict]");
const nameOf = new Map([...pairs, ...lines].map((item) => [item, find(".name", item).textContent]));

function choices(key, label) {
	const counts = new Map();

	for (const item of pairs)
		counts.set(item.dataset[key], (counts.get(item.dataset[key]) || 0) + 1);
	return element("select", { "aria-label": label, onchange: filter, disabled: counts.size < 2 },
		element("option", { value: "" }, label),
		...[...counts].sort((a, b) => b[1] - a[1])
			.map(([value, count]) => element("option", { value }, `${value} (${count})`)));
}

const bar = {
	name: element("input", { type: "search", placeholder: "Filter by name  /", "aria-label": "Filter by name", oninput: filter }),
	verdict: choices("verdict", "any verdict"),
	cause: choices("cause", "any cause"),
	order: element("select", { "aria-label": "Order", onchange: sort },
		element("option", { value: "worst" }, "worst first"), element("option", { value: "name" }, "by name")),
	shown: element("output"),
};

function filter() {
	const wanted = bar.name.value.toLowerCase();
	const fits = (item) => nameOf.get(item).toLowerCase().includes(wanted) &&
		(!bar.verdict.value || item.dataset.verdict === bar.verdict.value) &&
		(!bar.cause.value || item.dataset.cause === bar.cause.value);

	for (const item of [...pairs, ...lines])
		item.hidden = !fits(item);
	for (const list of findAll(".names"))
		list.hidden = !find("li:not([hidden])", list);
	bar.shown.textContent = `${pairs.filter((pair) => !pair.hidden).length} of ${pairs.length} shown`;
}

function sort() {
	const byName = (a, b) => nameOf.get(a) < nameOf.get(b) ? -1 : 1;

	find("#failures").append(...bar.order.value === "name" ? [...pairs].sort(byName) : pairs);
}
