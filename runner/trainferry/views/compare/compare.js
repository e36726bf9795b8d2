(() => {
  const make = (tag, kind, words) => {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    if (words !== undefined) made.textContent = words;
    return made;
  };
  const picture = (sheet, cell) => {
    const made = make('span', cell === null ? 'pic none' : `pic ${sheet.name}`);
    made.setAttribute('aria-hidden', 'true');
    const part = (at, count) => (count > 1 ? `${Number(((100 * at) / (count - 1)).toPrecision(5))}%` : '0');
    if (cell !== null) {
      made.style.backgroundPosition =
        `${part(cell % sheet.columns, sheet.columns)} ${part(Math.floor(cell / sheet.columns), sheet.rows)}`;
    }
    return made;
  };
  const line = (kind, before, name, after) => {
    const made = make('p', kind, `${before} `);
    made.append(make('b', '', name));
    if (after) made.append(' ', make('span', '', after));
    return made;
  };

  for (const root of document.querySelectorAll('.compare .flips')) {
    const { names, sheet, first, counts, overall, images } = JSON.parse(
      root.querySelector('[data-name=flips]').textContent);
    const tile = (image) => {
      const item = make('li', 'plain');
      item.title = image.id;
      item.append(picture(sheet, image.cell), line('', 'is', image.label),
        line('said', 'was', image.said[0], image.sure[0]), line('said', 'now', image.said[1], image.sure[1]));
      return item;
    };
    const fill = (won, of) => {
      const side = root.querySelector(won ? '.won' : '.lost');
      const found = images.filter((image) => image.won === won && (of === undefined || image.label === of));
      const shown = of === undefined ? found.slice(0, first) : found;
      const count = (of === undefined ? overall : counts[of])[won ? 0 : 1];
      const right = names[won ? 1 : 0];
      const some = shown.length < count ? `, ${shown.length} of ${count.toLocaleString('en')}` : '';
      const about = of === undefined ? '' : `${of}: `;
      side.querySelector('h3').textContent =
        count ? `${about}only ${right} is right${some}` : `${about}nothing that only ${right} has right`;
      side.querySelector('ul').replaceChildren(...shown.map(tile));
    };
    const choose = root.querySelector('.choose');
    const buttons = [...choose.querySelectorAll('button')];
    for (const button of buttons) {
      button.addEventListener('click', () => {
        for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
        fill(true, button.dataset.class);
        fill(false, button.dataset.class);
      });
    }
    choose.hidden = false;
  }
})();
