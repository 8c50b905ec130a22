// The frame is of another site, so that this page cannot call into it; it can lead it to a moment, as a link does.
const frame = document.querySelector('iframe')

for (const button of document.querySelectorAll('[data-seconds]')) {
  button.addEventListener('click', () => {
    const address = new URL(frame.src)
    address.hash = `t=${button.dataset.seconds}`
    frame.src = address.href
  })
}
