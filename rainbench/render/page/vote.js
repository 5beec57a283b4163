// A page to vote on: two pictures at a time, without names; what was chosen is saved as JSON.

const DATA = JSON.parse(document.getElementById("data").textContent);
const CHOICES = { ArrowLeft: "first", ArrowRight: "second", ArrowDown: "tie" };
const state = { at: -1, votes: [], voter: "", shown: 0, rainy: false, saved: true };

function makePicture(file, name) {
  return make(
    "div",
    { class: "pane" },
    make(
      "div",
      { class: "layer" },
      make("img", {
        src: file,
        alt: name,
        draggable: "false",
        onload: (event) => {
          const { naturalWidth, naturalHeight } = event.target;
          event.target
            .closest(".stage")
            ?.style.setProperty("--ratio", naturalWidth / naturalHeight);
        },
      }),
    ),
  );
}

function showStart() {
  const name = make("input", { type: "text", id: "voter", maxlength: "40", autocomplete: "off" });
  const begin = (event) => {
    event.preventDefault();
    // Whoever gives no name is told apart by chance.
    state.voter =
      name.value.trim() ||
      crypto.getRandomValues(new Uint32Array(1))[0].toString(16).padStart(8, "0");
    turnTo(0);
  };
  show(
    make("h1", {}, "Which picture is better?"),
    make(
      "p",
      { class: "lead" },
      `You will see ${DATA.pairs.length} pairs of pictures. Both show one rainy photograph after a program ` +
        "has removed the rain. Choose the better one: less rain, and nothing else lost or changed. Which program made which is hidden, " +
        "and the sides are by chance. Stop whenever you like, and save what there is.",
    ),
    make(
      "form",
      { onsubmit: begin },
      make(
        "label",
        { class: "field", for: "voter" },
        make("span", {}, "A name for your votes, if you like"),
      ),
      name,
      make("p", {}, make("button", { type: "submit", class: "main" }, "Begin")),
    ),
  );
  name.focus();
}

function turnTo(at) {
  state.at = at;
  state.rainy = false;
  state.shown = performance.now();
  Object.assign(view, { zoom: 1, x: 0, y: 0 });
  if (at >= DATA.pairs.length) showEnd();
  else showPair();
}

function showPair() {
  const [image, left, right] = DATA.pairs[state.at];
  const { restored, rainy } = DATA.images[image];
  const files = state.rainy ? [rainy, rainy] : [restored[left], restored[right]];
  const stage = make(
    "div",
    {
      class: "stage pair",
      tabindex: "0",
      role: "group",
      "aria-label": "Two pictures. Plus and minus zoom.",
    },
    makePicture(files[0], state.rainy ? "The rainy photograph" : "Left picture"),
    makePicture(files[1], state.rainy ? "The rainy photograph" : "Right picture"),
  );
  const zoom = makeZoom(stage, () => stage.querySelector(".pane"));
  const button = (key, text) =>
    make("button", { type: "button", "data-key": key, onclick: () => vote(CHOICES[key]) }, text);
  show(
    make(
      "div",
      { class: "bar progress" },
      make("h1", {}, `Pair ${state.at + 1} of ${DATA.pairs.length}`),
      make("progress", {
        max: DATA.pairs.length,
        value: state.at,
        "aria-label": "How far you are",
      }),
    ),
    stage,
    make(
      "div",
      { class: "bar answers" },
      button("ArrowLeft", "← Left is better"),
      button("ArrowDown", "↓ As good"),
      button("ArrowRight", "Right is better →"),
    ),
    make(
      "div",
      { class: "bar" },
      make("button", { type: "button", onclick: goBack, disabled: !state.votes.length }, "Back"),
      rainy
        ? make(
            "button",
            { type: "button", "aria-pressed": String(state.rainy), onclick: turnRainy },
            "Rainy photograph",
          )
        : null,
      make("button", { type: "button", onclick: () => turnTo(DATA.pairs.length) }, "Stop here"),
    ),
    make(
      "p",
      { class: "quiet hint" },
      "Keys: ",
      make("kbd", {}, "←"),
      " ",
      make("kbd", {}, "↓"),
      " ",
      make("kbd", {}, "→"),
      " to vote, ",
      make("kbd", {}, "Backspace"),
      " to go back, ",
      make("kbd", {}, "r"),
      " for the rainy photograph, ",
      make("kbd", {}, "+"),
      " and ",
      make("kbd", {}, "−"),
      " to zoom both.",
    ),
  );
  zoom.show();
  stage.focus({ preventScroll: true });
}

function vote(choice) {
  const [image, left, right] = DATA.pairs[state.at];
  const seconds = Math.round((performance.now() - state.shown) / 100) / 10;
  state.votes.push({ image, first: DATA.runs[left], second: DATA.runs[right], choice, seconds });
  state.saved = false;
  turnTo(state.at + 1);
}

function goBack() {
  if (!state.votes.length) return;
  state.votes.pop();
  turnTo(state.votes.length);
}

function turnRainy() {
  state.rainy = !state.rainy && Boolean(DATA.images[DATA.pairs[state.at][0]].rainy);
  showPair();
}

function showEnd() {
  const count = state.votes.length;
  show(
    make("h1", {}, count === DATA.pairs.length ? "Done, thank you" : "Stopped, thank you"),
    make(
      "p",
      { class: "lead" },
      `You gave ${count} ${count === 1 ? "vote" : "votes"}. Save them, and send the file to whoever asked you.`,
    ),
    make(
      "div",
      { class: "bar" },
      make(
        "button",
        { type: "button", class: "main", disabled: !count, onclick: save },
        "Save the votes",
      ),
      make(
        "button",
        { type: "button", disabled: !count, onclick: goBack },
        count < DATA.pairs.length ? "Go on" : "Back",
      ),
    ),
  );
}

function save() {
  const { schema, ballot, data } = DATA;
  const text = `${JSON.stringify({ schema, ballot, data, voter: state.voter, votes: state.votes }, null, 1)}\n`;
  const link = make("a", {
    href: URL.createObjectURL(new Blob([text], { type: "application/json" })),
    download: `votes-${state.voter.replace(/[^A-Za-z0-9-]+/g, "-").slice(0, 20) || "x"}-${ballot}.json`,
  });
  link.click();
  state.saved = true;
}

function show(...children) {
  document.getElementById("page").replaceChildren(make("main", {}, children));
}

addEventListener("keydown", (event) => {
  const voting = state.at >= 0 && state.at < DATA.pairs.length;
  if (
    !voting ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    (view.zoom > 1 && event.key in CHOICES)
  )
    return;
  if (event.key in CHOICES) vote(CHOICES[event.key]);
  else if (event.key === "Backspace") goBack();
  else if (event.key === "r") turnRainy();
  else return;
  event.preventDefault();
});

addEventListener("beforeunload", (event) => {
  if (!state.saved) event.preventDefault();
});

showStart();
