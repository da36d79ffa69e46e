/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts the table of all cells by the column that was chosen; what was not measured stays last. */
document.documentElement.classList.remove("plain");
const table = document.querySelector(".all"), body = table.tBodies[0];
const heads = [...table.tHead.rows[0].cells];

const value = (row, column) => {
	const cell = row.cells[column];

	if (!cell || cell.classList.contains("reason"))
		return null;
	return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
};
const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);

const sort = (column) => {
	const head = heads[column];
	const down = head.getAttribute("aria-sort") === "descending" ||
		(!head.hasAttribute("aria-sort") && column < 3);
	const way = down ? 1 : -1;
	const rows = [...body.rows].map((row) => [value(row, column), row]);

	rows.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : way * compare(a, b)));
	body.append(...rows.map(([, row]) => row));
	heads.forEach((other) => other.removeAttribute("aria-sort"));
	head.setAttribute("aria-sort", down ? "ascending" : "descending");
};

heads.forEach((head, column) => {
	const button = document.createElement("button");

	button.type = "button";
	button.textContent = head.textContent;
	button.addEventListener("click", () => sort(column));
	head.replaceChildren(button);
});
