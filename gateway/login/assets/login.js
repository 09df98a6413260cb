(() => {
  'use strict';

  // A request that was lost must not leave a form that can never be sent again.
  const kPatienceMs = 8000;

  const forms = [...document.forms];
  const peeks = [...document.querySelectorAll('button.peek')];

  const show = (peek, shown) => {
    const field = document.getElementById(peek.getAttribute('aria-controls'));
    field.type = shown ? 'text' : 'password';
    peek.textContent = shown ? peek.dataset.hide : peek.dataset.show;
    peek.setAttribute('aria-label', shown ? peek.dataset.hideName : peek.dataset.showName);
  };

  for (const peek of peeks) {
    peek.hidden = false;
    peek.addEventListener('click', () => {
      const field = document.getElementById(peek.getAttribute('aria-controls'));
      show(peek, field.type === 'password');
    });
  }

  for (const form of forms) {
    let waiting = 0;
    const release = () => {
      clearTimeout(waiting);
      waiting = 0;
      delete form.dataset.sent;
    };

    form.addEventListener('submit', (event) => {
      if (waiting) {
        event.preventDefault();
        return;
      }
      // A browser keeps what was typed in a text field for later, but not a password.
      for (const peek of peeks) show(peek, false);
      form.dataset.sent = '';
      waiting = setTimeout(release, kPatienceMs);
    });

    // The back button shows the page as it was left: sent.
    window.addEventListener('pageshow', release);
  }
})();
