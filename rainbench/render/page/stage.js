// The pictures themselves: two under a slider, several side by side, or what two differ by.

const MODES = { slider: "Slider", beside: "Side by side", difference: "Difference" };

/** Make a picture that says in words where it is not at hand. */
function makePicture(shown, more = {}) {
  const { set, image } = state;
  const file = pictureOf(set, image, shown);
  const name = `${nameOf(shown)}, ${DATA.sets[set].images[image].name}`;
  const missing = (why) => make("p", { class: "missing" }, `${nameOf(shown)}: ${why}`);
  if (!file) return make("div", { class: "layer", ...more }, missing(whyNot(set, image, shown)));
  const layer = make("div", { class: "layer", ...more });
  layer.append(
    make("img", {
      src: file,
      alt: name,
      draggable: "false",
      decoding: "sync",
      onload: (event) => fitTo(event.target),
      onerror: () =>
        layer.replaceChildren(missing(`${DATA.files}/ does not lie beside this page.`)),
    }),
  );
  return layer;
}

/** Give the stage the shape of the picture, which the data say only where the dataset was at hand. */
function fitTo(img) {
  img.closest(".stage")?.style.setProperty("--ratio", img.naturalWidth / img.naturalHeight);
}

function whyNot(set, image, shown) {
  const { clean } = DATA.sets[set].images[image];
  if (!DATA.files)
    return "pictures are laid beside the page when it is written to a file (-o page.html).";
  if (shown === CLEAN && !clean) return "a real photograph has no ground truth.";
  if (shown !== RAINY && shown !== CLEAN) return "this run has no picture of it.";
  return "the dataset's picture was not at hand when this page was made.";
}

function makeStage() {
  const { mode } = state;
  const stage = make("div", {
    class: `stage ${mode}`,
    tabindex: "0",
    role: "group",
    "aria-label": "Pictures. Plus and minus zoom, zero shows all, arrow keys move.",
  });
  if (mode === "beside") stage.append(...besideShown().map(makePane));
  else stage.append(makePair(stage));
  const size = DATA.sets[state.set].images[state.image].size;
  if (size) stage.style.setProperty("--ratio", size[0] / size[1]);
  return stage;
}

/** What stands side by side: what was chosen, else everything there is. */
function besideShown() {
  return (
    state.beside ??
    [
      RAINY,
      ...runsOn(state.set)
        .filter((run) => !run.is_input)
        .map((run) => run.id),
      CLEAN,
    ].filter((shown) => pictureOf(state.set, state.image, shown))
  );
}

function makePane(shown) {
  return make(
    "figure",
    { class: "with-caption" },
    make("div", { class: "pane" }, makePicture(shown)),
    makeCaption(shown),
  );
}

function makePair(stage) {
  const missing = [state.left, state.right].filter(
    (shown) => !pictureOf(state.set, state.image, shown),
  );
  if (state.mode === "difference" && missing.length)
    return make("div", { class: "pane" }, makePicture(missing[0]));
  const left = makePicture(state.left);
  const right = makePicture(state.right, { class: "layer over" });
  const pane = make("div", { class: "pane" }, left, right);
  if (state.mode === "slider") pane.append(makeDivider(stage, pane));
  return pane;
}

/** Make the handle between left and right: a slider for the pointer and for the keyboard. */
function makeDivider(stage, pane) {
  const divider = make("div", {
    class: "divider",
    role: "slider",
    tabindex: "0",
    "aria-label": "Divider between left and right picture",
    "aria-valuemin": "0",
    "aria-valuemax": "100",
  });
  const put = (percent) => {
    const value = Math.min(100, Math.max(0, percent));
    stage.style.setProperty("--split", `${value}%`);
    divider.setAttribute("aria-valuenow", Math.round(value));
    divider.setAttribute("aria-valuetext", `${Math.round(value)}% ${nameOf(state.left)}`);
    state.split = value;
  };
  const follow = (event) => {
    const { left, width } = pane.getBoundingClientRect();
    put(((event.clientX - left) / width) * 100);
  };
  divider.addEventListener("pointerdown", (event) => divider.setPointerCapture(event.pointerId));
  divider.addEventListener(
    "pointermove",
    (event) => divider.hasPointerCapture(event.pointerId) && follow(event),
  );
  divider.addEventListener("keydown", (event) => {
    const steps = {
      ArrowLeft: -2,
      ArrowDown: -2,
      ArrowRight: 2,
      ArrowUp: 2,
      PageUp: 10,
      PageDown: -10,
      Home: -100,
      End: 100,
    };
    if (!(event.key in steps)) return;
    put(state.split + steps[event.key]);
    event.preventDefault();
    event.stopPropagation();
  });
  // With nothing zoomed there is nothing to move but the divider.
  pane.addEventListener("pointermove", (event) => {
    const drag = event.buttons === 1 && !stage.classList.contains("zoomed");
    if (drag && !divider.hasPointerCapture(event.pointerId)) follow(event);
  });
  put(state.split ?? 50);
  return divider;
}

/** Say what a picture is, what it scores on this image, and by how much more than the input. */
function makeCaption(shown, side = "") {
  const name = make(
    "strong",
    {},
    side ? `${side}: ` : "",
    RUNS.has(shown)
      ? make(
          "button",
          {
            type: "button",
            class: "figures",
            title: "Where this comes from",
            onclick: () => showProvenance([shown]),
          },
          nameOf(shown),
        )
      : nameOf(shown),
  );
  const run = RUNS.get(shown) ?? (shown === RAINY ? inputOf(state.set) : null);
  const score = run
    ? ["psnr", "ssim"].map((figure) => scoreOf(run, state.image, { ...state, figure }))
    : [null];
  if (score[0] === null) return make("figcaption", {}, name);
  const input = inputOf(state.set);
  const before =
    input && run !== input ? scoreOf(input, state.image, { ...state, figure: "psnr" }) : null;
  const gain = before === null ? null : score[0] - before;
  const seen = shown !== RAINY && run.seen?.includes(state.image);
  return make(
    "figcaption",
    {},
    name,
    make(
      "span",
      { class: "numbers" },
      `${written(score[0], "psnr")} / ${written(score[1], "ssim")}`,
    ),
    Number.isFinite(gain) && gain !== null
      ? make(
          "span",
          { class: gain < 0 ? "warns" : "quiet" },
          `${written(gain, "psnr", true)} dB on the input`,
        )
      : null,
    seen ? make("span", { class: "warns" }, "scene seen in training") : null,
  );
}
