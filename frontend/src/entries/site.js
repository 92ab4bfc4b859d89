// Pages work without this file; it makes lists answer without a reload and the keyboard quicker.
import htmx from "htmx.org";

htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.selfRequestsOnly = true;
htmx.config.scrollIntoViewOnBoost = false;

const menus = () => document.querySelectorAll("details.menu[open]");

// An open menu closes on Escape (focus goes back to it) and on a press elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  if (event.key === "/" && !event.target.closest("input, select, textarea, [contenteditable]")) {
    const seek = document.querySelector("#seek");
    if (seek && seek.offsetParent) {
      event.preventDefault();
      seek.focus();
      seek.select();
    }
  }
});

document.addEventListener("click", (event) => {
  for (const menu of menus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
