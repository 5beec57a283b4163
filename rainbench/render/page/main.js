// The page as a whole, top to bottom.

function makeHeader() {
  const holder = make("div", { class: "controls" });
  const scored = DATA.runs.length > 0;
  follow(["protocol", "figure"], () =>
    refill(
      holder,
      scored &&
        makeSelect(
          "Protocol",
          Object.keys(DATA.views).map((name) => ({ value: name, text: name })),
          state.protocol,
          (protocol) => change({ protocol }),
        ),
      scored &&
        makeChoice(
          "Figure that sorts and draws",
          Object.entries(FIGURES).map(([value, { name }]) => ({ value, text: name })),
          (value) => value === state.figure,
          (figure) => change({ figure }),
        ),
      make(
        "button",
        {
          type: "button",
          class: "theme",
          "aria-label": "Light or dark",
          title: "Light or dark",
          onclick: turnLight,
        },
        "◐",
      ),
    ),
  );
  return make(
    "header",
    { class: "top" },
    make(
      "div",
      { class: "inner" },
      make("a", { class: "brand", href: "#top-of-page" }, "rainbench"),
      holder,
    ),
  );
}

function turnLight() {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}

function makeReport() {
  const blocks = make("div", { class: "blocks" });
  const source = make("p", { class: "lead" });
  follow(["protocol"], () => {
    const protocol = DATA.protocols.find((each) => each.name === state.protocol);
    source.textContent =
      protocol && DATA.runs.length ? `Scores under ${protocol.name}: ${protocol.source}.` : "";
    refill(blocks, DATA.views[state.protocol].blocks.map(makeBlock));
  });
  return make(
    "section",
    { "aria-labelledby": "report" },
    make("h1", { id: "report" }, DATA.title),
    source,
    blocks,
  );
}

function makePictures() {
  const chooser = make("div", { class: "bar" });
  follow(["set"], () =>
    refill(
      chooser,
      makeSelect(
        "Images of",
        DATA.sets.map((set, index) => ({ value: String(index), text: set.name })),
        String(state.set),
        (value) => turnTo(Number(value)),
      ),
    ),
  );
  return [
    makeSection(
      "pictures",
      "Pictures",
      DATA.sets.length > 1 ? chooser : null,
      makeViewer(),
      makeStrip(),
    ),
    makeSection("pairs", "Two methods, image by image", makeScatter()),
    makeSection("images", "Every image", makeScores()),
  ];
}

function makeSection(id, title, ...children) {
  return make(
    "section",
    { id, "aria-labelledby": `${id}-title` },
    make("h2", { id: `${id}-title` }, title),
    children,
  );
}

function makePage() {
  recall();
  state.mode ??= "slider";
  const drawn = DATA.sets.some((set) => set.images.length);
  const sections = drawn ? ["pictures", "pairs", "images", "runs"] : [];
  const names = { pictures: "Pictures", pairs: "Two methods", images: "Every image", runs: "Runs" };
  document.getElementById("page").replaceChildren(
    make("a", { class: "skip", href: "#main" }, "Skip to the scores"),
    makeHeader(),
    make(
      "main",
      { id: "main", tabindex: "-1" },
      makeReport(),
      sections.length
        ? make(
            "nav",
            { "aria-label": "Parts of the page" },
            sections.map((id) =>
              make(
                "a",
                {
                  href: `#${id}`,
                  onclick: (event) => {
                    event.preventDefault(); // the address keeps the view
                    document.getElementById(id).scrollIntoView();
                  },
                },
                names[id],
              ),
            ),
          )
        : null,
      drawn ? makePictures() : null,
      DATA.runs.length ? makeSection("runs", "Where the numbers come from", makeRuns()) : null,
    ),
    make("footer", {}, make("p", { class: "quiet" }, `rainbench ${DATA.version}`)),
    makeProvenanceDialog(),
  );
}

makePage();
