// The images of a set: a strip of small pictures in a telling order, and a table of their scores.

const ORDERS = {
  name: "name",
  worst: "worst first",
  best: "best first",
  gain: "least gain first",
};

/** The images in the order of the strip, by the score of the method on the right. */
function imageOrder() {
  const all = DATA.sets[state.set].images.map((_, index) => index);
  const run = RUNS.get(state.right);
  const input = inputOf(state.set);
  const score = (image) => (run ? scoreOf(run, image, state) : null);
  const gain = (image) =>
    input && score(image) !== null ? score(image) - scoreOf(input, image, state) : null;
  const by = {
    worst: score,
    best: (image) => (score(image) === null ? null : -score(image)),
    gain,
  }[state.order];
  return by ? all.sort((one, other) => (by(one) ?? Infinity) - (by(other) ?? Infinity)) : all;
}

function makeStrip() {
  const holder = make("div", { class: "strip" });
  state.order ??= "name";
  follow(["set", "right", "protocol", "figure", "order"], () => {
    const order = makeSelect(
      "Order of the images",
      Object.entries(ORDERS).map(([value, text]) => ({ value, text })),
      state.order,
      (value) => change({ order: value }),
    );
    const run = RUNS.get(state.right);
    const list = make(
      "ol",
      {},
      imageOrder().map((image) => makeThumbnail(image, run)),
    );
    const { terms } = DATA.sets[state.set];
    refill(
      holder,
      make("div", { class: "bar" }, order),
      list,
      terms && make("p", { class: "quiet hint" }, `${terms}.`),
    );
    markImage();
  });
  follow(["image"], markImage);

  function markImage() {
    for (const button of holder.querySelectorAll("ol button")) {
      const is = Number(button.dataset.image) === state.image;
      button.toggleAttribute("aria-current", is);
      if (is) bringIn(button);
    }
  }

  /** Scroll the strip, and nothing but the strip, until a button is seen. */
  function bringIn(button) {
    const list = button.closest("ol");
    const middle =
      button.offsetLeft - list.offsetLeft - (list.clientWidth - button.offsetWidth) / 2;
    list.scrollLeft = middle;
  }
  return holder;
}

function makeThumbnail(image, run) {
  const { name } = DATA.sets[state.set].images[image];
  const file = thumbnailOf(state.set, image);
  const score = run ? scoreOf(run, image, state) : null;
  return make(
    "li",
    {},
    make(
      "button",
      { type: "button", "data-image": image, onclick: () => change({ image }) },
      file ? make("img", { src: file, alt: "", loading: "lazy", decoding: "async" }) : null,
      make("span", {}, name),
      score === null ? null : make("span", { class: "quiet" }, written(score, state.figure)),
    ),
  );
}

function makeScores() {
  const holder = make("div");
  follow(["set", "protocol", "figure"], () => {
    const runs = runsOn(state.set).filter((run) => run.scores[state.protocol]);
    if (!runs.length)
      return refill(
        holder,
        make("p", { class: "note" }, `No image of this set is scored under ${state.protocol}.`),
      );
    const { name, unit } = FIGURES[state.figure];
    const columns = [
      { title: "image" },
      ...runs.map((run) => ({ title: run.row, align: "right" })),
    ];
    const rows = DATA.sets[state.set].images.map((image, index) => [
      { text: image.name, sort: image.name, node: makeOpener(index, image.name) },
      ...runs.map((run) => makeScoreCell(run, index)),
    ]);
    const title = `${name}${unit && ` (${unit.trim()})`} of every image of ${DATA.sets[state.set].name}, ${state.protocol}`;
    return refill(holder, makeTable(title, columns, rows, 1, "every image"));
  });
  return holder;
}

function makeScoreCell(run, image) {
  const score = scoreOf(run, image, state);
  const text = written(score, state.figure);
  return {
    text,
    sort: score,
    node: run.seen?.includes(image)
      ? make("span", { class: "warns", title: "a scene that the weights were trained on" }, text)
      : text,
  };
}

/** Make a button that shows an image in the viewer. */
function makeOpener(image, ...words) {
  return make(
    "button",
    {
      type: "button",
      class: "figures",
      onclick: () => {
        change({ image });
        document.getElementById("pictures").scrollIntoView();
      },
    },
    words,
  );
}
