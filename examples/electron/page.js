// A window without Node: files come from a field, or from the main process over a bridge that the preload script offers.
const replay = document.querySelector('session-replay')
const state = document.querySelector('#state')

function show(file) {
  state.textContent = 'Opening…'
  replay.file = file
}

document.querySelector('input').addEventListener('change', ({ currentTarget }) => {
  const [file] = currentTarget.files
  if (file) show(file)
})
replay.addEventListener('ready', ({ detail }) => {
  state.textContent = `${Math.round(detail.duration / 1000)} seconds`
})
replay.addEventListener('failed', ({ detail }) => {
  state.textContent = detail.message
})

window.recordings?.opened().then((bytes) => show(new Blob([bytes])))
