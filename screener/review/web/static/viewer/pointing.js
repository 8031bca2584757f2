// Fingers, pens and the mouse on the stage, as what they mean: drag, pinch, wheel, hover.

export function point(stage, does) {
  // Calls does.begin(point), .drag(point, dx, dy), .end(point), .pinch(point, dx, dy, factor),
  // .wheel(point, factor), .twice(point), .hover(point), .leave(). A point has x, y in CSS pixels of the
  // stage, and `button`, `shift`, `touch` of its press. Returns what ends all that.
  const down = new Map();
  const ends = new AbortController();
  const on = (name, run, passive = true) => stage.addEventListener(name, run, { signal: ends.signal, passive });
  const at = (event) => {
    const { left, top } = stage.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };

  on("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    const press = { ...at(event), button: event.button, shift: event.shiftKey, touch: event.pointerType === "touch" };
    down.set(event.pointerId, press);
    if (down.size === 1) does.begin(press);
  });
  on("pointermove", (event) => {
    const press = down.get(event.pointerId), now = at(event);
    if (!press) return does.hover(now);
    if (down.size === 2) pinch(press, now);
    else does.drag({ ...press, ...now }, now.x - press.x, now.y - press.y);
    Object.assign(press, now);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    on(name, (event) => {
      const press = down.get(event.pointerId);
      down.delete(event.pointerId);
      if (press && down.size === 0) does.end(press);
    });
  }
  on("pointerleave", () => down.size || does.leave());
  on("dblclick", (event) => does.twice(at(event)));
  on("contextmenu", (event) => event.preventDefault(), false);
  on("wheel", (event) => {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 30 : event.deltaMode === 2 ? 300 : 1;
    does.wheel(at(event), Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0018)));
  }, false);

  function pinch(press, now) {
    const other = [...down.values()].find((one) => one !== press);
    const before = Math.hypot(press.x - other.x, press.y - other.y);
    const after = Math.hypot(now.x - other.x, now.y - other.y);
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    does.pinch(middle, (now.x - press.x) / 2, (now.y - press.y) / 2, before > 0 ? after / before : 1);
  }

  return () => ends.abort();
}
