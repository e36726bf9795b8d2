/* How the pictures of a training look, and how a drawing or somebody's picture is made to look like them.

   An image is {channels, height, width, values}: numbers from 0 to 255, channel by channel, row by row. */
const ferryLook = (() => {
  const median = (numbers) => Float64Array.from(numbers).sort()[numbers.length >> 1] ?? 0;
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  /* One channel cut out of a window (left, top, wide, tall; may be fractions, may reach beyond the edges) and made
     height x width, smooth: each new pixel is a mean of those around it. Beyond the edges is `outside`, or the edge. */
  const resampled = (plane, from, window, [height, width], outside) => {
    const across = taps(window.left, window.wide, width);
    const down = taps(window.top, window.tall, height);
    const made = new Float64Array(height * width);
    const lines = new Map();
    const line = (row) => {
      if (!lines.has(row)) lines.set(row, across.map((each) => each.reduce((sum, [at, weight]) => {
        const known = outside === undefined || (at >= 0 && at < from.width && row >= 0 && row < from.height);
        const near = clamp(row, 0, from.height - 1) * from.width + clamp(at, 0, from.width - 1);
        return sum + weight * (known ? plane[near] : outside);
      }, 0)));
      return lines.get(row);
    };
    down.forEach((each, row) => each.forEach(([at, weight]) => {
      const values = line(at);
      for (let column = 0; column < width; column++) made[row * width + column] += weight * values[column];
    }));
    return made;
  };

  /* For each new pixel the places of the old ones that it is made of and their weights: a triangle. */
  const taps = (start, length, count) => {
    const scale = length / count;
    const reach = Math.max(1, scale);
    return Array.from({ length: count }, (_, at) => {
      const centre = start + (at + 0.5) * scale - 0.5;
      const found = [];
      for (let place = Math.ceil(centre - reach); place <= centre + reach; place++) {
        const weight = 1 - Math.abs(place - centre) / reach;
        if (weight > 0) found.push([place, weight]);
      }
      const sum = found.reduce((total, [, weight]) => total + weight, 0);
      return found.map(([place, weight]) => [place, weight / sum]);
    });
  };

  const resized = (image, window, size, outside) => {
    const area = image.height * image.width;
    const values = new Float64Array(image.channels * size[0] * size[1]);
    for (let channel = 0; channel < image.channels; channel++) {
      const plane = image.values.subarray(channel * area, (channel + 1) * area);
      values.set(resampled(plane, image, window, size, outside), channel * size[0] * size[1]);
    }
    return { channels: image.channels, height: size[0], width: size[1], values };
  };

  const whole = (image) => ({ left: 0, top: 0, wide: image.width, tall: image.height });

  /* The colour of most of the edge, and the share of the edge that has it. */
  const border = ({ channels, height, width, values }) => {
    const places = [];
    for (let at = 0; at < height * width; at++) {
      const [row, column] = [Math.floor(at / width), at % width];
      if (row === 0 || column === 0 || row === height - 1 || column === width - 1) places.push(at);
    }
    const planes = Array.from({ length: channels }, (_, channel) => channel * height * width);
    const colour = planes.map((from) => median(places.map((at) => values[from + at])));
    const alike = places.filter((at) => planes.every((from, channel) => Math.abs(values[from + at] - colour[channel]) < 32));
    return { colour, share: alike.length / places.length };
  };

  /* Where something is that is not of the ground's colour: left, top, wide, tall, how many pixels; null for nowhere. */
  const bounds = ({ channels, height, width, values }, ground, least = 40) => {
    let [left, top, right, bottom, count] = [width, height, -1, -1, 0];
    for (let at = 0; at < height * width; at++) {
      let far = 0;
      for (let channel = 0; channel < channels; channel++) {
        far = Math.max(far, Math.abs(values[channel * height * width + at] - ground[channel]));
      }
      if (far < least) continue;
      const [row, column] = [Math.floor(at / width), at % width];
      [left, right, top, bottom] = [Math.min(left, column), Math.max(right, column), Math.min(top, row), Math.max(bottom, row)];
      count++;
    }
    return right < 0 ? null : { left, top, wide: right - left + 1, tall: bottom - top + 1, count };
  };

  /* What the pictures have in common. plain: things on a ground of one colour; then also the ground's colour, that of
     the things, how large they are (1: as the picture), where their middle is, and whether they are filled areas. */
  const of = (images) => {
    const edges = images.map(border);
    const channels = images[0]?.channels ?? 1;
    const each = Array.from({ length: channels }, (_, channel) => channel);
    const ground = each.map((channel) => median(edges.map((edge) => edge.colour[channel])));
    const near = edges.filter((edge) => edge.share >= 0.5 && edge.colour.every((value, at) => Math.abs(value - ground[at]) < 40));
    const plain = images.length > 0 && near.length >= 0.7 * images.length;
    const boxes = images.map((image) => [image, bounds(image, ground)]).filter(([, box]) => box);
    if (!plain || !boxes.length) return { plain: false, ground, ink: ground.map((value) => (value < 128 ? 255 : 0)) };
    const middle = (start, length, side) => median(boxes.map(([image, box]) => (box[start] + box[length] / 2) / image[side]));
    const ink = each.map((channel) => median(boxes.flatMap(([image]) => inks(image, channel, ground[channel]))) );
    return {
      plain,
      ground,
      ink: ink.map((value, at) => (Math.abs(value - ground[at]) < 64 && channels === 1 ? 255 - ground[at] : value)),
      size: median(boxes.map(([image, box]) => Math.max(box.wide / image.width, box.tall / image.height))),
      middle: { x: middle('left', 'wide', 'width'), y: middle('top', 'tall', 'height') },
      filled: median(boxes.map(([, box]) => box.count / (box.wide * box.tall))) > 0.55,
    };
  };

  const inks = ({ height, width, values }, channel, ground) =>
    [...values.subarray(channel * height * width, (channel + 1) * height * width)].filter((value) => Math.abs(value - ground) >= 40);

  /* The window in which a thing in that box is as large as the training's things, and where they are. */
  const framed = (box, look, [height, width], least = 0) => {
    const scale = Math.max(box.wide / width, box.tall / height, least) / look.size;
    const [wide, tall] = [width * scale, height * scale];
    const [x, y] = [box.left + box.wide / 2, box.top + box.tall / 2];
    return { left: x - look.middle.x * wide, top: y - look.middle.y * tall, wide, tall };
  };

  /* Somebody's picture as the net would have got it: cut to the thing in it where the training's are things on a
     plain ground, a white ground made dark where theirs is dark. */
  const alike = (image, look, size) => {
    const edge = border(image);
    if (!look.plain || edge.share < 0.6) return resized(image, whole(image), size);
    const box = bounds(image, edge.colour);
    if (!box) return resized(image, whole(image), size);
    const light = (colour) => colour.reduce((sum, value) => sum + value, 0) / colour.length;
    const other = Math.abs(light(edge.colour) - light(look.ground)) > 100;
    const shift = (channel) => look.ground[channel] - (other ? 255 - edge.colour[channel] : edge.colour[channel]);
    const area = image.height * image.width;
    const values = image.values.map((value, at) =>
      clamp((other ? 255 - value : value) + shift(Math.floor(at / area)), 0, 255));
    return resized({ ...image, values }, framed(box, look, size), size);
  };

  /* What is drawn (0 to 255, one channel), with the areas inside closed lines. */
  const filled = ({ height, width, values }) => {
    const outside = new Uint8Array(values.length);
    const ways = [];
    const visit = (at) => {
      if (outside[at] || values[at] > 100) return;
      outside[at] = 1;
      ways.push(at);
    };
    for (let row = 0; row < height; row++) [row * width, row * width + width - 1].forEach(visit);
    for (let column = 0; column < width; column++) [column, (height - 1) * width + column].forEach(visit);
    while (ways.length) {
      const at = ways.pop();
      const column = at % width;
      if (column > 0) visit(at - 1);
      if (column < width - 1) visit(at + 1);
      if (at >= width) visit(at - width);
      if (at < (height - 1) * width) visit(at + width);
    }
    return { channels: 1, height, width, values: values.map((value, at) => (outside[at] ? value : 255)) };
  };

  /* A drawing as such a window shows it: `mask` (0 to 255) says how much of the drawing's colours is where. */
  const drawn = (mask, colours, look, size) => {
    const box = bounds(mask, [0]);
    if (!box) return null;
    const least = mask.height / size[0] / 3; // so that a dot stays small
    const window = look.plain ? framed(box, look, size, least) : whole(mask);
    const much = resized(mask, window, size, 0).values;
    const area = size[0] * size[1];
    const shades = resized(colours, window, size).values;
    const values = Float64Array.from({ length: area * colours.channels }, (_, at) => {
      const share = much[at % area] / 255;
      const ground = look.ground[Math.floor(at / area)];
      return ground + share * (shades[at] - ground);
    });
    return { channels: colours.channels, height: size[0], width: size[1], values };
  };

  /* Of RGBA bytes; one channel is their brightness. What is transparent has the ground's colour. */
  const fromBytes = ({ data, width, height }, channels, ground) => {
    const area = width * height;
    const values = new Float64Array(channels * area);
    for (let at = 0; at < area; at++) {
      const share = data[4 * at + 3] / 255;
      const [red, green, blue] = [data[4 * at], data[4 * at + 1], data[4 * at + 2]];
      const colour = channels === 1 ? [0.299 * red + 0.587 * green + 0.114 * blue] : [red, green, blue];
      colour.forEach((value, channel) => {
        values[channel * area + at] = share * value + (1 - share) * ground[channel];
      });
    }
    return { channels, height, width, values };
  };

  const toBytes = ({ channels, height, width, values }) => {
    const area = height * width;
    const data = new Uint8ClampedArray(4 * area).fill(255);
    for (let at = 0; at < area; at++) {
      for (let part = 0; part < 3; part++) data[4 * at + part] = values[(channels === 1 ? 0 : part * area) + at];
    }
    return new ImageData(data, width, height);
  };

  return { of, alike, drawn, filled, resized, whole, bounds, fromBytes, toBytes };
})();
