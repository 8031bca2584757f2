// Forms of cases that a key opens: one sees them, and the cursor stands in their first field.
for (const part of document.querySelectorAll(".case-of-parcel, .case-columns details, .case-ways details, .case-begin"))
  part.addEventListener("toggle", () => {
    if (!part.open) return;
    part.scrollIntoView({ block: "nearest" });
    part.querySelector("form :is(input:not([type=hidden]), select, textarea)")?.focus({ preventScroll: true });
  });
