/**
 * The page is whole without it. It makes the buttons that copy: browsers give the clipboard to pages from localhost or
 * over TLS only, so elsewhere they select the line.
 */
export const SCRIPT = `
for (const call of document.querySelectorAll('.call')) {
  const line = call.querySelector('code');
  const button = document.createElement('button');
  const status = document.createElement('span');
  button.type = 'button';
  button.textContent = 'Copy';
  button.setAttribute('aria-label', 'Copy the ' + call.querySelector('h3').textContent + ' line');
  status.setAttribute('role', 'status');
  call.querySelector('h3').after(status, button);
  button.addEventListener('click', async () => {
    getSelection().selectAllChildren(line);
    try {
      await navigator.clipboard.writeText(line.textContent);
      status.textContent = 'Copied';
    } catch {
      status.textContent = 'Selected';
    }
  });
}
`;
