// What has happened: an entry is on disk before the page goes on, and none is ever changed.

class Elsewhere extends Error {}

const ENTRY = ['trial', 'act', 'score', 'response_s', 'replays', 'watched_s', 'said_at'];
const CLOSED = ['InvalidStateError', 'AbortError', undefined];

class Journal {
  constructor(base, entries) {
    this.base = base;
    this.entries = entries;
    this.saved = entries.length;
  }

  get keeps() {
    return this.base !== null;
  }

  static async open() {
    try {
      const base = await Journal.#base();
      const rows = await Journal.#ask(base.transaction('entries').objectStore('entries').getAll());
      return new Journal(base, rows.map((row) => row.entry));
    } catch {
      // Private windows and some settings keep nothing: the judge is told.
      return new Journal(null, []);
    }
  }

  static #base() {
    return new Promise((done, fail) => {
      const request = indexedDB.open(`hrm-rating-${data.folder}`, 1);
      const late = setTimeout(() => fail(new Error('no answer')), 4000);
      request.onupgradeneeded = () => request.result.createObjectStore('entries', { keyPath: 'number' });
      request.onerror = () => { clearTimeout(late); fail(request.error); };
      request.onblocked = request.onerror;
      request.onsuccess = () => { clearTimeout(late); done(request.result); };
    });
  }

  static #ask(request) {
    return new Promise((done, fail) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
  }

  async #write(entries) {
    if (!this.keeps) return;
    try {
      await this.#add(this.entries.length, entries);
    } catch (error) {
      // Closed from outside: the browser's data were cleared under the page, which still knows them.
      if (!CLOSED.includes(error?.name)) throw error;
      this.base = await Journal.#base();
      await this.#add(0, [...this.entries, ...entries]);
    }
  }

  // Entries of other tabs have their numbers already, so adding fails there and nothing is mixed.
  #add(first, entries) {
    return new Promise((done, fail) => {
      const work = this.base.transaction('entries', 'readwrite', { durability: 'strict' });
      const store = work.objectStore('entries');
      entries.forEach((entry, place) => store.add({ number: first + place, entry }));
      work.oncomplete = () => done();
      work.onabort = () => fail(work.error?.name === 'ConstraintError' ? new Elsewhere() : work.error);
    });
  }

  async append(trial, act, { score = null, response_s = null, replays = 0, watched_s = null } = {}) {
    const last = this.entries.at(-1);
    // Clocks are set back now and then; the order of entries is not.
    const at = Math.max(Date.now(), last ? Date.parse(last.said_at) + 1 : 0);
    const entry = { trial: trial.token, act, score, response_s, replays, watched_s, said_at: new Date(at).toISOString() };
    await this.#write([entry]);
    this.entries.push(entry);
  }

  async adopt(entries) {
    const same = Math.min(entries.length, this.entries.length);
    for (let place = 0; place < same; place += 1) {
      if (ENTRY.some((part) => entries[place][part] !== this.entries[place][part])) return null;
    }
    const fresh = entries.slice(same);
    if (fresh.length) {
      await this.#write(fresh);
      this.entries.push(...fresh);
      this.saved = this.entries.length;
    }
    return fresh.length;
  }

  of(trial) {
    return this.entries.filter((entry) => entry.trial === trial.token);
  }

  // The trial whose answer may be taken back: the last thing that was answered or taken back.
  lastAnswered() {
    const last = this.entries.findLast((entry) => entry.act === 'answered' || entry.act === 'taken back');
    return last?.act === 'answered' ? last.trial : null;
  }

  answered() {
    const standing = new Set(data.trials.filter((trial) => trial.done).map((trial) => trial.token));
    for (const entry of this.entries) {
      if (entry.act === 'answered') standing.add(entry.trial);
      if (entry.act === 'taken back') standing.delete(entry.trial);
    }
    return standing;
  }
}

function bytesOf(hex) {
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

async function signature(payload) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', bytesOf(data.key), algorithm, false, ['sign']);
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(payload)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function answerFile(journal) {
  const payload = JSON.stringify({ session: data.session, seat: data.seat, events: journal.entries });
  return JSON.stringify({ format: 'hrm-rating-answers', version: 1, payload, signature: await signature(payload) });
}

// The entries of a saved file; null if it is not one of this seat, or was changed.
async function entriesOf(text) {
  try {
    const file = JSON.parse(text);
    if (file.format !== 'hrm-rating-answers' || file.version !== 1) return null;
    if (await signature(file.payload) !== file.signature) return null;
    const inner = JSON.parse(file.payload);
    const known = new Set(data.trials.map((trial) => trial.token));
    const mine = inner.session === data.session && inner.seat === data.seat;
    return mine && inner.events.every((entry) => known.has(entry.trial)) ? inner.events : null;
  } catch {
    return null;
  }
}
