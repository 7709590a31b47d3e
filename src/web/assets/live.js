import { byId, setText } from './dom.js';

/**
 * Follows the server's events. `onSnapshot` may answer what to say instead of 'live'. Loses nothing over a reload or a restart of the server: each new
 * connection begins with all there is.
 */
export function follow({ onSnapshot, onPatch, onEnd, onLost, endText }) {
  const statusLine = byId('status');
  let source;
  let silence;
  let isOver = false;
  const show = (state, text) => {
    statusLine.dataset.state = state;
    setText(byId('status-text'), text);
  };
  const heard = () => {
    clearTimeout(silence);
    // Connections can die without a word: three beats missed are enough.
    silence = setTimeout(() => again('disconnected: the server is silent'), 16_000);
  };
  const again = (text) => {
    if (isOver) return;
    show('disconnected', text);
    onLost?.();
    clearTimeout(silence);
    source.close();
    setTimeout(connect, 1_000);
  };
  const on = (name, act) => {
    source.addEventListener(name, (event) => {
      heard();
      act(event.data === '' ? undefined : JSON.parse(event.data));
    });
  };
  function connect() {
    source = new EventSource('/events');
    heard();
    on('snapshot', (data) => {
      const ended = onSnapshot(data);
      show(ended === undefined ? 'live' : 'ended', ended ?? 'live');
    });
    on('patch', onPatch);
    on('beat', () => {});
    on('end', () => {
      if (endText === undefined) {
        again('disconnected: the server has stopped, waiting for it');
        return;
      }
      isOver = true;
      clearTimeout(silence);
      source.close();
      show('ended', endText);
      onEnd?.();
    });
    source.onerror = () => again('disconnected, retrying');
  }
  show('connecting', 'connecting');
  connect();
}
