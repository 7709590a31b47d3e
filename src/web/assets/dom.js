/** Small helpers around the document. Texts go in as texts, never as markup. */

/** @param {string} id */
export function byId(id) {
  return document.getElementById(id);
}

/** Makes an element: `element('td', { className: 'x' }, 'text', child)`. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Writes a text where it differs, so that nothing is drawn, or read out, again without need. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** Cells as texts, or as [text, class]. Rows are kept where they can be. */
export function fillTable(table, rows) {
  const body = table.tBodies[0];
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((cells, index) => {
    const row = body.rows[index] ?? body.insertRow();
    cells.forEach((cell, column) => {
      const [text, className = ''] = Array.isArray(cell) ? cell : [cell];
      let target = row.cells[column];
      if (target === undefined) {
        target = element(column === 0 ? 'th' : 'td');
        if (column === 0) target.scope = 'row';
        row.append(target);
      }
      setText(target, text);
      if (target.className !== className) target.className = className;
    });
  });
}

/** A row of figures, made once and filled again and again. */
export class Tiles {
  #container;
  #tiles = new Map();

  constructor(container) {
    this.#container = container;
  }

  set(name, value, more = '', className = '') {
    let tile = this.#tiles.get(name);
    if (tile === undefined) {
      tile = {
        value: element('div', { className: 'value' }),
        more: element('div', { className: 'more' }),
      };
      const label = element('div', { className: 'name' }, name);
      this.#container.append(element('div', { className: 'tile' }, label, tile.value, tile.more));
      this.#tiles.set(name, tile);
    }
    setText(tile.value, value);
    setText(tile.more, more);
    tile.value.title = value;
    tile.value.className = `value ${className}`;
  }
}

export function verdictClass(verdict, isFinal = true) {
  return verdict ? `verdict ${verdict.toLowerCase()}${isFinal ? '' : ' sofar'}` : '';
}
