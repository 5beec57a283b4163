// Two methods image by image: where each is better, and the images that tell most.

const TELLING = 4;

function makeScatter() {
  const holder = make("div", { class: "scatter" });
  follow(["set", "protocol", "figure", "x", "y"], () => refill(holder, fillScatter()));
  follow(["image"], () => markDot(holder));
  return holder;
}

function fillScatter() {
  const runs = runsOn(state.set).filter((run) => run.scores[state.protocol]);
  if (runs.length < 2)
    return make("p", { class: "note" }, "Fewer than two methods are scored on these images.");
  const options = runs.map((run) => ({ value: run.id, text: run.row }));
  const x = runs.find((run) => run.id === state.x) ?? runs[0];
  const y = runs.find((run) => run.id === state.y) ?? runs[1];
  const pairs = pairScores(x, y);
  return [
    make(
      "div",
      { class: "bar" },
      makeSelect("Across", options, x.id, (value) => change({ x: value })),
      makeSelect("Up", options, y.id, (value) => change({ y: value })),
    ),
    make("p", { role: "status" }, summarise(x, y, pairs)),
    make("div", { class: "halves" }, makeCloud(x, y, pairs), makeTelling(x, y, pairs)),
  ];
}

/** Pair the scores on the images that both have scored; of other pixels they are other images. */
function pairScores(x, y) {
  return DATA.sets[state.set].images
    .map((_, image) => ({ image, x: scoreOf(x, image, state), y: scoreOf(y, image, state) }))
    .filter((pair) => pair.x !== null && pair.y !== null);
}

function summarise(x, y, pairs) {
  const { name } = FIGURES[state.figure];
  const drawn = pairs.filter(isFinitePair);
  const better = drawn.filter((pair) => pair.y > pair.x).length;
  const worse = drawn.filter((pair) => pair.y < pair.x).length;
  const exact = pairs.length - drawn.length;
  const alone = DATA.sets[state.set].images.length - pairs.length;
  const mean = drawn.reduce((sum, pair) => sum + pair.y - pair.x, 0) / (drawn.length || 1);
  return [
    `${name} under ${state.protocol}: ${y.row} is higher on ${better} and ${x.row} on ${worse} of ${drawn.length} images`,
    `, by ${written(mean, state.figure, true)}${FIGURES[state.figure].unit} on average.`,
    exact ? ` ${exact} restored exactly, and not drawn.` : "",
    alone ? ` ${alone} of the set not scored for both, and left out.` : "",
  ].join("");
}

function isFinitePair(pair) {
  return Number.isFinite(pair.x) && Number.isFinite(pair.y);
}

/** Draw a dot an image; one Tab stop, arrow keys go from dot to dot, Enter opens the image. */
function makeCloud(x, y, pairs) {
  const drawn = pairs.filter(isFinitePair).sort((one, other) => one.x - other.x);
  if (!drawn.length)
    return make("p", { class: "note" }, "There is no image that both have scored.");
  const { name, unit } = FIGURES[state.figure];
  const scale = makeScale(drawn.flatMap((pair) => [pair.x, pair.y]));
  const axes = makeAxes({
    x: scale,
    y: scale,
    xTitle: `${x.row}: ${name}${unit && ` (${unit.trim()})`}`,
    yTitle: `${y.row}: ${name}${unit && ` (${unit.trim()})`}`,
    width: 520,
    height: 500,
    label: `${name} of ${y.row} against ${x.row}, a dot an image`,
  });
  const [[x1, y1], [x2, y2]] = [
    axes.place(scale.low, scale.low),
    axes.place(scale.high, scale.high),
  ];
  axes.plot.append(draw("line", { class: "diagonal", x1, y1, x2, y2 }));
  axes.plot.append(...drawn.map((pair, index) => makeDot(pair, index, x, y, axes.place)));
  axes.plot.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    const dot = event.target.closest(".dot");
    if (by && dot) moveTo(by > 0 ? dot.nextElementSibling : dot.previousElementSibling, event);
    if ((event.key === "Enter" || event.key === " ") && dot)
      moveTo(dot, event).dispatchEvent(new MouseEvent("click"));
  });
  markDot(axes.plot);
  return make("div", {}, axes.svg);
}

function makeDot(pair, index, x, y, place) {
  const { name } = DATA.sets[state.set].images[pair.image];
  const [cx, cy] = place(pair.x, pair.y);
  const seen = [x, y].filter((run) => run.seen?.includes(pair.image)).map((run) => run.row);
  const said = [
    `${name}: ${x.row} ${written(pair.x, state.figure)}, ${y.row} ${written(pair.y, state.figure)}`,
    ...seen.map((row) => `scene seen in training by ${row}`),
  ].join("; ");
  return draw(
    "g",
    {
      class: `dot${seen.length ? " hollow" : ""}`,
      role: "button",
      tabindex: index ? "-1" : "0",
      "aria-label": said,
      "data-image": pair.image,
      onclick: () => {
        change({ image: pair.image, left: x.id, right: y.id });
        document.getElementById("pictures").scrollIntoView();
      },
    },
    draw("title", {}, said),
    draw("circle", { cx, cy, r: 11, class: "reach" }),
    draw("circle", { cx, cy, r: 4.5, class: "mark" }),
  );
}

function moveTo(dot, event) {
  event.preventDefault();
  if (!dot?.matches(".dot")) return event.target;
  event.target.setAttribute("tabindex", "-1");
  dot.setAttribute("tabindex", "0");
  dot.focus();
  return dot;
}

function markDot(holder) {
  for (const dot of holder.querySelectorAll(".dot[data-image]")) {
    dot.classList.toggle("current", Number(dot.dataset.image) === state.image);
  }
}

/** The images that tell most of the two, each one click from its pictures. */
function makeTelling(x, y, pairs) {
  const drawn = pairs.filter(isFinitePair);
  const by = (value) =>
    [...drawn].sort((one, other) => value(one) - value(other)).slice(0, TELLING);
  const worse = by((pair) => pair.y - pair.x).filter((pair) => pair.y < pair.x);
  const better = by((pair) => pair.x - pair.y).filter((pair) => pair.y > pair.x);
  const lists = [
    [
      `${y.row} gains most on ${x.row}`,
      better,
      (pair) => written(pair.y - pair.x, state.figure, true),
    ],
    [
      `${y.row} loses most to ${x.row}`,
      worse,
      (pair) => written(pair.y - pair.x, state.figure, true),
    ],
    [`Worst of ${y.row}`, by((pair) => pair.y), (pair) => written(pair.y, state.figure)],
    [`Best of ${y.row}`, by((pair) => -pair.y), (pair) => written(pair.y, state.figure)],
  ];
  return make(
    "div",
    { class: "telling" },
    lists
      .filter(([, found]) => found.length)
      .map(([title, found, said]) =>
        make(
          "section",
          {},
          make("h3", {}, title),
          make(
            "ol",
            {},
            found.map((pair) =>
              make(
                "li",
                {},
                makeTellingOpener(pair, x, y),
                make("span", { class: "numbers" }, said(pair)),
              ),
            ),
          ),
        ),
      ),
  );
}

function makeTellingOpener(pair, x, y) {
  const { name } = DATA.sets[state.set].images[pair.image];
  return make(
    "button",
    {
      type: "button",
      class: "figures",
      onclick: () => {
        change({ image: pair.image, left: x.id, right: y.id });
        document.getElementById("pictures").scrollIntoView();
      },
    },
    name,
  );
}
