// Shows of a rule's form only what rules of its kind have, and goes on applying rules until all is done. Without this
// script all fields are there, and a person presses "Go on".

const FIELDS = { words: ["term", "match"], author: ["term"], links: ["number"], length: ["number"], first: [] };

document.addEventListener("DOMContentLoaded", () => {
  document.querySelector("#goes-on")?.submit();
  const kind = document.querySelector("#rule_form #id_kind");
  if (!kind) return;
  const show = () => {
    for (const name of ["term", "match", "number"]) {
      const row = document.querySelector(`.form-row.field-${name}`);
      const isUsed = FIELDS[kind.value].includes(name);
      row.hidden = !isUsed;
      for (const input of row.querySelectorAll("input, select")) input.disabled = !isUsed;
    }
  };
  kind.addEventListener("change", show);
  show();
});
