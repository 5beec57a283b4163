// Zoom and pan, shared by every picture on the stage: a factor, and where the corner lies in pixels.

const ZOOM = { least: 1, most: 24, step: 1.4 };
const PIXELS_SHOW = 3; // from this factor on, pixels are drawn as squares

// Kept while methods are switched, so that one spot can be compared over all of them.
const view = { zoom: 1, x: 0, y: 0 };

/** Let the pictures on `stage` be zoomed and moved; `frame` gives the element they lie in. */
function makeZoom(stage, frame) {
  const touches = new Map();

  function show() {
    const { width, height } = frame().getBoundingClientRect();
    view.x = Math.min(0, Math.max(view.x, width * (1 - view.zoom)));
    view.y = Math.min(0, Math.max(view.y, height * (1 - view.zoom)));
    stage.style.setProperty("--zoom", view.zoom);
    stage.style.setProperty("--x", `${view.x}px`);
    stage.style.setProperty("--y", `${view.y}px`);
    stage.classList.toggle("pixels", view.zoom >= PIXELS_SHOW);
    stage.classList.toggle("zoomed", view.zoom > 1);
    stage.dispatchEvent(new CustomEvent("zoomed", { detail: view.zoom }));
  }

  /** Zoom by a factor so that the point (x, y) of the frame stays where it is. */
  function zoomAt(factor, x, y) {
    const zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, view.zoom * factor));
    const by = zoom / view.zoom;
    Object.assign(view, { zoom, x: x - (x - view.x) * by, y: y - (y - view.y) * by });
    show();
  }

  function zoomMiddle(factor) {
    const { width, height } = frame().getBoundingClientRect();
    zoomAt(factor, width / 2, height / 2);
  }

  /** Where a pointer is in the frame that it is over. */
  function within(event) {
    const over = event.target.closest(".pane") ?? frame();
    const { left, top } = over.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  function move(x, y) {
    view.x += x;
    view.y += y;
    show();
  }

  stage.addEventListener(
    "wheel",
    (event) => {
      // A wheel over a page scrolls it, unless the stage was chosen or Ctrl says otherwise.
      if (!event.ctrlKey && !event.metaKey && !stage.contains(document.activeElement)) return;
      event.preventDefault();
      zoomAt(Math.exp(-event.deltaY / 300), ...within(event));
    },
    { passive: false },
  );
  stage.addEventListener("dblclick", (event) =>
    zoomAt(view.zoom > 1 ? 1 / view.zoom : 3, ...within(event)),
  );
  stage.addEventListener("pointerdown", (event) => {
    if (event.target.closest(".divider")) return;
    touches.set(event.pointerId, event);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = touches.get(event.pointerId);
    if (!before) return;
    const other = [...touches.values()].find((each) => each.pointerId !== event.pointerId);
    if (other) {
      const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      zoomAt(apart(event) / Math.max(1, apart(before)), ...within(event));
    } else if (view.zoom > 1) {
      stage.setPointerCapture(event.pointerId);
      move(event.clientX - before.clientX, event.clientY - before.clientY);
    }
    touches.set(event.pointerId, event);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    stage.addEventListener(name, (event) => touches.delete(event.pointerId));
  }
  stage.addEventListener("keydown", (event) => {
    const steps = {
      ArrowLeft: [40, 0],
      ArrowRight: [-40, 0],
      ArrowUp: [0, 40],
      ArrowDown: [0, -40],
    };
    if (event.key in steps && view.zoom > 1 && event.target === stage) move(...steps[event.key]);
    else if (event.key === "+" || event.key === "=") zoomMiddle(ZOOM.step);
    else if (event.key === "-") zoomMiddle(1 / ZOOM.step);
    else if (event.key === "0") zoomMiddle(0);
    else return;
    event.preventDefault();
  });
  return {
    zoomIn: () => zoomMiddle(ZOOM.step),
    zoomOut: () => zoomMiddle(1 / ZOOM.step),
    whole: () => zoomMiddle(0),
    show,
  };
}
