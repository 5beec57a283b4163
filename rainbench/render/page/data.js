// What the page shows: one JSON document, and questions about it.

const DATA = JSON.parse(document.getElementById("data").textContent);
const RUNS = new Map(DATA.runs.map((run) => [run.id, run]));
const RAINY = "rainy";
const CLEAN = "clean";

/** The figures that scores have, each with its place in a score, its unit and its decimals. */
const FIGURES = {
  psnr: { at: 0, name: "PSNR", unit: " dB", decimals: 2, small: 0.05 },
  ssim: { at: 1, name: "SSIM", unit: "", decimals: 4, small: 0.001 },
};

/** Runs on one set of images, in the order of the document. */
function runsOn(set) {
  return DATA.runs.filter((run) => run.set === set);
}

/** A run's PSNR or SSIM on an image under a protocol; null where it is not scored. */
function scoreOf(run, image, { protocol, figure }) {
  const score = run.scores[protocol]?.[image];
  return score ? Number(score[FIGURES[figure].at]) : null;
}

/** The row of the untouched input on a set, if it was scored. */
function inputOf(set) {
  return runsOn(set).find((run) => run.is_input);
}

/** Write a score with its decimals; a PSNR without end is "inf". */
function written(value, figure, signed = false) {
  if (value === null || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "−inf";
  const text = Math.abs(value).toFixed(FIGURES[figure].decimals);
  return `${value < 0 ? "−" : signed ? "+" : ""}${text}`;
}

/** The file of a picture beside the page; "" where it is not at hand. */
function pictureOf(set, image, shown) {
  const { images, folder } = DATA.sets[set];
  const { file, originals } = images[image];
  if (shown === RAINY || shown === CLEAN) {
    return originals.includes(shown) ? address(folder, shown, `${file}.png`) : "";
  }
  return RUNS.get(shown).pictures.includes(image) ? address("runs", shown, `${file}.png`) : "";
}

/** The small picture of an image for the strip; "" where it is not at hand. */
function thumbnailOf(set, image) {
  const { images, folder } = DATA.sets[set];
  return images[image].thumbnail ? address(folder, "thumbnails", `${images[image].file}.webp`) : "";
}

function address(...names) {
  return [DATA.files, ...names].map(encodeURIComponent).join("/");
}

/** What a picture is called: the run's row, or what it is of the dataset. */
function nameOf(shown) {
  if (shown === RAINY) return "Rainy input";
  return shown === CLEAN ? "Clean" : RUNS.get(shown).row;
}
