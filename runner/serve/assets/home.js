// A run that cannot begin says why beside its button, with what was typed in
// still there.
"use strict";
for (const form of document.querySelectorAll("form")) form.addEventListener("submit", async e => {
  e.preventDefault();
  const button = form.querySelector("button");
  const said = form.querySelector("[role=alert]") ?? button.insertAdjacentElement("afterend", document.createElement("p"));
  said.role = "alert";
  said.className = "warn";
  said.textContent = "";
  button.disabled = true;
  try {
    const r = await fetch(form.action, {method: "POST", body: new URLSearchParams(new FormData(form))});
    if (r.ok) return location.assign(r.url);
    said.textContent = await r.text();
  } catch {
    said.textContent = "tandem does not answer: it may have ended";
  }
  button.disabled = false;
});
