// What a person without a mouse or without eyes would stumble over, as lines for people.
() => {
  const told = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  const words = (element) => (element?.textContent ?? '').trim();
  const short = (element) => element.outerHTML.slice(0, 80);
  const name = (element) => {
    const by = element.getAttribute('aria-labelledby');
    const labels = by ? by.split(/\s+/).map((id) => words(document.getElementById(id))).join(' ') : '';
    const pictures = [...element.querySelectorAll('[aria-label], img[alt]')]
      .map((one) => one.getAttribute('aria-label') ?? one.alt).join(' ');
    return (labels || element.getAttribute('aria-label') || [...(element.labels ?? [])].map(words).join(' ')
      || element.getAttribute('alt') || words(element) || pictures || element.getAttribute('title') || '').trim();
  };
  if (!document.documentElement.lang) told.push('the page has no language');
  if (!document.title.trim()) told.push('the page has no title');
  if (!document.querySelector('main')) told.push('the page has no main');
  const headings = all('h1, h2, h3, h4').filter(seen);
  if (headings.filter((one) => one.tagName === 'H1').length !== 1) told.push('the page has not one h1');
  headings.forEach((one, at) => {
    if (!words(one)) told.push(`empty heading ${short(one)}`);
    if (at && Number(one.tagName[1]) > Number(headings[at - 1].tagName[1]) + 1) told.push(`skips a level: ${short(one)}`);
  });
  const interactive = 'a[href], button, input, select, textarea, summary, [tabindex], [role=button], canvas';
  all(`${interactive}, img, svg[role=img], [role=img], dialog, [role=region]`).filter(seen).forEach((one) => {
    const decoration = one.getAttribute('alt') === '' || one.closest('[aria-hidden=true]');
    if (!decoration && !name(one)) told.push(`has no name: ${short(one)}`);
  });
  all('[onclick]').forEach((one) => told.push(`an inline handler: ${short(one)}`));
  all('[tabindex]').filter((one) => one.tabIndex > 0).forEach((one) => told.push(`jumps the queue: ${short(one)}`));
  all('svg').filter((one) => !one.closest('[aria-hidden=true]') && one.getAttribute('role') !== 'img')
    .forEach((one) => told.push(`neither picture nor decoration: ${short(one)}`));
  all('table').filter(seen).forEach((one) => one.querySelector('th') ?? told.push(`no headers: ${short(one)}`));
  all('th').filter((one) => seen(one) && !one.scope).forEach((one) => told.push(`header of what: ${short(one)}`));
  const ids = all('[id]').map((one) => one.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => told.push(`id ${id} is there twice`));
  all('[aria-labelledby], [aria-controls], [aria-describedby], label[for]').forEach((one) => {
    const named = ['aria-labelledby', 'aria-controls', 'aria-describedby', 'for']
      .flatMap((word) => (one.getAttribute(word) ?? '').split(/\s+/).filter(Boolean));
    named.filter((id) => !document.getElementById(id)).forEach((id) => told.push(`${short(one)} names ${id}, not there`));
  });
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth + 1) told.push('wider than the screen');
  all('button, a[href].button, input, select').filter(seen).forEach((one) => {
    const box = one.getBoundingClientRect();
    const inline = one.tagName === 'A' && !one.classList.contains('button');
    if (!inline && box.width > 1 && (box.width < 24 || box.height < 24)) told.push(`too small to touch: ${short(one)}`);
  });
  return told;
}
