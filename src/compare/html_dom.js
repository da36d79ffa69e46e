/* SPDX-License-Identifier: Apache-2.0 */
/* Elements found and made. */
const find = (selector, from = document) => from.querySelector(selector);
const findAll = (selector, from = document) => [...from.querySelectorAll(selector)];

/* element("button", { title: "x", onclick: f }, "text", child, ...) */
function element(name, properties = {}, ...children) {
	const made = document.createElement(name);

	for (const [key, value] of Object.entries(properties))
		if (key.includes("-") || key === "role")
			made.setAttribute(key, value);
		else
			made[key] = value;
	made.append(...children);
	return made;
}
