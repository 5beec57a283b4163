// Tables that sort by any column and keep the rows that hold the words typed in.

const ROWS_AT_ONCE = 200;
const LOOKS = new Map();

function keptLook(name, columns) {
  const kept = LOOKS.get(name);
  if (kept?.columns !== columns)
    LOOKS.set(name, { columns, column: null, down: false, words: "", all: false });
  return LOOKS.get(name);
}

/**
 * Make a table.
 *
 * columns: {title, unit, align}; rows: lists of cells {text, sort, node}. A cell without a sort
 * value stands last, whichever way the column is sorted. Tables of one name are one table to the
 * reader: its order and its filter stay when it is drawn anew under another protocol.
 */
function makeTable(title, columns, rows, keys = 1, name = title) {
  const look = keptLook(name, columns.length);
  const body = make("tbody");
  const count = make("p", { class: "quiet count", role: "status" });
  const heads = columns.map((column, index) => makeHead(column, () => sortBy(index)));

  function sortBy(index) {
    const right = columns[index].align === "right";
    look.down = look.column === index ? !look.down : right; // scores: the best first
    look.column = index;
    fill();
  }

  function fill() {
    const held = rows.filter((row) => holds(row, look.words));
    const sorted = look.column === null ? held : sortRows(held, look.column, look.down);
    const shown = look.all || rows.length <= ROWS_AT_ONCE ? sorted : sorted.slice(0, ROWS_AT_ONCE);
    body.replaceChildren(...shown.map((row) => makeRow(row, columns, keys)));
    heads.forEach((head, index) => {
      const way = look.down ? "descending" : "ascending";
      head.setAttribute("aria-sort", index === look.column ? way : "none");
    });
    more.hidden = shown.length === sorted.length;
    const some = shown.length < rows.length;
    count.textContent = some ? `${shown.length} of ${rows.length} rows` : "";
  }

  const more = make(
    "button",
    { type: "button", onclick: () => ((look.all = true), fill()) },
    `Show all ${rows.length} rows`,
  );
  const filter = make("input", {
    type: "search",
    value: look.words,
    placeholder: "Filter rows",
    "aria-label": `Filter the rows of ${title}`,
    oninput: () => ((look.words = filter.value), fill()),
  });
  fill();
  return make(
    "figure",
    { class: "table" },
    make("div", { class: "above" }, make("figcaption", {}, title), rows.length > 1 ? filter : null),
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
      make("table", {}, make("thead", {}, make("tr", {}, heads)), body),
    ),
    count,
    more,
  );
}

function makeHead(column, onClick) {
  const unit = column.unit ? make("span", { class: "unit" }, column.unit) : null;
  return make(
    "th",
    { scope: "col", class: column.align },
    make(
      "button",
      { type: "button", onclick: onClick },
      make("span", {}, column.title),
      make("span", { class: "arrow", "aria-hidden": "true" }),
      unit,
    ),
  );
}

function makeRow(row, columns, keys) {
  return make(
    "tr",
    {},
    row.map((cell, index) => {
      const kind = index === 0 && keys > 0 ? "th" : "td";
      const scope = kind === "th" ? { scope: "row" } : {};
      return make(kind, { class: columns[index].align, ...scope }, cell.node ?? cell.text);
    }),
  );
}

function holds(row, words) {
  const text = row
    .map((cell) => cell.text)
    .join(" ")
    .toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Sort by a column: numbers by value, words as people do; rows of one value keep their order. */
function sortRows(rows, column, down) {
  const value = (row) => {
    const { sort } = row[column];
    return typeof sort === "function" ? sort() : sort;
  };
  const isNone = (found) => found === null || found === undefined || found === "";
  return [...rows].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (isNone(a) || isNone(b)) return isNone(a) - isNone(b);
    return (down ? -1 : 1) * compare(a, b);
  });
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a === b ? 0 : a < b ? -1 : 1;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}
