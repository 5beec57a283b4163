// Axes: round numbers over values, where a value lies between them, and the lines and words of it.

/** Choose the numbers that an axis shows: {low, high, ticks, text, part}. `part` is 0 to 1. */
function makeScale(values, kind = "linear") {
  if (kind === "log" && values.every((value) => value > 0)) return makeLogScale(values);
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (!(high > low)) [low, high] = [low - 0.5, high + 0.5];
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 2.5, 5, 10].filter((each) => each * power <= rough * 1.0001).pop();
  low = Math.floor(low / step) * step;
  high = Math.ceil(high / step) * step;
  const ticks = Array.from(
    { length: Math.round((high - low) / step) + 1 },
    (_, index) => low + index * step,
  );
  const decimals = Math.max(0, -Math.floor(Math.log10(power)) + (step === 2.5 * power ? 1 : 0));
  const text = (value) => writeTick(value, decimals);
  return { low, high, ticks, text, part: (value) => (value - low) / (high - low) };
}

function writeTick(value, decimals) {
  if (value && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-4)) return value.toExponential(0);
  return value.toLocaleString("en", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

function makeLogScale(values) {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  const text = (value) => writeTick(value, Math.max(0, -Math.round(Math.log10(value))));
  return {
    low: ticks[0],
    high: ticks.at(-1),
    ticks,
    text,
    part: (value) => (Math.log10(value) - first) / (last - first),
  };
}

const EDGE = { left: 64, right: 16, top: 12, bottom: 52 };

/** Make axes over two scales: {svg, plot, place}; `place` turns values into the drawing's units. */
function makeAxes({ x, y, xTitle, yTitle, width = 600, height = 400, label }) {
  const across = width - EDGE.left - EDGE.right;
  const up = height - EDGE.top - EDGE.bottom;
  const place = (px, py) => [EDGE.left + x.part(px) * across, EDGE.top + up - y.part(py) * up];
  const lines = [];
  for (const tick of x.ticks) {
    const [at] = place(tick, y.low);
    lines.push(draw("line", { class: "rule", x1: at, x2: at, y1: EDGE.top, y2: EDGE.top + up }));
    lines.push(
      draw("text", { x: at, y: EDGE.top + up + 18, "text-anchor": "middle" }, x.text(tick)),
    );
  }
  for (const tick of y.ticks) {
    const [, at] = place(x.low, tick);
    lines.push(
      draw("line", { class: "rule", x1: EDGE.left, x2: EDGE.left + across, y1: at, y2: at }),
    );
    lines.push(draw("text", { x: EDGE.left - 8, y: at + 4, "text-anchor": "end" }, y.text(tick)));
  }
  const middle = EDGE.top + up / 2;
  const titles = [
    draw(
      "text",
      { class: "title", x: EDGE.left + across / 2, y: height - 10, "text-anchor": "middle" },
      xTitle,
    ),
    draw(
      "text",
      {
        class: "title",
        x: 16,
        y: middle,
        "text-anchor": "middle",
        transform: `rotate(-90 16 ${middle})`,
      },
      yTitle,
    ),
  ];
  const plot = draw("g");
  const still = draw("g", { "aria-hidden": "true" }, lines, titles);
  const svg = draw(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, class: "plot", role: "group", "aria-label": label },
    still,
    plot,
  );
  return { svg, plot, place };
}
