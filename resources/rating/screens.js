// How each state looks.

const head = document.getElementById('head');
const screen = document.getElementById('screen');
const hintLine = document.getElementById('hint');
let hintEnds = 0;

function node(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

function button(text, act, { key = null, shortcut = key, main = false, disabled = false, name = null } = {}) {
  const label = key ? [node('kbd', { 'aria-hidden': 'true' }, key), ' ', text] : [text];
  return node('button', {
    type: 'button', class: main ? 'main' : null, 'aria-keyshortcuts': shortcut, 'aria-label': name, disabled, onclick: act,
  }, ...label);
}

function heading(text, kind = null) {
  return node('h1', { tabindex: '-1', class: kind }, text);
}

function hint(text, stays = false) {
  hintLine.textContent = text;
  clearTimeout(hintEnds);
  if (!stays) hintEnds = setTimeout(() => { hintLine.textContent = ''; }, 4000);
}

// Replaces what is shown; who listens instead of looking is told by the heading: it is focused, or
// describes the button that is.
function present(...nodes) {
  document.body.classList.remove('playing', 'beside');
  screen.replaceChildren(...nodes.filter((entry) => entry !== null));
  const title = screen.querySelector('h1');
  const main = screen.querySelector('button.main');
  title.id = 'heading';
  main?.setAttribute('aria-describedby', title.id);
  (main ?? title).focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

function progressWords({ done, total, practice }) {
  return say(practice ? 'practiceProgress' : 'progress', { done, total });
}

function drawHead({ done, total, practice }, tools) {
  const text = progressWords({ done, total, practice });
  const bar = node('span');
  bar.style.width = `${total ? (100 * done) / total : 0}%`;
  head.replaceChildren(
    node('span', { class: 'name' }, data.name),
    node('span', { class: 'progress' },
      node('span', {}, text),
      node('span', {
        class: 'bar', role: 'progressbar', 'aria-label': say('progressName'), 'aria-valuemin': '0', 'aria-valuemax': total,
        'aria-valuenow': done,
      }, bar)),
    node('span', { class: 'tools' }, ...tools),
  );
}

function scaleButtons(act) {
  const rows = [];
  for (let score = 1; score <= points; score += 1) {
    rows.push(node('li', {},
      node('button', { type: 'button', 'aria-keyshortcuts': keyOf(score), onclick: () => act(score) },
        node('kbd', {}, keyOf(score)), node('span', {}, label(score)))));
  }
  return node('ol', { class: points > 7 ? 'scale many' : 'scale', 'aria-label': say('keys') }, ...rows);
}

function legend() {
  const rows = [];
  for (let score = 1; score <= points; score += 1) {
    rows.push(node('li', { class: 'point' }, node('kbd', {}, keyOf(score)), node('span', {}, label(score))));
  }
  return node('ol', { class: 'scale legend' }, ...rows);
}

function otherKeys() {
  const allowed = asking.max_replays;
  const times = allowed === null ? say('allowedAny') : allowed === 1 ? say('allowedOne') : say('allowedMany', { count: allowed });
  const rows = [['R', allowed === 0 ? null : say('keyReplay', { allowed: times })], ['⌫', say('keyUndo')], [say('spaceKey'), say('keyPause')], ['F', say('keyFull')]];
  return node('ul', { class: 'scale legend' }, ...rows.filter(([, text]) => text !== null).map(([key, text]) => (
    node('li', { class: 'point' }, node('kbd', {}, key), node('span', {}, text)))));
}

function loadButton(act) {
  const input = node('input', { type: 'file', accept: '.json,application/json', onchange: () => input.files[0] && act(input.files[0]) });
  return node('label', { class: 'file' }, say('load'), input);
}

function introduction(practice, clips) {
  return [
    node('p', {}, say('explain', { clips: counted('clip', clips) }), gap(),
      data.minutes > 2 ? say('minutes', { minutes: data.minutes }) : say('minute')),
    practice ? node('p', {}, practice === 1 ? say('practiceExplainOne') : say('practiceExplain', { count: practice })) : null,
    node('h2', {}, say('question')),
    node('blockquote', {}, question()),
    node('div', { class: 'columns' },
      node('section', {}, node('h2', {}, say('keys')), legend()),
      node('section', {}, node('h2', {}, say('otherKeys')), otherKeys())),
    asking.sound ? node('p', { class: 'warning' }, say('soundNote')) : null,
  ];
}
