// One judge's way through the session.

const film = new Film(document.getElementById('stage'));
let journal = null;
let state = 'opening';
let trial = null;
let endedAt = 0;
let measured = true;
let again = false;
let replays = 0;
let watched = null;
let shownAt = 0;
let busy = false;
let redraw = () => {};

// As the program's own window counts: checks of attention are no clips.
const real = data.trials.filter((entry) => entry.kind === 'rating');
const practice = data.trials.filter((entry) => entry.kind === 'practice');
const withToken = (token) => data.trials.find((entry) => entry.token === token);

function current() {
  const answered = journal.answered();
  return data.trials.find((entry) => !answered.has(entry.token)) ?? null;
}

function progress() {
  const answered = journal.answered();
  const part = trial?.kind === 'practice' && state !== 'done' ? practice : real;
  return { done: part.filter((entry) => answered.has(entry.token)).length, total: part.length, practice: part === practice };
}

// Where the pointer rests, no answer is lit until it has moved: what is lit would be preferred.
const pointer = { x: null, y: null };

function onPointer(event) {
  const moved = pointer.x !== null && (event.screenX !== pointer.x || event.screenY !== pointer.y);
  [pointer.x, pointer.y] = [event.screenX, event.screenY];
  if (moved && event.pointerType === 'mouse') document.body.classList.add('pointed');
}

function enter(name, draw) {
  state = name;
  document.body.classList.remove('pointed');
  redraw = draw;
  hintLine.textContent = '';
  draw();
}

function headed(...tools) {
  drawHead(progress(), [
    ...tools,
    button(say('save'), save),
    button(document.fullscreenElement ? say('leaveFullScreen') : say('fullScreen'), fullScreen, { shortcut: 'F' }),
    button(say('language'), () => { switchLanguage(); redraw(); }, { name: say('languageName') }),
  ]);
}

// Writes one entry down before anything else happens; false if that was refused.
async function write(entry, act, values) {
  if (busy) return false;
  busy = true;
  try {
    await journal.append(entry, act, values);
    return true;
  } catch (error) {
    if (error instanceof Elsewhere) elsewhere();
    else hint(say('notStored'));
    return false;
  } finally {
    busy = false;
  }
}

async function idle() {
  while (busy) await new Promise((done) => { setTimeout(done, 5); });
}

function during() {
  return state === 'playing' || state === 'asking' || state === 'attention';
}

function welcome() {
  const next = (trial = current());
  if (next === null) { finish(); return; }
  const fresh = journal.answered().size === 0 && journal.entries.length === 0;
  enter('welcome', () => {
    headed();
    const clips = real.length;
    const begin = fresh ? (next.kind === 'practice' ? say('startPractice') : say('start')) : say('goOn');
    present(
      heading(fresh ? say('welcome') : say('welcomeBack')),
      fresh ? null : node('p', {}, say('backText', { progress: progressWords(progress()) })),
      journal.keeps ? null : node('p', { class: 'warning' }, say('notKept')),
      ...introduction(fresh ? practice.length : 0, clips),
      journal.keeps ? node('p', { class: 'muted' }, say('keptNote')) : null,
      node('div', { class: 'row' },
        button(begin, () => { film.wake(); go(!fresh); }, { key: '⏎', shortcut: 'Enter', main: true }),
        button(say('fullScreen'), fullScreen, { key: 'F' }),
        loadButton(load)),
    );
  });
}

function go(resumed = false) {
  trial = current();
  if (trial === null) { finish(); return; }
  const answered = journal.answered();
  const begun = data.trials.some((entry) => entry.kind !== 'practice' && answered.has(entry.token));
  const first = trial.kind !== 'practice' && practice.length > 0 && !begun;
  if (first && !journal.of(trial).length) practiceOver();
  else if (trial.breakBefore && !resumed && !journal.of(trial).length) rest();
  else begin();
}

function begin() {
  const past = journal.of(trial);
  const turn = past.findLast((entry) => entry.act === 'answered' || entry.act === 'taken back');
  again = turn?.act === 'taken back';
  replays = Math.max(0, ...past.map((entry) => entry.replays));
  watched = again ? past.findLast((entry) => entry.act === 'answered').watched_s : null;
  measured = !again;
  if (trial.kind === 'attention') attention();
  else if (again) ask();
  else play();
}

async function play() {
  enter('playing', () => {
    screen.replaceChildren(heading(say('playing')));
    document.body.classList.remove('beside');
    document.body.classList.add('playing');
    screen.firstChild.focus({ preventScroll: true });
  });
  const mine = trial;
  if (!await write(mine, 'shown', { replays })) {
    if (state === 'playing') trouble('notStored');
    return;
  }
  if (state !== 'playing' || trial !== mine) return;
  film.play(mine.file, (what) => {
    if (what === 'ended') {
      endedAt = performance.now();
      watched = film.length;
      ask();
    } else if (what === 'refused') refused();
    else trouble('missing');
  });
  const following = data.trials.slice(data.trials.indexOf(mine) + 1).find((entry) => entry.file && !entry.done);
  film.prepare(following?.file);
}

function ask() {
  film.stop();
  enter('asking', () => {
    const mayReplay = asking.max_replays === null || replays < asking.max_replays;
    const left = asking.max_replays === null ? say('replay') : say('replayLeft', { count: asking.max_replays - replays });
    headed(button(say('pause'), pause, { key: 'P' }));
    if (asking.scrubbing) film.open(trial.file);
    film.show(asking.scrubbing);
    present(
      asking.scrubbing ? node('input', {
        type: 'range', class: 'seek', min: '0', max: '1', step: 'any', value: '1', 'aria-label': say('seek'),
        oninput: (event) => film.seek(Number(event.target.value)),
      }) : null,
      trial.kind === 'practice' ? node('p', { class: 'muted' }, say('practiceMark')) : null,
      again ? node('p', { class: 'muted' }, say('again')) : null,
      heading(question(), 'question'),
      scaleButtons(answer),
      node('div', { class: 'row' },
        asking.max_replays === 0 ? null : button(mayReplay ? left : say('replayNone'), replay, { key: 'R', disabled: !mayReplay }),
        button(say('undo'), undo, { key: '⌫', shortcut: 'Backspace', disabled: journal.lastAnswered() === null })),
    );
    document.body.classList.toggle('beside', asking.scrubbing);
  });
}

function attention() {
  shownAt = performance.now();
  film.show(false);
  enter('attention', () => {
    headed(button(say('pause'), pause, { key: 'P' }));
    present(
      heading(say('attention')),
      node('p', {}, say('attentionText', { key: keyOf(trial.expected), label: label(trial.expected) })),
      scaleButtons(answer),
      node('div', { class: 'row' },
        button(say('undo'), undo, { key: '⌫', shortcut: 'Backspace', disabled: journal.lastAnswered() === null })),
    );
  });
}

async function answer(score) {
  const pressed = performance.now();
  if (busy) return;
  let response = null;
  if (state === 'playing') {
    if (asking.least_watch_s === null || !(film.watched() >= asking.least_watch_s)) { hint(say('early')); return; }
    response = measured ? -film.left() : null;
    watched = Math.max(film.watched(), watched ?? 0);
    // Its end must not ask while the answer is being written.
    film.stop();
  } else if (state === 'asking') {
    response = measured ? (pressed - endedAt) / 1000 : null;
  } else if (state !== 'attention' || pressed - shownAt < 250) {
    // The second half of a double press was meant for the clip before.
    return;
  }
  const early = state === 'playing';
  const seconds = (value) => (value === null ? null : Math.round(value * 1000) / 1000);
  const values = { score, response_s: seconds(response), replays, watched_s: trial.file ? seconds(watched) : null };
  if (await write(trial, 'answered', values)) {
    film.show(false);
    go();
  } else if (early && state === 'playing') {
    measured = false;
    ask();
    hint(say('notStored'));
  }
}

async function undo() {
  // Pressed while the answer was being written: that one is meant.
  await idle();
  if (!during() && state !== 'between' && state !== 'done') return;
  const token = journal.lastAnswered();
  if (token === null) { hint(say(journal.answered().size ? 'noUndo' : 'noUndoYet')); return; }
  film.stop();
  if (!await write(withToken(token), 'taken back')) return;
  film.show(false);
  trial = withToken(token);
  begin();
  hint(say('takenBack'));
}

function replay() {
  if (busy || !trial.file) return;
  if (asking.max_replays !== null && replays >= asking.max_replays) { hint(say('noReplay')); return; }
  replays += 1;
  play();
}

async function pause() {
  await idle();
  const before = state;
  if (!during()) return;
  film.stop();
  if (!await write(trial, 'paused', { replays })) {
    if (state === 'playing') trouble('notStored');
    return;
  }
  film.show(false);
  const goOn = async () => {
    if (!await write(trial, 'went on', { replays })) return;
    measured = before === 'playing' && measured;
    if (before === 'playing') play();
    else if (before === 'attention') attention();
    else ask();
  };
  enter('paused', () => {
    headed();
    present(
      heading(say('paused')),
      node('p', {}, say('pausedText'), before === 'playing' ? gap() + say('pausedStartsOver') : ''),
      node('div', { class: 'row' }, button(say('goOn'), goOn, { key: '⏎', shortcut: 'Enter', main: true })),
    );
  });
}

function waitingPage(name, title, text, act, words = 'goOn') {
  film.stop();
  film.show(false);
  enter(name, () => {
    headed();
    present(heading(say(title)), node('p', {}, text()),
      node('div', { class: 'row' }, button(say(words), act, { key: '⏎', shortcut: 'Enter', main: true })));
  });
}

function practiceOver() {
  waitingPage('between', 'practiceOver', () => say('practiceOverText', { clips: counted('clipsFollow', real.length) }), begin);
}

function rest() {
  waitingPage('between', 'break', () => say('breakText', { progress: progressWords(progress()) }), begin);
}

function refused() {
  waitingPage('trouble', 'pressToPlay', () => say('pressToPlayText'), () => { film.wake(); play(); }, 'pressToPlay');
}

function trouble(what) {
  const number = data.trials.indexOf(trial) + 1;
  const text = () => (what === 'missing' ? say('missingText', { number, code: trial.token.slice(0, 6) }) : say('notStored'));
  waitingPage('trouble', what === 'missing' ? 'missing' : 'paused', text, play, 'tryAgain');
}

function elsewhere() {
  waitingPage('elsewhere', 'elsewhere', () => say('elsewhereText'), () => location.reload(), 'goOnHere');
}

function finish() {
  film.stop();
  film.show(false);
  trial = null;
  enter('done', () => {
    headed();
    present(heading(say('end')), node('p', {}, say('endText')),
      node('div', { class: 'row' },
        button(say('save'), save, { key: '⏎', shortcut: 'Enter', main: true }),
        button(say('undo'), undo, { key: '⌫', shortcut: 'Backspace', disabled: journal.lastAnswered() === null })));
  });
}

async function save() {
  if (journal.entries.length === 0) { hint(say('nothingToSave')); return; }
  const file = `answers-${data.seat}.json`;
  const count = journal.entries.length;
  const address = URL.createObjectURL(new Blob([await answerFile(journal)], { type: 'application/json' }));
  node('a', { href: address, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  journal.saved = count;
  hint(say('saved', { file }), true);
}

async function load(file) {
  const entries = await entriesOf(await file.text());
  if (entries === null) { hint(say('loadBad')); return; }
  let added = null;
  try {
    added = await journal.adopt(entries);
  } catch (error) {
    if (error instanceof Elsewhere) { elsewhere(); return; }
    hint(say('notStored'));
    return;
  }
  if (added) welcome();
  const known = progressWords(progress());
  hint(added === null ? say('loadOther') : added ? say('loaded', { progress: known }) : say('loadOld'));
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}

function onKey(event) {
  const letter = event.key.toLowerCase();
  // A key that is held is pressed once; the browser itself would press a button again and again.
  if (event.repeat && (event.key === 'Enter' || event.key === ' ')) event.preventDefault();
  const undoing = event.key === 'Backspace' || (letter === 'z' && (event.ctrlKey || event.metaKey));
  if (event.repeat || event.altKey || ((event.ctrlKey || event.metaKey) && !undoing)) return;
  const onControl = event.target.closest?.('button, input, label') !== null;
  const score = scoreOf(event);
  if (score !== null && during()) answer(score);
  else if (undoing && (during() || state === 'between' || state === 'done')) undo();
  else if (letter === 'r' && state === 'asking') replay();
  else if (letter === 'p' && during()) pause();
  else if (event.key === ' ' && during() && !onControl) pause();
  else if (letter === 'f') fullScreen();
  else if (event.key === 'Enter' && !onControl) screen.querySelector('button.main')?.click();
  else return;
  event.preventDefault();
}

function stopped(title, text) {
  state = 'stopped';
  redraw = () => present(heading(say(title)), node('p', { class: 'warning' }, say(text)),
    node('div', { class: 'row' }, button(say('language'), () => { switchLanguage(); redraw(); }, { name: say('languageName') })));
  redraw();
}

async function open() {
  speak();
  if (!window.crypto?.subtle) { stopped('cannotStart', 'noCrypto'); return; }
  journal = await Journal.open();
  document.addEventListener('keydown', onKey);
  document.addEventListener('pointermove', onPointer);
  document.addEventListener('contextmenu', (event) => event.preventDefault());
  document.addEventListener('fullscreenchange', () => { if (state !== 'playing') redraw(); });
  document.addEventListener('visibilitychange', () => { if (document.hidden) pause(); });
  window.addEventListener('beforeunload', (event) => {
    if (!journal.keeps && journal.entries.length > journal.saved) event.preventDefault();
  });
  welcome();
}

open();
