/* The reference trainer's nets small and medium, in plain JavaScript: from the bytes of best.safetensors to logits.

   const net = ferryModel.net(ferryModel.tensors(bytes));     // Uint8Array
   net.logits(pixels, height, width)                          // Uint8Array (channels, height, width) -> Float64Array

   All arithmetic is in float64, so what differs from torch is torch's own rounding. */
const ferryModel = (() => {
  /* name -> {shape, values: Float64Array}, of those that are float32. */
  const tensors = (bytes) => {
    const whole = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = Number(whole.getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    const found = new Map();
    for (const [name, { dtype, shape, data_offsets: places }] of Object.entries(header)) {
      if (dtype !== 'F32') continue;
      const values = new Float64Array((places[1] - places[0]) / 4);
      for (let at = 0; at < values.length; at++) values[at] = whole.getFloat32(8 + length + places[0] + 4 * at, true);
      found.set(name, { shape, values });
    }
    return found;
  };

  /* A convolution with padding 1 and the batch norm after it, as one: weights, bias and sizes. */
  const block = (found, name, stride) => {
    const { shape: [outward, inward, kernel], values } = found.get(`${name}.0.weight`);
    const [scale, shift, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
      (part) => found.get(`${name}.1.${part}`).values);
    const factor = scale.map((value, at) => value / Math.sqrt(variance[at] + 1e-5));
    const each = inward * kernel * kernel;
    const weights = values.map((value, at) => value * factor[Math.floor(at / each)]);
    const bias = shift.map((value, at) => value - mean[at] * factor[at]);
    return { outward, inward, kernel, stride, weights, bias };
  };

  /* The picture with a line of zeros around each channel. */
  const padded = ({ channels, height, width, values }) => {
    const [tall, wide] = [height + 2, width + 2];
    const made = new Float64Array(channels * tall * wide);
    for (let channel = 0; channel < channels; channel++) {
      for (let row = 0; row < height; row++) {
        const from = (channel * height + row) * width;
        made.set(values.subarray(from, from + width), (channel * tall + row + 1) * wide + 1);
      }
    }
    return { tall, wide, values: made };
  };

  /* Block and ReLU. */
  const through = (layer, picture) => {
    const around = padded(picture);
    const { outward, kernel, stride, bias } = layer;
    const height = Math.floor((around.tall - kernel) / stride) + 1;
    const width = Math.floor((around.wide - kernel) / stride) + 1;
    const made = new Float64Array(outward * height * width);
    const line = stride === 1 ? around.wide : width;
    const sum = new Float64Array((height - 1) * line + width);
    for (let out = 0; out < outward; out++) {
      sum.fill(bias[out]);
      if (stride === 1 && kernel === 3) dense(sum, layer, out, around);
      else sparse(sum, layer, out, around);
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          made[(out * height + row) * width + column] = Math.max(0, sum[row * line + column]);
        }
      }
    }
    return { channels: outward, height, width, values: made };
  };

  /* All rows at once: a sum of the padded picture shifted by each place of the kernel, a kernel's row at a time. */
  const dense = (sum, { inward, weights }, out, { tall, wide, values }) => {
    for (let row = 0; row < inward * 3; row++) {
      const first = (out * inward * 3 + row) * 3;
      const [a, b, c] = [weights[first], weights[first + 1], weights[first + 2]];
      const from = (Math.floor(row / 3) * tall + (row % 3)) * wide;
      for (let at = 0, near = from; at < sum.length; at++, near++) {
        sum[at] += a * values[near] + b * values[near + 1] + c * values[near + 2];
      }
    }
  };

  const sparse = (sum, { inward, kernel, stride, weights }, out, { tall, wide, values }) => {
    const width = Math.floor((wide - kernel) / stride) + 1;
    for (let place = 0; place < inward * kernel * kernel; place++) {
      const weight = weights[out * inward * kernel * kernel + place];
      const row = Math.floor(place / kernel);
      const from = (Math.floor(row / kernel) * tall + (row % kernel)) * wide + (place % kernel);
      for (let at = 0; at < sum.length; at++) {
        sum[at] += weight * values[from + Math.floor(at / width) * stride * wide + (at % width) * stride];
      }
    }
  };

  /* The largest of each 2 x 2. */
  const pooled = ({ channels, height, width, values }) => {
    const [tall, wide] = [height >> 1, width >> 1];
    const made = new Float64Array(channels * tall * wide);
    for (let at = 0; at < made.length; at++) {
      const row = Math.floor(at / wide) % tall;
      const from = (Math.floor(at / (wide * tall)) * height + 2 * row) * width + 2 * (at % wide);
      made[at] = Math.max(values[from], values[from + 1], values[from + width], values[from + width + 1]);
    }
    return { channels, height: tall, width: wide, values: made };
  };

  const net = (found) => {
    const blocks = ['stem', 'grow', 'widen', 'refine'].map((name) => block(found, name, name === 'stem' ? 2 : 1));
    const [stem, grow, widen, refine] = blocks;
    const [mean, std] = [found.get('mean').values, found.get('std').values];
    const { shape: [classes, wide], values: head } = found.get('head.weight');
    const normalised = (pixels, height, width) => {
      const area = height * width;
      const values = Float64Array.from(pixels, (value, at) => {
        const channel = Math.floor(at / area);
        return (value / 255 - mean[channel]) / std[channel];
      });
      return { channels: mean.length, height, width, values };
    };
    const features = (pixels, height, width) => {
      const x = through(widen, pooled(through(grow, through(stem, normalised(pixels, height, width)))));
      const more = through(refine, x).values;
      const area = x.height * x.width;
      return Float64Array.from({ length: wide }, (_, channel) => {
        let most = -Infinity;
        for (let at = channel * area; at < (channel + 1) * area; at++) most = Math.max(most, x.values[at] + more[at]);
        return most;
      });
    };
    const logits = (pixels, height, width) => {
      const seen = features(pixels, height, width);
      return Float64Array.from({ length: classes }, (_, name) =>
        seen.reduce((sum, value, at) => sum + value * head[name * wide + at], 0) / 2);
    };
    return { channels: mean.length, classes, logits };
  };

  const softmax = (logits) => {
    const most = Math.max(...logits);
    const powers = logits.map((value) => Math.exp(value - most));
    const sum = powers.reduce((total, value) => total + value, 0);
    return powers.map((value) => value / sum);
  };

  return { tensors, net, softmax };
})();
