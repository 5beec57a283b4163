// A report's figure: lines, clouds and histograms over two axes, with the points as a table.

const COLOURS = 8; // as many as plot.css has: series-0 and on

function makeFigureBlock(block, name) {
  const series = block.series.map((line, index) => ({
    ...line,
    colour: `series-${index % COLOURS}`,
    points: line.points.map(([x, y]) => [Number(x), Number(y)]),
  }));
  const points = series.flatMap((line) => line.points).filter(isDrawable);
  const table = makeTableBlock(block, name);
  if (!points.length) return table;
  const floor = series.some((line) => line.kind === "histogram") ? [0] : [];
  const axes = makeAxes({
    x: makeScale(
      points.map(([x]) => x),
      block.x_scale,
    ),
    y: makeScale([...points.map(([, y]) => y), ...floor], block.y_scale),
    xTitle: block.x,
    yTitle: block.y,
    label: block.title,
  });
  for (const line of series) axes.plot.append(...drawSeries(line, axes.place));
  return make(
    "figure",
    { class: "drawing" },
    make("figcaption", {}, block.title),
    axes.svg,
    make(
      "ul",
      { class: "legend" },
      series.map((line) =>
        make("li", {}, make("span", { class: `swatch ${line.colour}` }), line.name),
      ),
    ),
    make("details", {}, make("summary", {}, "As a table"), table),
  );
}

function isDrawable([x, y]) {
  return Number.isFinite(x) && Number.isFinite(y);
}

function drawSeries(line, place) {
  const places = line.points
    .map((point, index) => ({ point, label: line.labels[index] }))
    .filter(({ point }) => isDrawable(point))
    .map(({ point, label }) => ({
      at: place(...point),
      said: `${label ? `${label}: ` : ""}${point.join(", ")}`,
      label,
    }));
  if (line.kind === "histogram") return drawBars(line, places, place);
  const path = places.map(({ at }) => at.join(",")).join(" ");
  const few = line.kind === "points" || places.length <= 40;
  return [
    ...(line.kind === "line"
      ? [draw("polyline", { points: path, class: `line ${line.colour}` })]
      : []),
    ...(few
      ? places.map(({ at: [cx, cy], said }) =>
          draw(
            "circle",
            { cx, cy, r: 4, class: `dot ${line.colour}` },
            draw("title", {}, `${line.name}: ${said}`),
          ),
        )
      : []),
    ...places
      .filter(({ label }) => label)
      .map(({ at: [x, y], label }) => draw("text", { x: x + 7, y: y - 6 }, label)),
  ];
}

/** Draw a histogram as steps, so that several lie over each other and all are seen. */
function drawBars(line, places, place) {
  if (places.length < 2) return [];
  const half = (places[1].at[0] - places[0].at[0]) / 2;
  const ground = place(line.points[0][0], 0)[1];
  const corners = places.flatMap(({ at: [x, y] }) => [
    [x - half, y],
    [x + half, y],
  ]);
  const path = [[corners[0][0], ground], ...corners, [corners.at(-1)[0], ground]];
  return [
    draw("polyline", {
      points: path.map((corner) => corner.join(",")).join(" "),
      class: `line bars ${line.colour}`,
    }),
  ];
}
