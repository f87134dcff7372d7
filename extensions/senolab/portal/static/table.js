// Sorts a table by its headers and filters its rows; the page works without it.
function sortable(table) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const order = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });
  const value = (row, column) => row.cells[column]?.dataset.sort ?? row.cells[column]?.textContent.trim() ?? "";

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      const rows = [...body.rows].sort((a, b) => order.compare(value(a, column), value(b, column)));
      if (down) rows.reverse();
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      body.append(...rows);
    });
  });
}

function filterable(field) {
  const rows = [...document.getElementById(field.dataset.filter).tBodies[0].rows];
  const names = rows.map((row) => (row.dataset.name ?? "").toLocaleLowerCase());
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLocaleLowerCase();
    rows.forEach((row, i) => {
      row.hidden = !names[i].includes(wanted);
    });
  });
}

document.querySelectorAll("table[data-sortable]").forEach(sortable);
document.querySelectorAll("[data-filter]").forEach((field) => {
  if (!field.value) filterable(field);
});
