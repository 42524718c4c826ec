// What the page knows and how it speaks.

const data = JSON.parse(document.getElementById('data').textContent);
const dictionary = JSON.parse(document.getElementById('words').textContent);
const asking = data.presentation;
const points = asking.scale.length;
let language = data.language;

function say(key, values = {}) {
  return dictionary[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function counted(key, count) {
  return say(key + (count === 1 ? 'One' : 'Many'), { count });
}

// Between two sentences; Chinese has none.
function gap() {
  return language === 'en' ? ' ' : '';
}

function question() {
  return asking.question_translations[language] ?? asking.question;
}

function label(score) {
  const point = asking.scale[score - 1];
  return point.translations[language] ?? point.label;
}

// 1 to 9, then 0 and - as they follow on a keyboard.
function keyOf(score) {
  return score < 10 ? String(score) : score === 10 ? '0' : '-';
}

// By the place of the key where it is a digit's: French keyboards and Chinese input methods say something else.
function scoreOf(event) {
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1] ?? event.key;
  const minus = event.key === '-' || event.code === 'NumpadSubtract' || (event.code === 'Minus' && !event.shiftKey);
  const score = !/^[0-9]$/.test(digit) && minus ? 11 : digit === '0' ? 10 : /^[1-9]$/.test(digit) ? Number(digit) : 0;
  return score >= 1 && score <= points ? score : null;
}

function switchLanguage() {
  language = language === 'en' ? 'zh_CN' : 'en';
  speak();
}

function speak() {
  document.documentElement.lang = language.replace('_', '-');
  document.title = say('title');
}
