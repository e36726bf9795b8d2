(() => {
  const root = document.querySelector('.predictions');
  const { classes, sheet, images } = JSON.parse(root.querySelector('[data-name=predictions]').textContent);
  const make = (tag, kind, words) => {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    if (words !== undefined) made.textContent = words;
    return made;
  };
  const percent = (share) => `${Math.min(share < 1 ? 99 : 100, Math.round(100 * share))} %`;
  const sure = (image) => (image.top.find(([at]) => at === image.prediction) ?? image.top[0])[1];
  const told = (image) => {
    const said = classes[image.prediction];
    if (image.label < 0) return `taken for ${said}`;
    return image.label === image.prediction ? `${said}, rightly` : `${classes[image.label]}, taken for ${said}`;
  };
  const place = (element, cell) => {
    element.className = cell === null ? 'pic none' : `pic ${sheet.name}`;
    const part = (at, count) => (count > 1 ? `${(100 * at) / (count - 1)}%` : '0');
    if (cell === null) return;
    element.style.backgroundPosition =
      `${part(cell % sheet.columns, sheet.columns)} ${part(Math.floor(cell / sheet.columns), sheet.rows)}`;
  };

  // the shelf: pictures of one cell of the table, or those that the page began with
  const shelf = root.querySelector('.shelf');
  const title = shelf.querySelector('h2');
  const note = shelf.querySelector('p');
  const back = shelf.querySelector('.back');
  const tiles = shelf.querySelector('.tiles');
  const began = { title: title.textContent, note: '', images: images.slice(0, tiles.children.length) };
  let shown = [];

  const tile = (image, at) => {
    const button = make('button');
    button.append(make('span', 'pic'));
    place(button.firstChild, image.cell);
    button.firstChild.setAttribute('aria-hidden', 'true');
    const words = make('span');
    if (image.label >= 0 && image.label !== image.prediction) {
      words.append('is ', make('b', '', classes[image.label]), ',', make('br'), 'not ');
    } else if (image.label >= 0) words.append('rightly ');
    words.append(make('b', '', classes[image.prediction]), make('br'), make('span', 'quiet', `${percent(sure(image))} sure`));
    button.append(words);
    button.addEventListener('click', () => open(at));
    const item = make('li');
    item.title = image.id;
    item.append(button);
    return item;
  };
  const fill = (view) => {
    shown = view.images;
    title.textContent = view.title;
    note.textContent = view.note;
    back.hidden = view === began;
    tiles.replaceChildren(...shown.map(tile));
  };
  const show = (cell, count) => {
    const [label, prediction] = cell.split(',').map(Number);
    const found = images.filter((image) => image.label === label && image.prediction === prediction);
    const right = label === prediction;
    const sort = (one, other) => (right ? 1 : -1) * (sure(one) - sure(other));
    const words = right ? 'it was least sure of' : 'it was most sure of';
    const some = found.length < count ? `${found.length} of ${count.toLocaleString('en')}, those ${words}` : '';
    fill({
      title: right ? `${classes[label]}, recognised` : `${classes[label]}, taken for ${classes[prediction]}`,
      note: some,
      images: [...found].sort(sort),
    });
    press(cell);
    title.focus({ preventScroll: true });
    shelf.scrollIntoView({ block: 'nearest', behavior: 'instant' });
  };
  back.addEventListener('click', () => { fill(began); press(''); title.focus(); });

  // the table: its numbers are buttons, one of them in the order of Tab, the arrows go from one to the next
  const table = root.querySelector('.matrix');
  const buttons = new Map();
  const press = (cell) => {
    for (const [at, button] of buttons) button.setAttribute('aria-pressed', String(at === cell));
  };
  for (const cell of table?.querySelectorAll('[data-cell]') ?? []) {
    const [label, prediction] = cell.dataset.cell.split(',').map(Number);
    const button = make('button', '', cell.textContent);
    const words = label === prediction ? 'recognised' : `taken for ${classes[prediction]}`;
    button.setAttribute('aria-label', `${classes[label]} ${words}: ${cell.textContent}`);
    button.setAttribute('aria-pressed', 'false');
    button.tabIndex = buttons.size ? -1 : 0;
    button.addEventListener('click', () => { reach(button); show(cell.dataset.cell, number(cell)); });
    cell.replaceChildren(button);
    buttons.set(cell.dataset.cell, button);
  }
  const number = (cell) => Number(cell.textContent.replaceAll(',', ''));
  const reach = (button) => {
    for (const other of buttons.values()) other.tabIndex = -1;
    button.tabIndex = 0;
  };
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  table?.addEventListener('keydown', (event) => {
    const step = STEPS[event.key];
    if (!step || event.target.tagName !== 'BUTTON') return;
    event.preventDefault();
    const lines = [...table.tBodies[0].rows];
    let line = lines.indexOf(event.target.closest('tr'));
    let column = event.target.closest('td').cellIndex;
    while (true) {
      [line, column] = [line + step[0], column + step[1]];
      const cell = lines[line]?.cells[column];
      if (!cell || cell.tagName !== 'TD') return;
      const button = cell.querySelector('button');
      if (button) { reach(button); button.focus(); return; }
    }
  });
  for (const words of root.querySelectorAll('[data-open]')) {
    const button = make('button', '', words.textContent);
    button.addEventListener('click', () => show(words.dataset.open, Number(words.textContent.match(/[\d,]+/)[0].replaceAll(',', ''))));
    words.replaceChildren(button);
  }
  for (const hint of root.querySelectorAll('.script')) hint.classList.remove('script');

  // one picture, large, and what it could have been
  const detail = root.querySelector('.detail');
  let current = 0;
  const open = (at) => {
    current = (at + shown.length) % shown.length;
    const image = shown[current];
    place(detail.querySelector('.pic'), image.cell);
    detail.querySelector('.pic').setAttribute('aria-label', told(image));
    detail.querySelector('h3').textContent = told(image);
    detail.querySelector('.id').textContent = image.id;
    detail.querySelector('.chances').replaceChildren(...image.top.flatMap(([name, share]) => {
      const track = make('span', 'track');
      track.append(make('div', name === image.label ? 'fill right' : 'fill'));
      track.firstChild.style.width = `${100 * share}%`;
      return [make(name === image.label ? 'b' : 'span', '', classes[name]), track,
        make('span', '', `${(100 * share).toFixed(1)} %`)];
    }));
    if (!detail.open) detail.showModal();
  };
  detail.querySelector('.before').addEventListener('click', () => open(current - 1));
  detail.querySelector('.after').addEventListener('click', () => open(current + 1));
  detail.querySelector('.close').addEventListener('click', () => detail.close());
  detail.addEventListener('click', (event) => { if (event.target === detail) detail.close(); });
  detail.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowLeft') open(current - 1);
    if (event.key === 'ArrowRight') open(current + 1);
  });
  detail.addEventListener('close', () => tiles.children[current]?.firstChild.focus());

  fill(began);
})();
