const ferryPaper = (() => {
  const PAPER = 336; // about so many pixels a side
  const FINE = 5; // of them for each pixel that the net gets

  const canvas = (height, width) =>
    Object.assign(document.createElement('canvas'), { height, width }).getContext('2d', { willReadFrequently: true });
  const css = (colour) =>
    `rgb(${[0, 1, 2].map((part) => Math.round(colour[colour.length === 1 ? 0 : part])).join(' ')})`;

  /* A paper: a picture below (or none), strokes above it, and a pen that the keyboard moves.

     `changed` is called after each stroke; size: height and width of what the net gets. */
  const on = (root, size, look, changed) => {
    const shown = root.querySelector('.paper');
    const scale = Math.max(2, Math.floor(PAPER / Math.max(...size)));
    const [height, width] = [size[0] * scale, size[1] * scale];
    Object.assign(shown, { height, width });
    const ink = canvas(height, width);
    const view = shown.getContext('2d');
    const few = canvas(size[0] * Math.min(FINE, scale), size[1] * Math.min(FINE, scale)); // enough to think about
    const below = canvas(...size);
    const pen = { x: width / 2, y: height / 2, down: false, seen: false };
    let base = null;
    let strokes = [];
    let history = [];

    const paint = (stroke) => {
      ink.strokeStyle = stroke.colour;
      ink.lineWidth = stroke.width;
      ink.lineCap = ink.lineJoin = 'round';
      ink.beginPath();
      ink.moveTo(...stroke.points[0]);
      for (const point of stroke.points) ink.lineTo(...point);
      ink.stroke();
    };
    const show = () => {
      view.fillStyle = css(look.ground);
      view.fillRect(0, 0, width, height);
      view.imageSmoothingEnabled = false;
      if (base) view.drawImage(below.canvas, 0, 0, width, height);
      view.drawImage(ink.canvas, 0, 0);
      if (!base && !strokes.length && !pen.seen) invite();
      if (!pen.seen) return;
      for (const [colour, thick] of [['#000', 5], ['#fff', 2]]) {
        view.strokeStyle = colour;
        view.lineWidth = thick;
        view.beginPath();
        view.arc(pen.x, pen.y, pen.down ? 6 : 11, 0, 2 * Math.PI);
        view.stroke();
      }
    };
    const invite = () => {
      view.fillStyle = css(look.ink);
      view.font = '600 22px system-ui, sans-serif';
      view.textAlign = 'center';
      view.fillText('draw here', width / 2, height / 2);
    };
    const again = () => {
      ink.clearRect(0, 0, width, height);
      strokes.forEach(paint);
      show();
      changed();
    };
    const remember = () => history.push({ base, strokes: [...strokes] });
    const restore = (state) => {
      ({ base, strokes } = state);
      if (base) below.putImageData(ferryLook.toBytes(base), 0, 0);
      again();
    };
    const begin = (point) => {
      remember();
      const colour = look.channels === 3 ? root.querySelector('.colour').value : css(look.ink);
      strokes.push({ points: [point], colour, width: (Number(root.querySelector('.pen').value) * PAPER) / 40 });
      go(point);
    };
    const go = (point) => {
      strokes.at(-1).points.push(point);
      paint({ ...strokes.at(-1), points: strokes.at(-1).points.slice(-3) });
      show();
      changed();
    };
    const clear = () => {
      if (!base && !strokes.length) return;
      remember();
      restore({ base: null, strokes: [] });
    };
    const undo = () => history.length && restore(history.pop());
    const put = (image) => {
      remember();
      restore({ base: image, strokes: [] });
    };

    const place = (event) => {
      const box = shown.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
    };
    let held = null;
    shown.addEventListener('pointerdown', (event) => {
      if (event.button || held !== null) return;
      held = event.pointerId;
      shown.setPointerCapture(held);
      pen.seen = pen.down = false;
      begin(place(event));
    });
    shown.addEventListener('pointermove', (event) => {
      if (event.pointerId !== held) return;
      const passed = event.getCoalescedEvents?.() ?? [];
      (passed.length ? passed : [event]).forEach((one) => go(place(one)));
    });
    const lift = (event) => {
      if (event.pointerId === held) held = null;
    };
    shown.addEventListener('pointerup', lift);
    shown.addEventListener('pointercancel', lift);
    const hide = () => {
      pen.seen = pen.down = false;
      show();
    };
    shown.addEventListener('blur', hide);

    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const keys = (event) => {
      const step = steps[event.key];
      if (step) {
        const far = (PAPER / 28) * (event.shiftKey ? 4 : 1);
        pen.x = Math.min(width, Math.max(0, pen.x + step[0] * far));
        pen.y = Math.min(height, Math.max(0, pen.y + step[1] * far));
        if (pen.down) go([pen.x, pen.y]);
      } else if (event.key === ' ') {
        pen.down = !pen.down;
        if (pen.down) begin([pen.x, pen.y]);
      } else if (event.key === 'Delete' || event.key === 'Backspace') {
        pen.down = false;
        clear();
      } else if (event.key === 'z' && (event.ctrlKey || event.metaKey)) {
        pen.down = false;
        undo();
      } else return;
      event.preventDefault();
      pen.seen = true;
      show();
    };
    shown.addEventListener('keydown', keys);
    show();

    /* What the net gets; null for an empty paper. */
    const image = (fill) => {
      if (!base && !strokes.length) return null;
      few.clearRect(0, 0, few.canvas.width, few.canvas.height);
      few.drawImage(ink.canvas, 0, 0, few.canvas.width, few.canvas.height);
      const drawing = few.getImageData(0, 0, few.canvas.width, few.canvas.height);
      const lines = { channels: 1, height: drawing.height, width: drawing.width, values: alpha(drawing.data) };
      if (base) return over(base, drawing, lines);
      const mask = fill ? ferryLook.filled(lines) : lines;
      const colours = ferryLook.fromBytes(drawing, look.channels, look.channels === 1 ? look.ink : inner());
      return ferryLook.drawn(mask, colours, look, size);
    };
    const alpha = (data) => {
      const found = new Float64Array(data.length / 4);
      for (let at = 0; at < found.length; at++) found[at] = data[4 * at + 3];
      return found;
    };
    /* The colour of what a line encloses: that of the last line. */
    const inner = () => (strokes.at(-1).colour.match(/[0-9a-f]{2}/gi) ?? []).map((part) => parseInt(part, 16));
    const over = (image, drawing, lines) => {
      const all = ferryLook.whole(drawing);
      const much = ferryLook.resized(lines, all, size).values;
      const shades = ferryLook.resized(ferryLook.fromBytes(drawing, look.channels, look.ink), all, size).values;
      const values = image.values.map((value, at) => {
        const share = much[at % much.length] / 255;
        return value + share * (shades[at] - value);
      });
      return { ...image, values };
    };
    return { image, put, clear, undo };
  };

  return { on, canvas };
})();
