// The viewer: which image, which pictures of it, and how they are set against each other.

function makeViewer() {
  const holder = make("div", { class: "viewer", onkeydown: onViewerKey });
  follow(["set", "image", "mode"], () => Object.assign(view, { zoom: 1, x: 0, y: 0 }));
  follow(["set", "image", "left", "right", "mode", "protocol", "beside"], () => {
    refill(holder, fillViewer());
    holder.querySelector(".stage").dispatchEvent(new Event("drawn"));
  });
  return holder;
}

function fillViewer() {
  const stage = makeStage();
  const zoom = makeZoom(stage, () => stage.querySelector(".pane") ?? stage);
  stage.addEventListener("drawn", zoom.show);
  const modes = Object.entries(MODES).map(([value, text]) => ({ value, text }));
  const choice = makeChoice(
    "How pictures are compared",
    modes,
    (mode) => mode === state.mode,
    (mode) => change({ mode }),
  );
  return [
    make("div", { class: "bar" }, makeImagePicker(), choice, makeZoomButtons(stage, zoom)),
    makePickers(stage),
    stage,
    state.mode === "beside" ? null : makeCaptions(),
    makeHint(),
  ];
}

function makeZoomButtons(stage, zoom) {
  const level = make("output", { class: "level" }, "100%");
  stage.addEventListener("zoomed", (event) => {
    level.textContent = `${Math.round(event.detail * 100)}%`;
  });
  const button = (text, label, onclick) =>
    make("button", { type: "button", "aria-label": label, onclick }, text);
  return make(
    "div",
    { class: "choice", role: "group", "aria-label": "Zoom" },
    button("−", "Zoom out", zoom.zoomOut),
    level,
    button("+", "Zoom in", zoom.zoomIn),
    button("Whole", "Show the whole picture", zoom.whole),
  );
}

function makeCaptions() {
  const sides = state.mode === "slider" ? ["Left", "Right"] : ["", ""];
  return make(
    "div",
    { class: "captions", "aria-live": "polite" },
    makeCaption(state.left, sides[0]),
    make("span", { class: "between" }, state.mode === "difference" ? "minus" : ""),
    makeCaption(state.right, sides[1]),
  );
}

function makeHint() {
  const key = (text) => make("kbd", {}, text);
  return make(
    "p",
    { class: "quiet hint" },
    "Ctrl and wheel, pinch or double-click to zoom, drag to move. ",
    make(
      "span",
      { class: "keys" },
      "In here, ",
      key("["),
      " and ",
      key("]"),
      " turn to other images, ",
      key("1"),
      "–",
      key("9"),
      " to other methods, ",
      key("s"),
      " ",
      key("b"),
      " ",
      key("d"),
      " to slider, side by side and difference.",
    ),
  );
}

function makeImagePicker() {
  const { images } = DATA.sets[state.set];
  const options = images.map((image, index) => ({ value: String(index), text: image.name }));
  const step = (by, text, label) =>
    make("button", { type: "button", "aria-label": label, onclick: () => turnBy(by) }, text);
  return make(
    "div",
    { class: "picker" },
    step(-1, "‹", "Previous image"),
    makeSelect("Image", options, String(state.image), (value) => change({ image: Number(value) })),
    step(1, "›", "Next image"),
  );
}

/** Turn to the next image in the order of the strip, round and round. */
function turnBy(by) {
  const order = imageOrder();
  const at = order.indexOf(state.image);
  change({ image: order[(at + by + order.length) % order.length] });
}

function makePickers(stage) {
  const shown = [
    RAINY,
    ...runsOn(state.set)
      .filter((run) => !run.is_input)
      .map((run) => run.id),
    CLEAN,
  ];
  const option = (value) => {
    const absent = !pictureOf(state.set, state.image, value);
    return {
      value,
      text: nameOf(value),
      disabled: absent && value !== state.left && value !== state.right,
      hint: absent ? whyNot(state.set, state.image, value) : null,
    };
  };
  const names = state.mode === "slider" ? ["Left", "Right"] : ["First", "Second"];
  if (state.mode === "beside") {
    const now = besideShown();
    const toggle = (value) =>
      change({ beside: shown.filter((each) => (each === value) !== now.includes(each)) });
    return make(
      "div",
      { class: "bar" },
      makeChoice("Shown", shown.map(option), (value) => now.includes(value), toggle, "chips"),
    );
  }
  return make(
    "div",
    { class: "bar" },
    makeSelect(names[0], shown.map(option), state.left, (left) => change({ left })),
    make(
      "div",
      { class: "field wide" },
      make("span", { "aria-hidden": "true" }, names[1]),
      makeChoice(
        names[1],
        shown.map(option),
        (value) => value === state.right,
        (right) => change({ right }),
        "chips",
      ),
    ),
    state.mode === "difference" ? makeAmplifier(stage) : null,
  );
}

/** Differences are small: they are shown so many times as bright. */
function makeAmplifier(stage) {
  const put = (value) => {
    state.times = value;
    stage.style.setProperty("--times", value);
    said.textContent = `× ${value}`;
  };
  const said = make("output");
  const range = make("input", {
    type: "range",
    min: "1",
    max: "20",
    value: state.times ?? 4,
    oninput: () => put(Number(range.value)),
  });
  put(Number(range.value));
  return make("label", { class: "field" }, make("span", {}, "Brightness"), range, said);
}

function onViewerKey(event) {
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.target.matches("select, input:not([type=range])")
  )
    return;
  const methods = runsOn(state.set).filter((run) => !run.is_input);
  const modes = { s: "slider", b: "beside", d: "difference" };
  if (event.key === "[") turnBy(-1);
  else if (event.key === "]") turnBy(1);
  else if (event.key in modes) change({ mode: modes[event.key] });
  else if (event.key === "r") change({ right: RAINY });
  else if (event.key === "c") change({ right: CLEAN });
  else if (methods[Number(event.key) - 1]) change({ right: methods[Number(event.key) - 1].id });
  else return;
  event.preventDefault();
}
