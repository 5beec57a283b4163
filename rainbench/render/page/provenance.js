// Where a number comes from: everything that decides it, and the command that makes it again.

/** Open the provenance of these runs. */
function showProvenance(ids) {
  const dialog = document.getElementById("provenance");
  const runs = ids.map((id) => RUNS.get(id)).filter(Boolean);
  const close = make(
    "button",
    { type: "button", class: "close", "aria-label": "Close", onclick: () => dialog.close() },
    "×",
  );
  dialog.replaceChildren(
    make(
      "div",
      { class: "sheet" },
      make(
        "div",
        { class: "above" },
        make("h2", { id: "provenance-title" }, "Where this comes from"),
        close,
      ),
      runs.map(makeRecord),
    ),
  );
  dialog.showModal();
}

function makeProvenanceDialog() {
  const dialog = make("dialog", {
    id: "provenance",
    "aria-labelledby": "provenance-title",
    onclick: (event) => event.target === dialog && dialog.close(),
  });
  return dialog;
}

function makeRecord(run) {
  const result = DATA.views[state.protocol].results[run.id];
  const marks = (result?.beside ?? []).filter((word) => meaning(word));
  const look = () => {
    document.getElementById("provenance").close();
    if (state.set !== run.set) turnTo(run.set);
    change({ right: run.id });
    document.getElementById("pictures").scrollIntoView();
  };
  return make(
    "article",
    {},
    make("h3", {}, `${run.title} on ${DATA.sets[run.set].name}`),
    make(
      "p",
      { class: "score" },
      result ? `${result.text} under ${state.protocol}` : `not scored under ${state.protocol}`,
      make("span", { class: "quiet" }, ` · ${(result?.beside ?? []).join(" · ")}`),
    ),
    marks.map((word) => make("p", { class: "note" }, `${word}: ${meaning(word)}.`)),
    make(
      "dl",
      {},
      run.facts.map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]),
    ),
    make(
      "h4",
      {},
      run.commands.length > 1 ? "The commands that made it" : "The command that makes it again",
    ),
    run.commands.map(makeCommand),
    DATA.sets[run.set].images.length
      ? make("button", { type: "button", onclick: look }, "See its pictures")
      : null,
  );
}

function makeCommand(words) {
  const code = make("code", { tabindex: "0" }, words);
  const copy = make(
    "button",
    {
      type: "button",
      onclick: async () => {
        try {
          await navigator.clipboard.writeText(words);
          copy.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(code); // no clipboard: the words are at least marked
        }
      },
    },
    "Copy",
  );
  return make("div", { class: "command" }, code, copy);
}

/** The list of all runs, each a way into its provenance. */
function makeRuns() {
  const columns = [
    { title: "method" },
    { title: "data" },
    { title: "images", align: "right" },
    { title: "trained on" },
    { title: "overlap" },
    { title: "run" },
  ];
  const words = (text) => ({ text: text ?? "", sort: text ?? "", node: text ?? "–" });
  const rows = DATA.runs.map((run) => [
    words(run.row),
    words(DATA.sets[run.set].name),
    { text: `${run.restored}/${run.of}`, sort: run.restored, node: `${run.restored}/${run.of}` },
    words(run.trained_on ?? "nothing"),
    words(run.overlap),
    {
      text: run.id,
      sort: run.id,
      node: make(
        "button",
        { type: "button", class: "figures mono", onclick: () => showProvenance([run.id]) },
        run.id,
      ),
    },
  ]);
  return makeTable("Runs", columns, rows);
}
