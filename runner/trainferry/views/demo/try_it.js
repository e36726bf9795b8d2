(() => {
  const SHOWN = 10; // classes with a bar of their own
  const SLOW = 40; // milliseconds: after an answer that takes longer the hand has a rest

  const make = (tag, words = '') => {
    const made = document.createElement(tag);
    made.textContent = words;
    return made;
  };
  const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const percent = (share) => `${Math.round(100 * share)} %`;

  /* The pictures of the cells of a sheet as the net gets them. */
  const cut = async (root, { columns, side }, examples, [channels, height, width]) => {
    const pic = root.querySelector('.samples .pic');
    if (!pic) return [];
    const image = new Image();
    image.src = getComputedStyle(pic).backgroundImage.replace(/^url\("?|"?\)$/g, '');
    await image.decode();
    const sheet = ferryPaper.canvas(image.height, image.width);
    sheet.drawImage(image, 0, 0);
    return examples.map(({ cell }) => {
      // a cell is square, its picture in the middle
      const scale = side / Math.max(height, width);
      const [tall, wide] = [Math.round(height * scale), Math.round(width * scale)];
      const [left, top] = [(cell % columns) * side + ((side - wide) >> 1), Math.floor(cell / columns) * side + ((side - tall) >> 1)];
      const found = ferryLook.fromBytes(sheet.getImageData(left, top, wide, tall), channels, [0, 0, 0]);
      return ferryLook.resized(found, ferryLook.whole(found), [height, width]);
    });
  };

  /* The bars and the sentence. */
  const answer = (root, classes) => {
    const [said, odds, aloud, seen] = ['.said', '.odds', '.aloud', '.seen'].map((name) => root.querySelector(name));
    const bars = Array.from({ length: Math.min(SHOWN, classes.length) }, () => {
      const line = make('li');
      line.append(make('span'), make('i'), make('span'));
      return line;
    });
    odds.append(...bars);
    let speaking = 0;
    const speak = (words) => {
      clearTimeout(speaking);
      speaking = setTimeout(() => (aloud.textContent = words), 900);
    };
    const show = (image, shares, truth) => {
      const order = classes.map((_, at) => at).sort((a, b) => shares[b] - shares[a]);
      const listed = classes.length > SHOWN ? order : classes.map((_, at) => at);
      bars.forEach((line, at) => {
        const place = listed[at];
        line.className = image && place === order[0] ? 'top' : '';
        line.children[0].textContent = classes[place];
        line.children[1].style.setProperty('--share', image ? shares[place] : 0);
        line.children[2].textContent = image ? percent(shares[place]) : '';
      });
      Object.assign(seen, { height: image?.height ?? 28, width: image?.width ?? 28 });
      if (image) seen.getContext('2d').putImageData(ferryLook.toBytes(image), 0, 0);
      seen.closest('figure').hidden = !image;
      if (!image) return said.replaceChildren(make('b', 'Draw something'), 'and it says what it takes it for.');
      const told = `${percent(shares[order[0]])} sure, or else ${classes[order[1]]}.`;
      const right = truth === classes[order[0]] ? ' Right.' : ` In truth it is ${truth}.`;
      said.replaceChildren(make('b', classes[order[0]]), told + (truth ? right : ''));
      speak(`It says ${classes[order[0]]}, ${told}${truth ? right : ''}`);
    };
    return { show, said };
  };

  const start = async (root) => {
    const told = JSON.parse(root.querySelector('[data-name=try]').textContent);
    const [channels, ...size] = told.shape;
    root.querySelector('.live').hidden = false; // so that the samples have their style
    root.querySelector('.still').hidden = true;
    const net = ferryModel.net(ferryModel.tensors(bytes(told.weights)));
    const pictures = await cut(root, told.sheet, told.examples, told.shape);
    const look = { channels, ...ferryLook.of(pictures) };
    const page = answer(root, told.classes);
    const fill = root.querySelector('.fill');
    const samples = [...root.querySelectorAll('.samples button')];
    fill.checked = Boolean(look.filled);
    root.querySelector('.colours').hidden = channels === 1;
    root.querySelector('.colour').value = `#${look.ink.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('').padEnd(6, '0').slice(0, 6)}`;

    let [truth, waiting, took] = ['', 0, 0];
    const ask = () => {
      waiting = 0;
      const began = performance.now();
      const image = desk.image(fill.checked);
      const pixels = image && Uint8Array.from(image.values, (value) => Math.round(value));
      page.show(image, image ? ferryModel.softmax(net.logits(pixels, ...size)) : [], truth);
      took = performance.now() - began;
    };
    const soon = () => {
      waiting ||= setTimeout(ask, took > SLOW ? 2 * took : 0);
    };
    const press = (button) => samples.forEach((one) => one.setAttribute('aria-pressed', String(one === button)));
    const changed = () => {
      truth = '';
      press(null);
      soon();
    };
    const desk = ferryPaper.on(root, size, look, changed);
    const put = (image, label, button) => {
      desk.put(image);
      truth = label;
      press(button);
    };
    samples.forEach((button) => button.addEventListener('click', () => {
      put(pictures[Number(button.dataset.at)], told.examples[Number(button.dataset.at)].label, button);
    }));
    fill.addEventListener('change', soon);
    root.querySelector('.undo').addEventListener('click', desk.undo);
    root.querySelector('.clear').addEventListener('click', desk.clear);

    const read = async (file) => {
      if (!file) return;
      try {
        const bitmap = await createImageBitmap(file);
        const scale = Math.min(1, 512 / Math.max(bitmap.width, bitmap.height));
        const area = ferryPaper.canvas(Math.max(1, Math.round(bitmap.height * scale)), Math.max(1, Math.round(bitmap.width * scale)));
        area.imageSmoothingQuality = 'high';
        area.drawImage(bitmap, 0, 0, area.canvas.width, area.canvas.height);
        const found = area.getImageData(0, 0, area.canvas.width, area.canvas.height);
        put(ferryLook.alike(ferryLook.fromBytes(found, channels, look.ground), look, size), '', null);
      } catch {
        page.said.replaceChildren(make('b', 'That is no picture'), 'that a browser can read.');
      }
    };
    const board = root.querySelector('.board');
    const file = root.querySelector('.file');
    file.addEventListener('change', async () => {
      await read(file.files[0]);
      file.value = '';
    });
    for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
      board.addEventListener(kind, (event) => {
        event.preventDefault();
        board.classList.toggle('over', kind === 'dragenter' || kind === 'dragover');
      });
    }
    board.addEventListener('drop', (event) => read(event.dataTransfer.files[0]));
    root.addEventListener('paste', (event) => read(event.clipboardData.files[0]));
    ask();
  };
  for (const root of document.querySelectorAll('.try-it')) {
    if (root.querySelector('.live')) start(root).catch((error) => {
      root.querySelector('.live').hidden = true;
      root.querySelector('.still').hidden = false;
      throw error;
    });
  }
})();
