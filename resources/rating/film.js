// Clips: one plays, the next is fetched, no other is touched.

class Film {
  constructor(stage) {
    this.stage = stage;
    this.now = this.#element();
    this.next = this.#element();
    this.file = null;
    this.furthest = 0;
    this.run = 0;
  }

  #element() {
    const video = document.createElement('video');
    video.muted = !asking.sound;
    video.playsInline = true;
    video.preload = 'auto';
    video.disablePictureInPicture = true;
    video.disableRemotePlayback = true;
    video.setAttribute('controlslist', 'nodownload nofullscreen noremoteplayback');
    video.setAttribute('aria-hidden', 'true');
    video.tabIndex = -1;
    this.stage.append(video);
    return video;
  }

  // Safari plays sound by itself only on elements that were loaded in the very event of a press.
  wake() {
    this.now.load();
    this.next.load();
  }

  prepare(file) {
    if (file && this.next.getAttribute('src') !== file) this.next.src = file;
  }

  open(file) {
    if (this.file === file) return;
    if (this.next.getAttribute('src') === file) {
      [this.now, this.next] = [this.next, this.now];
      this.next.removeAttribute('src');
      this.next.load();
    } else {
      this.now.src = file;
    }
    this.file = file;
    this.furthest = 0;
  }

  // Plays from the beginning; says 'ended', 'failed' or 'refused', or nothing if it was stopped before.
  play(file, ended) {
    const retry = this.now.error;
    this.open(file);
    const video = this.now;
    if (retry) video.load();
    const run = (this.run += 1);
    const tell = (what) => { if (run === this.run) ended(what); };
    video.currentTime = 0;
    video.playbackRate = asking.speed;
    video.defaultPlaybackRate = asking.speed;
    video.onended = () => { this.furthest = video.duration; tell('ended'); };
    video.onerror = () => tell('failed');
    if (video.error && !retry) { tell('failed'); return; }
    this.show(true);
    video.play().catch((error) => {
      if (error.name === 'NotAllowedError') tell('refused');
      else if (error.name !== 'AbortError') tell('failed');
    });
  }

  stop() {
    this.run += 1;
    this.furthest = Math.max(this.furthest, this.now.currentTime || 0);
    this.now.pause();
  }

  show(seen) {
    this.now.classList.toggle('seen', seen);
    this.next.classList.remove('seen');
    this.stage.hidden = !seen;
  }

  // Seconds of the clip that have been seen at least once.
  watched() {
    return Math.max(this.furthest, this.now.currentTime || 0);
  }

  // Seconds until the end as the judge lives through them.
  left() {
    return (this.now.duration - this.now.currentTime) / asking.speed;
  }

  get length() {
    return this.now.duration;
  }

  seek(part) {
    this.now.currentTime = part * this.now.duration;
  }
}
