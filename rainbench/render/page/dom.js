// Elements from plain values. Text goes in as text nodes only: no string is ever read as HTML.

/** Set attributes by name; "on…" takes a listener, false and null leave the attribute out. */
function dress(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  return element;
}

/** Make an HTML element; children are nodes or text, and null is none. */
function make(tag, attributes = {}, ...children) {
  const element = dress(document.createElement(tag), attributes);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== ""));
  return element;
}

/** Make an SVG element. */
function draw(tag, attributes = {}, ...children) {
  const element = dress(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes);
  element.append(...children.flat(Infinity));
  return element;
}

/** Make a labelled <select> over {value, text, disabled}. */
function makeSelect(label, options, value, onChange) {
  const select = make("select", { onchange: () => onChange(select.value) });
  for (const option of options) {
    const made = make("option", { value: option.value, disabled: option.disabled }, option.text);
    made.selected = option.value === value;
    select.append(made);
  }
  return make("label", { class: "field" }, make("span", {}, label), select);
}

/** Make a group of which some are pressed: buttons, so that each is one Tab or one touch away. */
function makeChoice(label, options, isPressed, onPress, look = "choice") {
  return make(
    "div",
    { class: look, role: "group", "aria-label": label },
    options.map((option) =>
      make(
        "button",
        {
          type: "button",
          "aria-pressed": String(isPressed(option.value)),
          "data-value": option.value,
          disabled: option.disabled,
          title: option.hint,
          onclick: () => onPress(option.value),
        },
        option.text,
      ),
    ),
  );
}

/** Redraw `holder`, and give the focus back to what is there in the place of what had it. */
function refill(holder, ...children) {
  const focused = holder.contains(document.activeElement) ? document.activeElement : null;
  const path = focused && [...holder.querySelectorAll(FOCUSABLE)].indexOf(focused);
  holder.replaceChildren(...children.flat(Infinity).filter((child) => child));
  if (focused) [...holder.querySelectorAll(FOCUSABLE)][path]?.focus({ preventScroll: true });
}

const FOCUSABLE = "button, select, input, summary, [tabindex]";
