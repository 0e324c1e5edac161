// The one place where text becomes HTML. The server has escaped all that is not ours; besides, the page's
// content security policy lets nothing run that stands in it.

const policy = globalThis.trustedTypes
  ? trustedTypes.createPolicy("footnote", { createHTML: (text) => text })
  : { createHTML: (text) => text };

/** Put HTML that the server wrote into an element. */
export function fill(element, html) {
  element.innerHTML = policy.createHTML(html);
}

/** A new element, with properties and children; children that are text stay text. */
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export const byId = (id) => document.getElementById(id);
