const replay = document.querySelector('session-replay')
const time = document.querySelector('#time')

document.querySelector('#failure').addEventListener('click', () => replay.seek(4260))
replay.addEventListener('timechange', ({ detail }) => {
  time.value = (detail.currentTime / 1000).toFixed(1)
})
