// What is being looked at. Parts of the page follow the words that they depend on.

const state = { protocol: DATA.protocol, figure: "psnr", set: 0, image: 0 };
const followers = [];

/** Call `redraw` now, and whenever one of these words of the state has changed. */
function follow(words, redraw) {
  followers.push({ words, redraw });
  redraw();
}

/** Change the state, and redraw what follows the words that are other than before. */
function change(words) {
  const changed = Object.keys(words).filter((word) => state[word] !== words[word]);
  Object.assign(state, words);
  for (const { words: followed, redraw } of followers) {
    if (followed.some((word) => changed.includes(word))) redraw();
  }
  if (changed.length) remember();
}

/** Turn to a set of images: its first image, and the most telling methods on it. */
function turnTo(set) {
  change({ set, image: 0, ...opening(set) });
}

/** What is shown of a set first: the rainy input beside the best method, and the two best. */
function opening(set) {
  const of = (run) => DATA.views[state.protocol].results[run.id]?.psnr ?? -Infinity;
  const methods = runsOn(set).filter((run) => !run.is_input);
  const ranked = methods.sort((one, other) => Number(of(other)) - Number(of(one)));
  const [best, second] = ranked.length ? ranked : runsOn(set);
  const right = best?.id ?? CLEAN;
  const y = second ?? inputOf(set) ?? best;
  // Where the dataset is not at hand, two methods can still be set against each other.
  const left = [RAINY, y?.id ?? RAINY].find((shown) => pictureOf(set, 0, shown)) ?? RAINY;
  return { left, right, x: y?.id ?? null, y: best?.id ?? null, beside: null };
}

// The address remembers what is looked at, so that a view can be sent to somebody.
const REMEMBERED = ["protocol", "figure", "set", "image", "left", "right", "x", "y", "mode"];

function remember() {
  const words = REMEMBERED.map((word) => [word, String(state[word])]);
  try {
    history.replaceState(null, "", `#${new URLSearchParams(words)}`);
  } catch {
    // A browser that forbids it shows the page all the same.
  }
}

/** Take up the view that the address remembers, as far as there is such a thing here. */
function recall() {
  const words = new URLSearchParams(location.hash.slice(1));
  const known = (word, among) =>
    among.includes(words.get(word)) ? { [word]: words.get(word) } : {};
  const count = (word, below) => {
    const number = Number(words.get(word) ?? NaN);
    return Number.isInteger(number) && number >= 0 && number < below ? { [word]: number } : {};
  };
  Object.assign(state, known("protocol", Object.keys(DATA.views)));
  Object.assign(state, known("figure", Object.keys(FIGURES)), count("set", DATA.sets.length));
  if (!DATA.sets.length) return;
  const runs = runsOn(state.set).map((run) => run.id);
  const shown = [RAINY, CLEAN, ...runs];
  Object.assign(state, opening(state.set), count("image", DATA.sets[state.set].images.length));
  Object.assign(state, known("left", shown), known("right", shown), known("x", runs));
  Object.assign(state, known("y", runs), known("mode", Object.keys(MODES)));
}
