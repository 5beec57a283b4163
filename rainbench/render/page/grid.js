// A report's grid of pictures: rows of images, columns of methods, parts of them enlarged.

const FRAMES = ["#e69f00", "#56b4e9", "#d55e00", "#009e73"]; // as grids are framed in print

function makeGridBlock(block) {
  return make(
    "figure",
    { class: "grid" },
    make("figcaption", {}, block.title),
    block.rows.map((row) =>
      make(
        "section",
        { "aria-label": row.name },
        make("h3", {}, row.name),
        make(
          "div",
          { class: block.smooth ? "panels" : "panels sharp" },
          row.panels.map((panel, index) => panel && makePanel(panel, block.columns[index], row)),
        ),
      ),
    ),
  );
}

function makePanel(panel, column, row) {
  const [width, height] = panel.size;
  const whole = make(
    "div",
    { class: "whole" },
    make("img", { src: panel.file, alt: `${column}, ${row.name}`, loading: "lazy" }),
  );
  row.zooms.forEach(([left, top, across, down], index) => {
    const frame = make("span", { class: "frame" });
    Object.assign(frame.style, {
      borderColor: FRAMES[index],
      left: `${(left / width) * 100}%`,
      top: `${(top / height) * 100}%`,
      width: `${(across / width) * 100}%`,
      height: `${(down / height) * 100}%`,
    });
    whole.append(frame);
  });
  return make(
    "figure",
    {},
    whole,
    make(
      "div",
      { class: "parts" },
      row.zooms.map((zoom, index) => makePart(panel, zoom, index)),
    ),
    make(
      "figcaption",
      {},
      make("strong", {}, column),
      make("span", { class: "numbers" }, panel.caption),
    ),
  );
}

function makePart(panel, [left, top, across, down], index) {
  const [width, height] = panel.size;
  const img = make("img", { src: panel.file, alt: "", loading: "lazy" });
  Object.assign(img.style, {
    width: `${(width / across) * 100}%`,
    left: `${(-left / across) * 100}%`,
    top: `${(-top / down) * 100}%`,
  });
  const part = make("div", { class: "part" }, img);
  Object.assign(part.style, { aspectRatio: across / down, borderColor: FRAMES[index] });
  return part;
}
