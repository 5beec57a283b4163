// The blocks of a report. A kind that has no drawing of its own is shown as its table.

const BLOCKS = {
  table: makeTableBlock,
  figure: makeFigureBlock,
  grid: makeGridBlock,
  note: makeNote,
};

function makeBlock(block, place) {
  return (BLOCKS[block.kind] ?? makeTableBlock)(block, `block ${place}`);
}

function makeNote(block) {
  return make("p", { class: "note" }, block.text);
}

function makeTableBlock(block, name) {
  const { title, columns, rows, keys } = block.table ?? block;
  const cells = rows.map((row) =>
    row.map((cell) => ({
      text: [cell.text, ...cell.beside].join(" "),
      sort: typeof cell.sort === "object" && cell.sort ? () => sortOf(cell.sort) : cell.sort,
      node: makeCell(cell),
    })),
  );
  return makeTable(title, columns, cells, keys, name);
}

function sortOf(score) {
  const value = score[FIGURES[state.figure].at];
  return value === null ? null : Number(value);
}

/** Make what a cell shows: figures that open their provenance, and what stands beside them. */
function makeCell(cell) {
  if (cell.text === "")
    return make("span", { class: "none" }, make("span", { class: "unseen" }, "nothing"));
  const words = cell.parts
    ? cell.parts.flatMap((part, index) => [
        index ? " / " : "",
        make("span", { class: cell.ranks?.[index] || null }, part),
      ])
    : [cell.text];
  const figures = cell.runs.length
    ? make(
        "button",
        {
          type: "button",
          class: "figures",
          title: "Where this comes from",
          onclick: () => showProvenance(cell.runs),
        },
        words,
      )
    : make("span", { class: cell.kind === "published" ? "published" : null }, words);
  return make("span", { class: "cell" }, figures, makeStanding(cell.beside));
}

/** Make the small words beside a score; those that warn of it stand out. */
function makeStanding(words) {
  if (!words.length) return null;
  return make(
    "span",
    { class: "standing" },
    words.map((word) =>
      make("span", { class: warns(word) ? "warns" : null, title: meaning(word) }, word),
    ),
  );
}

function warns(word) {
  return WARNINGS.some((mark) => word === mark || word.startsWith(`${mark} `));
}

function meaning(word) {
  const mark = Object.keys(DATA.marks).find((each) => word === each || word.startsWith(`${each} `));
  return mark ? DATA.marks[mark] : null;
}

const WARNINGS = [
  "seen",
  "incomplete",
  "trained on these images",
  "from 8-bit",
  "tiled, not exact",
  "mixed machines",
  "hardly trained",
  "below the floor",
  "other pixels",
];
