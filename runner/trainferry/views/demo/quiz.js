(() => {
  const ROUND = 10;

  const play = (root) => {
    const questions = JSON.parse(root.querySelector('[data-name=quiz]').textContent);
    const pictures = [...root.querySelectorAll('ol > li')];
    const [board, choices, verdict, next] = ['.board', '.choices', '.verdict', '.next'].map((name) => root.querySelector(name));
    const length = Math.min(ROUND, questions.length);
    const at = { first: 0, place: 0 }; // the round's first question, and how many of it are answered
    let rights = { you: [], model: [] };

    const bold = (words) => {
      const made = document.createElement('b');
      made.textContent = words;
      return made;
    };
    const question = () => (at.first + at.place) % questions.length;

    const score = () => {
      for (const who of ['you', 'model']) {
        const found = rights[who];
        const dots = Array.from({ length }, (_, place) => {
          const dot = document.createElement('i');
          if (place < found.length) dot.className = found[place] ? 'right' : 'wrong';
          return dot;
        });
        root.querySelector(`.dots[data-who=${who}]`).replaceChildren(...dots);
        root.querySelector(`.points[data-who=${who}]`).textContent =
          `${found.filter(Boolean).length} of ${found.length}`;
      }
    };

    const answer = (name, button) => {
      if (rights.you.length > at.place) return;
      const { label, prediction, sure } = questions[question()];
      rights.you.push(name === label);
      rights.model.push(prediction === label);
      for (const one of choices.children) {
        one.setAttribute('aria-disabled', 'true');
        if (one.textContent === label) one.className = 'right';
      }
      if (name !== label) button.className = 'wrong';
      const both = prediction === label ? 'The model is right' : `The model says ${prediction}`;
      verdict.replaceChildren(bold(name === label ? 'Right.' : `No: ${label}.`), `${both}, ${sure} sure.`);
      score();
      next.textContent = at.place + 1 < length ? 'Next picture' : 'Who is better?';
      next.hidden = false;
      next.focus();
    };

    const ask = () => {
      pictures.forEach((one, place) => (one.hidden = place !== question()));
      verdict.textContent = `Picture ${at.place + 1} of ${length}. What is it?`;
      choices.replaceChildren(...questions[question()].choices.map((name) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = name;
        button.addEventListener('click', () => answer(name, button));
        return button;
      }));
      next.hidden = true;
      score();
    };

    const finish = () => {
      const [you, model] = [rights.you, rights.model].map((found) => found.filter(Boolean).length);
      const words = you > model ? 'You are better.' : you < model ? 'The model is better.' : 'Nobody is better.';
      verdict.replaceChildren(bold(words), `You had ${you} of ${length} right, the model ${model}.`);
      choices.replaceChildren();
      next.textContent = 'Once more';
    };

    next.addEventListener('click', () => {
      if (at.place >= length) { // after the end
        Object.assign(at, { first: (at.first + length) % questions.length, place: 0 });
        rights = { you: [], model: [] };
      } else at.place++;
      if (at.place === length) return finish();
      ask();
      choices.firstElementChild.focus();
    });

    root.querySelector('.table').classList.add('playing');
    root.querySelectorAll('details').forEach((one) => (one.hidden = true));
    board.hidden = false;
    ask();
  };

  document.querySelectorAll('.quiz').forEach(play);
})();
